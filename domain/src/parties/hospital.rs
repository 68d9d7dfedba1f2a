//! Hospitals and their adherence to agreement M-ACL-001 (CGM-14).

use chrono::NaiveDate;

use crate::{
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// CGM-14: the span of a hospital's adherence; `None` if it has not adhered.
///
/// # Errors
/// The last day has no first day, or precedes it.
pub fn adherence(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<Option<Span>, Fault> {
    let Some(from) = from else {
        return to.map_or(Ok(None), |_| Err(Fault::new("adheredFrom", Reason::Required, RuleId::Cgm14)));
    };
    let span = Span { from, to };
    span.end_fault("adheredTo", RuleId::Cgm14).map_or(Ok(Some(span)), Err)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{
        refusal::tests::described,
        span::tests::{day, span},
    };

    /// CGM-14: adherence has a first day, and the last day does not precede it.
    #[rstest]
    #[case("", "", Ok(None))]
    #[case("2020-07-01", "", Ok(Some("2020-07-01/")))]
    #[case("2020-07-01", "2020-07-01", Ok(Some("2020-07-01/2020-07-01")))]
    #[case("2020-07-01", "2020-06-30", Err("CGM-14 adheredTo outOfRange min=2020-07-01 max=9999-12-31"))]
    #[case("", "2020-06-30", Err("CGM-14 adheredFrom required"))]
    fn adherence_has_a_first_day(#[case] from: &str, #[case] to: &str, #[case] days: Result<Option<&str>, &str>) {
        let stated = |text: &str| (!text.is_empty()).then(|| day(text));
        let found = adherence(stated(from), stated(to)).map_err(|fault| described(&fault));
        assert_eq!(found, days.map(|days| days.map(span)).map_err(str::to_owned));
    }
}
