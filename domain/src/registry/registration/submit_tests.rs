use super::*;
use crate::ids::{BeneficiaryId, RegistrationId};
use crate::parties::beneficiary::NationalNumber;
use crate::registry::registration::{Corrections, Place, Validation, content::form_faults, dictionary::CURRENT};
use crate::span::tests::{day, span};
use RegistrationType::{Explantation, FirstImplantation as First, FollowUp, Replacement};
use rstest::rstest;
use serde_json::{Value, json};

type F<'a> = &'a mut Facts;
type Fed = (Counter, Option<i32>);

const OWN: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);
const A: Fed = (Counter::A, None);
const B25: Fed = (Counter::B, Some(2025));
const B26: Fed = (Counter::B, Some(2026));
const AT: DateTime<Utc> = DateTime::from_timestamp(1_773_568_800, 0).unwrap();
const SEVENTH: Validation = Validation { at: DateTime::UNIX_EPOCH, number: 7 };
const EIGHTH: Validation = Validation { at: AT, number: 8 };
const PAIR_B: &str = "174495-174506";
const LATER: &[RegistrationType] = &[Replacement, Explantation, FollowUp];

fn devices() -> [Value; 2] {
    let sensor = json!({"kind": "sensor", "model": "S", "udiDi": "05412345678908", "lot": "L", "armSide": "left",
        "expiryDate": "2027-01-31", "implantIdentificationCode": "999999999949", "warrantyEnd": "2027-03-10"});
    let transmitter = json!({"kind": "transmitter", "model": "T", "udiDi": "00817870020003", "serial": "1",
        "expiryDate": "2027-01-31", "notificationCode": "999999999949"});
    [sensor, transmitter]
}

/// A complete content with every optional field and an event on 10 March 2026.
fn content(of: RegistrationType) -> Value {
    let hba1c = json!({"value": "7.4", "unit": "percent", "date": "2026-02-20"});
    let own = match of {
        First => json!({"nomenclaturePair": "174370-174381", "nomenclatureCode": "174370",
            "devices": devices(), "diabetesType": "type1", "diagnosisYear": 2001, "therapy": "pump",
            "hba1c": hba1c, "severeHypoglycaemiasLast12Months": 0}),
        Replacement => json!({"nomenclaturePair": "174370-174381", "nomenclatureCode": "174370",
            "devices": devices(), "replaced": ["transmitter", "sensor"], "withinWarranty": true,
            "earlierRegistrationId": OTHER, "replacementReason": "loss", "removalDate": "2026-03-08"}),
        Explantation => json!({"earlierRegistrationId": OTHER, "explantationReason": "adverseEvent",
            "complications": ["bleeding"], "deviceReturned": false}),
        FollowUp => {
            json!({"earlierRegistrationId": OTHER, "hba1c": hba1c, "timeInRange": "71.5", "timeBelowRange": "2",
            "daysWorn": "95", "severeHypoglycaemiasSinceLastContact": 0, "adverseEvents": [], "stillInUse": true})
        }
    };
    let mut content = json!({"responsiblePhysician": "10000106690", "eventDate": "2026-03-10",
        "setting": "ambulatory", "hospitalReference": "R", "remark": "none"});
    content.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    content
}

fn pointer(path: &str) -> String {
    format!("/{}", path.replace("].", "/").replace(['.', '['], "/"))
}

