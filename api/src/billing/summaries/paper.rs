//! A yearly summary on paper, in the reader's language (BIL-06).

use std::sync::LazyLock;

use insula_domain::{clock::brussels_day, parties::beneficiary::Identity};
use insula_paper::{Align, Block, Column, Document, Fact, Level, NotPrinted, Table};
use insula_persistence::billing::summaries::GivenSummary;

use crate::http::language::{Language, PageTexts, date, decimal, filled, in_four_languages};

static TEXTS: LazyLock<[PageTexts; 4]> = in_four_languages!("summary/");

/// BIL-06: the summary as a PDF. The same summary of the same person gives the same bytes.
///
/// # Errors
/// It is not printed.
pub fn pdf(
    language: Language,
    hospital: &str,
    identity: &Identity,
    summary: &GivenSummary,
    replaced: Option<&GivenSummary>,
) -> Result<Vec<u8>, NotPrinted> {
    let said = &TEXTS[language as usize];
    let text = |key: &str, values: &[(&str, String)]| filled(said.get(key), values);
    let date = |day| date(language, day);
    let of = &summary.given.summary;
    let title = text("title", &[("year", of.year.to_string())]);
    let name = [identity.first_name.as_deref(), identity.last_name.as_deref()];
    let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let recipient = [Some(name.as_str()), identity.residence_place.as_deref()];
    let recipient = recipient.into_iter().flatten().collect::<Vec<_>>().join("\n");
    let given_on = |one: &GivenSummary| date(brussels_day(one.given_at));
    let mut blocks =
        vec![Block::Addresses(hospital.to_owned(), recipient), Block::Heading(Level::Title, title.clone())];
    if let Some(born) = identity.birth_date {
        blocks.push(Block::Facts(vec![Fact::new(&text("born", &[]), &date(born))]));
    }
    if let Some(replaced) = replaced {
        blocks.push(Block::Paragraph(text("replaces", &[("date", given_on(replaced))])));
    }
    if of.months.is_empty() {
        blocks.push(Block::Paragraph(text("nothing", &[])));
    } else {
        blocks.push(Block::Paragraph(text("intro", &[("hospital", hospital.to_owned())])));
        let row = |month: String, days: i64, sum: String| vec![month, days.to_string(), decimal(language, &sum)];
        let months = of.months.iter();
        blocks.push(Block::Table(Table {
            columns: vec![
                Column::new(&text("month", &[]), 3, Align::Left),
                Column::new(&text("days", &[]), 1, Align::Right),
                Column::new(&text("amount", &[]), 2, Align::Right),
            ],
            rows: months
                .map(|(month, one)| row(text(&month.to_string(), &[]), one.days, one.amount.to_string()))
                .collect(),
            totals: vec![row(text("total", &[]), of.days(), of.amount().to_string())],
        }));
    }
    blocks.push(Block::Paragraph(text("free", &[])));
    let numbered = [("number", summary.given.number.to_string()), ("date", given_on(summary))];
    let footer = format!("{hospital}\n{}", text("footer", &numbered));
    Document { title, language: language.name().to_owned(), footer, blocks }.print()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::language::the_same;

    /// BIL-06: every language says everything.
    #[test]
    fn every_language_says_everything() {
        the_same(&TEXTS);
    }
}
