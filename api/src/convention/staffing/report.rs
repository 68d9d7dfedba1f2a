//! A year's assessment as an HTML page for reading and printing: the same figures as in JSON, in the reader's language.

use std::sync::LazyLock;

use chrono::NaiveDate;
use insula_domain::{
    convention::staffing::{Figure, TeamJudgement, assessment::FunctionJudgement},
    exact::Exact,
    names::Function,
};
use maud::{Markup, html};

use crate::{
    convention::staffing::dto::StaffingAssessment,
    http::{
        language::{Language, PageTexts, decimal, in_four_languages, word},
        page::Speech,
    },
};

static TEXTS: LazyLock<[PageTexts; 4]> = in_four_languages!("report/");

/// Numbers of this length and fractions are shown rounded: nobody calculates with more digits on paper.
const LONGEST: usize = 12;

/// The page.
pub fn page(assessment: &StaffingAssessment, language: Language) -> String {
    let speech = Speech { language, texts: &TEXTS[language as usize] };
    let values = [("year", assessment.year.to_string()), ("hospital", assessment.hospital_name.clone())];
    speech.page(&speech.filled("title", &values), &Page { of: assessment, speech }.body())
}

struct Page<'a> {
    of: &'a StaffingAssessment,
    speech: Speech<'a>,
}

