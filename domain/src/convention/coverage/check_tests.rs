//! Tests of [`super`]: the scenarios C-01 to C-11, C-17, C-18, C-23, C-26, C-27 as far as an application goes.

use chrono::Days;
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

use super::{
    super::{
        application::{
            Contact, Information, Introducer, Mandatary, MoveNotice, NoticeWay, PrescriberSignature, Programme,
        },
        form::FormVersion,
        limits::{EndLimit, admitted_from},
        lost::tests::tariffs,
        period::{KnownPeriod, PeriodEnd, tests::period},
        serving::tests::{demerged, merged, of_h1},
        stay::Stay,
        target::{DiabetesType, Indication, TargetGroup},
    },
    *,
};
use crate::{
    clock::eve,
    convention::prescriber::{Prescriber, Qualification},
    refusal::tests::described,
    span::tests::{day, days, span},
};

/// A complete application of H1 of that date, for a programme of twelve months.
pub(crate) fn application(date: &str, from: &str) -> Content {
    application_on(day(date), day(from))
}

fn application_on(date: NaiveDate, from: NaiveDate) -> Content {
    let text = |text: &str| Some(text.to_owned());
    let before = |days| date.checked_sub_days(Days::new(days));
    Content {
        application_date: Some(date),
        introduced_by: Some(Introducer::Establishment),
        convention_number: "7.86.501.72".parse().ok(),
        contact: Some(Contact { name: text("An Maes"), phone: text("02 477 00 00") }),
        programme: Some(Programme { from: Some(from), to: Some(last_day_of_months(from, 12)) }),
        indication: Some(Indication {
            target_group: Some(TargetGroup::InsufficientControl),
            diabetes_type: Some(DiabetesType::Type1),
            hba1c_before_pump: "8.1".parse().ok(),
            ..Indication::default()
        }),
        kind: Some(ApplicationKind::First),
        last_hba1c: Some(Hba1c {
            date: before(5),
            value: "7.9".parse().ok(),
            normal_from: "4.0".parse().ok(),
            normal_to: "6.0".parse().ok(),
        }),
        prescriber: Some(PrescriberSignature { nihdi_number: "10000106690".parse().ok(), signed_on: before(2) }),
        information: Some(Information {
            day: Some(date),
            given_to: Some(vec![InformedPerson::Beneficiary]),
            own_effort: Some(true),
            means_offered: Some(true),
            end_rules_in_writing: Some(true),
            practitioner_and_pharmacist: Some(true),
            cost_of_lateness: Some(true),
        }),
        ..Content::default()
    }
}

/// What H1 knows of P1 on a day.
pub(crate) fn facts(today: &str) -> Facts {
    let prescriber = |number: &str, days: &str| Prescriber {
        number: number.parse().unwrap(),
        name: "Maes".to_owned(),
        qualification: Qualification::Endocrinologist,
        span: span(days),
    };
    Facts {
        today: day(today),
        birth: Some(day("1985-07-30")),
        insured: true,
        prescribers: vec![prescriber("10000106690", "2020-01-01/"), prescriber("10000205690", "2025-01-01/2026-04-07")],
        numbers: of_h1(),
        tariffs: tariffs(),
        forms: vec![FormVersion { version: 1, from: day("2021-01-01") }],
        ..Facts::default()
    }
}

/// A period at H1, C-01.
pub(crate) fn c_01() -> KnownPeriod {
    own("2026-04-01/2027-03-31")
}

/// A period of H1.
pub(crate) fn own(days: &str) -> KnownPeriod {
    KnownPeriod { id: Uuid::from_u128(1), own: true, period: period(days) }
}

fn listed(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(described).collect()
}

fn faults(content: &Content, facts: &Facts) -> Vec<String> {
    listed(&check(content, facts).faults)
}

/// First day and what bounds it, last day and what bounds it, lost days and EUR.
fn outlook_of(content: &Content, facts: &Facts) -> (String, String, String) {
    let check = check(content, facts);
    let outlook = check.outlook.unwrap();
    let lost = outlook
        .lost
        .map_or_else(String::new, |lost| format!("{}/{} {}", lost.days.from, lost.days.to.unwrap(), lost.amount));
    let first = format!("{} {}", outlook.first.day, outlook.first.limit);
    (first, format!("{} {}", outlook.last.day, outlook.last.limit), lost)
}

