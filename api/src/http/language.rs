//! The reader's language and its texts (SYS-04).

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use chrono::NaiveDate;
pub use insula_domain::names::Language;
use insula_domain::registry::registration::dictionary::{CURRENT, Field, Label};
use serde::{Deserialize, de::DeserializeOwned};

/// The language negotiated from `Accept-Language`: the supported one with the highest weight, regions ignored; English
/// by default.
pub fn negotiated(header: Option<&str>) -> Language {
    let mut best = (Language::En, 0.0);
    for part in header.unwrap_or_default().split(',') {
        let mut pieces = part.trim().split(';');
        let range = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
        let weight = pieces.find_map(|piece| {
            let (name, value) = piece.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f32>().ok())?
        });
        let weight = weight.unwrap_or(1.0);
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
    /// The texts of verdicts, by reason.
    pub verdict: HashMap<String, String>,
    /// The texts of findings in an invoice file, by kind.
    pub finding: HashMap<String, String>,
    /// The texts of counter plots.
    pub plot: PlotTexts,
    /// The texts of staffing plots.
    #[serde(rename = "staffingPlot")]
    pub staffing_plot: StaffingPlotTexts,
    /// The texts of plots of income.
    #[serde(rename = "incomePlot")]
    pub income_plot: IncomePlotTexts,
    /// The headings of the page of a problem type.
    #[serde(rename = "problemPage")]
    pub problem_page: ProblemPageTexts,
    /// Translations of names of the contract, for use inside formulas and lists.
    pub word: HashMap<String, String>,
}

/// The texts of a plot of income. Parsing refuses a missing or unknown one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncomePlotTexts {
    /// The title.
    pub title: String,
    /// The vertical axis.
    pub euros: String,
    /// The horizontal axis.
    pub month: String,
    /// The legend of what was accepted.
    pub accepted: String,
    /// The legend of what is not answered.
    pub pending: String,
    /// The legend of what was refused.
    pub refused: String,
    /// Shown when nothing was invoiced.
    pub none: String,
    /// The plot in words.
    pub standing: String,
}

/// The headings of the page of a problem type. Parsing refuses a missing or unknown one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProblemPageTexts {
    /// The URN.
    pub kind: String,
    /// The HTTP status.
    pub status: String,
    /// The rule that refuses.
    pub rule: String,
}

/// The texts of a staffing plot. Parsing refuses a missing or unknown one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StaffingPlotTexts {
    /// The title.
    pub title: String,
    /// The vertical axis.
    pub fte: String,
    /// The horizontal axis.
    pub patients: String,
    /// The legend of physicians.
    pub medical: String,
    /// The legend of educators.
    pub education: String,
    /// The legend of data managers.
    pub data_management: String,
    /// The legend of secretaries.
    pub secretariat: String,
    /// The legend of the dots.
    pub grows: String,
    /// The values at the right end, in words.
    pub standing: String,
    /// The steps in words.
    pub steps: String,
}

/// The texts of a counter plot. Parsing refuses a missing or unknown one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlotTexts {
    /// The title.
    pub title: String,
    /// The vertical axis.
    pub held: String,
    /// The horizontal axis.
    pub day: String,
    /// The heading of the thresholds.
    pub thresholds: String,
    /// The label of a reached threshold, with its day.
    pub reached: String,
    /// The label of the last threshold, which is the limit.
    pub limit: String,
    /// Shown instead of a line until a night changes the counter.
    pub none: String,
    /// The plot in words, for people who cannot see it.
    pub standing: String,
    /// The reached thresholds, in words.
    pub all_reached: String,
    /// The format of a day.
    pub date: String,
    /// The format of a month.
    pub month: String,
}

/// A day, as people who read this language write it.
pub fn date(language: Language, day: NaiveDate) -> String {
    let part = |form: &str| day.format(form).to_string();
    let values = [("year", part("%Y")), ("month", part("%m")), ("day", part("%d"))];
    filled(Some(&texts(language).plot.date), &values)
}

/// A number with the decimal sign of this language.
pub fn decimal(language: Language, number: &str) -> String {
    if language == Language::En { number.to_owned() } else { number.replace('.', ",") }
}

/// The texts of a page or letter, by key.
pub type PageTexts = HashMap<String, String>;

/// Texts in the four languages, in the order of [`Language`]: the files of a folder of `i18n`, which end in the name of
/// the language.
macro_rules! in_four_languages {
    ($folder:literal) => {
        std::sync::LazyLock::new(|| {
            $crate::http::language::parsed([
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/i18n/", $folder, "fr.toml")),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/i18n/", $folder, "nl.toml")),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/i18n/", $folder, "de.toml")),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/i18n/", $folder, "en.toml")),
            ])
        })
    };
}
pub(crate) use in_four_languages;

