//! Quality data: one coded row for each beneficiary of an audit year (REG-09, C 12).
//!
//! The items are those that Insula knows; the group of experts of the self-management convention can ask for others,
//! which makes a new version of the dictionary.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    covered::Covered,
    yearly::{GrantedDays, PumpHeld, PumpType},
};
use crate::{
    exact::{Decimal, Exact},
    ids::PersonId,
    names::{TargetGroup, names},
    span::Span,
};

/// REG-09, TRA-01: the recipient for which pseudonyms are made: another one than Healthdata, so that nobody can link
/// both without the key.
pub const DESTINATION: &str = "qualityData";

/// REG-09: the version of the dictionary that the rows follow.
pub const DICTIONARY_VERSION: i32 = 1;

names! {
    /// A column of the quality data, in this order (REG-09, dictionary version 1).
    QualityField as "QualityDataField", growing {
        /// The beneficiary's pseudonym for this purpose.
        Pseudonym = "pseudonym",
        /// The first day of programme of the year.
        From = "from",
        /// The last day of programme of the year.
        To = "to",
        /// The number of days of programme of the year.
        Days = "days",
        /// The target group of the last application until then.
        TargetGroup = "targetGroup",
        /// The last HbA1c measured in the year, in percent.
        Hba1c = "hba1c",
        /// When it was measured.
        Hba1cOn = "hba1cOn",
        /// Who makes the last pump of the year.
        Manufacturer = "pumpManufacturer",
        /// What the type of that pump is called.
        Model = "pumpModel",
    }
}

/// A HbA1c that was measured, or a target group stated, on a day (REG-09).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated<T> {
    /// Of whom.
    pub person: PersonId,
    /// When.
    pub on: NaiveDate,
    /// What.
    pub value: T,
}

/// A beneficiary's row (REG-09).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QualityDataRow)]
pub struct QualityRow {
    /// The beneficiary's pseudonym for this purpose.
    pub pseudonym: String,
    /// The first day of programme of the year.
    pub from: NaiveDate,
    /// The last day of programme of the year.
    pub to: NaiveDate,
    /// The number of days of programme of the year.
    pub days: i64,
    /// The target group of the last application until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub target_group: Option<TargetGroup>,
    /// The last HbA1c measured in the year, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Decimal)]
    pub hba1c: Option<Exact>,
    /// When it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hba1c_on: Option<NaiveDate>,
    /// The last pump of the year.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pump: Option<PumpType>,
}

/// The quality data of a year (REG-09).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QualityData {
    /// The audit year.
    pub year: i32,
    /// The version of the dictionary that the rows follow.
    pub dictionary_version: i32,
    /// The rows, in the order of their pseudonyms, which says nothing about anybody.
    pub rows: Vec<QualityRow>,
}

/// What the rows are made of, beside pseudonyms (REG-09).
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The conventions of the establishment in the year.
    pub covered: &'a [Covered],
    /// The granted periods.
    pub granted: &'a [GrantedDays],
    /// The pumps.
    pub held: &'a [PumpHeld],
    /// The measured values of HbA1c, in percent.
    pub hba1c: &'a [Stated<Exact>],
    /// The target groups, each from the first day of the programme for which it was stated.
    pub target_groups: &'a [Stated<TargetGroup>],
}

impl QualityData {
    /// REG-09, TRA-01: the rows of a year: one for each person with a day of programme in it. The caller makes the
    /// pseudonyms, for [`DESTINATION`].
    #[must_use]
    pub fn of(year: i32, sources: Sources<'_>, pseudonym: impl Fn(PersonId) -> String) -> QualityData {
        let mut programme: BTreeMap<PersonId, Vec<Span>> = BTreeMap::new();
        for one in sources.granted {
            let convention = sources.covered.iter().find(|convention| convention.number == one.number);
            if let Some(days) = convention.and_then(|convention| convention.days.clip(one.days)) {
                programme.entry(one.person).or_default().push(days);
            }
        }
        let rows = programme.iter().filter_map(|(person, days)| sources.row(*person, days, pseudonym(*person)));
        let mut rows: Vec<QualityRow> = rows.collect();
        rows.sort();
        QualityData { year, dictionary_version: DICTIONARY_VERSION, rows }
    }
}

impl Sources<'_> {
    fn row(&self, person: PersonId, programme: &[Span], pseudonym: String) -> Option<QualityRow> {
        let from = programme.iter().map(|days| days.from).min()?;
        let to = programme.iter().filter_map(|days| days.to).max()?;
        let days = from.iter_days().take_while(|day| *day <= to);
        let days = days.filter(|day| programme.iter().any(|days| days.holds(*day))).count();
        let measured = self.hba1c.iter().filter(|one| one.person == person && Span::between(from, to).holds(one.on));
        let hba1c = measured.max_by_key(|one| (one.on, &one.value));
        let groups = self.target_groups.iter().filter(|one| one.person == person && one.on <= to);
        let pumps = self.held.iter().filter(|one| one.person == person);
        let used = pumps.filter(|one| programme.iter().any(|days| days.overlaps(one.days)));
        Some(QualityRow {
            pseudonym,
            from,
            to,
            days: i64::try_from(days).unwrap_or(i64::MAX),
            target_group: groups.max_by_key(|one| (one.on, one.value)).map(|one| one.value),
            hba1c: hba1c.map(|one| one.value.clone()),
            hba1c_on: hba1c.map(|one| one.on),
            pump: used.max_by_key(|one| (one.days.from, &one.pump)).map(|one| one.pump.clone()),
        })
    }
}

