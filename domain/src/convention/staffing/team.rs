//! The team register (STF-08 to STF-12, STF-19).

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::names::{ConventionKind, Function, Qualification};
use crate::{
    clock::last_day_of_months,
    convention::staffing::norm::MINUTES_A_WEEK,
    exact::Exact,
    identifier::{NihdiNumber, Profession},
    refusal::{Fault, Reason},
    rule::RuleId,
    shift::Shift,
    span::Span,
};

impl Qualification {
    /// STF-19: an endocrinologist, or a physician with acquired rights.
    pub fn is_physician(self) -> bool {
        matches!(self, Qualification::Endocrinologist | Qualification::AssimilatedPhysician)
    }

    /// CON-08, STF-19: the fault of a physician without NIHDI number, since physicians prescribe under theirs, or of a
    /// number of another profession.
    pub fn number_fault(self, number: Option<NihdiNumber>) -> Option<Fault> {
        let fault = |reason, rule| Some(Fault::new("nihdiNumber", reason, rule));
        match number {
            None if self.is_physician() => fault(Reason::Required, RuleId::Con08),
            Some(number) if self.is_physician() && !number.is_physician() => {
                fault(Reason::NotAPhysician, RuleId::Stf19)
            }
            Some(number) if !self.may_have(number) => fault(Reason::NumberOfOtherProfession, RuleId::Stf19),
            _ => None,
        }
    }

    /// STF-19: whether the profession in the number is that of the qualification. For those whose profession has no
    /// digit of its own, it is none of those that have one; data managers and secretaries come from any profession.
    fn may_have(self, number: NihdiNumber) -> bool {
        let profession = number.profession();
        match self {
            Qualification::Endocrinologist | Qualification::AssimilatedPhysician => number.is_physician(),
            Qualification::DiabetesNurse | Qualification::SocialNurse => profession == Profession::Nurse,
            Qualification::Dietician
            | Qualification::SocialWorker
            | Qualification::Psychologist
            | Qualification::Podologist => profession == Profession::Other,
            Qualification::SpecialisedStaff | Qualification::Secretary => true,
        }
    }

    /// STF-07: a nurse or a dietician.
    pub fn is_educator(self) -> bool {
        matches!(self, Qualification::DiabetesNurse | Qualification::Dietician)
    }

    /// STF-19, STF-06, STF-18: whether the qualification allows the function.
    pub fn may_be(self, function: Function) -> bool {
        match function {
            Function::Medical => self.is_physician(),
            Function::Education => self.is_educator(),
            Function::DataManagement => self.is_educator() || self == Qualification::SpecialisedStaff,
            Function::Secretariat => self.is_educator() || self == Qualification::Secretary,
            Function::Consultation => CONSULTANTS.iter().any(|either| either.contains(&self)),
        }
    }
}

/// STF-18, C 5 §4: the consultants a team needs, one of each group. The first of a group names it when it is missing.
const CONSULTANTS: [&[Qualification]; 4] = [
    &[Qualification::Dietician],
    &[Qualification::SocialWorker, Qualification::SocialNurse],
    &[Qualification::Psychologist],
    &[Qualification::Podologist],
];

/// STF-18: the consultants missing when those in `there` can be called.
pub fn missing_consultants(there: &[Qualification]) -> impl Iterator<Item = Qualification> {
    let missing = CONSULTANTS.iter().filter(|either| !either.iter().any(|one| there.contains(one)));
    missing.filter_map(|either| either.first().copied())
}

/// A member's work: which function, for which convention, on which site, how much, from when to when (STF-12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// The function.
    pub function: Function,
    /// Which of the two conventions it is for.
    pub convention: ConventionKind,
    /// The site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Uuid>,
    /// Whether they are the convention's responsible physician (STF-09).
    pub responsible: bool,
    /// The amount, in FTE.
    pub fte: Exact,
    /// Minutes a week from which the member is exempted at the end of the career (C 20, STF-08).
    pub exempted_minutes: i64,
    /// Minutes a week that are ordinary ward care (STF-08).
    pub ward_care_minutes: i64,
    /// The weekly timetable.
    pub timetable: Vec<Shift>,
    /// The days on which they do it.
    #[serde(flatten)]
    pub span: Span,
}

impl Assignment {
    /// Whether it holds on a day.
    pub fn holds(&self, on: NaiveDate) -> bool {
        self.span.holds(on)
    }

    /// STF-08: the FTE that count: accompaniment only, without ward care and exempted hours.
    pub fn counts(&self) -> Exact {
        let lost = Exact::ratio(self.exempted_minutes + self.ward_care_minutes, MINUTES_A_WEEK);
        (&self.fte - &lost).or_zero()
    }