/// An open registration with a complete content, edited by path; null removes a field.
fn draft(registration_type: RegistrationType, edits: &Value) -> Registration {
    let mut content = content(registration_type);
    for (path, value) in edits.as_object().unwrap() {
        let pointer = pointer(path);
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = content.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => assert!(parent.remove(name).is_some(), "{path}"),
            _ => drop(parent.insert(name.to_owned(), value.clone())),
        }
    }
    Registration {
        id: RegistrationId(OWN),
        hospital: "71000436".into(),
        registration_type,
        beneficiary: Some(BeneficiaryId(OTHER)),
        author: "p".into(),
        version: 3,
        dictionary_version: 1,
        content: content.as_object().unwrap().clone(),
        code: None,
        state: State::Open { validation: None, corrections: None },
        place: None,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

/// Facts with which a complete content passes on 15 March 2026; the stated pair is always in the reference list.
fn facts(registration: &Registration) -> Facts {
    let pair = registration.content.get("nomenclaturePair").and_then(Value::as_str).unwrap_or(PAIR_B);
    let (ambulatory, hospitalised) = (pair[..6].to_owned(), pair[7..].to_owned());
    let pair = PairFacts { ambulatory, hospitalised, span: span("2025-01-01/2026-03-16") };
    let (registration_type, event_date) = (First, Some(day("2025-06-02")));
    let earlier = EarlierFacts { registration_type, same_person: true, valid: true, event_date, explanted: None };
    let beneficiary = BeneficiaryFacts { identity: born("1980-05-01"), insured: true };
    Facts {
        today: day("2026-03-15"),
        adherence: Some(span("2025-01-01/2026-03-15")),
        beneficiary: Some(beneficiary),
        earlier: Some(earlier),
        pair: Some(pair),
        ..Facts::default()
    }
}

fn born(on: &str) -> Identity {
    Identity { birth_date: Some(day(on)), ..Identity::default() }
}

fn same(_: &mut Facts) {}

fn person(facts: &mut Facts) -> &mut BeneficiaryFacts {
    facts.beneficiary.as_mut().unwrap()
}

fn prior(facts: &mut Facts) -> &mut EarlierFacts {
    facts.earlier.as_mut().unwrap()
}

fn submit(registration: Registration, facts: &Facts) -> Result<Submission, Rejection> {
    registration.submit(&CURRENT, facts, 8, RegistrationCode::parse("20240000004241").unwrap(), AT)
}

/// The judgement of a content that can be saved. Asserts that submitting gives the same result, faults before refusals.
#[track_caller]
fn judged(of: RegistrationType, edits: Value, change: impl FnOnce(&mut Facts)) -> Judgement {
    judged_as_it_is(draft(of, &edits), change)
}

#[track_caller]
fn judged_as_it_is(registration: Registration, change: impl FnOnce(&mut Facts)) -> Judgement {
    let of = registration.registration_type;
    assert_eq!(form_faults(&CURRENT, of, &registration.content), []);
    let mut facts = facts(&registration);
    change(&mut facts);
    let judgement = judge(&registration, &CURRENT, &facts);
    let expected = match (&judgement.faults[..], judgement.refusals.first()) {
        ([], None) => Ok(judgement.warnings.clone()),
        ([], Some(refusal)) => Err(Rejection::Refused(refusal.clone())),
        (faults, _) => Err(Rejection::Faulty(faults.to_vec())),
    };
    assert_eq!(submit(registration, &facts).map(|submission| submission.warnings), expected);
    judgement
}

/// Asserts exactly these faults, each "field reason rule", separated by "; ".
#[track_caller]
fn assert_faults(judgement: &Judgement, expected: &str) {
    let described = |fault: &Fault| format!("{} {} {}", fault.field, fault.reason.code(), fault.rule.id());
    let mut found: Vec<_> = judgement.faults.iter().map(described).collect();
    let mut expected: Vec<_> = expected.split_terminator("; ").collect();
    found.sort();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// CGM-03, CGM-05, CGM-06: a complete registration of each type is validated and gets a code; its content stays.
#[rstest]
fn a_complete_one_of_each_type_passes(#[values(First, Replacement, Explantation, FollowUp)] of: RegistrationType) {
    let counter = (of == First).then_some(A);
    assert_eq!(judged(of, json!({}), same), Judgement { counter, ..Judgement::default() });
    let before = draft(of, &json!({}));
    let (state, code) = (State::Sending { validation: EIGHTH }, RegistrationCode::parse("20240000004241").ok());
    let registration = Registration { version: 4, code, state, updated_at: AT, ..before.clone() };
    assert_eq!(submit(before.clone(), &facts(&before)), Ok(Submission { registration, warnings: vec![] }));
}

/// CGM-01, CGM-05: removing one mandatory field gives exactly one fault, removing an optional one none.
#[rstest]
fn every_absent_mandatory_field_is_one_fault(#[values("", "devices[0].", "devices[1].", "hba1c.")] within: &str) {
    let optional = "hospitalReference remark nomenclatureCode implantIdentificationCode notificationCode warrantyEnd \
        complications deviceReturned adverseEvents";
    for &of in RegistrationType::ALL {
        let content = content(of);
        let object = content.pointer(pointer(within).trim_end_matches('/')).and_then(Value::as_object);
        for name in object.into_iter().flat_map(|object| object.keys()) {
            let fault = match name.as_str() {
                "lot" | "serial" => format!("content.{within}lot atLeastOneOf CGM-05"),
                "earlierRegistrationId" => format!("content.{name} exactlyOneOf CGM-05"),
                name if optional.split(' ').any(|other| other == name) => String::new(),
                _ => format!("content.{within}{name} required CGM-05"),
            };
            assert_faults(&judged(of, json!({format!("{within}{name}"): null}), same), &fault);
        }
    }
}

/// CGM-01, CGM-03, CGM-05, CGM-13, CNT-01: one error in the content is one fault, with field, reason and rule.
#[rstest]
#[case(FollowUp, json!({"responsiblePhysician": "10000107690"}), "responsiblePhysician checkDigit CGM-05")]
#[case(First, json!({"devices[0].udiDi": "05412345678909"}), "devices[0].udiDi checkDigit CGM-05")]
#[case(Replacement, json!({"devices[1].udiDi": "00817870020004"}), "devices[1].udiDi checkDigit CGM-05")]
#[case(First, json!({"devices[0].implantIdentificationCode": "999999999948"}),
    "devices[0].implantIdentificationCode checkDigit CGM-05")]
