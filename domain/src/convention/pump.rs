//! The pump types an establishment offers, with what belongs to them, and which establishments offer another type
//! (PMP-05).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::term::{ConventionKind, Term};
use crate::{
    identifier::HospitalNumber,
    refusal::{Fault, Reason},
    rule::RuleId,
    span::Span,
};

/// A pump type on offer during a span (PMP-05).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferedPump {
    /// The manufacturer.
    pub manufacturer: String,
    /// The model name.
    pub model: String,
    /// Whether the pump itself reads a glucose sensor.
    pub reads_sensor: bool,
    /// Whether the transmitter between sensor and pump is provided; only a pump that reads a sensor needs it.
    pub transmitter: bool,
    /// Whether all consumables are provided: batteries, cannulas, catheters, reservoirs, fixings.
    pub consumables: bool,
    /// The platform on which patient and team read its data and the team follows the patient remotely.
    pub platform: Option<String>,
    /// The days on which it is offered.
    pub span: Span,
}

/// PMP-05: every fault of an establishment's list.
#[must_use]
pub fn faults(pumps: &[OfferedPump]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, pump) in pumps.iter().enumerate() {
        let under = format!("pumps[{index}]");
        faults.extend(pump.faults().into_iter().map(|fault| fault.under(&under)));
        if pumps[..index].iter().any(|other| other.is_same_type(pump) && other.span.overlaps(pump.span)) {
            faults.push(Fault::new(under, Reason::OverlapsAnother, RuleId::Pmp05));
        }
    }
    faults
}

/// PMP-05, REG-06: what names a type of pump, whatever its case and spacing.
pub(super) fn plain_names(manufacturer: &str, model: &str) -> (String, String) {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    (plain(manufacturer), plain(model))
}

impl OfferedPump {
    /// The programme includes everything the article lists; a pump without it cannot be offered.
    fn faults(&self) -> Vec<Fault> {
        let fault = |field, reason| Fault::new(field, reason, RuleId::Pmp05);
        let mut faults = Vec::new();
        for (field, text) in [("manufacturer", &self.manufacturer), ("model", &self.model)] {
            if text.trim().is_empty() {
                faults.push(fault(field, Reason::Required));
            }
        }
        if self.reads_sensor && !self.transmitter {
            faults.push(fault("transmitter", Reason::MaterialNotProvided));
        }
        if !self.consumables {
            faults.push(fault("consumables", Reason::MaterialNotProvided));
        }
        if self.platform.as_ref().is_none_or(|platform| platform.trim().is_empty()) {
            faults.push(fault("platform", Reason::Required));
        }
        faults.extend(self.span.end_fault("to", RuleId::Pmp05));
        faults
    }

    /// Whether it is the same type, ignoring case and spacing.
    fn is_same_type(&self, other: &OfferedPump) -> bool {
        self.names() == other.names()
    }

    fn names(&self) -> (String, String) {
        plain_names(&self.manufacturer, &self.model)
    }

    /// Whether its manufacturer or model contains every word of the search.
    fn matches(&self, wanted: &str) -> bool {
        let (manufacturer, model) = self.names();
        wanted.to_lowercase().split_whitespace().all(|word| manufacturer.contains(word) || model.contains(word))
    }
}

/// What an establishment offers (PMP-05).
#[derive(Debug, Clone)]
pub struct Offer {
    /// The establishment.
    pub hospital: HospitalNumber,
    /// Its list.
    pub pumps: Vec<OfferedPump>,
}