impl QualityRow {
    /// REG-09: the cells of the row as text, one for each [`QualityField`] in order; empty when nothing is known.
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let text = |value: Option<String>| value.unwrap_or_default();
        let cell = |field: &QualityField| match field {
            QualityField::Pseudonym => self.pseudonym.clone(),
            QualityField::From => self.from.to_string(),
            QualityField::To => self.to.to_string(),
            QualityField::Days => self.days.to_string(),
            QualityField::TargetGroup => text(self.target_group.map(|group| group.to_string())),
            QualityField::Hba1c => text(self.hba1c.as_ref().map(Exact::to_string)),
            QualityField::Hba1cOn => text(self.hba1c_on.map(|on| on.to_string())),
            QualityField::Manufacturer => text(self.pump.as_ref().map(|pump| pump.manufacturer.clone())),
            QualityField::Model => text(self.pump.as_ref().map(|pump| pump.model.clone())),
        };
        QualityField::ALL.iter().map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{
        super::{
            covered::{covered, tests::*},
            yearly::tests::{granted, held},
        },
        *,
    };
    use crate::{convention::term::tests::hospital, span::tests::day};

    const H1_NUMBER: &str = "7.86.501.72";

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    /// REG-09, TRA-01: coded rows of the year's beneficiaries, with the dictionary's version and without identity; run
    /// again, in whatever order the data come, the same rows in the same order.
    #[test]
    fn r_19_quality_data() {
        let covered = covered(hospital(H1), 2026, &both("2021-01-01/", None));
        let granted = [
            granted(1, H1_NUMBER, "2025-04-01/2026-03-31"),
            granted(1, H1_NUMBER, "2026-04-11/2027-03-31"),
            granted(3, H1_NUMBER, "2026-05-06/2027-05-05"),
            granted(2, H1_NUMBER, "2025-01-01/2025-12-31"),
            granted(4, "7.86.502.71", "2026-01-01/2026-12-31"),
        ];
        let held = [
            held(1, "Model X", "2025-04-01/2026-03-31"),
            held(1, "Model Y", "2026-04-11/"),
            held(3, "Model Y", "2026-05-06/"),
        ];
        let value = |person, on, value: &str| Stated { person, on: day(on), value: value.parse::<Exact>().unwrap() };
        let hba1c = [
            value(person(1), "2026-11-02", "7.1"),
            value(person(1), "2026-02-02", "7.9"),
            value(person(1), "2027-01-04", "6.8"),
            value(person(3), "2026-05-05", "8.0"),
        ];
        let target_groups = [
            Stated { person: person(1), on: day("2025-04-01"), value: TargetGroup::Pregnancy },
            Stated { person: person(1), on: day("2026-04-11"), value: TargetGroup::InsufficientControl },
        ];
        let pseudonym = |person: PersonId| format!("q{}", 9 - person.0.as_u128());
        let sources =
            Sources { covered: &covered, granted: &granted, held: &held, hba1c: &hba1c, target_groups: &target_groups };
        let data = QualityData::of(2026, sources, pseudonym);
        assert_eq!((data.year, data.dictionary_version), (2026, 1));
        let rows: Vec<String> = data.rows.iter().map(|row| row.cells().join(";")).collect();
        assert_eq!(
            rows,
            [
                "q6;2026-05-06;2026-12-31;240;;;;Invented Devices;Model Y",
                "q8;2026-01-01;2026-12-31;355;insufficientControl;7.1;2026-11-02;Invented Devices;Model Y",
            ]
        );
        let (mut granted, mut held, mut hba1c) = (granted, held.clone(), hba1c.clone());
        granted.reverse();
        held.reverse();
        hba1c.reverse();
        let sources = Sources { granted: &granted, held: &held, hba1c: &hba1c, ..sources };
        assert_eq!(QualityData::of(2026, sources, pseudonym), data);
    }

    /// REG-09, TRA-01: the pseudonym is not the one that Healthdata gets, and the columns are named as the members.
    #[test]
    fn columns_have_the_names_of_the_members() {
        assert_ne!(DESTINATION, "healthdata");
        let names: Vec<&str> = QualityField::ALL.iter().map(|field| field.name()).collect();
        assert_eq!(names[..7], ["pseudonym", "from", "to", "days", "targetGroup", "hba1c", "hba1cOn"]);
    }
}