/// COV-01, COV-04, C-01: a complete application in time loses nothing.
#[test]
fn a_first_application_is_plain() {
    let (content, facts) = (application("2026-04-10", "2026-04-01"), facts("2026-04-10"));
    let found = check(&content, &facts);
    assert_eq!((listed(&found.faults), listed(&found.warnings)), (vec![], vec![]));
    assert_eq!((found.refusals, found.kind, found.form_version), (vec![], ApplicationKind::First, Some(1)));
    assert_eq!(found.outlook.unwrap().days_late, 9);
    let expected = ("2026-04-01 prescription", "2027-03-31 twelveMonths", "");
    assert_eq!(outlook_of(&content, &facts), (expected.0.into(), expected.1.into(), expected.2.into()));
}

/// COV-05, COV-13, C-02, C-03: day 30 still counts, day 31 loses one; who introduces it bears the loss.
#[rstest]
#[case("2026-03-02", "2026-03-02 prescription", "2027-03-01", "")]
#[case("2026-03-01", "2026-03-02 lateIntroduction", "2027-03-01", "2026-03-01/2026-03-01 10.30")]
fn day_thirty_counts(#[case] from: &str, #[case] first: &str, #[case] last: &str, #[case] lost: &str) {
    let facts = facts("2026-04-01");
    for introducer in Introducer::ALL {
        let content = Content { introduced_by: Some(*introducer), ..application("2026-04-01", from) };
        let expected = (first.to_owned(), format!("{last} twelveMonths"), lost.to_owned());
        assert_eq!(outlook_of(&content, &facts), expected);
        let found = check(&content, &facts);
        assert_eq!(listed(&found.faults), Vec::<String>::new());
        let borne_by = found.outlook.unwrap().lost.and_then(|lost| lost.borne_by);
        assert_eq!(borne_by, (!lost.is_empty()).then_some(*introducer));
    }
}

/// COV-04, C-04: twelve months around a 29 February.
#[rstest]
#[case("2028-02-29", "2029-02-28")]
#[case("2027-03-01", "2028-02-29")]
fn twelve_months_around_the_leap_day(#[case] from: &str, #[case] last: &str) {
    let (content, facts) = (application(from, from), facts(from));
    assert_eq!(outlook_of(&content, &facts).1, format!("{last} twelveMonths"));
    assert_eq!(Span::between(day(from), day(last)).days(), Some(366));
    let mut longer = content;
    longer.programme = Some(Programme { from: Some(day(from)), to: day(last).succ_opt() });
    assert_eq!(faults(&longer, &facts), [format!("COV-04 content.programme.to outOfRange min={from} max={last}")]);
}

/// COV-04, COV-06, C-05: a prolongation in time follows the running period, and nothing is lost.
#[test]
fn a_prolongation_follows() {
    let mut facts = facts("2027-03-15");
    facts.periods = vec![c_01()];
    facts.examinations = vec![day("2026-11-18")];
    let content = Content { kind: Some(ApplicationKind::Prolongation), ..application("2027-03-15", "2027-03-20") };
    let found = check(&content, &facts);
    assert_eq!((listed(&found.faults), listed(&found.warnings)), (vec![], vec![]));
    assert_eq!(found.kind, ApplicationKind::Prolongation);
    let expected = ("2027-04-01 runningPeriod".to_owned(), "2028-03-31 twelveMonths".to_owned(), String::new());
    assert_eq!(outlook_of(&content, &facts), expected);
}

/// COV-05, C-06: a late prolongation loses days at their price.
#[test]
fn a_late_prolongation_loses_days() {
    let mut facts = facts("2027-05-11");
    facts.periods = vec![c_01()];
    let expected = ("2027-04-11 lateIntroduction", "2028-04-10 twelveMonths", "2027-04-01/2027-04-10 103.30");
    let found = outlook_of(&application("2027-05-11", "2027-04-01"), &facts);
    assert_eq!(found, (expected.0.into(), expected.1.into(), expected.2.into()));
    // The days of the running period are not lost, however early the programme is said to begin.
    assert_eq!(outlook_of(&application("2027-05-11", "2027-02-01"), &facts).2, expected.2);
}

