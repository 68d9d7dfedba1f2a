//! The FTE required for a number of patients (STF-01, STF-02, STF-04, STF-06, STF-15, STF-16).

pub use crate::names::Function;
use crate::{convention::staffing::Figure, exact::Exact, rule::RuleId};

/// STF-16: the hours a year of 1 FTE.
pub const HOURS_A_YEAR: i64 = 1634;
/// STF-08: the minutes a week of 1 FTE, 38 hours.
pub const MINUTES_A_WEEK: i64 = 38 * 60;
/// STF-04: the default number of patients up to which growth steps are searched.
pub const STEPS_UP_TO: i64 = 1_000;

impl Function {
    /// STF-01: the functions for which FTE are required.
    pub const NORMED: [Function; 4] =
        [Function::Medical, Function::Education, Function::DataManagement, Function::Secretariat];

    /// STF-01: FTE per 100 patients, on top of what self-management requires.
    pub fn per_hundred(self) -> Exact {
        Exact::ten_thousandths(match self {
            Function::Medical => 500,
            Function::Education => 3060,
            Function::DataManagement => 612,
            Function::Secretariat => 667,
            Function::Consultation => 0,
        })
    }

    /// STF-02: the minimum FTE over both conventions together. In education, nurses alone must reach it.
    pub fn floor(self) -> Option<Exact> {
        match self {
            Function::Medical => Some(Exact::ratio(1, 2)),
            Function::Education => Some(Exact::ratio(3, 5)),
            Function::DataManagement | Function::Secretariat | Function::Consultation => None,
        }
    }

    /// STF-04: the shortfall, over both conventions together, from which the team must grow.
    pub fn growth_threshold(self) -> Exact {
        match self {
            Function::Medical | Function::Education => Exact::ratio(1, 2),
            Function::DataManagement | Function::Secretariat | Function::Consultation => Exact::ratio(1, 4),
        }
    }

    /// STF-01: the FTE that the pump convention requires of the function for this many patients.
    pub fn for_pump(self, patients: &Exact) -> Figure {
        let per_hundred = self.per_hundred();
        let value = &(patients * &per_hundred) / &Exact::from(100);
        let inputs = vec![("patients", patients.clone()), ("perHundred", per_hundred)];
        Figure::new(value, "patients × perHundred ÷ 100", RuleId::Stf01, inputs)
    }

    /// STF-16: the hours a year for each patient.
    pub fn hours_per_patient(self) -> Figure {
        let (per_hundred, hours) = (self.per_hundred(), Exact::from(HOURS_A_YEAR));
        let value = &(&per_hundred * &hours) / &Exact::from(100);
        let inputs = vec![("perHundred", per_hundred), ("hoursPerYear", hours)];
        Figure::new(value, "perHundred × hoursPerYear ÷ 100", RuleId::Stf16, inputs)
    }

    /// STF-04, STF-17: the numbers of patients, up to `most`, at which a team of `present` FTE must grow, on top of
    /// what self-management requires. At each step the team is taken to grow to what is then required.
    pub fn growth_steps(self, self_management: &Exact, present: &Exact, most: i64) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut present = present.clone();
        while let Some(patients) = self.grows_at(self_management, &present, most) {
            let required = self.required(&Exact::from(patients), self_management).value;
            steps.push(Step { function: self, patients, present: present.clone(), required: required.clone() });
            present = required;
        }
        steps
    }

    /// The smallest number of patients at which the shortfall reaches the threshold.
    fn grows_at(self, self_management: &Exact, present: &Exact, most: i64) -> Option<i64> {
        self.first_at(self_management, most, |required| required - present >= self.growth_threshold())
    }

    /// STF-02: the smallest number of patients that require more than 0 patients do: where the requirement leaves its
    /// floor.
    pub fn leaves_floor_at(self, self_management: &Exact, most: i64) -> Option<i64> {
        let of_none = self.required(&Exact::zero(), self_management).value;
        self.first_at(self_management, most, |required| *required > of_none)
    }

    /// The smallest number of patients, up to `most`, whose requirement satisfies the predicate. The requirement never
    /// falls, so a binary search finds it.
    fn first_at(self, self_management: &Exact, most: i64, satisfies: impl Fn(&Exact) -> bool) -> Option<i64> {
        let satisfies = |patients: i64| satisfies(&self.required(&Exact::from(patients), self_management).value);
        let (mut below, mut at) = (-1, most);
        if !satisfies(at) {
            return None;
        }
        while at - below > 1 {
            let middle = below + (at - below) / 2;
            if satisfies(middle) { at = middle } else { below = middle }
        }
        Some(at)
    }

    /// STF-01, STF-02: the FTE that both conventions together require.
    pub fn required(self, patients: &Exact, self_management: &Exact) -> Figure {
        let pump = self.for_pump(patients).value;
        let sum = &pump + self_management;
        let mut inputs = vec![("pump", pump), ("selfManagement", self_management.clone())];
        match self.floor() {
            None => Figure::new(sum, "pump + selfManagement", RuleId::Stf01, inputs),
            Some(floor) => {
                inputs.push(("floor", floor.clone()));
                Figure::new(sum.max(floor), "max(pump + selfManagement, floor)", RuleId::Stf02, inputs)
            }
        }
    }
}

