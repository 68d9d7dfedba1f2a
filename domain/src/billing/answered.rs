//! What an insurer's answer makes of a file (BIL-05, BIL-09, BIL-11).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    credit::{InvoicedLine, LineState},
    forecast::{fells_the_file, share},
    line::Line,
    refusal_code::RefusalCode,
};
pub use crate::names::FileState;
use crate::{amount::Balance, refusal::Refusal, span::Span};

/// What was said of one line (BIL-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It is accepted.
    Accepted,
    /// It is refused, with these codes.
    Refused(Vec<RefusalCode>),
}

/// An insurer's answer to a file (BIL-05).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Whether the file as a whole is refused.
    pub whole_file_refused: bool,
    /// How many other lines the file has, when it went within the hospital's own. Nothing is known of what becomes of
    /// them, so they count as accepted.
    pub others: usize,
    /// What is said of each line.
    pub lines: BTreeMap<Uuid, Said>,
}

/// What a file comes to (BIL-05). Credits count as what they are: negative.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    /// The sum of the lines that are accepted.
    pub accepted: Balance,
    /// The sum of the lines that are refused; nothing of it is due.
    pub refused: Balance,
    /// The sum of the lines that are not answered.
    pub pending: Balance,
}

impl Accounts {
    /// What insurers owe, as far as they did not refuse it.
    #[must_use]
    pub fn due(&self) -> Balance {
        self.accepted.clone() + self.pending.clone()
    }
}

/// What becomes of a file (BIL-05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its state.
    pub state: FileState,
    /// Its refused lines: their days are free.
    pub refused: Vec<Uuid>,
    /// Its sums.
    pub accounts: Accounts,
}

/// BIL-05, B-15, B-16: what an answer makes of a file of these lines. When the answer says so, or more than 5 % of its
/// lines are refused, all of it is.
#[must_use]
pub fn outcome(lines: &[InvoicedLine], answer: &Answer) -> Outcome {
    let said = |line: &InvoicedLine| answer.lines.get(&line.id);
    let is_refused = |line: &InvoicedLine| matches!(said(line), Some(Said::Refused(_)));
    let count = lines.iter().filter(|line| is_refused(line)).count();
    let whole = answer.whole_file_refused || fells_the_file(&share(count, lines.len() + answer.others));

    let mut accounts = Accounts::default();
    for line in lines {
        let sum = match said(line) {
            _ if whole || is_refused(line) => &mut accounts.refused,
            Some(_) => &mut accounts.accepted,
            None => &mut accounts.pending,
        };
        *sum = sum.clone() + signed(line);
    }
    let refused = lines.iter().filter(|line| whole || is_refused(line)).map(|line| line.id).collect();
    let state = if whole {
        FileState::Refused
    } else if lines.iter().any(|line| said(line).is_none()) {
        FileState::Received
    } else if count > 0 {
        FileState::PartlyRefused
    } else {
        FileState::Settled
    };
    Outcome { state, refused, accounts }
}

/// BIL-05: what a line asks for; a credit gives back.
#[must_use]
pub fn signed(line: &InvoicedLine) -> Balance {
    let amount = Balance::from(line.line.amount());
    if line.credits.is_some() { -amount } else { amount }
}

/// A refusal that the hospital contests: nothing is credited, the days stay claimed (BIL-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contest {
    /// The article that says the opposite.
    pub article: &'static str,
    /// When it is contested.
    pub on: NaiveDate,
}

/// C 3 §3, last paragraph: days in hospital are due while the pump treatment goes on.
const IN_HOSPITAL: &str = "C 3 §3";
/// C 10 §6: a pump day may be cumulated with self-management, glucose monitoring and advanced technologies.
const CUMULATED: &str = "C 10 §6";

/// BIL-11, BIL-09, B-11: on which article the refusal of a line is contested. `with_pump` are the stays in hospital in
/// which the pump treatment went on.
///
/// # Errors
/// The line is not refused, a day of it is billed anew, or the convention says nothing against these codes or not of this
/// line: its days are corrected and billed anew.
pub fn contest(
    of: &InvoicedLine,
    codes: &[RefusalCode],
    with_pump: &[Span],
    is_billed_anew: bool,
    on: NaiveDate,
) -> Result<Contest, Refusal> {
    if of.state != LineState::Refused || of.credits.is_some() || is_billed_anew {
        return Err(Refusal::NothingToContest);
    }
    let article = codes.iter().find_map(|code| article(code.as_str(), &of.line, with_pump));
    article.map(|article| Contest { article, on }).ok_or(Refusal::NothingToContest)
}