/// PMP-01, C-07: below 16 an application is submitted with a warning that says from when.
#[rstest]
#[case("2010-06-15", "2026-06-12", "2026-06-10", Some("2026-06-15"), "2026-06-15 age")]
#[case("2010-06-15", "2026-06-15", "2026-06-15", None, "2026-06-15 prescription")]
#[case("2012-02-29", "2028-02-28", "2028-02-28", Some("2028-02-29"), "2028-02-29 age")]
#[case("2012-02-29", "2028-02-29", "2028-02-29", None, "2028-02-29 prescription")]
fn sixteen_is_the_first_day(
    #[case] birth: &str,
    #[case] date: &str,
    #[case] from: &str,
    #[case] warned: Option<&str>,
    #[case] first: &str,
) {
    let facts = Facts { birth: Some(day(birth)), ..facts(date) };
    let content = application(date, from);
    let found = check(&content, &facts);
    assert_eq!(listed(&found.faults), Vec::<String>::new());
    let warning = warned.map(|from| format!("PMP-01 content.programme.from belowAge day={from}"));
    assert_eq!(listed(&found.warnings), warning.into_iter().collect::<Vec<_>>());
    assert_eq!((outlook_of(&content, &facts).0, outlook_of(&content, &facts).2), (first.to_owned(), String::new()));
}

/// PMP-01: without date of birth the age is not checked, and that is said.
#[test]
fn an_unknown_birth_is_said() {
    let found = check(&application("2026-04-10", "2026-04-01"), &Facts { birth: None, ..facts("2026-04-10") });
    assert_eq!(listed(&found.warnings), ["PMP-01 content.programme.from birthUnknown"]);
}

/// COV-02, CON-08, C-08: the prescriber is on this establishment's list on the day of signing.
#[rstest]
#[case("10000205690", "2026-04-07", None)]
#[case("10000205690", "2026-04-08", Some("nihdiNumber noLongerPrescribes day=2026-04-07"))]
#[case("10000205690", "2024-12-31", Some("nihdiNumber notAPrescriber"))]
#[case("10000304690", "2026-04-07", Some("nihdiNumber notAPrescriber"))]
#[case("10000106690", "2026-04-21", Some("signedOn inFuture"))]
fn a_prescriber_is_on_the_list(#[case] number: &str, #[case] signed_on: &str, #[case] fault: Option<&str>) {
    let signature = PrescriberSignature { nihdi_number: number.parse().ok(), signed_on: Some(day(signed_on)) };
    let content = Content { prescriber: Some(signature), ..application("2026-04-20", "2026-04-01") };
    let expected: Vec<_> = fault.iter().map(|fault| format!("COV-02 content.prescriber.{fault}")).collect();
    assert_eq!(faults(&content, &facts("2026-04-20")), expected);
}

fn mandatary() -> Mandatary {
    let text = |text: &str| Some(text.to_owned());
    Mandatary {
        name: text("Claire Petit"),
        relation: text("sister"),
        street: text("Rue Haute"),
        house_number: text("12"),
        commune: text("Lille"),
    }
}

/// COV-01, COV-02, COV-04, COV-09, C-09: everything wrong comes back at once.
#[test]
fn everything_wrong_at_once() {
    let mut content = Content { indication: None, ..application("2026-04-10", "2026-04-01") };
    content.mandatary = Some(Mandatary { relation: None, ..mandatary() });
    content.programme = Some(Programme { from: Some(day("2026-04-01")), to: Some(day("2027-04-15")) });
    if let (Some(hba1c), Some(information)) = (&mut content.last_hba1c, &mut content.information) {
        hba1c.date = Some(day("2026-04-11"));
        information.day = Some(day("2026-04-12"));
        information.given_to = Some(vec![InformedPerson::Mandatary]);
    }
    for (today, late) in [("2026-04-10", "inFuture"), ("2026-04-20", "afterApplication")] {
        let expected = [
            "COV-01 content.mandatary.relation required".to_owned(),
            "COV-04 content.programme.to outOfRange min=2026-04-01 max=2027-03-31".to_owned(),
            "COV-02 content.indication required".to_owned(),
            format!("COV-01 content.lastHba1c.date {late}"),
            format!("COV-09 content.information.day {late}"),
        ];
        assert_eq!(faults(&content, &facts(today)), expected);
    }
}