/// The texts that the files hold.
pub fn parsed<T: DeserializeOwned>(files: [&str; 4]) -> [T; 4] {
    // The files are compiled in and a test parses them, so no release contains a broken one.
    files.map(|text| {
        #[expect(clippy::expect_used)]
        toml::from_str(text).expect("the texts parse")
    })
}

static TEXTS: LazyLock<[Texts; 4]> = in_four_languages!("");

/// The texts in a language.
pub fn texts(language: Language) -> &'static Texts {
    &TEXTS[language as usize]
}

/// Translates a name of the contract; one without a translation is returned as it is.
pub fn word(language: Language, name: &str) -> String {
    texts(language).word.get(name).cloned().unwrap_or_else(|| name.to_owned())
}

/// The labels of what travels. The fields of a registration's content and their codes have theirs in the dictionary.
#[derive(Debug, Deserialize)]
pub struct Labels {
    /// Of fields, by their name.
    pub field: BTreeMap<String, String>,
    /// Of the values of a list, by its name in the contract and their own.
    pub value: BTreeMap<String, BTreeMap<String, String>>,
    /// Of rules, by their identifier.
    pub rule: BTreeMap<String, String>,
    /// Of the pairs of nomenclature codes that the texts describe.
    pub pair: BTreeMap<String, String>,
    /// Of the unions of insurers, by their number: the first digit of their insurers' numbers.
    pub union: BTreeMap<String, String>,
}

static LABELS: LazyLock<[Labels; 4]> = LazyLock::new(|| {
    [
        include_str!("../../i18n/labels/fr.toml"),
        include_str!("../../i18n/labels/nl.toml"),
        include_str!("../../i18n/labels/de.toml"),
        include_str!("../../i18n/labels/en.toml"),
    ]
    .map(|text| {
        #[expect(clippy::expect_used)]
        toml::from_str(text).expect("the labels parse")
    })
});

/// The labels in a language.
pub fn labels(language: Language) -> &'static Labels {
    &LABELS[language as usize]
}

fn in_language(label: &Label, language: Language) -> &str {
    match language {
        Language::Fr => &label.fr,
        Language::Nl => &label.nl,
        Language::De => &label.de,
        Language::En => &label.en,
    }
}

/// The fields of the dictionary along a path such as `devices[0].udiDi`; empty if it leaves the dictionary.
fn in_dictionary(path: &str) -> Vec<&'static Field> {
    let mut found: Vec<&Field> = Vec::new();
    for step in path.split('.') {
        let name = step.split('[').next().unwrap_or_default();
        let fields = found.last().map_or(&CURRENT.fields[..], |field| &field.fields);
        match fields.iter().find(|field| field.name == name) {
            Some(field) => found.push(field),
            None => return Vec::new(),
        }
    }
    found
}

/// SYS-04: what a person calls the field at this path of a request, such as `Dispositifs 1, UDI-DI`; `None` for a name
/// that the contract does not have.
pub fn label(language: Language, path: &str) -> Option<String> {
    let own = |step: &str| {
        let name = step.split('[').next()?;
        let entered = || Some(in_language(&in_dictionary(name).pop()?.label, language));
        labels(language).field.get(name).map(String::as_str).or_else(entered)
    };
    // The content of a registration, or of an application for coverage.
    let path = path.strip_prefix("content.").unwrap_or(path);
    let steps: Vec<&str> = path.split('.').collect();
    let fields = in_dictionary(path);
    let known: Vec<Option<&str>> = if fields.is_empty() {
        steps.iter().map(|step| own(step)).collect()
    } else {
        fields.iter().map(|field| Some(in_language(&field.label, language))).collect()
    };
    (*known.last()?)?;
    // Entries of a list are counted from 1.
    let entry = |step: &str| step.split_once('[')?.1.trim_end_matches(']').parse::<usize>().ok();
    let each = steps.iter().zip(known).filter_map(|(step, label)| {
        let number = entry(step).map(|index| format!(" {}", index + 1)).unwrap_or_default();
        Some(format!("{}{number}", label?))
    });
    Some(each.collect::<Vec<_>>().join(", "))
}

/// What is said about the field with this label.
pub fn about(language: Language, label: &str, text: &str) -> String {
    let colon = if language == Language::Fr { " :" } else { ":" };
    format!("{label}{colon} {text}")
}