/// PMP-05: the establishments that offer a pump on a day and whose pump convention is then in force, in the given
/// order. `wanted` is searched in manufacturer and model; empty, it matches every pump.
#[must_use]
pub fn offering<'a>(
    offers: &'a [Offer],
    terms: &[Term],
    on: NaiveDate,
    wanted: &str,
) -> Vec<(HospitalNumber, &'a OfferedPump)> {
    let pumps = terms.iter().filter(|term| term.kind() == ConventionKind::Pump);
    let actual: Vec<Term> = pumps.map(|term| term.with_expiry(terms)).collect();
    let in_force = |hospital| actual.iter().any(|term| term.hospital == hospital && term.in_force(on));
    let open = offers.iter().filter(|offer| in_force(offer.hospital));
    let each = open.flat_map(|offer| offer.pumps.iter().map(|pump| (offer.hospital, pump)));
    each.filter(|(_, pump)| pump.span.holds(on) && pump.matches(wanted)).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{
        super::term::tests::{hospital, term},
        *,
    };
    use crate::{
        refusal::tests::described,
        span::tests::{day, span},
    };

    fn pump(model: &str, days: &str) -> OfferedPump {
        OfferedPump {
            manufacturer: "Invented Devices".to_owned(),
            model: model.to_owned(),
            reads_sensor: true,
            transmitter: true,
            consumables: true,
            platform: Some("Invented Cloud".to_owned()),
            span: span(days),
        }
    }

    /// PMP-05: a pump is offered with everything that belongs to the programme; all faults are reported at once.
    #[test]
    fn a_pump_comes_with_all_that_belongs_to_it() {
        assert_eq!(faults(&[pump("One", "2021-01-01/"), pump("Two", "2021-01-01/")]), []);
        let bare = OfferedPump {
            manufacturer: " ".to_owned(),
            model: String::new(),
            transmitter: false,
            consumables: false,
            platform: None,
            ..pump("", "2021-01-01/2020-12-31")
        };
        let found = faults(std::slice::from_ref(&bare));
        assert_eq!(
            found.iter().map(described).collect::<Vec<_>>(),
            [
                "PMP-05 pumps[0].manufacturer required",
                "PMP-05 pumps[0].model required",
                "PMP-05 pumps[0].transmitter materialNotProvided",
                "PMP-05 pumps[0].consumables materialNotProvided",
                "PMP-05 pumps[0].platform required",
                "PMP-05 pumps[0].to outOfRange min=2021-01-01 max=9999-12-31",
            ]
        );
        // A pump that reads no sensor needs no transmitter.
        let alone = OfferedPump { reads_sensor: false, transmitter: false, ..pump("One", "2021-01-01/") };
        assert_eq!(faults(&[alone]), []);
    }

    /// PMP-05: a type is listed once at a time, ignoring case and spacing.
    #[rstest]
    #[case("Mini 7", "2022-01-01/", true)]
    #[case(" mini  7 ", "2022-01-01/", true)]
    #[case("Mini 7", "2023-01-01/", false)]
    #[case("Mini 8", "2022-01-01/", false)]
    fn a_type_is_offered_once_at_a_time(#[case] other: &str, #[case] days: &str, #[case] twice: bool) {
        let found = faults(&[pump("Mini 7", "2021-01-01/2022-12-31"), pump(other, days)]);
        let expected: &[&str] = if twice { &["PMP-05 pumps[1] overlapsAnother"] } else { &[] };
        assert_eq!(found.iter().map(described).collect::<Vec<_>>(), expected);
    }

    /// PMP-05, CON-06: beneficiaries are referred to establishments that offer the type and whose convention is in
    /// force.
    #[rstest]
    #[case("2026-06-01", "", &["71000436 Mini 7", "71000436 Flow", "72012365 Mini 7"])]
    #[case("2026-06-01", "mini", &["71000436 Mini 7", "72012365 Mini 7"])]
    #[case("2026-06-01", "invented FLOW", &["71000436 Flow"])]
    #[case("2026-06-01", "mini flow", &[])]
    #[case("2027-01-01", "mini", &["71000436 Mini 7"])]
    #[case("2028-01-01", "", &["71000436 Mini 7"])]
    #[case("2020-12-31", "", &[])]
    fn one_is_referred_to_who_offers_it(#[case] on: &str, #[case] wanted: &str, #[case] expected: &[&str]) {
        let elsewhere = |one: Term| Term { hospital: hospital("72012365"), ..one };
        let terms = [
            term("7.86.501.72", "2021-01-01/"),
            term("7.86.000.01", "2015-01-01/"),
            elsewhere(term("7.86.502.71", "2021-01-01/")),
            // No self-management from 2027 on.
            elsewhere(term("7.86.000.02", "2015-01-01/2026-12-31")),
        ];
        let offers = [
            Offer {
                hospital: hospital("71000436"),
                pumps: vec![pump("Mini 7", "2020-01-01/"), pump("Flow", "2021-01-01/2027-12-31")],
            },
            Offer { hospital: hospital("72012365"), pumps: vec![pump("Mini 7", "2021-01-01/")] },
            // A hospital without convention.
            Offer { hospital: hospital("71010037"), pumps: vec![pump("Mini 7", "2021-01-01/")] },
        ];
        let found = offering(&offers, &terms, day(on), wanted);
        let shown: Vec<String> = found.iter().map(|(hospital, pump)| format!("{hospital} {}", pump.model)).collect();
        assert_eq!(shown, expected);
    }
}