/// COV-01, COV-02, COV-09, COV-13: an empty draft lacks everything that is mandatory, each once.
#[test]
fn an_empty_draft_lacks_everything() {
    let expected = [
        "COV-01 content.applicationDate required",
        "COV-13 content.introducedBy required",
        "COV-01 content.contact required",
        "COV-01 content.kind required",
        "COV-01 content.conventionNumber required",
        "COV-01 content.programme required",
        "COV-02 content.indication required",
        "COV-01 content.lastHba1c required",
        "COV-02 content.prescriber required",
        "COV-09 content.information required",
    ];
    assert_eq!(faults(&Content::default(), &facts("2026-04-10")), expected);
    assert_eq!(check(&Content::default(), &facts("2026-04-10")).outlook, None);
}

/// COV-01, COV-02, COV-07: what is begun is completed.
#[test]
fn begun_parts_are_completed() {
    let content = Content {
        mandatary: Some(Mandatary::default()),
        contact: Some(Contact::default()),
        programme: Some(Programme::default()),
        last_hba1c: Some(Hba1c::default()),
        prescriber: Some(PrescriberSignature::default()),
        other_physicians: Some(vec![OtherPhysician::default()]),
        move_notice: Some(MoveNotice::default()),
        ..application("2026-04-10", "2026-04-01")
    };
    let content = Content {
        information: content
            .information
            .map(|one| Information { given_to: Some(vec![InformedPerson::Mandatary]), ..one }),
        ..content
    };
    let names = |fault: &String| fault.split(' ').nth(1).unwrap().replace("content.", "");
    let found: Vec<_> = faults(&content, &facts("2026-04-10")).iter().map(names).collect();
    let expected = "mandatary.name mandatary.relation mandatary.street mandatary.houseNumber mandatary.commune \
        contact.name contact.phone programme.from programme.to lastHba1c.date lastHba1c.value lastHba1c.normalFrom \
        lastHba1c.normalTo prescriber.nihdiNumber prescriber.signedOn otherPhysicians[0].kind otherPhysicians[0].name \
        otherPhysicians[0].address otherPhysicians[0].phone moveNotice.day moveNotice.way";
    assert_eq!(found.join(" "), expected);
}

fn informed(change: impl Fn(&mut Information), introducer: Introducer) -> Vec<String> {
    let mut content = Content { introduced_by: Some(introducer), ..application("2026-04-10", "2026-04-01") };
    content.information.iter_mut().for_each(change);
    faults(&content, &facts("2026-04-20"))
}

/// COV-09: five points are told before signing; what lateness costs only to beneficiaries who introduce it themselves.
#[test]
fn five_points_are_told_before_signing() {
    let not_told = |field: &str| vec![format!("COV-09 content.information.{field} notTold")];
    let establishment = Introducer::Establishment;
    assert_eq!(informed(|told| told.own_effort = None, establishment), not_told("ownEffort"));
    assert_eq!(informed(|told| told.means_offered = Some(false), establishment), not_told("meansOffered"));
    assert_eq!(informed(|told| told.end_rules_in_writing = None, establishment), not_told("endRulesInWriting"));
    assert_eq!(
        informed(|told| told.practitioner_and_pharmacist = None, establishment),
        not_told("practitionerAndPharmacist")
    );
    assert_eq!(informed(|told| told.cost_of_lateness = None, establishment), Vec::<String>::new());
    assert_eq!(informed(|told| told.cost_of_lateness = None, Introducer::Beneficiary), not_told("costOfLateness"));
    let missing = |field: &str| vec![format!("COV-09 content.information.{field} required")];
    assert_eq!(informed(|told| told.given_to = None, establishment), missing("givenTo"));
    assert_eq!(informed(|told| told.day = None, establishment), missing("day"));
    let on_the_day_of_signing = informed(|told| told.day = Some(day("2026-04-10")), establishment);
    assert_eq!(on_the_day_of_signing, Vec::<String>::new());
    assert_eq!(
        informed(|told| told.day = Some(day("2026-04-11")), establishment),
        ["COV-09 content.information.day afterApplication"]
    );
}

/// COV-01, COV-09, C-23: a mandatary is described, and told too.
#[test]
fn a_mandatary_is_told_too() {
    let mut content = Content { mandatary: Some(mandatary()), ..application("2026-04-10", "2026-04-01") };
    let facts = Facts { not_invoiceable: true, ..facts("2026-04-10") };
    assert_eq!(faults(&content, &facts), ["COV-09 content.information.givenTo mandataryNotTold"]);
    if let Some(told) = &mut content.information {
        told.given_to = Some(vec![InformedPerson::Mandatary]);
    }
    let found = check(&content, &facts);
    // BEN-02: without the insurer's own number no invoice can be made; that only warns.
    assert_eq!(
        (listed(&found.faults), listed(&found.warnings)),
        (vec![], vec!["BEN-02 beneficiaryId notInvoiceable".into()])
    );
}

