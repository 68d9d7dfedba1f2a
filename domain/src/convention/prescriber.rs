//! The physicians of an establishment who may prescribe the programme (CON-08, STF-19).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use crate::names::{PrescriberChange, Qualification};
use crate::{
    identifier::NihdiNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// A line of the list as the establishment states it, before any check (CON-08).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedPrescriber {
    /// The physician's NIHDI number; mandatory.
    pub number: Option<NihdiNumber>,
    /// The name.
    pub name: String,
    /// Endocrinologist, or assimilated.
    pub qualification: Qualification,
    /// The days on which they may prescribe here.
    pub span: Span,
}

/// A physician who may prescribe during a span (CON-08).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prescriber {
    /// The NIHDI number.
    pub number: NihdiNumber,
    /// The name.
    pub name: String,
    /// Endocrinologist, or assimilated.
    pub qualification: Qualification,
    /// The days on which they may prescribe here.
    pub span: Span,
}

/// A change of the list, as compared by [`changes`] (CON-08).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineChange {
    /// A physician was added to the list, or added again.
    Added(Prescriber),
    /// A physician without a last day now has one; nothing else changed.
    Ended(Prescriber),
    /// Something else changed.
    Changed {
        /// The line before.
        before: Prescriber,
        /// The line after.
        after: Prescriber,
    },
    /// A line was an error and was removed.
    Removed(Prescriber),
}

/// A change of one line, as reported to INAMI (CON-08).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportedChange {
    /// What changed.
    pub change: PrescriberChange,
    /// The line as it is now, or as it was before its removal.
    pub prescriber: Prescriber,
}

impl From<LineChange> for ReportedChange {
    fn from(change: LineChange) -> ReportedChange {
        let (change, prescriber) = match change {
            LineChange::Added(one) => (PrescriberChange::Added, one),
            LineChange::Ended(one) => (PrescriberChange::Ended, one),
            LineChange::Changed { after, .. } => (PrescriberChange::Changed, after),
            LineChange::Removed(one) => (PrescriberChange::Removed, one),
        };
        ReportedChange { change, prescriber }
    }
}

/// CON-08, STF-19: the list made of the stated lines.
///
/// # Errors
/// Every fault of the lines.
pub fn checked(entries: &[StatedPrescriber]) -> Result<Vec<Prescriber>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut list: Vec<Prescriber> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let under = format!("prescribers[{index}]");
        faults.extend(entry.faults().into_iter().map(|fault| fault.under(&under)));
        let Some(number) = entry.number else { continue };
        let prescriber = entry.clone().with_number(number);
        if list.iter().any(|other| other.is_same_physician(&number) && other.span.overlaps(prescriber.span)) {
            faults.push(Fault::new(under, Reason::OverlapsAnother, RuleId::Con08));
        }
        list.push(prescriber);
    }
    if faults.is_empty() { Ok(list) } else { Err(faults) }
}

impl StatedPrescriber {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        match self.number {
            None => faults.push(Fault::new("nihdiNumber", Reason::Required, RuleId::Con08)),
            Some(number) if !number.is_physician() => {
                faults.push(Fault::new("nihdiNumber", Reason::NotAPhysician, RuleId::Stf19));
            }
            Some(_) => {}
        }
        if self.name.trim().is_empty() {
            faults.push(Fault::new("name", Reason::Required, RuleId::Con08));
        }
        if !self.qualification.is_physician() {
            faults.push(Fault::new("qualification", Reason::QualificationDoesNotFit, RuleId::Stf19));
        }
        faults.extend(self.span.end_fault("to", RuleId::Con08));
        faults
    }

    fn with_number(self, number: NihdiNumber) -> Prescriber {
        Prescriber { number, name: self.name, qualification: self.qualification, span: self.span }
    }
}

impl Prescriber {
    /// Whether it is the same physician: the competence digits of a number can change, the person's do not.
    fn is_same_physician(&self, number: &NihdiNumber) -> bool {
        self.number.person() == number.person()
    }

    /// Whether the only change is that it now has a last day.
    fn ended_as(&self, now: &Prescriber) -> bool {
        let open = Prescriber { span: Span::since(now.span.from), ..now.clone() };
        now.span.to.is_some() && *self == open
    }
}

/// CON-08, COV-02: whether the physician is on the list on a day, whatever the competence in the number.
#[must_use]
pub fn prescribes(list: &[Prescriber], number: &NihdiNumber, on: NaiveDate) -> bool {
    list.iter().any(|prescriber| prescriber.is_same_physician(number) && prescriber.span.holds(on))
}