/// A number of patients at which a team must grow (STF-04).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = GrowthStep)]
pub struct Step {
    /// The function.
    pub function: Function,
    /// The number of patients from which it must grow.
    pub patients: i64,
    /// The FTE present until then.
    pub present: Exact,
    /// The FTE required then, to which the team grows.
    pub required: Exact,
}

/// STF-06: the educator FTE that replace 1 FTE of secretary.
pub fn educator_per_secretary() -> Exact {
    Exact::ratio(3, 4)
}

/// STF-06: the educator FTE that replace these FTE of secretariat.
pub fn as_educators(secretariat: &Exact) -> Figure {
    let rate = educator_per_secretary();
    let value = secretariat * &rate;
    let inputs = vec![("secretariat", secretariat.clone()), ("educatorPerSecretary", rate)];
    Figure::new(value, "secretariat × educatorPerSecretary", RuleId::Stf06, inputs)
}

/// STF-02, STF-09: whether FTE reach a floor. FTE are stated and shown with four decimals, so they are compared with four:
/// 0.6614 FTE less 140 minutes a week are 0.6 FTE.
pub fn reaches(present: &Exact, floor: &Exact) -> bool {
    present.rounded(4) >= *floor
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::convention::staffing::figure::paper::recomputed;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    const PATIENTS: [i64; 10] = [10, 20, 30, 40, 50, 75, 100, 125, 150, 200];

    /// Annex 2 as printed, with its decimals.
    const PRINTED: [(Option<Function>, &str, [&str; 10]); 5] = [
        (
            Some(Function::Medical),
            "0.8170",
            ["0.005", "0.01", "0.015", "0.02", "0.025", "0.0375", "0.05", "0.0625", "0.075", "0.1"],
        ),
        (
            Some(Function::Education),
            "5.0000",
            ["0.0306", "0.0612", "0.0918", "0.1224", "0.1530", "0.2295", "0.3060", "0.3825", "0.4590", "0.6120"],
        ),
        (
            Some(Function::DataManagement),
            "1.0000",
            ["0.00612", "0.01224", "0.01836", "0.02448", "0.0306", "0.0459", "0.0612", "0.0765", "0.0918", "0.1224"],
        ),
        (
            Some(Function::Secretariat),
            "1.08988",
            ["0.0067", "0.0134", "0.0200", "0.0267", "0.0334", "0.0500", "0.0667", "0.0824", "0.1000", "0.1334"],
        ),
        (
            None,
            "7.90688",
            ["0.04842", "0.09684", "0.14516", "0.19358", "0.242", "0.3629", "0.4839", "0.6039", "0.7258", "0.9678"],
        ),
    ];

    /// Where the printed annex 2 differs from article 5: row, patients, printed value, value by the article. The
    /// article rules.
    ///
    /// - Secretariat: at 20 patients it is twice the rounded figure for 10; at 150 it is truncated instead of rounded;
    ///   at 125 it is a slip, which the total repeats.
    /// - The other totals, those of hours included, are sums of rounded figures.
    /// - The row says "Max.", article 5 "minimum": the norm is a minimum.
    const ERRATA: [(&str, i64, &str, &str); 10] = [
        ("secretariat", 20, "0.0134", "0.0133"),
        ("secretariat", 125, "0.0824", "0.0834"),
        ("secretariat", 150, "0.1000", "0.1001"),
        ("total", 10, "0.04842", "0.04839"),
        ("total", 20, "0.09684", "0.09678"),
        ("total", 30, "0.14516", "0.14517"),
        ("total", 40, "0.19358", "0.19356"),
        ("total", 125, "0.6039", "0.6049"),
        ("total", 150, "0.7258", "0.7259"),
        ("total hours", 1, "7.90688", "7.90693"),
    ];

    /// STF-15, STF-01, STF-16: article 5 reproduces annex 2's table, except for the listed errata.
    #[test]
    fn annex_2_is_reproduced_but_for_its_errata() {
        let total = |patients: &Exact| Function::NORMED.iter().map(|f| f.for_pump(patients).value).sum::<Exact>();
        let mut different = Vec::new();
        for (function, hours, row) in PRINTED {
            for (patients, printed) in PATIENTS.into_iter().zip(row) {
                let exactly = Exact::from(patients);
                let value = function.map_or_else(|| total(&exactly), |f| f.for_pump(&exactly).value);
                let decimals = u32::try_from(printed.split_once('.').unwrap().1.len()).unwrap();
                if value.shown(decimals) != printed {
                    let name = function.map_or("total", Function::name).to_owned();
                    different.push((name, patients, printed, value.shown(decimals)));
                }
            }
            let by_norm = match function {
                Some(function) => function.hours_per_patient().value,
                None => Function::NORMED.iter().map(|f| f.hours_per_patient().value).sum(),
            };
            let decimals = u32::try_from(hours.split_once('.').unwrap().1.len()).unwrap();
            if by_norm.shown(decimals) != hours {
                let name = format!("{} hours", function.map_or("total", Function::name));
                different.push((name, 1, hours, by_norm.shown(decimals)));
            }
        }
        let listed: Vec<_> = ERRATA.iter().map(|(n, p, a, b)| ((*n).to_owned(), *p, *a, (*b).to_owned())).collect();
        assert_eq!(different, listed);
    }

    /// STF-06: the replacement costs no more than the secretariat: 1 educator is paid like 4/3 secretary.
    #[test]
    fn three_quarters_of_an_educator_replace_a_secretary() {
        assert_eq!(as_educators(&exact("1")).value, exact("0.75"));
        assert_eq!(as_educators(&exact("0.0667")).value, exact("0.050025"));
    }

    /// STF-04, STF-17: 0.6 FTE of educators without self-management grow each time 0.5 more is required.
    #[test]
    fn a_team_grows_in_steps() {
        let steps = Function::Education.growth_steps(&exact("0"), &exact("0.6"), 600);
        let at: Vec<_> = steps.iter().map(|step| (step.patients, step.required.shown(4))).collect();
        assert_eq!(at, [(360, "1.1016".into()), (524, "1.6034".into())]);
        assert_eq!(Function::Education.growth_steps(&exact("0"), &exact("0"), 600)[0].patients, 0);
        assert!(Function::Secretariat.growth_steps(&exact("0"), &exact("0"), 374).is_empty());
        assert_eq!(Function::Secretariat.growth_steps(&exact("0"), &exact("0"), 375)[0].patients, 375);
    }

    /// STF-02: 0.6 nurses are enough for 196 patients, 0.5 physicians for 1000; without a floor the requirement rises
    /// from the first patient.
    #[test]
    fn the_requirement_leaves_its_floor() {
        let leaves = |function: Function, stated: &str| function.leaves_floor_at(&exact(stated), 5000);
        assert_eq!(leaves(Function::Education, "0"), Some(197));
        assert_eq!(leaves(Function::Education, "0.9"), Some(1));
        assert_eq!(leaves(Function::Medical, "0"), Some(1001));
        assert_eq!(leaves(Function::Secretariat, "0"), Some(1));
        assert_eq!(Function::Medical.leaves_floor_at(&exact("0"), 1000), None);
    }

    fn function() -> impl Strategy<Value = Function> {
        prop::sample::select(Function::NORMED.to_vec())
    }

    proptest! {
        /// STF-01: the requirement is linear in the number of patients.
        #[test]
        fn the_requirement_is_linear(f in function(), a in 0_i64..100_000, b in 0_i64..100_000, d in 1_i64..400) {
            let (a, b) = (Exact::ratio(a, d), Exact::ratio(b, d));
            let whole = f.for_pump(&(&a + &b));
            prop_assert_eq!(&whole.value, &(f.for_pump(&a).value + f.for_pump(&b).value));
            prop_assert_eq!(recomputed(&whole), whole.value);
        }

        /// STF-01, STF-02: more patients never require less, and never less than the floor.
        #[test]
        fn the_requirement_never_falls(f in function(), a in 0_i64..5_000, more in 0_i64..5_000, s in 0_i64..20_000) {
            let self_management = Exact::ten_thousandths(s);
            let less = f.required(&Exact::from(a), &self_management);
            let much = f.required(&Exact::from(a + more), &self_management);
            prop_assert!(less.value <= much.value);
            prop_assert!(f.floor().is_none_or(|floor| floor <= less.value));
            prop_assert_eq!(recomputed(&less), less.value);
        }

        /// STF-06: converting secretariat into educators never increases the cost.
        #[test]
        fn conversion_never_costs_more(s in 0_i64..50_000) {
            let secretariat = Exact::ten_thousandths(s);
            let educators = as_educators(&secretariat);
            // 1 FTE of educator is paid like 1/0.75 secretary.
            prop_assert!(&educators.value / &educator_per_secretary() <= secretariat);
            prop_assert_eq!(recomputed(&educators), educators.value);
        }

        /// STF-04: a step is the first number of patients at which the shortfall reaches the threshold.
        #[test]
        fn a_step_is_where_the_threshold_is_reached(f in function(), s in 0_i64..20_000, p in 0_i64..30_000) {
            let (self_management, mut present) = (Exact::ten_thousandths(s), Exact::ten_thousandths(p));
            for step in f.growth_steps(&self_management, &present, 2_000) {
                let shortfall = |patients| f.required(&Exact::from(patients), &self_management).value - present.clone();
                prop_assert!(shortfall(step.patients) >= f.growth_threshold());
                prop_assert!(step.patients == 0 || shortfall(step.patients - 1) < f.growth_threshold());
                present = step.required;
            }
        }
    }
}