/// COV-01: an HbA1c is a percentage with two decimals at most, its normal values are in order, and it is of the past.
#[rstest]
#[case("2026-04-05", "7.9", "4.0", "6.0", &[])]
#[case("2026-04-10", "7.95", "4.00", "6.05", &[])]
#[case("2026-04-05", "0.9", "4.0", "6.0", &["value outOfRange min=1 max=25"])]
#[case("2026-04-05", "25.1", "4.0", "6.0", &["value outOfRange min=1 max=25"])]
#[case("2026-04-05", "7.955", "4.0", "6.0", &["value tooPrecise decimals=2"])]
#[case("2026-04-05", "22/3", "4.0", "6.0", &["value tooPrecise decimals=2"])]
#[case("2026-04-05", "7.9", "6.0", "6.0", &["normalTo outOfRange min=6 max=25"])]
#[case("1985-07-29", "7.9", "4.0", "6.0", &["date beforeBirth"])]
#[case("1985-07-30", "7.9", "4.0", "6.0", &[])]
fn an_hba1c_is_a_measurement(
    #[case] date: &str,
    #[case] value: &str,
    #[case] normal_from: &str,
    #[case] normal_to: &str,
    #[case] expected: &[&str],
) {
    let hba1c = Hba1c {
        date: Some(day(date)),
        value: value.parse().ok(),
        normal_from: normal_from.parse().ok(),
        normal_to: normal_to.parse().ok(),
    };
    let content = Content { last_hba1c: Some(hba1c), ..application("2026-04-10", "2026-04-01") };
    let expected: Vec<_> = expected.iter().map(|fault| format!("COV-01 content.lastHba1c.{fault}")).collect();
    assert_eq!(faults(&content, &facts("2026-04-10")), expected);
}

/// COV-01, COV-07: dates in the future, before birth and after death are refused; a death before the first day too.
#[test]
fn dates_lie_in_a_life() {
    let today = facts("2026-04-10");
    assert_eq!(
        faults(&application("2026-04-11", "2026-04-01"), &today),
        ["COV-01 content.applicationDate inFuture", "COV-09 content.information.day inFuture"]
    );
    assert_eq!(faults(&application("2026-04-10", "1985-07-29"), &today), ["COV-01 content.programme.from beforeBirth"]);
    let died = Facts { death: Some(day("2026-04-01")), ..today };
    assert_eq!(faults(&application("2026-04-10", "2026-04-01"), &died), Vec::<String>::new());
    assert_eq!(faults(&application("2026-04-10", "2026-04-02"), &died), ["COV-07 content.programme.from afterDeath"]);
}

/// COV-03: without insurer nobody decides. COV-01: one application of an establishment waits at a time.
#[test]
fn somebody_decides_about_one_application() {
    let facts = Facts { insured: false, open_application: Some(Uuid::nil()), ..facts("2026-04-10") };
    let found = check(&application("2026-04-10", "2026-04-01"), &facts);
    assert_eq!(listed(&found.faults), ["COV-03 beneficiaryId insurerMissing"]);
    assert_eq!(found.refusals, [Refusal::ApplicationOpen]);
}

/// COV-01, COV-02: a draft is submitted when nothing is against it; anything else changes nothing and says why.
#[test]
fn a_complete_draft_is_submitted() {
    use super::super::status::ApplicationStatus::{Draft, Submitted};
    let (content, facts) = (application("2026-04-10", "2026-04-01"), facts("2026-04-10"));
    assert_eq!(submit(Draft, &content, &facts).map(|(next, _)| next), Ok(Submitted));
    let again = Refusal::ApplicationTransition { from: Submitted, attempted: ApplicationCommand::Submit };
    assert_eq!(submit(Submitted, &content, &facts).err(), Some(again.into()));
    let waits = Facts { open_application: Some(Uuid::nil()), ..facts.clone() };
    assert_eq!(submit(Draft, &content, &waits).err(), Some(Refusal::ApplicationOpen.into()));
    let without = Content { indication: None, ..content };
    let faults = match submit(Draft, &without, &waits) {
        Err(Rejection::Faulty(faults)) => listed(&faults),
        other => panic!("{other:?}"),
    };
    assert_eq!(faults, ["COV-02 content.indication required"]);
}