#[case(Replacement, json!({"devices[1].notificationCode": "9"}), "devices[1].notificationCode checkDigit CGM-05")]
#[case(First, json!({"devices": []}), "devices required CGM-05")]
#[case(Replacement, json!({"replaced": []}), "replaced required CGM-05")]
#[case(FollowUp, json!({"earlierElsewhere": "otherHospital"}), "earlierRegistrationId exactlyOneOf CGM-05")]
#[case(First, json!({"devices": [devices()[0], devices()[0]]}), "devices deviceTwice CGM-03")]
#[case(Replacement, json!({"replaced": ["sensor"]}), "replaced replacedDisagrees CGM-03")]
#[case(First, json!({"nomenclatureCode": "174381"}), "nomenclatureCode settingDisagrees CNT-01")]
#[case(Replacement, json!({"setting": "hospitalised"}), "nomenclatureCode settingDisagrees CNT-01")]
#[case(Replacement, json!({"nomenclaturePair": PAIR_B}), "nomenclatureCode settingDisagrees CNT-01")]
#[case(First, json!({"eventDate": "2026-03-16"}), "eventDate inFuture CGM-13")]
#[case(Explantation, json!({"eventDate": "2026-03-16"}), "eventDate inFuture CGM-13")]
#[case(FollowUp, json!({"hba1c.date": "2026-03-16"}), "hba1c.date inFuture CGM-13")]
#[case(First, json!({"eventDate": "2024-12-31"}), "nomenclaturePair pairNotInForce CGM-01")]
#[case(First, json!({"hba1c.date": "1980-04-30"}), "hba1c.date beforeBirth CGM-13")]
#[case(Replacement, json!({"removalDate": "2026-03-11"}), "removalDate afterEvent CGM-13")]
#[case(Replacement, json!({"removalDate": "2025-06-01"}), "removalDate beforeImplantation CGM-13")]
#[case(Explantation, json!({"eventDate": "2025-06-01"}), "eventDate beforeImplantation CGM-13")]
#[case(First, json!({"diagnosisYear": 1979}), "diagnosisYear diagnosisYear CGM-13")]
#[case(First, json!({"diagnosisYear": 2026, "eventDate": "2025-12-31"}), "diagnosisYear diagnosisYear CGM-13")]
fn one_thing_wrong_is_one_fault(#[case] of: RegistrationType, #[case] edits: Value, #[case] fault: &str) {
    assert_faults(&judged(of, edits, same), &format!("content.{fault}"));
}

