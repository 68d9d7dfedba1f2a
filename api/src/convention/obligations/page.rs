//! What is due as a page for the morning: for reading and printing, in the reader's language (REG-17).

use std::{collections::BTreeMap, sync::LazyLock};

use chrono::{Days, NaiveDate};
use insula_domain::convention::reports::obligation::{Obligation, ObligationState};
use maud::{Markup, html};
use uuid::Uuid;

use super::facts::Known;
use crate::http::{
    language::{Language, PageTexts, in_four_languages},
    page::Speech,
};

static TEXTS: LazyLock<[PageTexts; 4]> = in_four_languages!("obligations/");

/// The widths of the columns, in percent.
const WIDTHS: [u8; 5] = [12, 37, 18, 16, 17];

/// How many days ahead stand in the first part of the page.
const SOON: u64 = 30;

/// The texts about obligations in a language.
pub fn speech(language: Language) -> Speech<'static> {
    Speech { language, texts: &TEXTS[language as usize] }
}

/// What a row asks for, in words; never whom it is about.
pub fn what(speech: Speech<'_>, row: &Obligation) -> String {
    let mut text = speech.text(row.kind.name());
    if let Some(year) = row.about.year() {
        text.push_str(&format!(" {year}"));
    }
    if let Some(progress) = row.progress {
        let values = [("have", progress.have.to_string()), ("of", progress.of.to_string())];
        text.push_str(&speech.filled("progress", &values));
    }
    text
}

struct Page<'a> {
    speech: Speech<'a>,
    on: NaiveDate,
    known: &'a Known,
    names: &'a BTreeMap<Uuid, String>,
}

/// The page: what is late, what comes soon, what comes later, what is met. `names` are those of the beneficiaries.
pub fn page(language: Language, on: NaiveDate, known: &Known, names: &BTreeMap<Uuid, String>) -> String {
    let speech = speech(language);
    let page = Page { speech, on, known, names };
    let title = speech.filled("title", &[("hospital", known.hospital.clone())]);
    speech.page(&title, &page.body())
}

impl Page<'_> {
    fn body(&self) -> Markup {
        let soon = self.on.checked_add_days(Days::new(SOON)).unwrap_or(self.on);
        let part = |row: &Obligation| match row.state {
            ObligationState::Done => "done",
            ObligationState::NoneKnown => "noneKnown",
            ObligationState::Open if row.is_late(self.on) => "late",
            ObligationState::Open if row.due <= soon => "soon",
            ObligationState::Open => "later",
        };
        let rows_of = |key| self.known.rows.iter().filter(|row| part(row) == key).collect::<Vec<_>>();
        html! {
            p { (self.speech.filled("on", &[("day", self.speech.day(self.on))])) }
            @for key in ["late", "soon", "later", "noneKnown", "done"] {
                @let rows = rows_of(key);
                h2 { (self.speech.text(key)) " (" (rows.len()) ")" }
                (self.table(&rows, key == "late"))
            }
            footer { p { (self.speech.text("footer")) } }
        }
    }

    fn table(&self, rows: &[&Obligation], late: bool) -> Markup {
        html! {
            @if rows.is_empty() { p { (self.speech.text("nothing")) } } @else {
                table {
                    colgroup { @for width in WIDTHS { col style=(format!("width:{width}%")); } }
                    tr { @for key in ["due", "what", "whom", "binds", "rule"] { th { (self.speech.text(key)) } } }
                    @for row in rows { (self.row(row, late)) }
                }
            }
        }
    }

    fn row(&self, row: &Obligation, late: bool) -> Markup {
        let done = row.done.map(|done| self.speech.filled("doneOn", &[("day", self.speech.day(done.on))]));
        html! {
            tr {
                td.d.bad[late] { (self.speech.day(row.due)) }
                td { (what(self.speech, row)) @if let Some(done) = done { ", " (done) } }
                td { (self.whom(row)) }
                td { (self.speech.text(row.binds.name())) }
                td { (row.rule()) ", " (row.rule().source()) }
            }
        }
    }

    fn whom(&self, row: &Obligation) -> &str {
        let member = self.known.members.iter().find(|(id, _)| Some(*id) == row.subject.id);
        let beneficiary = self.known.concerned(row).and_then(|id| self.names.get(&id));
        member.map(|(_, name)| name).or(beneficiary).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use insula_domain::convention::reports::obligation::{Bound, ObligationKind};

    use super::*;
    use crate::http::language::the_same;

    /// SYS-04, REG-17: the four languages say the same, and have a text for every obligation and whom it binds.
    #[test]
    fn the_four_languages_say_the_same() {
        the_same(&TEXTS);
        let kinds = ObligationKind::ALL.iter().map(|kind| kind.name());
        let named: Vec<&str> = kinds.chain(Bound::ALL.iter().map(|bound| bound.name())).collect();
        assert!(named.iter().all(|name| TEXTS[0].contains_key(*name)), "{named:?}");
    }
}