/// COV-01: first or prolongation is found from this establishment's own periods, and a disagreement is a warning.
#[rstest]
#[case(None, ApplicationKind::First)]
#[case(Some(c_01()), ApplicationKind::Prolongation)]
#[case(Some(KnownPeriod { own: false, ..c_01() }), ApplicationKind::First)]
#[case(Some(own("2027-04-01/2028-03-31")), ApplicationKind::First)]
fn first_means_by_this_establishment(#[case] period: Option<KnownPeriod>, #[case] kind: ApplicationKind) {
    let mut facts = facts("2027-03-25");
    facts.periods = period.into_iter().collect();
    facts.examinations = vec![day("2026-11-18")];
    for stated in ApplicationKind::ALL {
        let found = check(&Content { kind: Some(*stated), ..application("2027-03-25", "2027-03-25") }, &facts);
        assert_eq!(found.kind, kind);
        let warning = (*stated != kind).then(|| "COV-01 content.kind kindDisagrees".to_owned());
        assert_eq!(listed(&found.warnings), warning.into_iter().collect::<Vec<_>>());
    }
}

/// CON-03, C-17: after a merger both numbers serve for a year, then the kept one; no period outlasts its number.
#[rstest]
#[case("7.86.502.71", "2027-06-30", "2027-06-30", &[], "2028-06-29 twelveMonths")]
#[case("7.86.502.71", "2027-07-01", "2027-06-30", &["CON-03 content.conventionNumber otherNumberKept number=7.86.501.72"],
    "2028-06-29 twelveMonths")]
#[case("7.86.502.71", "2027-06-30", "2027-07-01", &[], "2028-06-30 twelveMonths")]
#[case("7.86.502.71", "2027-06-30", "2027-07-15", &[], "2028-06-30 convention")]
#[case("7.86.502.71", "2027-06-30", "2028-07-01", &["CON-03 content.conventionNumber conventionEnded day=2028-06-30"],
    "2028-06-30 convention")]
#[case("7.86.501.72", "2027-07-01", "2027-07-15", &[], "2028-07-14 twelveMonths")]
#[case("7.86.503.70", "2027-07-01", "2027-07-15",
    &["CON-01 content.conventionNumber notInList allowed=7.86.501.72, 7.86.502.71"], "2028-07-14 twelveMonths")]
fn two_numbers_serve_for_a_time(
    #[case] number: &str,
    #[case] date: &str,
    #[case] from: &str,
    #[case] expected: &[&str],
    #[case] last: &str,
) {
    let mut facts = facts(date);
    facts.numbers = merged();
    let content = Content { convention_number: number.parse().ok(), ..application(date, from) };
    let mut found = faults(&content, &facts);
    found.sort();
    let mut expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!((found, outlook_of(&content, &facts).1), (expected, last.to_owned()));
}

/// CON-03, C-17 e: under the kept number the period of the other one runs on; the next begins after it.
#[test]
fn the_periods_of_both_numbers_are_own() {
    let mut facts = facts("2026-12-01");
    (facts.numbers, facts.periods) = (merged(), vec![c_01()]);
    let first = outlook_of(&application("2026-12-01", "2026-12-01"), &facts).0;
    assert_eq!(first, "2027-04-01 runningPeriod");
}

/// CON-04, C-18: after a demerger applications under the new number begin with it.
#[rstest]
#[case("2026-12-20", "2027-01-01", &["CON-04 content.applicationDate outOfRange min=2027-01-01 max=9999-12-31"],
    "2027-01-01 prescription", "")]
#[case("2027-01-01", "2027-01-01", &[], "2027-01-01 prescription", "")]
#[case("2027-01-20", "2027-01-01", &[], "2027-01-01 prescription", "")]
#[case("2027-02-05", "2027-01-01", &[], "2027-01-06 lateIntroduction", "2027-01-01/2027-01-05 51.65")]
#[case("2027-01-20", "2026-12-25", &[], "2027-01-01 convention", "")]
fn both_apply_anew(
    #[case] date: &str,
    #[case] from: &str,
    #[case] expected: &[&str],
    #[case] first: &str,
    #[case] lost: &str,
) {
    let mut facts = facts(date);
    facts.numbers = demerged();
    let content = Content { convention_number: "7.86.504.69".parse().ok(), ..application(date, from) };
    assert_eq!(faults(&content, &facts), expected);
    let outlook = outlook_of(&content, &facts);
    assert_eq!((outlook.0, outlook.2), (first.to_owned(), lost.to_owned()));
}