/// CGM-01, CGM-13: one fact against a complete content is one fault, for every type concerned.
#[rstest]
#[case(&[First], |f: F| f.pair = None, "nomenclaturePair pairNotInForce CGM-01")]
#[case(&[First, Replacement], |f: F| f.pair.as_mut().unwrap().span.to = Some(day("2026-03-09")),
    "nomenclaturePair pairNotInForce CGM-01")]
#[case(&[Replacement], |f: F| person(f).identity.birth_date = Some(day("2026-03-09")), "removalDate beforeBirth CGM-13")]
#[case(&[Explantation], |f: F| person(f).identity.birth_date = Some(day("2026-03-11")), "eventDate beforeBirth CGM-13")]
#[case(&[First, Replacement, Explantation], |f: F| person(f).identity.death_date = Some(day("2026-03-09")),
    "eventDate afterDeath CGM-13")]
#[case(LATER, |f: F| f.earlier = None, "earlierRegistrationId earlierNotFound CGM-13")]
#[case(LATER, |f: F| prior(f).registration_type = FollowUp, "earlierRegistrationId earlierNotFirstImplantation CGM-13")]
#[case(LATER, |f: F| prior(f).same_person = false, "earlierRegistrationId earlierOtherBeneficiary CGM-13")]
#[case(LATER, |f: F| prior(f).valid = false, "earlierRegistrationId earlierNotValidated CGM-13")]
#[case(&LATER[..2], |f: F| prior(f).explanted = Some((OTHER, None)), "earlierRegistrationId earlierExplanted CGM-13")]
#[case(&[First], |f: F| f.followed_from = Some(day("2026-03-09")), "eventDate afterFollower CGM-13")]
#[case(&[Replacement], |f: F| prior(f).explanted = Some((OTHER, Some(day("2026-03-09")))),
    "earlierRegistrationId earlierExplanted CGM-13")]
fn one_fact_against_it_is_one_fault(#[case] of: &[RegistrationType], #[case] change: fn(F), #[case] fault: &str) {
    of.iter().for_each(|of| assert_faults(&judged(*of, json!({}), change), &format!("content.{fault}")));
}

/// CGM-01, CGM-05, CGM-13, CGM-14, CNT-01: boundary values pass: today, the same day, the last day.
#[rstest]
#[case(First, json!({"eventDate": "2026-03-15", "hba1c.date": "2026-03-15", "diagnosisYear": 2026}), same)]
#[case(First, json!({"eventDate": "2025-01-01", "hba1c.date": "1980-05-01", "diagnosisYear": 1980}), same)]
#[case(First, json!({"diagnosisYear": 1950}), |f: F| person(f).identity.birth_date = None)]
#[case(First, json!({"setting": "hospitalised", "nomenclatureCode": "174381"}), same)]
#[case(Replacement, json!({"eventDate": "2026-03-15", "removalDate": "2026-03-15"}), same)]
#[case(Replacement, json!({"eventDate": "2025-06-02", "removalDate": "2025-06-02"}), same)]
#[case(Replacement, json!({"earlierRegistrationId": null, "earlierElsewhere": "otherHospital"}), same)]
#[case(Explantation, json!({"earlierRegistrationId": null, "earlierElsewhere": "beforeRegistry"}), same)]
#[case(Explantation, json!({}), |f: F| person(f).identity.birth_date = Some(day("2026-03-10")))]
#[case(Explantation, json!({}), |f: F| person(f).identity.death_date = Some(day("2026-03-10")))]
#[case(Explantation, json!({}), |f: F| prior(f).explanted = Some((OWN, None)))]
#[case(First, json!({}), |f: F| f.followed_from = Some(day("2026-03-10")))]
#[case(First, json!({}), |f: F| (f.explanted, f.first_here) = (true, Some(OTHER)))]
#[case(Replacement, json!({}), |f: F| prior(f).explanted = Some((OTHER, Some(day("2026-03-10")))))]
#[case(FollowUp, json!({}), |f: F| person(f).identity.death_date = Some(day("2026-03-09")))]
#[case(FollowUp, json!({}), |f: F| prior(f).explanted = Some((OTHER, None)))]
fn the_edge_of_a_rule_passes(#[case] of: RegistrationType, #[case] edits: Value, #[case] change: fn(F)) {
    let judgement = judged(of, edits, change);
    assert_eq!((judgement.faults, judgement.refusals), (vec![], vec![]));
}

