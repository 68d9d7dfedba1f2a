//! How many FTE of a team count, on a day or on average over a period (STF-06 to STF-08, STF-13).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    norm::{Step, educator_per_secretary},
    team::{ConventionKind, Function, Member, Qualification},
};
use crate::{convention::staffing::Figure, exact::Exact, rule::RuleId};

/// The FTE that count on average over a period, by convention, function and qualification.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Presence {
    fte: BTreeMap<(ConventionKind, Function, Qualification), Exact>,
    /// The members whose FTE were reduced (STF-08).
    pub reduced: Vec<Reduced>,
}

/// STF-08: a member, not a physician, engaged for more than 1 FTE during some days: each part is reduced in proportion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduced {
    /// The member.
    pub member: Uuid,
    /// The first of these days.
    pub from: NaiveDate,
    /// The last of these days.
    pub to: NaiveDate,
    /// The FTE that would count without the reduction; more than 1.
    pub counted: Exact,
}

impl Presence {
    /// STF-13: the average over the days from `first` to `last`, both included. A period that ends before it begins has
    /// no presence.
    pub fn of(members: &[Member], first: NaiveDate, last: NaiveDate) -> Presence {
        let mut presence = Presence::default();
        if last < first {
            return presence;
        }
        for member in members {
            presence.add(member, first, last);
        }
        let days = Exact::from((last - first).num_days() + 1);
        for fte in presence.fte.values_mut() {
            *fte = &*fte / &days;
        }
        presence
    }

    fn add(&mut self, member: &Member, first: NaiveDate, last: NaiveDate) {
        let mut turns = member.turns(first, last).into_iter().peekable();
        while let Some(from) = turns.next() {
            let to = turns.peek().and_then(NaiveDate::pred_opt).unwrap_or(last);
            let days = Exact::from((to - from).num_days() + 1);
            let parts: Vec<_> = member.assignments.iter().filter(|one| one.holds(from)).collect();
            let counted: Exact = parts.iter().map(|one| one.counts()).sum();
            let one = Exact::from(1);
            let too_much = counted > one && !member.qualification.is_physician();
            for part in parts {
                let counts = if too_much { &part.counts() / &counted } else { part.counts() };
                let place = (part.convention, part.function, member.qualification);
                let sum = self.fte.entry(place).or_default();
                *sum = &*sum + &(&counts * &days);
            }
            if too_much {
                self.reduced.push(Reduced { member: member.id, from, to, counted });
            }
        }
    }

    /// STF-17: adds these FTE, as those of a person who does nothing else: at most 1, except for a physician (STF-08).
    pub fn count(&mut self, convention: ConventionKind, function: Function, qualification: Qualification, fte: &Exact) {
        let counts = if qualification.is_physician() { fte.clone() } else { fte.clone().min(Exact::from(1)) };
        let sum = self.fte.entry((convention, function, qualification)).or_default();
        *sum = &*sum + &counts;
    }

    /// STF-04, STF-07: the FTE of a function that count once more than its floor is required, as is the case where a
    /// team must grow.
    pub fn above_floor(&self, function: Function) -> Exact {
        let required = function.floor().unwrap_or_default() + Exact::from(1);
        self.present(function, &required).value
    }

    /// STF-04, STF-17: the numbers of patients, up to `most`, at which each function of this team must grow.
    pub fn growth_steps(&self, self_management: &BTreeMap<Function, Exact>, most: i64) -> Vec<Step> {
        let steps = |function: Function| {
            let other = self_management.get(&function).cloned().unwrap_or_default();
            function.growth_steps(&other, &self.above_floor(function), most)
        };
        Function::NORMED.into_iter().flat_map(steps).collect()
    }

    /// Its parts: convention, function, qualification, FTE.
    pub fn parts(&self) -> impl Iterator<Item = (ConventionKind, Function, Qualification, &Exact)> {
        self.fte
            .iter()
            .map(|((convention, function, qualification), fte)| (*convention, *function, *qualification, fte))
    }

    /// The FTE of a function whose convention and qualification satisfy `which`.
    fn sum(&self, function: Function, which: impl Fn(ConventionKind, Qualification) -> bool) -> Exact {
        let chosen = |(convention, of, qualification): &(ConventionKind, Function, Qualification)| {
            *of == function && which(*convention, *qualification)
        };
        self.fte.iter().filter(|(place, _)| chosen(place)).map(|(_, fte)| fte.clone()).sum()
    }

    /// STF-02: the FTE of nurses in education, over both conventions.
    pub fn nurses(&self) -> Exact {
        self.sum(Function::Education, |_, qualification| qualification == Qualification::DiabetesNurse)
    }

    /// STF-07: the FTE of dieticians in education, over both conventions, whether they count or not.
    pub fn dieticians(&self) -> Exact {
        self.sum(Function::Education, |_, qualification| qualification == Qualification::Dietician)
    }