/// PMP-04, C-26: a start in hospital under its conditions; else the programme begins on the day of the return home.
#[rstest]
#[case(true, true, true, None, &[], "2026-05-06 prescription")]
#[case(true, false, true, None, &["stayNotLinked"], "2026-05-13 returnHome")]
#[case(true, true, false, None, &["stayWithoutConvention"], "2026-05-13 returnHome")]
#[case(true, true, true, Some("2026-05-05"), &["notFirstPump"], "2026-05-13 returnHome")]
#[case(true, true, true, Some("2026-05-06"), &[], "2026-05-06 prescription")]
#[case(false, true, true, None, &[], "2026-05-13 returnHome")]
fn a_start_in_hospital(
    #[case] claimed: bool,
    #[case] linked_to_diabetes: bool,
    #[case] with_convention: bool,
    #[case] pump: Option<&str>,
    #[case] reasons: &[&str],
    #[case] first: &str,
) {
    let mut facts = Facts { birth: Some(day("1978-11-05")), ..facts("2026-05-08") };
    facts.stays =
        vec![Stay { from: day("2026-05-04"), to: Some(day("2026-05-13")), with_convention, linked_to_diabetes }];
    facts.contacts = ["2026-05-06", "2026-05-07"].map(day).to_vec();
    facts.pumps = pump.into_iter().map(day).collect();
    let content = Content { starts_in_hospital: Some(claimed), ..application("2026-05-08", "2026-05-06") };
    let expected: Vec<_> = reasons.iter().map(|reason| format!("PMP-04 content.startsInHospital {reason}")).collect();
    assert_eq!((faults(&content, &facts), outlook_of(&content, &facts).0), (expected, first.to_owned()));
    assert_eq!(listed(&check(&content, &facts).warnings), Vec::<String>::new());
}

/// PMP-04: a claim without stay is refused, a missing contact warns, and who is covered stays covered in hospital.
#[test]
fn a_stay_is_recorded() {
    let content = Content { starts_in_hospital: Some(true), ..application("2026-05-08", "2026-05-06") };
    let mut facts = facts("2026-05-08");
    assert_eq!(faults(&content, &facts), ["PMP-04 content.startsInHospital noStay"]);
    facts.stays = vec![Stay { from: day("2026-05-04"), to: None, with_convention: true, linked_to_diabetes: true }];
    let warned = ["PMP-04 content.startsInHospital contactMissing day=2026-05-06".to_owned()];
    assert_eq!((faults(&content, &facts), listed(&check(&content, &facts).warnings)), (vec![], warned.to_vec()));
    facts.stays[0].linked_to_diabetes = false;
    facts.stays[0].to = Some(day("2026-05-13"));
    facts.periods = vec![own("2025-05-06/2026-05-05")];
    let prolonged =
        Content { without_examinations: Some("In hospital.".into()), ..application("2026-05-08", "2026-05-06") };
    assert_eq!(outlook_of(&prolonged, &facts).0, "2026-05-06 prescription");
}

/// PMP-03, C-27: a prolongation without examination in the year before its first day needs words.
#[rstest]
#[case(&["2025-11-20"], None, true)]
#[case(&["2026-03-31"], None, true)]
#[case(&["2026-04-01"], None, false)]
#[case(&["2025-11-20", "2026-11-18"], None, false)]
#[case(&["2025-11-20"], Some(" "), true)]
#[case(&["2025-11-20"], Some("Was abroad; planned for May."), false)]
#[case(&[], None, true)]
fn a_prolongation_was_examined(#[case] examinations: &[&str], #[case] words: Option<&str>, #[case] asked: bool) {
    let mut facts = facts("2027-03-15");
    facts.periods = vec![c_01()];
    facts.examinations = examinations.iter().map(|text| day(text)).collect();
    let content = Content { without_examinations: words.map(str::to_owned), ..application("2027-03-15", "2027-04-01") };
    let fault = "PMP-03 content.withoutExaminations required".to_owned();
    assert_eq!(faults(&content, &facts), asked.then_some(fault).into_iter().collect::<Vec<_>>());
    facts.periods.clear();
    assert_eq!(faults(&content, &facts), Vec::<String>::new());
}