/// CGM-05, CGM-14, CGM-15, CNT-06: all faults are reported at once and before any refusal; the judgement has the
/// refusals too.
#[test]
fn all_faults_come_at_once_and_before_the_refusals() {
    let against = |f: F| {
        (f.adherence, f.first_here, f.closed) = (None, Some(OTHER), vec![A]);
        (f.pair, person(f).insured, person(f).identity.birth_date) = (None, false, Some(day("2026-03-17")));
    };
    let edits = json!({"eventDate": "2026-03-16", "therapy": null, "hba1c": {}, "responsiblePhysician": "1",
        "devices[0].udiDi": "1", "devices[1].kind": "sensor"});
    let judgement = judged(First, edits, against);
    let expected = "beneficiaryId insurerMissing TRA-02; content.devices deviceTwice CGM-03; \
        content.devices[0].udiDi checkDigit CGM-05; content.devices[1].armSide required CGM-05; \
        content.diagnosisYear diagnosisYear CGM-13; content.eventDate beforeBirth CGM-13; \
        content.eventDate inFuture CGM-13; content.hba1c.date required CGM-05; content.hba1c.unit required CGM-05; \
        content.hba1c.value required CGM-05; content.nomenclaturePair pairNotInForce CGM-01; \
        content.responsiblePhysician checkDigit CGM-05; content.therapy required CGM-05";
    assert_faults(&judgement, expected);
    assert!(judgement.refusals.iter().map(Refusal::rule).eq([RuleId::Cgm14, RuleId::Cgm15, RuleId::Cnt06]));
}

/// CGM-14: for every type, the hospital must adhere on the date of the event.
#[rstest]
#[case(None)]
#[case(Some(span("2026-03-11/")))]
#[case(Some(span("2026-01-01/2026-03-09")))]
fn a_hospital_that_has_not_adhered_is_refused(#[case] adherence: Option<Span>) {
    for &of in RegistrationType::ALL {
        assert_eq!(judged(of, json!({}), |f| f.adherence = adherence).refusals, [Refusal::NotAdhered]);
    }
}

/// CGM-15, CNT-01: a second first implantation is refused at the same hospital and a warning at another, which is not
/// named. Other types are not affected.
#[test]
fn a_second_first_implantation_is_refused_here_and_warned_elsewhere() {
    let here = judged(First, json!({}), |f| f.first_here = Some(OTHER));
    assert_eq!(here.refusals, [Refusal::SecondFirstImplantation { existing: Some(OTHER) }]);
    let elsewhere = judged(First, json!({}), |f| f.first_elsewhere = true);
    let warning = Fault::new("beneficiaryId", Reason::FirstImplantationElsewhere, RuleId::Cgm15);
    assert_eq!((here.warnings, elsewhere.refusals, elsewhere.warnings), (vec![], vec![], vec![warning]));
    for &of in LATER {
        let against = |f: F| (f.first_here, f.first_elsewhere, f.closed) = (Some(OTHER), true, vec![A]);
        assert_eq!(judged(of, json!({}), against), Judgement::default());
    }
}