impl Page<'_> {
    fn text(&self, key: &str) -> String {
        self.speech.text(key)
    }

    fn filled(&self, key: &str, values: &[(&str, String)]) -> String {
        self.speech.filled(key, values)
    }

    fn word(&self, name: &str) -> String {
        word(self.speech.language, name)
    }

    fn day(&self, day: NaiveDate) -> String {
        self.speech.day(day)
    }

    /// A number with the reader's decimal sign.
    fn number(&self, number: &str) -> String {
        decimal(self.speech.language, number)
    }

    /// An exact number, rounded if it is too long to read.
    fn short(&self, number: &Exact) -> String {
        let exact = number.to_string();
        if exact.len() <= LONGEST && !exact.contains('/') {
            return self.number(&exact);
        }
        format!("≈ {}", self.number(&number.shown(4)))
    }

    const fn colon(&self) -> &'static str {
        if matches!(self.speech.language, Language::Fr) { " : " } else { ": " }
    }

    fn shown(&self, figure: &Figure) -> String {
        self.number(&figure.shown)
    }

    fn body(&self) -> Markup {
        let of = self.of;
        let on = [("day", self.day(of.on))];
        html! {
            p { (self.text("subject")) }
            (self.heading())
            h2 { (self.text("conclusions")) }
            (self.conclusions())
            p { (self.text("unit")) }
            h2 { (self.text("overYear")) }
            (self.judgement(&of.over_the_year))
            h2 { (self.filled("onDay", &on)) }
            (self.judgement(&of.on_the_day))
            h2 { (self.text("steps")) }
            (self.list(of.steps.iter().map(|step| {
                self.filled("step", &[
                    ("patients", step.patients.to_string()),
                    ("function", self.word(step.function.name())),
                    ("present", self.short(&step.present)),
                    ("required", self.short(&step.required)),
                ])
            }).collect(), "noSteps"))
            h2 { (self.filled("findings", &on)) }
            (self.findings())
            h2 { (self.text("deadlines")) }
            (self.deadlines())
            h2 { (self.text("grounds")) }
            (self.grounds())
            h2 { (self.text("persons")) }
            (self.persons())
            h2 { (self.text("figures")) }
            h3 { (self.text("basis")) }
            ul.how { (self.how("basis", &of.patients)) }
            h3 { (self.text("overYear")) }
            (self.figures(&of.over_the_year))
            h3 { (self.filled("onDay", &on)) }
            (self.figures(&of.on_the_day))
            footer { p { (self.text("sources")) } }
        }
    }

    fn heading(&self) -> Markup {
        let of = self.of;
        let made = self.day(insula_domain::clock::brussels_day(of.assessed_at));
        let period = [("from", self.day(of.from)), ("to", self.day(of.to))];
        html! {
            dl {
                dt { (self.text("establishment")) } dd { (of.hospital_name) " (" (of.hospital_number) ")" }
                dt { (self.text("convention")) } dd { (of.convention_number.as_str()) }
                dt { (self.text("period")) } dd { (self.filled("fromTo", &period)) }
                dt { (self.text("basis")) } dd { (self.short(&of.patients.value)) }
                dt { (self.text("day")) } dd { (self.day(of.on)) }
                dt { (self.text("made")) } dd { (made) }
            }
        }
    }

    fn conclusions(&self) -> Markup {
        let (year, day) = (&self.of.over_the_year, &self.of.on_the_day);
        let values = [
            ("missing", self.shown(&year.missing)),
            ("required", self.shown(&year.required)),
            ("percentage", self.shown(&year.percentage)),
            ("recovery", self.shown(&year.highest_recovery)),
        ];
        let is_missing = !year.missing.value.is_zero();
        let below = year.functions.iter().filter(|one| one.floor.as_ref().is_some_and(|floor| floor.below));
        // The floor of education counts nurses only (STF-02).
        let named = |one: &FunctionJudgement| match one.function {
            Function::Education => "nurses",
            function => function.name(),
        };
        let below = below.map(|one| self.word(named(one))).collect::<Vec<_>>().join(", ");
        let grows = self.names(day.functions.iter().filter(|one| one.must_grow));
        let on = ("day", self.day(self.of.on));
        html! {
            ul {
                li class=[is_missing.then_some("bad")] {
                    (self.filled(if is_missing { "missing" } else { "nothingMissing" }, &values))
                }
                @if !below.is_empty() { li.bad { (self.filled("belowFloor", &[("list", below)])) } }
                @if grows.is_empty() {
                    li { (self.filled("needNotGrow", &[on])) }
                } @else {
                    li.bad { (self.filled("mustGrow", &[on, ("list", grows)])) }
                }
            }
        }
    }

    fn names<'b>(&self, functions: impl Iterator<Item = &'b FunctionJudgement>) -> String {
        functions.map(|one| self.word(one.function.name())).collect::<Vec<_>>().join(", ")
    }

    fn judgement(&self, judgement: &TeamJudgement) -> Markup {
        let yes = |is: bool| self.text(if is { "yes" } else { "no" });
        html! {
            table {
                tr {
                    @for key in ["function", "required", "present", "shortfall", "threshold", "grows", "floor", "missingFte"] {
                        th { (self.text(key)) }
                    }
                }
                @for one in &judgement.functions {
                    tr {
                        td { (self.word(one.function.name())) }
                        td.n { (self.shown(&one.required)) }
                        td.n { (self.shown(&one.present)) }
                        td.n { (self.shown(&one.shortfall)) }
                        td.n { (self.number(&one.threshold.to_string())) }
                        td class=[one.must_grow.then_some("bad")] { (yes(one.must_grow)) }
                        td {
                            @if let Some(floor) = &one.floor {
                                (self.filled("floorOf", &[("fte", self.number(&floor.fte.to_string())), ("present", self.number(&floor.present.shown(4)))]))
                                @if floor.below { " " span.bad { (self.text("below")) } }
                            }
                        }
                        td.n { (self.shown(&one.missing)) }
                    }
                }
                tr.sum {
                    td { (self.text("total")) }
                    td.n { (self.shown(&judgement.required)) }
                    td {} td {} td {} td {} td {}
                    td.n { (self.shown(&judgement.missing)) }
                }
            }
        }
    }

    /// The figures of a judgement, each with its formula in words, then in numbers.
    fn figures(&self, judgement: &TeamJudgement) -> Markup {
        html! {
            @for one in &judgement.functions {
                p.how { strong { (self.word(one.function.name())) } }
                ul.how {
                    (self.how("forPump", &one.pump))
                    (self.how("forSelfManagement", &one.self_management))
                    (self.how("requiredBoth", &one.required))
                    (self.how("presentCounts", &one.present))
                    (self.how("shortBy", &one.shortfall))
                    (self.how("missingIn", &one.missing))
                    @if let Some(figure) = &one.as_educators { (self.how("asEducators", figure)) }
                }
            }
            p.how { strong { (self.text("total")) } }
            ul.how {
                (self.how("requiredBoth", &judgement.required))
                (self.how("missingIn", &judgement.missing))
                (self.how("percentageOf", &judgement.percentage))
                (self.how("recoveryOf", &judgement.highest_recovery))
            }
        }
    }

    fn how(&self, key: &str, figure: &Figure) -> Markup {
        let value = |name: &str| {
            let input = figure.inputs.iter().find(|input| input.name == name);
            input.map(|input| self.short(&input.value)).unwrap_or_default()
        };
        let (words, numbers) = (spelled(figure.formula, |name| self.word(name)), spelled(figure.formula, value));
        let result = self.short(&figure.value);
        let colon = self.colon();
        html! {
            li {
                (self.text(key)) (colon) (words)
                @if numbers != result { " = " (numbers) }
                @if result.starts_with('≈') { " " } @else { " = " }
                strong { (result) } " " small { (figure.rule) ", " (figure.source) }
            }
        }
    }

    fn list(&self, items: Vec<String>, none: &str) -> Markup {
        html! {
            @if items.is_empty() { p { (self.text(none)) } }
            ul { @for item in items { li { (item) } } }
        }
    }

    /// The member that a fault or deadline is about.
    fn member(&self, id: &str) -> Option<&str> {
        let found = self.of.persons.iter().find(|one| id.contains(&one.team_member_id.to_string()));
        found.map(|one| one.name.as_str())
    }

    fn findings(&self) -> Markup {
        let lines = self.of.findings.iter().map(|one| {
            let whom = self.member(&one.name).map(|name| format!("{name}{}", self.colon())).unwrap_or_default();
            format!("{whom}{} ({}, {})", one.detail, one.rule, one.source)
        });
        self.list(lines.collect(), "noFindings")
    }

    fn deadlines(&self) -> Markup {
        let due = &self.of.deadlines;
        html! {
            @if due.is_empty() { p { (self.text("noDeadlines")) } } @else {
                table {
                    tr { @for key in ["due", "what", "person", "rule"] { th { (self.text(key)) } } }
                    @for one in due {
                        tr {
                            td { (self.day(one.on)) }
                            td { (self.word(one.what.name())) }
                            td { (one.team_member_id.and_then(|id| self.member(&id.to_string())).unwrap_or_default()) }
                            td { (one.rule) ", " (one.source) }
                        }
                    }
                }
            }
        }
    }

    fn grounds(&self) -> Markup {
        let number = |one: &Option<Exact>| one.as_ref().map(|exact| self.short(exact)).unwrap_or_default();
        html! {
            table {
                tr {
                    @for key in ["year", "mean", "fromDays", "atYearEnd", "onEntry", "statedOn", "version", "by"] { th { (self.text(key)) } }
                }
                @for one in &self.of.grounds {
                    tr {
                        td { (one.year) }
                        td.n { (number(&one.patients)) }
                        td.n { @if let Some(figure) = &one.patients_from_days { (self.shown(figure)) } }
                        td.n { (number(&one.patients_at_year_end)) }
                        td.n { (number(&one.patients_on_entry)) }
                        td { (one.grounds) }
                        td { (one.version) }
                        td { (one.recorded_by) }
                    }
                }
            }
        }
    }

    fn persons(&self) -> Markup {
        html! {
            table {
                tr { @for key in ["person", "qualification", "function", "forConvention", "fte"] { th { (self.text(key)) } } }
                @for one in &self.of.persons {
                    tr {
                        td { (one.name) }
                        td { (self.word(one.qualification.name())) }
                        td { (self.word(one.function.name())) }
                        td { (self.word(one.convention.name())) }
                        td.n { (self.short(&one.fte)) }
                    }
                }
            }
        }
    }
}

