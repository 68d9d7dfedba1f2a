//! The reader's language and its texts (SYS-04).

use std::{collections::HashMap, sync::LazyLock};

pub use insula_domain::names::Language;
use serde::Deserialize;

/// The language negotiated from `Accept-Language`: the supported one with the highest weight, regions ignored; English
/// by default.
pub fn negotiated(header: Option<&str>) -> Language {
    let mut best = (Language::En, 0.0);
    for part in header.unwrap_or_default().split(',') {
        let mut pieces = part.trim().split(';');
        let range = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
        let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        if let Some(language) = Language::from_name(range.split('-').next().unwrap_or_default())
            && weight > best.1
        {
            best = (language, weight);
        }
    }
    best.0
}

/// The texts of one language.
#[derive(Debug, Deserialize)]
pub struct Texts {
    /// The texts of problems, by code.
    pub problem: HashMap<String, String>,
    /// The texts of faults, by the code of their reason.
    pub reason: HashMap<String, String>,
    /// What a verdict says, by its reason.
    pub verdict: HashMap<String, String>,
    /// What stands in a plot of a counter.
    pub plot: PlotTexts,
    /// What stands in a plot of the staffing norm.
    #[serde(rename = "staffingPlot")]
    pub staffing_plot: StaffingPlotTexts,
    /// The words of formulas and lists, by their names in the contract.
    pub word: HashMap<String, String>,
}

/// The texts of a plot of the staffing norm.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StaffingPlotTexts {
    /// Its title.
    pub title: String,
    /// The vertical axis.
    pub fte: String,
    /// The horizontal axis.
    pub patients: String,
    /// The functions.
    pub medical: String,
    /// Educators.
    pub education: String,
    /// Managers of data.
    pub data_management: String,
    /// Secretaries.
    pub secretariat: String,
    /// What the dots are.
    pub grows: String,
    /// The right end in words.
    pub standing: String,
    /// The steps in words.
    pub steps: String,
}

/// The texts of a plot. One that is missing, or left over, is found when they are parsed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlotTexts {
    /// Its title.
    pub title: String,
    /// The vertical axis.
    pub held: String,
    /// The horizontal axis.
    pub day: String,
    /// What stands above the thresholds.
    pub thresholds: String,
    /// A threshold that was reached, and when.
    pub reached: String,
    /// The last threshold, which is the limit.
    pub limit: String,
    /// Instead of a line, while no night has changed the counter.
    pub none: String,
    /// The whole in words, for those who cannot see it.
    pub standing: String,
    /// The thresholds that were reached, in words.
    pub all_reached: String,
    /// A day.
    pub date: String,
    /// A month.
    pub month: String,
}

static TEXTS: LazyLock<[Texts; 4]> = LazyLock::new(|| {
    [
        include_str!("../../i18n/fr.toml"),
        include_str!("../../i18n/nl.toml"),
        include_str!("../../i18n/de.toml"),
        include_str!("../../i18n/en.toml"),
    ]
    // The files are part of the program and a test reads them: a release cannot hold one that does not parse.
    .map(|text| {
        #[expect(clippy::expect_used)]
        toml::from_str(text).expect("the texts parse")
    })
});

/// The texts in a language.
pub fn texts(language: Language) -> &'static Texts {
    &TEXTS[language as usize]
}

/// A name of the contract as it is said in a language; one that has no word stays as it is.
pub fn word(language: Language, name: &str) -> String {
    texts(language).word.get(name).cloned().unwrap_or_else(|| name.to_owned())
}

/// A text with the values of its placeholders filled in.
pub fn filled(text: Option<&String>, values: &[(&str, String)]) -> String {
    let mut text = text.cloned().unwrap_or_default();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use insula_domain::{
        names::{ConventionKind, DeadlineKind, Function, Qualification},
        refusal::Reason,
    };

    use super::*;
    use crate::http::problem::CODES;

    /// SYS-04: every reason and every problem has a text in all four languages, and no text is left over.
    #[test]
    fn the_four_languages_are_complete() {
        for language in Language::ALL.iter().copied() {
            let texts = texts(language);
            let mut reasons: Vec<_> = texts.reason.keys().map(String::as_str).collect();
            let mut expected: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
            reasons.sort_unstable();
            expected.sort_unstable();
            assert_eq!(reasons, expected, "{language:?}");
            let mut problems: Vec<_> = texts.problem.keys().map(String::as_str).collect();
            let mut expected = CODES.to_vec();
            problems.sort_unstable();
            expected.sort_unstable();
            assert_eq!(problems, expected, "{language:?}");
        }
    }

    /// SYS-04: whatever a function, a qualification, a convention or a deadline is called in the contract has a word in all four
    /// languages, and the four have the same.
    #[test]
    fn every_name_has_a_word() {
        let words = |language: Language| {
            let mut words: Vec<_> = texts(language).word.keys().collect();
            words.sort();
            words
        };
        let names = Function::ALL.iter().map(|one| one.name()).chain(Qualification::ALL.iter().map(|one| one.name()));
        let names = names.chain(ConventionKind::ALL.iter().map(|one| one.name()));
        for name in names.chain(DeadlineKind::ALL.iter().map(|one| one.name())) {
            for language in Language::ALL.iter().copied() {
                assert!(texts(language).word.get(name).is_some_and(|word| !word.is_empty()), "{language:?}: {name}");
                assert_eq!(words(language), words(Language::En));
            }
        }
    }

    /// SYS-04: the heaviest supported language wins, regions are ignored, unknown ones fall back.
    #[test]
    fn the_language_is_negotiated() {
        for (header, language) in [
            (None, Language::En),
            (Some("nl-BE,nl;q=0.9,en;q=0.8"), Language::Nl),
            (Some("it, de;q=0.3, fr;q=0.7"), Language::Fr),
            (Some("ja"), Language::En),
            (Some("fr;q=0, de;q=0.1"), Language::De),
            (Some(";;q=x,,"), Language::En),
        ] {
            assert_eq!(negotiated(header), language, "{header:?}");
        }
    }
}