/// BEN-04, TRA-01: the beneficiary's own number is refused in every text, in digits of any kind and with anything between
/// them; their name is a warning where the text is transmitted.
#[rstest]
#[case("lot", "8507300332x8")]
#[case("serial", "185073003328")]
#[case("model", "85a07b30c033d28")]
#[case("implantIdentificationCode", "850730033280")]
#[case("model", "\u{ff18}5073x\u{0660}03328")]
fn the_own_number_is_refused_in_every_text(#[case] name: &str, #[case] text: &str) {
    let own = |f: F| person(f).identity.niss = NationalNumber::parse("85.07.30-033.28").ok();
    let devices = || {
        let [mut sensor, transmitter] = devices();
        sensor[name] = json!(text);
        json!({"devices": [sensor, transmitter]})
    };
    let fault = Fault::new(format!("content.devices[0].{name}"), Reason::NationalNumber, RuleId::Ben04);
    assert!(judged(First, devices(), own).faults.contains(&fault));
    let other = judged(First, devices(), |f| person(f).identity.niss = NationalNumber::parse("17073003384").ok());
    assert!(!other.faults.contains(&fault));
}

/// BEN-04, TRA-01: their name is a warning in a text that is transmitted, as a word and in any spelling.
#[rstest]
#[case("model", "Sensor van J. MUELLER", true)]
#[case("lot", "müller7", true)]
#[case("model", "Elise-Müller", true)]
#[case("serial", "MULLERELISE", true)]
#[case("model", "Mullerian", false)]
#[case("model", "S", false)]
fn the_own_name_is_a_warning_in_a_transmitted_text(#[case] name: &str, #[case] text: &str, #[case] warned: bool) {
    let named = |f: F| {
        let identity = &mut person(f).identity;
        (identity.first_name, identity.last_name) = (Some("Élise".to_owned()), Some("Müller".to_owned()));
    };
    let [mut sensor, transmitter] = devices();
    sensor[name] = json!(text);
    let judgement = judged(First, json!({"devices": [sensor, transmitter], "remark": text}), named);
    let warning = Fault::new(format!("content.devices[0].{name}"), Reason::NameOfBeneficiary, RuleId::Ben04);
    assert_eq!(judgement.warnings, if warned { vec![warning] } else { vec![] });
    assert_eq!(judgement.faults, []);
}

/// CNT-01, CNT-04, CNT-05, CNT-06: a full counter refuses a registration that it would count and that holds no place in
/// it; A names B.
#[rstest]
#[case(json!({}), A, None, true)]
#[case(json!({}), A, Some(A), false)]
#[case(json!({"eventDate": "2025-12-31"}), A, Some(A), false)]
#[case(json!({}), A, Some(B26), true)]
#[case(json!({}), B26, None, false)]
#[case(json!({"nomenclaturePair": PAIR_B, "nomenclatureCode": null}), A, None, false)]
#[case(json!({"nomenclaturePair": PAIR_B, "nomenclatureCode": null}), B26, None, true)]
#[case(json!({"nomenclaturePair": PAIR_B, "nomenclatureCode": null}), B26, Some(B26), false)]
#[case(json!({"nomenclaturePair": PAIR_B, "nomenclatureCode": null}), B26, Some(B25), true)]
#[case(json!({"nomenclaturePair": PAIR_B, "nomenclatureCode": null}), B26, Some(A), true)]
#[case(json!({"nomenclaturePair": PAIR_B, "nomenclatureCode": null}), B25, None, false)]
#[case(json!({"nomenclaturePair": "174392-174403", "nomenclatureCode": null}), A, None, false)]
#[case(json!({"devices": [devices()[1]]}), A, None, false)]
fn a_full_counter_refuses(#[case] edits: Value, #[case] full: Fed, #[case] place: Option<Fed>, #[case] refused: bool) {
    let place = place.map(|(counter, year)| Place { counter, year, position: 7 });
    let judgement = judged_as_it_is(Registration { place, ..draft(First, &edits) }, |f| f.closed = vec![full]);
    let other_pair = (full == A).then(|| PAIR_B.to_owned());
    let refusal = Refusal::CounterClosed { counter: full.0, year: full.1, other_pair };
    assert_eq!(judgement.refusals, if refused { vec![refusal] } else { vec![] });
}