    /// The timetable's minutes a week.
    pub fn timetable_minutes(&self) -> i64 {
        self.timetable.iter().map(|shift| shift.minutes()).sum()
    }

    /// STF-08, STF-12: whether the timetable adds up to the FTE, at 38 hours a week and to the minute: FTE have four
    /// decimals, timetables whole minutes, and few numbers are both.
    pub fn timetable_agrees(&self) -> bool {
        let difference = &self.fte * &Exact::from(MINUTES_A_WEEK) - Exact::from(self.timetable_minutes());
        let half = Exact::ratio(1, 2);
        difference <= half && Exact::zero() - difference <= half
    }
}

/// A member of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Their identifier.
    pub id: Uuid,
    /// Their qualification.
    pub qualification: Qualification,
    /// Their whole employment at the hospital, in FTE.
    pub employment: Exact,
    /// When they entered service.
    pub entered_service: NaiveDate,
    /// When they gave the proof of the educator's training (STF-11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training_proved_on: Option<NaiveDate>,
    /// Their assignments.
    pub assignments: Vec<Assignment>,
}

impl Member {
    /// STF-11: the last day for an educator to prove the training: the eve of the day three years after entry.
    pub fn proof_due_on(&self) -> NaiveDate {
        last_day_of_months(self.entered_service, 36)
    }

    /// Whether they work on a day as educator of either convention or in place of the secretariat (STF-06, STF-11).
    pub fn educates(&self, on: NaiveDate) -> bool {
        self.educating().any(|one| one.holds(on))
    }

    /// Like [`Member::educates`], on that day or a later one.
    pub fn educates_from(&self, on: NaiveDate) -> bool {
        self.educating().any(|one| one.span.overlaps(Span::since(on)))
    }

    /// The first day, from `on` on, on which they have an assignment; `on` itself if there is none.
    pub fn at_work_from(&self, on: NaiveDate) -> NaiveDate {
        let days = self.assignments.iter().filter_map(|one| one.span.clip(Span::since(on)));
        days.map(|days| days.from).min().unwrap_or(on)
    }

    fn educating(&self) -> impl Iterator<Item = &Assignment> {
        let educating = |one: &&Assignment| matches!(one.function, Function::Education | Function::Secretariat);
        self.assignments.iter().filter(move |one| self.qualification.is_educator() && educating(one))
    }

    /// The days of a period on which their assignments change, and the period's first day.
    pub fn turns(&self, first: NaiveDate, last: NaiveDate) -> BTreeSet<NaiveDate> {
        let after = |to: NaiveDate| to.checked_add_days(Days::new(1));
        let days = self.assignments.iter().flat_map(|one| [Some(one.span.from), one.span.to.and_then(after)]);
        days.flatten().filter(|day| first < *day && *day <= last).chain([first]).collect()
    }

    /// The sum of their stated FTE on a day.
    pub fn engaged(&self, on: NaiveDate) -> Exact {
        self.assignments.iter().filter(|one| one.holds(on)).map(|one| one.fte.clone()).sum()
    }

    /// Every fault of the member as stated. Fields are named as in the contract.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (index, one) in self.assignments.iter().enumerate() {
            let field = |name: &str| format!("assignments[{index}].{name}");
            if !self.qualification.may_be(one.function) {
                faults.push(Fault::new(field("function"), Reason::QualificationDoesNotFit, RuleId::Stf19));
            }
            if one.responsible && one.function != Function::Medical {
                faults.push(Fault::new(field("responsible"), Reason::QualificationDoesNotFit, RuleId::Stf09));
            }
            if one.span.from < self.entered_service {
                faults.push(Span::since(self.entered_service).outside(field("from"), RuleId::Stf12));
            }
            faults.extend(one.span.end_fault(field("to"), RuleId::Stf12));
            faults.extend(self.shift_faults(index, one));
        }
        faults.extend(self.overload());
        faults
    }

    /// STF-12: a shift ends after it begins, and nobody is in two places at once.
    fn shift_faults(&self, index: usize, one: &Assignment) -> Vec<Fault> {
        let earlier = self.assignments[..index].iter().filter(|other| both_hold(one, other));
        let others: Vec<Shift> = earlier.flat_map(|other| other.timetable.iter().copied()).collect();
        let meets = |number: usize, shift: Shift| {
            one.timetable[..number].iter().chain(&others).any(|other| shift.overlaps(*other))
        };
        let faulty = |(number, shift): (usize, &Shift)| {
            let field = format!("assignments[{index}].timetable[{number}]");
            if shift.to <= shift.from {
                Some(Fault::new(format!("{field}.to"), Reason::EndsBeforeItBegins, RuleId::Stf12))
            } else {
                meets(number, *shift).then(|| Fault::new(field, Reason::TwoShiftsAtOnce, RuleId::Stf12))
            }
        };
        one.timetable.iter().enumerate().filter_map(faulty).collect()
    }

    /// STF-08: nobody is engaged for more than they are employed for. The fault names the first such day and the
    /// assignment that begins then.
    fn overload(&self) -> Option<Fault> {
        let begins = self.assignments.iter().enumerate();
        let over = begins.filter(|(_, one)| self.engaged(one.span.from) > self.employment);
        let (index, one) = over.min_by_key(|(index, one)| (one.span.from, *index))?;
        let fault = Fault::new(format!("assignments[{index}].fte"), Reason::BeyondEmployment, RuleId::Stf08);
        Some(
            fault
                .with("day", one.span.from)
                .with("engaged", self.engaged(one.span.from))
                .with("employment", &self.employment),
        )
    }
}