/// COV-14: an application before the first form is refused.
#[test]
fn a_form_is_in_use() {
    let content = application("2020-12-31", "2020-12-31");
    let found = faults(&content, &facts("2021-01-02"));
    assert!(found.contains(&"COV-14 content.applicationDate outOfRange min=2021-01-01 max=9999-12-31".to_owned()));
}

/// BEN-04: what an application holds is not printed.
#[test]
fn an_application_prints_nothing() {
    assert_eq!(format!("{:?}", application("2026-04-10", "2026-04-01")), "Content(***)");
}

/// COV-01: a content reads back from JSON, and leaves out what is not stated.
#[test]
fn a_content_reads_back() {
    let content = Content {
        mandatary: Some(mandatary()),
        move_notice: Some(MoveNotice { day: Some(day("2026-04-01")), way: Some(NoticeWay::Letter) }),
        ..application("2026-04-10", "2026-04-01")
    };
    let json = serde_json::to_value(&content).unwrap();
    assert_eq!(json["indication"]["hba1cBeforePump"], "8.1");
    assert!(json.get("otherPhysicians").is_none());
    assert!(serde_json::from_value::<Content>(json).unwrap() == content);
    assert_eq!(serde_json::to_value(Content::default()).unwrap(), serde_json::json!({}));
}

proptest! {
    /// COV-04, COV-05, PMP-01: over 2019 to 2035 the first day possible is the latest of prescription, birthday and day
    /// 30, what is lost is what lies between, and the last day is the eve of the same day a year later.
    #[test]
    fn the_first_day_is_the_latest(
        from in days(),
        late in 0..70u64,
        birth in (0..9000u64).prop_map(|n| day("1999-01-01") + Days::new(n)),
    ) {
        let date = from + Days::new(late);
        let facts = Facts { today: date, birth: Some(birth), ..facts("2026-04-10") };
        let limits = Limits::of(&application_on(date, from), &facts, &[]).unwrap();
        let admitted = admitted_from(birth).max(facts.numbers[0].in_force.from);
        let (in_time, earliest) = (from.max(admitted), date - Days::new(30));
        prop_assert_eq!(limits.first.day, in_time.max(earliest));
        let lost = limits.lost().and_then(Span::days).unwrap_or(0);
        prop_assert_eq!(lost, (earliest - in_time).num_days().max(0));
        let last = limits.last(limits.first.day);
        prop_assert_eq!((last.day, last.limit), (last_day_of_months(limits.first.day, 12), EndLimit::TwelveMonths));
        prop_assert!((365..=366).contains(&Span::between(limits.first.day, last.day).days().unwrap()));
    }

    /// COV-06: whatever periods the establishment has, the period that could be granted meets none of them.
    #[test]
    fn the_outlook_meets_no_own_period(
        from in days(),
        starts in prop::collection::vec((0..900u64, 0..400u64, any::<bool>()), 0..4),
    ) {
        let mut facts = Facts { today: from, ..facts("2026-04-10") };
        let mut free = from - Days::new(400);
        for (gap, length, given_up) in starts {
            let first = free + Days::new(gap);
            let granted = super::super::period::Period::granted(first, first + Days::new(length));
            let ended = given_up.then(|| granted.ended(eve(first), PeriodEnd::GivenUp)).flatten();
            facts.periods.push(KnownPeriod { id: Uuid::nil(), own: true, period: ended.unwrap_or(granted) });
            free = granted.to + Days::new(1);
        }
        let limits = Limits::of(&application_on(from, from), &facts, &[]).unwrap();
        let days = Span::between(limits.first.day, limits.last(limits.first.day).day);
        prop_assert!(!days.is_empty());
        prop_assert!(!facts.periods.iter().any(|one| one.overlaps(days)));
        // No earlier day was possible.
        let own: Vec<_> = facts.periods.iter().filter_map(|one| one.period.effective()).collect();
        let floor = from.max(facts.numbers[0].in_force.from);
        prop_assert_eq!(Span::since(floor).first_day_without(&own), Some(limits.first.day));
        prop_assert_eq!(limits.lost(), None);
    }
}