fn article(code: &str, line: &Line, with_pump: &[Span]) -> Option<&'static str> {
    let stays = with_pump.iter().any(|stay| stay.overlaps(line.days()));
    match code {
        "300545" | "300645" | "300444" | "300445" if stays => Some(IN_HOSPITAL),
        "300444" | "300445" => Some(CUMULATED),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{
        super::{credit::tests::invoiced, line::tests::blocks},
        *,
    };
    use crate::span::tests::{day, span};

    fn refused(code: &str) -> Said {
        Said::Refused(vec![code.parse().unwrap()])
    }

    /// May of P1, P2 and P3, among 60 lines of others with one day each.
    fn may_of_63() -> Vec<InvoicedLine> {
        let three = ["2026-05-01/2026-05-31", "2026-05-01/2026-05-31", "2026-05-06/2026-05-31"];
        let others = [["2026-05-01/2026-05-01"; 60].as_slice(), &three].concat();
        let lines = others.iter().flat_map(|range| invoiced(&blocks(&[range])));
        (1..).zip(lines).map(|(n, line)| InvoicedLine { id: Uuid::from_u128(n), ..line }).collect()
    }

    /// Each line's id with what was said, accepted unless it is the one given.
    fn answer(lines: &[InvoicedLine], except: usize, said: &Said) -> Answer {
        let each = lines
            .iter()
            .enumerate()
            .map(|(at, line)| (line.id, if at == except { said.clone() } else { Said::Accepted }));
        Answer { lines: each.collect(), ..Answer::default() }
    }

    /// BIL-05, B-15: one line of 63 is refused: its days are free, and the accounts agree with the corrected line.
    #[test]
    fn b_15_a_file_is_partly_refused() {
        let lines = may_of_63();
        let found = outcome(&lines, &answer(&lines, 61, &refused("300645")));
        assert_eq!((found.state, &found.refused[..]), (FileState::PartlyRefused, &[Uuid::from_u128(62)][..]));
        let three = outcome(&lines[60..], &Answer::default()).accounts;
        assert_eq!(three.pending.to_string(), "906.40");
        // The 60 others have a day each: 618.00 of what is accepted.
        assert_eq!(found.accounts.accepted.to_string(), "1205.10");
        assert_eq!(found.accounts.refused.to_string(), "319.30");
        let corrected = invoiced(&blocks(&["2026-05-01/2026-05-20"]));
        let corrected = outcome(&corrected, &Answer::default());
        assert_eq!(corrected.state, FileState::Received);
        assert_eq!((found.accounts.due() + corrected.accounts.due()).to_string(), "1411.10");
    }

    /// BIL-05, B-16: one line of three refused, or the answer's word, refuses all of the file.
    #[rstest]
    #[case(false, Some(0))]
    #[case(true, None)]
    fn b_16_a_whole_file_is_refused(#[case] whole: bool, #[case] refused_line: Option<usize>) {
        let lines = &may_of_63()[60..];
        let mut answer = answer(lines, refused_line.unwrap_or(9), &refused("300645"));
        answer.whole_file_refused = whole;
        let found = outcome(lines, &answer);
        assert_eq!((found.state, found.refused.len()), (FileState::Refused, 3));
        assert_eq!(
            (found.accounts.due().to_string().as_str(), found.accounts.refused.to_string().as_str()),
            ("0.00", "906.40")
        );
    }

    /// BIL-05, B-16: of a file that went within another, all lines count: one of three is little among 17 others, much
    /// among 16.
    #[rstest]
    #[case(17, FileState::PartlyRefused)]
    #[case(16, FileState::Refused)]
    fn the_share_is_that_of_the_whole_file(#[case] others: usize, #[case] state: FileState) {
        let lines = &may_of_63()[60..];
        let answer = Answer { others, ..answer(lines, 0, &refused("300645")) };
        assert_eq!(outcome(lines, &answer).state, state);
    }

    /// BIL-05: a file is settled when every line is accepted, and only received while some are not answered. A credit
    /// gives back.
    #[test]
    fn a_file_is_settled_line_by_line() {
        let mut lines = may_of_63();
        lines[0].credits = Some(Uuid::from_u128(999));
        let mut answer = answer(&lines, 99, &Said::Accepted);
        assert_eq!(outcome(&lines, &answer).state, FileState::Settled);
        assert_eq!(outcome(&lines, &answer).accounts.accepted.to_string(), "1503.80");
        answer.lines.remove(&lines[5].id);
        let half = outcome(&lines, &answer);
        assert_eq!((half.state, half.accounts.pending.to_string()), (FileState::Received, "10.30".to_owned()));
    }

    /// BIL-11, BIL-09, B-11, B-15: being in hospital is contested when the pump went on; a refused cumulation too. All
    /// else is corrected.
    #[rstest]
    #[case(&["300645"], true, Some("C 3 §3"))]
    #[case(&["300545"], true, Some("C 3 §3"))]
    #[case(&["300645"], false, None)]
    #[case(&["300549", "300445"], true, Some("C 3 §3"))]
    #[case(&["300445"], false, Some("C 10 §6"))]
    #[case(&["300549"], true, None)]
    #[case(&[], true, None)]
    fn b_11_a_refusal_is_contested(#[case] codes: &[&str], #[case] pump: bool, #[case] article: Option<&str>) {
        let line = InvoicedLine { state: LineState::Refused, ..may_of_63().remove(61) };
        let codes: Vec<_> = codes.iter().map(|code| code.parse().unwrap()).collect();
        let stays = if pump { vec![span("2026-05-04/2026-05-08")] } else { vec![span("2026-06-01/2026-06-03")] };
        let on = day("2026-06-20");
        let found = contest(&line, &codes, &stays, false, on);
        assert_eq!(found.map(|contest| contest.article).ok(), article);
        assert_eq!(contest(&line, &codes, &stays, true, on), Err(Refusal::NothingToContest), "billed anew");
        for state in [LineState::Stands, LineState::Credited] {
            let other = InvoicedLine { state, ..line.clone() };
            assert_eq!(contest(&other, &codes, &stays, false, on), Err(Refusal::NothingToContest), "{state}");
        }
    }
}
