//! Documents attached to an application (COV-01).

pub use crate::names::DocumentType;
use crate::{
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// The largest document, in bytes (COV-01).
pub const MAX_DOCUMENT: usize = 10 * 1024 * 1024;
/// The longest name of one, in characters.
pub const MAX_DOCUMENT_NAME: usize = 200;
/// The most documents of one application. The schema states the same limit.
pub const MAX_DOCUMENTS: i32 = 50;

/// COV-01: a document is what it is said to be, as its first bytes tell.
#[must_use]
pub fn type_fault(stated: DocumentType, found: Option<&str>) -> Option<Fault> {
    let differs = found != Some(stated.name());
    differs.then(|| Fault::new("file", Reason::NotInList, RuleId::Cov01).with("allowed", stated))
}

/// COV-01: a document has a name, not a path.
#[must_use]
pub fn name_fault(name: &str) -> Option<Fault> {
    let is_path = name.contains(['/', '\\', ':', '\0']) || name.starts_with('.') || name.trim() != name;
    is_path.then(|| Fault::new("Content-Disposition", Reason::ForbiddenCharacter, RuleId::Cov01))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// COV-01: names that lead somewhere are refused.
    #[rstest]
    #[case("form.pdf", false)]
    #[case("Rapport HbA1c – été.pdf", false)]
    #[case("../form.pdf", true)]
    #[case("..", true)]
    #[case(".profile", true)]
    #[case("a/form.pdf", true)]
    #[case("C:\\form.pdf", true)]
    #[case("c:form.pdf", true)]
    #[case(" form.pdf", true)]
    fn a_name_is_no_path(#[case] name: &str, #[case] refused: bool) {
        assert_eq!(name_fault(name).is_some(), refused);
    }

    /// COV-01: a document of another type than it says is refused.
    #[test]
    fn a_document_is_what_it_says() {
        assert_eq!(type_fault(DocumentType::Pdf, Some("application/pdf")), None);
        assert!(type_fault(DocumentType::Pdf, Some("image/png")).is_some());
        assert!(type_fault(DocumentType::Png, None).is_some());
    }
}