/// A formula with each name replaced; signs, plain numbers, `max` and `min` stay.
fn spelled(formula: &str, word: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = formula;
    while let Some(first) = rest.chars().next() {
        let is_name = first.is_ascii_alphabetic();
        let end = rest.find(|c: char| c.is_ascii_alphabetic() != is_name).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        match piece {
            "max" | "min" => text.push_str(piece),
            _ if is_name => text.push_str(&word(piece)),
            _ => text.push_str(piece),
        }
        rest = after;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::language::the_same;

    /// SYS-04: the four languages have the same texts with the same placeholders.
    #[test]
    fn the_four_languages_say_the_same() {
        the_same(&TEXTS);
    }

    /// STF-13: a formula is followed in words and in numbers; what is no name stays as it is.
    #[test]
    fn a_formula_is_spelled() {
        let upper = |name: &str| name.to_uppercase();
        assert_eq!(spelled("max(required − present, 0)", upper), "max(REQUIRED − PRESENT, 0)");
        assert_eq!(spelled("(twoYearsBefore + yearBefore) ÷ 2", |_| "7".to_owned()), "(7 + 7) ÷ 2");
        assert_eq!(spelled("min(2 × percentage, 100)", upper), "min(2 × PERCENTAGE, 100)");
        assert_eq!(spelled("", upper), "");
    }
}