/// SYS-04: the allowed values of the field at this path, each with its label where it has one: `female (Femme)`.
pub fn labelled(language: Language, path: &str, allowed: &str) -> String {
    let codes = path.strip_prefix("content.").and_then(|content| in_dictionary(content).pop());
    let codes = codes.and_then(|field| CURRENT.code_lists.get(field.list.as_deref()?));
    let values: Vec<&str> = allowed.split(", ").collect();
    // A list is told by its values: all of them, or some when the operation allows no others.
    let list = labels(language).value.values().find(|list| values.iter().all(|value| list.contains_key(*value)));
    let of = |value: &str| match codes {
        Some(codes) => codes.iter().find(|entry| entry.code == value).map(|entry| in_language(&entry.label, language)),
        None => list.and_then(|list| list.get(value)).or(labels(language).pair.get(value)).map(String::as_str),
    };
    let shown = values.iter().map(|value| of(value).map_or((*value).to_owned(), |label| format!("{value} ({label})")));
    shown.collect::<Vec<_>>().join(", ")
}

/// Fills in the placeholders of a text.
pub fn filled(text: Option<&String>, values: &[(&str, String)]) -> String {
    let mut text = text.cloned().unwrap_or_default();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// SYS-04: the four languages have the same texts with the same placeholders, none of them empty.
#[cfg(test)]
pub fn the_same(texts: &[PageTexts; 4]) {
    let shape = |texts: &PageTexts| {
        let mut all: Vec<(String, Vec<String>)> = texts
            .iter()
            .map(|(key, text)| {
                let mut names: Vec<String> =
                    text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap().to_owned()).collect();
                names.sort();
                (key.clone(), names)
            })
            .collect();
        all.sort();
        all
    };
    for one in texts {
        assert_eq!(shape(one), shape(&texts[0]));
        assert!(one.values().all(|text| !text.trim().is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use insula_domain::{
        billing::file::finding::FindingKind,
        names::{ConventionKind, DeadlineKind, Function, Qualification},
        refusal::Reason,
    };

    use super::*;
    use crate::http::problem::ALL;

    /// SYS-04: every reason, problem and finding has a text in all four languages, and no text is unused.
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
            let mut expected: Vec<_> = ALL.iter().map(|one| one.code).collect();
            problems.sort_unstable();
            expected.sort_unstable();
            assert_eq!(problems, expected, "{language:?}");
            let mut findings: Vec<_> = texts.finding.keys().map(String::as_str).collect();
            let mut expected: Vec<_> = FindingKind::ALL.iter().map(|kind| kind.name()).collect();
            findings.sort_unstable();
            expected.sort_unstable();
            assert_eq!(findings, expected, "{language:?}");
        }
    }

    /// SYS-04: every function, qualification, convention and deadline has a word in all four languages, and the four
    /// have the same words.
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

    /// SYS-04: a field is called what stands on the form, with the place of an entry in its list; an unknown name is not.
    #[test]
    fn a_field_has_a_label() {
        for (path, expected) in [
            ("content.eventDate", Some("Date de l'événement")),
            ("content.hba1c.value", Some("Dernière HbA1c, Valeur")),
            ("content.devices[1].udiDi", Some("Dispositifs 2, UDI-DI")),
            ("nomenclatureCode", Some("Code de nomenclature porté en compte")),
            ("lastName", Some("Nom de famille")),
            ("content.lastHba1c.date", Some("Dernière HbA1c, Date")),
            ("content.mandatary.relation", Some("Mandataire, Relation avec le bénéficiaire")),
            ("content.eventdate", None),
            ("content.hba1c.surprise", None),
            ("surprise", None),
            ("", None),
        ] {
            assert_eq!(label(Language::Fr, path).as_deref(), expected, "{path}");
        }
        assert_eq!(about(Language::Fr, "Nom", "Manquant."), "Nom : Manquant.");
        assert_eq!(about(Language::Nl, "Naam", "Ontbreekt."), "Naam: Ontbreekt.");
    }

    /// SYS-04: allowed values are told with their labels, those of the dictionary or of the contract's lists.
    #[test]
    fn allowed_values_have_labels() {
        assert_eq!(labelled(Language::En, "sex", "female, male"), "female (Female), male (Male)");
        let codes = labelled(Language::Fr, "content.diabetesType", "type1, type2");
        assert!(codes.starts_with("type1 (") && codes.contains("), type2 ("), "{codes}");
        assert_eq!(labelled(Language::En, "mode", "this, that"), "this, that");
    }

    /// SYS-04: the supported language with the highest weight wins, regions are ignored, unknown languages fall back
    /// to English.
    #[test]
    fn the_language_is_negotiated() {
        for (header, language) in [
            (None, Language::En),
            (Some("nl-BE,nl;q=0.9,en;q=0.8"), Language::Nl),
            (Some("it, de;q=0.3, fr;q=0.7"), Language::Fr),
            (Some("ja"), Language::En),
            (Some("fr;q=0, de;q=0.1"), Language::De),
            (Some("fr; Q=0.2, NL ; q = 0.9"), Language::Nl),
            (Some("fr-BE-u-ca-gregory"), Language::Fr),
            (Some(";;q=x,,"), Language::En),
        ] {
            assert_eq!(negotiated(header), language, "{header:?}");
        }
    }
}