/// Whether both hold on some day.
fn both_hold(one: &Assignment, other: &Assignment) -> bool {
    one.holds(other.span.from) || other.holds(one.span.from)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::convention::staffing::norm::reaches;

    pub fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    pub fn assignment(function: Function, convention: ConventionKind, fte: &str, from: &str, to: &str) -> Assignment {
        Assignment {
            function,
            convention,
            site: None,
            responsible: false,
            fte: fte.parse().unwrap(),
            exempted_minutes: 0,
            ward_care_minutes: 0,
            timetable: Vec::new(),
            span: Span { from: day(from), to: to.parse().ok() },
        }
    }

    pub fn member(number: u128, qualification: Qualification, assignments: Vec<Assignment>) -> Member {
        Member {
            id: Uuid::from_u128(number),
            qualification,
            employment: Exact::from(3),
            entered_service: day("2015-01-01"),
            training_proved_on: Some(day("2016-01-01")),
            assignments,
        }
    }

    fn pump(function: Function, fte: &str, from: &str, to: &str) -> Assignment {
        assignment(function, ConventionKind::Pump, fte, from, to)
    }

    fn shift(weekday: u8, from: u16, to: u16) -> Shift {
        Shift { weekday, from: from * 60, to: to * 60 }
    }

    fn described(member: &Member) -> Vec<(String, &'static str)> {
        member.faults().into_iter().map(|fault| (fault.field, fault.reason.code())).collect()
    }

    /// STF-19, STF-06, STF-18: which qualification allows which function.
    #[rstest]
    #[case(Qualification::Endocrinologist, &[Function::Medical])]
    #[case(Qualification::AssimilatedPhysician, &[Function::Medical])]
    #[case(Qualification::DiabetesNurse, &[Function::Education, Function::DataManagement, Function::Secretariat])]
    #[case(Qualification::Dietician, &[Function::Education, Function::DataManagement, Function::Secretariat, Function::Consultation])]
    #[case(Qualification::SpecialisedStaff, &[Function::DataManagement])]
    #[case(Qualification::Secretary, &[Function::Secretariat])]
    #[case(Qualification::SocialWorker, &[Function::Consultation])]
    #[case(Qualification::SocialNurse, &[Function::Consultation])]
    #[case(Qualification::Psychologist, &[Function::Consultation])]
    #[case(Qualification::Podologist, &[Function::Consultation])]
    fn who_may_be_what(#[case] qualification: Qualification, #[case] may: &[Function]) {
        let all: Vec<Function> = Function::ALL.iter().copied().filter(|f| qualification.may_be(*f)).collect();
        assert_eq!(all, may);
        for function in Function::ALL {
            let one = member(1, qualification, vec![pump(*function, "0.5", "2024-01-01", "")]);
            assert_eq!(one.faults().is_empty(), may.contains(function), "{function}");
        }
    }

    /// CON-08, STF-19: a physician needs a number, others may have one, and it is of their own profession.
    #[test]
    fn a_number_is_of_the_profession() {
        let [physician, nurse, pharmacist, other] = ["10000106690", "41234502000", "60000141000", "50000134000"]
            .map(|text| text.parse::<NihdiNumber>().unwrap());
        for qualification in Qualification::ALL.iter().copied() {
            let fault = |number| qualification.number_fault(number).map(|fault| (fault.reason, fault.rule));
            let is_nurse = matches!(qualification, Qualification::DiabetesNurse | Qualification::SocialNurse);
            let any = matches!(qualification, Qualification::SpecialisedStaff | Qualification::Secretary);
            let wrong = match qualification.is_physician() {
                true => Some((Reason::NotAPhysician, RuleId::Stf19)),
                false => Some((Reason::NumberOfOtherProfession, RuleId::Stf19)),
            };
            let unless = |fits: bool| if fits { None } else { wrong };
            let is_physician = qualification.is_physician();
            assert_eq!(fault(None), is_physician.then_some((Reason::Required, RuleId::Con08)), "{qualification}");
            assert_eq!(fault(Some(physician)), unless(is_physician || any), "{qualification}");
            assert_eq!(fault(Some(nurse)), unless(is_nurse || any), "{qualification}");
            assert_eq!(fault(Some(pharmacist)), unless(any), "{qualification}");
            assert_eq!(fault(Some(other)), unless(!is_physician && !is_nurse), "{qualification}");
        }
    }

    /// STF-08, STF-12: a timetable agrees with the FTE to the minute: neither can be written more finely.
    #[rstest]
    #[case("0.3333", 760, true)]
    #[case("0.0612", 140, true)]
    #[case("0.2105", 480, true)]
    #[case("0.1", 228, true)]
    #[case("0.1", 229, false)]
    #[case("0.1", 227, false)]
    #[case("0.5", 1140, true)]
    #[case("0.5", 0, false)]
    fn a_timetable_agrees_to_the_minute(#[case] fte: &str, #[case] minutes: u16, #[case] agrees: bool) {
        let mut one = pump(Function::Education, fte, "2024-01-01", "");
        one.timetable = vec![Shift { weekday: 1, from: 0, to: minutes }];
        assert_eq!(one.timetable_agrees(), agrees);
    }

    proptest! {
        /// STF-12: any timetable agrees with its own FTE, rounded or cut to four decimals, and the warning that it does
        /// not always shows two different numbers of minutes.
        #[test]
        fn what_is_shown_alike_agrees(minutes in 0_i64..=7 * 1440, fte in 0_i64..50_000) {
            let with = |fte: Exact, minutes: i64| {
                let mut one = pump(Function::Education, "0", "2024-01-01", "");
                let day = |number: i64| u16::try_from((minutes - number * 1440).clamp(0, 1440)).unwrap();
                one.timetable = (0..7).map(|number| Shift { weekday: 1, from: 0, to: day(number) }).collect();
                one.fte = fte;
                one
            };
            let exact = Exact::ratio(minutes, MINUTES_A_WEEK);
            let cut = Exact::ten_thousandths(minutes * 10_000 / MINUTES_A_WEEK);
            prop_assert!(with(exact.rounded(4), minutes).timetable_agrees());
            prop_assert!(with(cut, minutes).timetable_agrees());
            let one = with(Exact::ten_thousandths(fte), minutes);
            let shown = (&one.fte * &Exact::from(MINUTES_A_WEEK)).shown(0);
            prop_assert!(one.timetable_agrees() || shown != minutes.to_string());
        }

        /// STF-02, STF-08: FTE stated for what counts and for hours that do not, each with four decimals, reach what counts
        /// as a floor and no more.
        #[test]
        fn a_floor_is_reached_as_fte_are_stated(counts in 0_i64..10_000, lost in 0_i64..=2280) {
            let mut one = pump(Function::Education, "0", "2024-01-01", "");
            one.exempted_minutes = lost;
            one.fte = Exact::ten_thousandths(counts) + Exact::ratio(lost, MINUTES_A_WEEK).rounded(4);
            prop_assert!(reaches(&one.counts(), &Exact::ten_thousandths(counts)));
            prop_assert!(!reaches(&one.counts(), &Exact::ten_thousandths(counts + 1)));
        }
    }

    /// STF-12, SYS-04: all faults of a member are reported at once.
    #[test]
    fn every_fault_comes_at_once() {
        let mut wrong = pump(Function::Medical, "0.5", "2014-12-31", "2014-01-01");
        wrong.timetable = vec![shift(1, 9, 9), shift(2, 8, 12), shift(2, 11, 13)];
        let mut other = pump(Function::Education, "0.5", "2014-06-01", "");
        other.responsible = true;
        other.timetable = vec![shift(2, 8, 9), shift(3, 8, 9)];
        let mut one = member(1, Qualification::DiabetesNurse, vec![other, wrong]);
        one.assignments[1].span.to = Some(day("2014-01-01"));
        assert_eq!(
            described(&one),
            [
                ("assignments[0].responsible".into(), "qualificationDoesNotFit"),
                ("assignments[0].from".into(), "outOfRange"),
                ("assignments[1].function".into(), "qualificationDoesNotFit"),
                ("assignments[1].from".into(), "outOfRange"),
                ("assignments[1].to".into(), "outOfRange"),
                ("assignments[1].timetable[0].to".into(), "endsBeforeItBegins"),
                ("assignments[1].timetable[1]".into(), "twoShiftsAtOnce"),
                ("assignments[1].timetable[2]".into(), "twoShiftsAtOnce"),
            ]
        );
    }

    /// STF-12: nobody is in two places at once; assignments that do not overlap in time do not conflict.
    #[test]
    fn nobody_is_in_two_places_at_once() {
        let with = |to: &str| {
            let (mut a, mut b) = (
                pump(Function::Education, "0.1", "2024-01-01", to),
                pump(Function::Education, "0.1", "2024-06-01", ""),
            );
            a.timetable = vec![shift(1, 8, 12)];
            b.timetable = vec![shift(1, 12, 13), shift(1, 11, 12)];
            described(&member(1, Qualification::DiabetesNurse, vec![a, b]))
        };
        assert_eq!(with(""), [("assignments[1].timetable[1]".into(), "twoShiftsAtOnce")]);
        assert_eq!(with("2024-06-01").len(), 1);
        assert!(with("2024-05-31").is_empty());
    }

    /// STF-08: assignments beyond the employment are found on the first day on which they exceed it.
    #[test]
    fn nobody_is_engaged_beyond_their_employment() {
        let mut one = member(
            1,
            Qualification::DiabetesNurse,
            vec![
                pump(Function::Education, "0.5", "2024-01-01", "2024-06-30"),
                pump(Function::Education, "0.3001", "2024-06-30", ""),
                pump(Function::DataManagement, "0.2", "2024-03-01", "2024-06-30"),
            ],
        );
        one.employment = "0.8".parse().unwrap();
        let fault = one.faults().remove(0);
        assert_eq!((fault.field.as_str(), fault.reason), ("assignments[1].fte", Reason::BeyondEmployment));
        assert!(
            fault.params.contains(&("engaged", "1.0001".into()))
                && fault.params.contains(&("day", "2024-06-30".into()))
        );
        one.assignments[1].span.from = day("2024-07-01");
        assert_eq!(one.faults(), []);
    }

    /// STF-08: ward care and exempted hours do not count, and the result is never negative.
    #[test]
    fn only_accompaniment_counts() {
        let mut one = pump(Function::Education, "0.5", "2024-01-01", "");
        assert_eq!(one.counts(), "0.5".parse().unwrap());
        one.exempted_minutes = 4 * 60;
        one.ward_care_minutes = 6 * 60;
        assert_eq!(one.counts(), Exact::ratio(9, 38));
        one.ward_care_minutes = 38 * 60;
        assert!(one.counts().is_zero());
    }

    /// STF-08, STF-12: at 38 hours a week the timetable matches the FTE to the minute.
    #[test]
    fn a_timetable_makes_the_fte() {
        let mut one = pump(Function::Education, "0.5", "2024-01-01", "");
        one.timetable = vec![shift(1, 8, 17), shift(2, 8, 18)];
        assert!(one.timetable_agrees());
        one.timetable[0].to -= 1;
        assert!(!one.timetable_agrees());
    }

    /// STF-12: the first day of work, from a day on.
    #[rstest]
    #[case("2023-12-31", "2024-01-01")]
    #[case("2024-01-01", "2024-01-01")]
    #[case("2024-06-30", "2024-06-30")]
    #[case("2024-07-01", "2025-01-01")]
    #[case("2026-01-01", "2026-01-01")]
    #[case("2027-01-01", "2027-01-01")]
    fn the_first_day_at_work_is_found(#[case] on: &str, #[case] first: &str) {
        let does = [("2025-01-01", "2026-06-30"), ("2024-01-01", "2024-06-30")];
        let does = does.map(|(from, to)| pump(Function::Education, "0.5", from, to));
        assert_eq!(member(1, Qualification::DiabetesNurse, does.into()).at_work_from(day(on)), day(first));
    }

    /// STF-11: the three years end on the eve of the same day.
    #[rstest]
    #[case("2021-03-15", "2024-03-14")]
    #[case("2021-01-01", "2023-12-31")]
    #[case("2020-02-29", "2023-02-28")]
    fn the_proof_is_due_within_three_years(#[case] entered: &str, #[case] due: &str) {
        let one = Member { entered_service: day(entered), ..member(1, Qualification::DiabetesNurse, Vec::new()) };
        assert_eq!(one.proof_due_on(), day(due));
    }
}