    /// STF-07: whether dieticians count as educators: nurses reach their floor, and more than the floor is required.
    pub fn dieticians_count(&self, required: &Exact) -> bool {
        Function::Education.floor().is_some_and(|floor| self.nurses() >= floor && *required > floor)
    }

    /// The FTE of a function that count over both conventions when `required` are required (STF-06, STF-07).
    pub fn present(&self, function: Function, required: &Exact) -> Figure {
        match function {
            Function::Education => {
                let nurses = self.nurses();
                if self.dieticians_count(required) {
                    let dieticians = self.dieticians();
                    let inputs = vec![("nurses", nurses.clone()), ("dieticians", dieticians.clone())];
                    Figure::new(nurses + dieticians, "nurses + dieticians", RuleId::Stf07, inputs)
                } else {
                    Figure::new(nurses.clone(), "nurses", RuleId::Stf07, vec![("nurses", nurses)])
                }
            }
            Function::Secretariat => {
                let secretaries = self.sum(function, |_, qualification| !qualification.is_educator());
                let educators = self.sum(function, |_, qualification| qualification.is_educator());
                let rate = educator_per_secretary();
                let value = &secretaries + &(&educators / &rate);
                let inputs =
                    vec![("secretaries", secretaries), ("educators", educators), ("educatorPerSecretary", rate)];
                Figure::new(value, "secretaries + educators ÷ educatorPerSecretary", RuleId::Stf06, inputs)
            }
            Function::Medical | Function::DataManagement | Function::Consultation => {
                let fte_of = |convention| self.sum(function, |which, _| which == convention);
                let (pump, self_management) = (fte_of(ConventionKind::Pump), fte_of(ConventionKind::SelfManagement));
                let inputs = vec![("pump", pump.clone()), ("selfManagement", self_management.clone())];
                Figure::new(pump + self_management, "pump + selfManagement", RuleId::Stf08, inputs)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::convention::staffing::{
        figure::paper::recomputed,
        team::tests::{assignment, day, member},
    };

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    fn nurse(number: u128, fte: &str, from: &str, to: &str) -> Member {
        member(
            number,
            Qualification::DiabetesNurse,
            vec![assignment(Function::Education, ConventionKind::Pump, fte, from, to)],
        )
    }

    fn over_2023(members: &[Member]) -> Presence {
        Presence::of(members, day("2023-01-01"), day("2023-12-31"))
    }

    /// STF-13: a member present for 73 of 365 days counts for a fifth.
    #[test]
    fn presence_is_the_average_of_the_days() {
        let team = [nurse(1, "0.5", "2022-06-01", "2023-03-14"), nurse(2, "0.4", "2023-12-31", "")];
        let nurses = over_2023(&team).nurses();
        assert_eq!(nurses, exact("0.1") + &exact("0.4") / &exact("365"));
        assert_eq!(Presence::of(&team, day("2023-03-14"), day("2023-03-14")).nurses(), exact("0.5"));
        assert!(Presence::of(&team, day("2023-03-15"), day("2023-03-15")).nurses().is_zero());
        assert!(Presence::of(&team, day("2023-03-15"), day("2023-03-14")).nurses().is_zero());
    }

    /// STF-08: above 1 FTE each part is reduced in proportion, for the days concerned, and the reduction is listed; a
    /// physician's FTE are not reduced.
    #[test]
    fn nobody_but_a_physician_counts_for_more_than_one() {
        let parts = |qualification, function| {
            member(
                7,
                qualification,
                vec![
                    assignment(function, ConventionKind::Pump, "0.9", "2023-01-01", ""),
                    assignment(function, ConventionKind::SelfManagement, "0.6", "2023-01-01", "2023-01-10"),
                ],
            )
        };
        let nurse = parts(Qualification::DiabetesNurse, Function::Education);
        let on = Presence::of(std::slice::from_ref(&nurse), day("2023-01-10"), day("2023-01-10"));
        assert_eq!(on.nurses(), exact("1"));
        assert_eq!(on.fte[&(ConventionKind::Pump, Function::Education, Qualification::DiabetesNurse)], exact("0.6"));
        let year = over_2023(&[nurse]);
        assert_eq!(year.nurses(), &(exact("10") + exact("0.9") * exact("355")) / &exact("365"));
        let described = Reduced {
            member: Uuid::from_u128(7),
            from: day("2023-01-01"),
            to: day("2023-01-10"),
            counted: exact("1.5"),
        };
        assert_eq!(year.reduced, [described]);
        let physician = parts(Qualification::Endocrinologist, Function::Medical);
        let on = Presence::of(&[physician], day("2023-01-10"), day("2023-01-10"));
        assert_eq!((on.present(Function::Medical, &exact("1")).value, on.reduced.len()), (exact("1.5"), 0));
    }

    /// STF-07: dieticians count only when nurses reach the floor and more than the floor is required.
    #[test]
    fn dieticians_count_above_the_floor_of_nurses() {
        let dietician = member(
            2,
            Qualification::Dietician,
            vec![assignment(Function::Education, ConventionKind::Pump, "0.4", "2023-01-01", "")],
        );
        for (nurses, required, present) in
            [("0.6", "0.7", "1"), ("0.5999", "0.7", "0.5999"), ("0.6", "0.6", "0.6"), ("0.6", "0.6001", "1")]
        {
            let team = [nurse(1, nurses, "2023-01-01", ""), dietician.clone()];
            let figure = over_2023(&team).present(Function::Education, &exact(required));
            assert_eq!(figure.value, exact(present), "{nurses} of {required}");
            assert_eq!(recomputed(&figure), figure.value);
        }
    }

    /// STF-04, STF-07, STF-08, STF-17: a team can be counted part by part: a person for at most 1, and dieticians once
    /// more than the floor is required.
    #[test]
    fn a_team_can_be_counted_part_by_part() {
        let mut presence = Presence::default();
        presence.count(ConventionKind::Pump, Function::Education, Qualification::DiabetesNurse, &exact("1.4"));
        presence.count(ConventionKind::Pump, Function::Education, Qualification::Dietician, &exact("0.4"));
        presence.count(ConventionKind::Pump, Function::Medical, Qualification::Endocrinologist, &exact("1.4"));
        assert_eq!(presence.present(Function::Education, &exact("0.6")).value, exact("1"));
        assert_eq!(presence.above_floor(Function::Education), exact("1.4"));
        assert_eq!(presence.above_floor(Function::Medical), exact("1.4"));
        assert!(presence.above_floor(Function::Secretariat).is_zero());
    }

    /// STF-06: an educator who replaces a secretary counts for 4/3.
    #[test]
    fn educators_replace_the_secretariat() {
        let in_secretariat = |number, qualification| {
            member(
                number,
                qualification,
                vec![assignment(Function::Secretariat, ConventionKind::Pump, "0.3", "2023-01-01", "")],
            )
        };
        let team = [in_secretariat(1, Qualification::DiabetesNurse), in_secretariat(2, Qualification::Secretary)];
        let figure = over_2023(&team).present(Function::Secretariat, &exact("1"));
        assert_eq!(figure.value, exact("0.7"));
        assert_eq!(recomputed(&figure), figure.value);
        assert!(over_2023(&team).nurses().is_zero());
    }

    fn team() -> impl Strategy<Value = Vec<Member>> {
        let from = 0_i64..500;
        let part = (0_usize..4, any::<bool>(), 0_i64..12_000, from, prop::option::of(0_i64..300), 0_i64..3000);
        let one = prop::collection::vec(part, 0..4);
        prop::collection::vec(one, 0..6).prop_map(|people| {
            let begin = day("2022-08-01");
            let made = |number: usize, parts: Vec<(usize, bool, i64, i64, Option<i64>, i64)>| {
                let assignments = parts.into_iter().map(|(function, pump, fte, from, length, ward)| {
                    let from = begin + chrono::Days::new(from.cast_unsigned());
                    let to = length.map(|days| (from + chrono::Days::new(days.cast_unsigned())).to_string());
                    let kind = if pump { ConventionKind::Pump } else { ConventionKind::SelfManagement };
                    let fte = Exact::ten_thousandths(fte).to_string();
                    let mut one =
                        assignment(Function::NORMED[function], kind, &fte, &from.to_string(), &to.unwrap_or_default());
                    one.ward_care_minutes = ward;
                    one
                });
                let qualification = Qualification::ALL[number % Qualification::ALL.len()];
                member(number as u128, qualification, assignments.collect())
            };
            people.into_iter().enumerate().map(|(number, parts)| made(number, parts)).collect()
        })
    }

    proptest! {
        /// STF-13: the average over a period is the mean of its days, whatever changes in it.
        #[test]
        fn the_average_is_the_mean_of_the_days(team in team(), start in 0_u64..300, length in 0_u64..120) {
            let first = day("2022-09-01") + chrono::Days::new(start);
            let last = first + chrono::Days::new(length);
            let whole = Presence::of(&team, first, last);
            let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= last).collect();
            let mut sums: BTreeMap<_, Exact> = BTreeMap::new();
            for day in &days {
                for (place, fte) in Presence::of(&team, *day, *day).fte {
                    let sum = sums.entry(place).or_default();
                    *sum = &*sum + &fte;
                }
            }
            for (place, sum) in sums {
                prop_assert_eq!(&sum / &Exact::from(length.cast_signed() + 1), whole.fte[&place].clone());
            }
        }

        /// STF-08: over all assignments together, only a physician counts for more than 1.
        #[test]
        fn no_one_counts_for_more_than_one(team in team(), start in 0_u64..300) {
            let day = day("2022-09-01") + chrono::Days::new(start);
            for one in team {
                let all: Exact = Presence::of(std::slice::from_ref(&one), day, day).fte.into_values().sum();
                prop_assert!(one.qualification.is_physician() || all <= Exact::from(1));
            }
        }
    }
}