/// CON-08: the changes to report to INAMI at once, in the order of the new list, removals last. Lines of one physician
/// are paired by their first day, and those left over from the earliest on, so that a corrected first day counts as a
/// change too.
#[must_use]
pub fn changes(before: &[Prescriber], after: &[Prescriber]) -> Vec<LineChange> {
    let mut left: Vec<&Prescriber> = before.iter().collect();
    left.sort_by_key(|prescriber| prescriber.span);
    let mut pairs: Vec<(&Prescriber, Option<&Prescriber>)> = after.iter().map(|now| (now, None)).collect();
    for by_first_day in [true, false] {
        let mut unpaired: Vec<_> = pairs.iter_mut().filter(|(_, was)| was.is_none()).collect();
        unpaired.sort_by_key(|(now, _)| now.span);
        for (now, was) in unpaired {
            let same = |one: &&Prescriber| {
                one.is_same_physician(&now.number) && (!by_first_day || one.span.from == now.span.from)
            };
            *was = left.iter().position(same).map(|index| left.remove(index));
        }
    }
    let told = pairs.into_iter().filter_map(|(now, was)| match was {
        None => Some(LineChange::Added(now.clone())),
        Some(was) if was == now => None,
        Some(was) if was.ended_as(now) => Some(LineChange::Ended(now.clone())),
        Some(was) => Some(LineChange::Changed { before: was.clone(), after: now.clone() }),
    });
    told.chain(left.iter().map(|was| LineChange::Removed((*was).clone()))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::{
        refusal::tests::described,
        span::tests::{day, span},
    };

    const MAES: &str = "10000106690";
    const PEETERS: &str = "12345676004";
    const NURSE: &str = "41234502000";

    fn number(text: &str) -> NihdiNumber {
        text.parse().unwrap()
    }

    fn entry(number_of: &str, days: &str) -> StatedPrescriber {
        let qualification = Qualification::Endocrinologist;
        StatedPrescriber { number: Some(number(number_of)), name: "Maes".into(), qualification, span: span(days) }
    }

    fn prescriber(number_of: &str, days: &str) -> Prescriber {
        entry(number_of, days).with_number(number(number_of))
    }

    fn faults(entries: &[StatedPrescriber]) -> Vec<String> {
        checked(entries).err().unwrap_or_default().iter().map(described).collect()
    }

    /// CON-08, STF-19: each line has a physician's number, a name, one of two qualifications, and a last day no earlier
    /// than the first.
    #[test]
    fn a_line_is_complete() {
        let assimilated =
            StatedPrescriber { qualification: Qualification::AssimilatedPhysician, ..entry(PEETERS, "2021-01-01/") };
        let list = checked(&[entry(MAES, "2021-01-01/"), assimilated]).unwrap();
        assert_eq!(list.iter().map(|one| one.number.as_str()).collect::<Vec<_>>(), [MAES, PEETERS]);
        let empty = StatedPrescriber { number: None, name: " ".into(), ..entry(MAES, "2021-01-01/") };
        let nurse =
            StatedPrescriber { qualification: Qualification::DiabetesNurse, ..entry(NURSE, "2021-01-02/2021-01-01") };
        assert_eq!(
            faults(&[entry(MAES, "2021-01-01/"), empty, nurse]),
            [
                "CON-08 prescribers[1].nihdiNumber required",
                "CON-08 prescribers[1].name required",
                "STF-19 prescribers[2].nihdiNumber notAPhysician",
                "STF-19 prescribers[2].qualification qualificationDoesNotFit",
                "CON-08 prescribers[2].to outOfRange min=2021-01-02 max=9999-12-31",
            ]
        );
    }

    /// CON-08: a physician is on the list once at a time, also under another competence.
    #[rstest]
    #[case("2021-01-01/2021-12-31", "2022-01-01/", true)]
    #[case("2022-01-01/", "2021-01-01/2021-12-31", true)]
    #[case("2021-01-01/2022-01-01", "2022-01-01/", false)]
    #[case("2021-01-01/", "2026-01-01/2026-01-01", false)]
    fn a_physician_is_listed_once_at_a_time(#[case] first: &str, #[case] second: &str, #[case] fits: bool) {
        let expected: &[&str] = if fits { &[] } else { &["CON-08 prescribers[1] overlapsAnother"] };
        assert_eq!(faults(&[entry(MAES, first), entry("10000106870", second)]), expected);
        assert_eq!(faults(&[entry(MAES, first), entry(PEETERS, second)]), Vec::<String>::new());
    }

    /// CON-08, COV-02: a physician may prescribe on the listed days, first and last included.
    #[rstest]
    #[case(MAES, "2020-12-31", false)]
    #[case(MAES, "2021-01-01", true)]
    #[case(MAES, "2021-12-31", true)]
    #[case(MAES, "2022-01-01", false)]
    #[case(MAES, "2023-06-01", true)]
    #[case("10000106870", "2021-06-01", true)]
    #[case(PEETERS, "2021-06-01", false)]
    fn who_prescribes_is_a_matter_of_days(#[case] who: &str, #[case] on: &str, #[case] prescribing: bool) {
        let list = [prescriber(MAES, "2021-01-01/2021-12-31"), prescriber(MAES, "2023-01-01/")];
        assert_eq!(prescribes(&list, &number(who), day(on)), prescribing);
        assert!(!prescribes(&[], &number(who), day(on)));
    }

    /// CON-08: additions, ends, changes and removals are told apart.
    #[test]
    fn inami_is_told_what_changed() {
        let kept = prescriber(PEETERS, "2021-01-01/");
        let one = || prescriber(MAES, "2021-01-01/");
        let told = |before: &[Prescriber], after: &[Prescriber]| {
            changes(&[before, std::slice::from_ref(&kept)].concat(), &[std::slice::from_ref(&kept), after].concat())
        };
        assert_eq!(told(&[one()], &[one()]), []);
        assert_eq!(told(&[], &[one()]), [LineChange::Added(one())]);
        assert_eq!(told(&[one()], &[]), [LineChange::Removed(one())]);
        let ended = prescriber(MAES, "2021-01-01/2025-12-31");
        assert_eq!(told(&[one()], std::slice::from_ref(&ended)), [LineChange::Ended(ended.clone())]);
        let changed = |before: Prescriber, after: Prescriber| {
            let told = told(std::slice::from_ref(&before), std::slice::from_ref(&after));
            assert_eq!(told, [LineChange::Changed { before, after }]);
        };
        changed(ended.clone(), one());
        changed(ended.clone(), prescriber(MAES, "2021-01-01/2024-12-31"));
        changed(one(), Prescriber { name: "Maes-Claes".into(), ..ended.clone() });
        changed(one(), Prescriber { number: number("10000106870"), ..one() });
        changed(one(), prescriber(MAES, "2022-01-01/"));
        changed(one(), prescriber(MAES, "2022-01-01/2025-12-31"));
        // One of two lines was removed; the other, which begins on the same day as before, did not change.
        let (first, second) = (prescriber(MAES, "2021-01-01/2022-12-31"), prescriber(MAES, "2023-01-01/"));
        let both = [first.clone(), second.clone()];
        assert_eq!(told(&both, std::slice::from_ref(&second)), [LineChange::Removed(first)]);
        // A physician who comes back after an end is added, not changed, whatever the order of the lines.
        let again = prescriber(MAES, "2026-06-01/");
        assert_eq!(
            told(&[one()], &[again.clone(), ended.clone()]),
            [LineChange::Added(again), LineChange::Ended(ended)]
        );
    }

    fn lists() -> impl Strategy<Value = Vec<Prescriber>> {
        let line = (prop::sample::select(vec![MAES, PEETERS, "10000106870"]), 0..6u64, prop::option::of(0..6u64));
        let line = line.prop_map(|(number_of, from, length)| {
            let from = day("2021-01-01") + chrono::Days::new(from);
            let to = length.map(|length| from + chrono::Days::new(length));
            Prescriber { span: Span { from, to }, ..prescriber(number_of, "2021-01-01/") }
        });
        prop::collection::vec(line, 0..5)
    }

    proptest! {
        /// CON-08: applying the changes to the old list gives the new one.
        #[test]
        fn what_is_told_leads_to_the_list(before in lists(), after in lists()) {
            let mut list = before.clone();
            let remove = |list: &mut Vec<Prescriber>, one: &Prescriber| {
                let index = list.iter().position(|other| other == one);
                index.map(|index| list.remove(index)).is_some()
            };
            for change in changes(&before, &after) {
                match change {
                    LineChange::Added(one) => list.push(one),
                    LineChange::Removed(one) => prop_assert!(remove(&mut list, &one)),
                    LineChange::Ended(one) => {
                        let open = Prescriber { span: Span::since(one.span.from), ..one.clone() };
                        prop_assert!(remove(&mut list, &open));
                        list.push(one);
                    }
                    LineChange::Changed { before, after } => {
                        prop_assert!(before.is_same_physician(&after.number) && before != after);
                        prop_assert!(remove(&mut list, &before));
                        list.push(after);
                    }
                }
            }
            let sorted = |mut list: Vec<Prescriber>| {
                list.sort_by_key(|one| (one.number, one.span));
                list
            };
            prop_assert_eq!(sorted(list), sorted(after.clone()));
            prop_assert_eq!(changes(&after, &after), []);
        }

        /// CON-08, COV-02: a valid list names a physician at most once on any day.
        #[test]
        fn a_checked_list_is_unambiguous(list in lists(), on in 0..12u64) {
            let stated = |Prescriber { number, name, qualification, span }| {
                StatedPrescriber { number: Some(number), name, qualification, span }
            };
            let entries: Vec<StatedPrescriber> = list.iter().cloned().map(stated).collect();
            let on = day("2021-01-01") + chrono::Days::new(on);
            if let Ok(checked) = checked(&entries) {
                prop_assert_eq!(&checked, &list);
                let maes = checked.iter().filter(|one| one.is_same_physician(&number(MAES)));
                let there = maes.filter(|one| one.span.holds(on)).count();
                prop_assert!(there <= 1);
                prop_assert_eq!(prescribes(&checked, &number(MAES), on), there == 1);
            }
        }
    }
}
