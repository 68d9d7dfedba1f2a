//! How an establishment can be reached (REG-05).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    refusal::{Fault, Reason},
    rule::RuleId,
    shift::{MIDNIGHT, Shift},
};

/// An establishment's availability, in force from a day until the next statement replaces it (REG-05).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Availability {
    /// The first day on which it is in force.
    pub from: NaiveDate,
    /// The direct phone lines.
    pub phone_lines: Vec<String>,
    /// When they are answered.
    pub permanence: Vec<Shift>,
    /// Who makes sure that an endocrinologist or assimilated physician familiar with pumps can be consulted at any
    /// time.
    pub physician_cover: Option<String>,
}

/// REG-05: the availability in force on a day: the latest that has begun by then.
#[must_use]
pub fn in_force(stated: &[Availability], on: NaiveDate) -> Option<&Availability> {
    stated.iter().filter(|one| one.from <= on).max_by_key(|one| one.from)
}

/// REG-05: what is missing on a day. Without any statement, the availability itself is missing.
#[must_use]
pub fn findings(stated: &[Availability], on: NaiveDate) -> Vec<Fault> {
    match in_force(stated, on) {
        Some(availability) => availability.findings(),
        None => vec![Fault::new("availability", Reason::Required, RuleId::Reg05)],
    }
}

impl Availability {
    /// REG-05: every fault of the statement. Something missing is a finding, not a fault.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (index, line) in self.phone_lines.iter().enumerate() {
            let fault = |reason| Fault::new(format!("phoneLines[{index}]"), reason, RuleId::Reg05);
            if line.trim().is_empty() {
                faults.push(fault(Reason::Empty));
            } else if self.phone_lines[..index].contains(line) {
                faults.push(fault(Reason::Repeated));
            }
        }
        for (index, hours) in self.permanence.iter().enumerate() {
            let field = format!("permanence[{index}]");
            let outside = |name: &str, min: u16, max: u16| {
                let fault = Fault::new(format!("{field}.{name}"), Reason::OutOfRange, RuleId::Reg05);
                fault.with("min", min).with("max", max)
            };
            if !(1..=7).contains(&hours.weekday) {
                faults.push(outside("weekday", 1, 7));
            }
            if hours.from >= MIDNIGHT {
                faults.push(outside("from", 0, MIDNIGHT - 1));
            } else if hours.to <= hours.from || hours.to > MIDNIGHT {
                faults.push(outside("to", hours.from + 1, MIDNIGHT));
            }
            if self.permanence[..index].iter().any(|earlier| earlier.overlaps(*hours)) {
                faults.push(Fault::new(field, Reason::OverlapsAnother, RuleId::Reg05));
            }
        }
        if self.physician_cover.as_ref().is_some_and(|who| who.trim().is_empty()) {
            faults.push(Fault::new("physicianCover", Reason::Empty, RuleId::Reg05));
        }
        faults
    }

    /// REG-05: what is missing: a direct line, phone hours on each working day, a physician who can be consulted at any
    /// time.
    #[must_use]
    pub fn findings(&self) -> Vec<Fault> {
        let required = |field| Fault::new(field, Reason::Required, RuleId::Reg05);
        let mut findings = Vec::new();
        if self.phone_lines.is_empty() {
            findings.push(required("phoneLines"));
        }
        if self.permanence.is_empty() {
            findings.push(required("permanence"));
        } else {
            // The text says "normal working hours" without naming days; we require phone hours on each day from Monday
            // to Friday.
            let unanswered = (1..=5).filter(|weekday| self.permanence.iter().all(|hours| hours.weekday != *weekday));
            findings.extend(unanswered.map(|weekday| {
                Fault::new("permanence", Reason::PermanenceMissing, RuleId::Reg05).with("weekday", weekday)
            }));
        }
        if self.physician_cover.is_none() {
            findings.push(required("physicianCover"));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{refusal::tests::described, span::tests::day};

    fn availability(from: &str) -> Availability {
        Availability {
            from: day(from),
            phone_lines: vec!["02 477 00 00".into(), "02 477 00 01".into()],
            permanence: (1..=5).map(|weekday| Shift { weekday, from: 480, to: 1080 }).collect(),
            physician_cover: Some("emergency department".into()),
        }
    }

    fn all(faults: &[Fault]) -> Vec<String> {
        faults.iter().map(described).collect()
    }

    /// REG-05: lines, hours on each working day, a physician at any time: everything missing is listed.
    #[test]
    fn what_is_missing_is_said() {
        let complete = availability("2021-01-01");
        assert_eq!((complete.faults(), complete.findings()), (vec![], vec![]));
        let nothing =
            Availability { phone_lines: vec![], permanence: vec![], physician_cover: None, ..complete.clone() };
        assert_eq!(nothing.faults(), []);
        assert_eq!(
            all(&nothing.findings()),
            ["REG-05 phoneLines required", "REG-05 permanence required", "REG-05 physicianCover required"]
        );
        let mut most = complete;
        most.permanence.retain(|hours| hours.weekday != 3 && hours.weekday != 5);
        most.permanence.push(Shift { weekday: 6, from: 0, to: 1440 });
        assert_eq!(
            all(&most.findings()),
            ["REG-05 permanence permanenceMissing weekday=3", "REG-05 permanence permanenceMissing weekday=5"]
        );
    }

    /// REG-05: the latest statement that has begun is the one in force.
    #[rstest]
    #[case("2020-12-31", None, &["REG-05 availability required"])]
    #[case("2021-01-01", Some("2021-01-01"), &[])]
    #[case("2022-12-31", Some("2021-01-01"), &[])]
    #[case("2023-01-01", Some("2023-01-01"), &["REG-05 physicianCover required"])]
    fn the_last_statement_holds(#[case] on: &str, #[case] from: Option<&str>, #[case] missing: &[&str]) {
        let later = Availability { physician_cover: None, ..availability("2023-01-01") };
        let stated = [later, availability("2021-01-01")];
        assert_eq!(in_force(&stated, day(on)).map(|one| one.from), from.map(day));
        assert_eq!(all(&findings(&stated, day(on))), missing);
    }

    /// REG-05: hours end after they begin, within one day, without overlap; phone lines are neither empty nor repeated.
    #[test]
    fn what_is_stated_makes_sense() {
        let hours = |weekday, from, to| Shift { weekday, from, to };
        let mut one = availability("2021-01-01");
        one.permanence = vec![hours(1, 480, 720), hours(1, 720, 1440), hours(2, 600, 800), hours(7, 0, 1)];
        assert_eq!(one.faults(), []);
        one.permanence =
            vec![hours(1, 480, 720), hours(1, 719, 800), hours(0, 480, 480), hours(8, 1440, 9), hours(2, 0, 1441)];
        one.phone_lines = vec!["02".into(), " ".into(), "02".into()];
        one.physician_cover = Some(String::new());
        assert_eq!(
            all(&one.faults()),
            [
                "REG-05 phoneLines[1] empty",
                "REG-05 phoneLines[2] repeated",
                "REG-05 permanence[1] overlapsAnother",
                "REG-05 permanence[2].weekday outOfRange min=1 max=7",
                "REG-05 permanence[2].to outOfRange min=481 max=1440",
                "REG-05 permanence[3].weekday outOfRange min=1 max=7",
                "REG-05 permanence[3].from outOfRange min=0 max=1439",
                "REG-05 permanence[4].to outOfRange min=1 max=1440",
                "REG-05 physicianCover empty",
            ]
        );
    }
}