/// CNT-04, rules.md §13: when validated again, a registration keeps its place unless it feeds another counter or
/// another year of B; counter A has no year.
#[rstest]
#[case(json!({}), A, true)]
#[case(json!({"eventDate": "2025-12-31"}), A, true)]
#[case(json!({"nomenclaturePair": PAIR_B, "nomenclatureCode": null}), A, false)]
#[case(json!({"nomenclaturePair": "174392-174403", "nomenclatureCode": null}), A, false)]
#[case(json!({"devices": [devices()[1]]}), A, false)]
#[case(json!({"nomenclaturePair": PAIR_B, "nomenclatureCode": null}), B26, true)]
#[case(json!({"nomenclaturePair": PAIR_B, "nomenclatureCode": null}), B25, false)]
fn a_place_is_kept_or_freed(#[case] edits: Value, #[case] held: Fed, #[case] kept: bool) {
    let place = Some(Place { counter: held.0, year: held.1, position: 7 });
    let held = Registration { place, ..draft(First, &edits) };
    let facts = facts(&held);
    let after = submit(held, &facts).unwrap().registration;
    assert_eq!(after.place, place.filter(|_| kept));
}

/// CGM-05, CGM-06, CGM-09: a refused submit leaves no trace, and a later one keeps the existing code.
#[test]
fn a_refused_submit_leaves_nothing_and_a_code_stays() {
    let state = State::Open { validation: Some(SEVENTH), corrections: None };
    let code = RegistrationCode::parse("10000000000092").ok();
    let kept = Registration { code, state, ..draft(First, &json!({})) };
    let good = facts(&kept);
    assert_eq!(submit(kept.clone(), &Facts { adherence: None, ..good.clone() }), Err(Refusal::NotAdhered.into()));
    let state = State::Sending { validation: EIGHTH };
    let registration = Registration { version: 4, state, updated_at: AT, ..kept.clone() };
    assert_eq!(submit(kept, &good), Ok(Submission { registration, warnings: vec![] }));
}

/// CGM-05, CGM-12: a registration that is not open is refused for that reason alone, with or without faults.
#[rstest]
#[case(State::Sending { validation: SEVENTH })]
#[case(State::Submitted { validation: SEVENTH, acknowledged_at: AT })]
#[case(State::CorrectionsNeeded { validation: SEVENTH, acknowledged_at: None,
    corrections: Corrections::RefusedByHealthdata { reasons: vec![] } })]
#[case(State::Deleted { validation: None, at: AT, reason: None })]
fn what_is_not_open_is_refused(#[case] state: State, #[values(json!({}), json!({"therapy": null}))] edits: Value) {
    let refusal = Refusal::Transition { from: state.status(), attempted: Command::Submit };
    let registration = Registration { state, ..draft(First, &edits) };
    assert_eq!(submit(registration.clone(), &facts(&registration)), Err(refusal.into()));
}

/// CGM-05, TRA-02: the beneficiary must be named, known to this hospital and insured; each failure is one fault.
#[test]
fn the_beneficiary_is_named_known_and_insured() {
    for &of in RegistrationType::ALL {
        let nameless = Registration { beneficiary: None, ..draft(of, &json!({})) };
        let mut facts = facts(&nameless);
        (facts.beneficiary, prior(&mut facts).same_person) = (None, false);
        assert_faults(&judge(&nameless, &CURRENT, &facts), "beneficiaryId required CGM-05");
        assert_faults(&judged(of, json!({}), |f| f.beneficiary = None), "beneficiaryId beneficiaryNotFound SYS-02");
        // Nothing is billed for an explantation or a follow-up.
        let uninsured = if matches!(of, First | Replacement) { "beneficiaryId insurerMissing TRA-02" } else { "" };
        assert_faults(&judged(of, json!({}), |f| person(f).insured = false), uninsured);
    }
}

/// CGM-05: an unreadable content is never judged as if it were empty.
#[test]
fn an_unreadable_content_is_named() {
    let registration = draft(First, &json!({"diagnosisYear": "2001"}));
    let facts = facts(&registration);
    assert_faults(&judge(&registration, &CURRENT, &facts), "content.diagnosisYear wrongType CGM-04");
}
