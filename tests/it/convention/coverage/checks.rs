//! What a check says before anything is sent.

use insula_domain::actor::Role;
use insula_tests::app::HOSPITAL_A;
use serde_json::{Value, json};

use super::{PRESCRIBER_B, PRESCRIBER_C, Scene, at, checked, draft, issues, of_h1, submit, told, with, without};

/// C-02, C-03, C-04 (COV-04, COV-05, COV-13): the first day possible, what is lost, and the last day possible.
#[actix_web::test]
async fn the_days_that_could_be_granted() {
    let scene = Scene::start().await;
    scene.with_tariffs();
    let p1 = scene.p1().await;
    for (date, from, to, first, last, lost) in [
        ("2026-04-01", "2026-03-02", "2027-03-01", "2026-03-02", "2027-03-01", 0),
        ("2026-04-01", "2026-03-01", "2027-02-28", "2026-03-02", "2027-03-01", 1),
        ("2028-02-29", "2028-02-29", "2029-02-28", "2028-02-29", "2029-02-28", 0),
        ("2027-03-01", "2027-03-01", "2028-02-29", "2027-03-01", "2028-02-29", 0),
    ] {
        scene.on(date);
        for introducer in ["establishment", "beneficiary"] {
            let content = with(of_h1(date, from, to), "/introducedBy", introducer);
            let check = checked(&scene.h1(), &p1, &content).await;
            let outlook = &check["outlook"];
            assert_eq!((&outlook["firstDay"], &outlook["lastDay"]), (&json!(first), &json!(last)));
            assert_eq!(outlook["lost"]["days"].as_i64().unwrap_or_default(), lost);
            if lost > 0 {
                assert_eq!(outlook["lost"]["borneBy"], introducer);
                assert_eq!((&outlook["firstDayRule"], &outlook["lost"]["amount"]), (&json!("COV-05"), &json!("10.30")));
            }
            assert_eq!((issues(&check), &check["submittable"]), (vec![], &json!(true)));
        }
    }
}

/// C-07 (PMP-01): below 16 an application is submitted with a warning.
#[actix_web::test]
async fn somebody_below_sixteen_is_warned_of() {
    let scene = Scene::start().await;
    scene.on("2026-06-12");
    let p4 = scene.person(HOSPITAL_A, "10061500223").await;
    let id = draft(&scene.h1(), &p4, &of_h1("2026-06-12", "2026-06-10", "2027-06-09")).await.id();
    let submitted = submit(&scene.h1(), &id, 1).await.expect(200);
    assert_eq!(told(&submitted.body["warnings"]), ["PMP-01 content.programme.from belowAge"]);
    assert!(submitted.body["warnings"][0]["detail"].as_str().unwrap().contains("2026-06-15"));
}

/// C-08 (COV-02, CON-08): the prescriber is on the establishment's list on the day of signing.
#[actix_web::test]
async fn a_prescriber_is_on_the_list_that_day() {
    let scene = Scene::start().await;
    scene.on("2026-04-20");
    let p1 = scene.p1().await;
    for (number, signed_on, fault) in [
        (PRESCRIBER_B, "2026-04-07", None),
        (PRESCRIBER_B, "2026-04-08", Some("noLongerPrescribes")),
        (PRESCRIBER_C, "2026-04-07", Some("notAPrescriber")),
    ] {
        let signature = json!({"nihdiNumber": number, "signedOn": signed_on});
        let content = with(of_h1("2026-04-20", "2026-04-01", "2027-03-31"), "/prescriber", signature);
        let expected: Vec<_> =
            fault.iter().map(|code| format!("COV-02 content.prescriber.nihdiNumber {code}")).collect();
        assert_eq!(issues(&checked(&scene.h1(), &p1, &content).await), expected);
    }
}

/// C-10, C-11 (PMP-02): what supports each target group.
#[actix_web::test]
async fn target_groups_are_supported() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let of = |indication: Value| with(of_h1("2026-04-10", "2026-04-01", "2027-03-31"), "/indication", indication);
    let first = |more: Value| {
        let mut indication = json!({"targetGroup": "insufficientControl", "diabetesType": "type1"});
        indication.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        indication
    };
    let ungrounded = "PMP-02 content.indication.hba1cBeforePump groundMissing";
    let other_type = "PMP-02 content.indication.diabetesType notOfTargetGroup";
    for (indication, fault) in [
        (first(json!({"hba1cBeforePump": "7.0"})), Some(ungrounded)),
        (first(json!({"hba1cBeforePump": "7.0", "words": "gastroparesis, unexplained variability"})), None),
        (first(json!({"hba1cBeforePump": "7.1"})), None),
        (json!({"targetGroup": "extremeSensitivity", "diabetesType": "type2"}), Some(other_type)),
        (json!({"targetGroup": "irregularLifeOrRisk", "diabetesType": "type2"}), Some(other_type)),
        (first(json!({"diabetesType": "type2", "selfManagementGroup": "A", "severeHypoglycaemia": true})), None),
        (
            first(json!({"diabetesType": "type2", "selfManagementGroup": "other", "severeHypoglycaemia": true})),
            Some("PMP-02 content.indication.selfManagementGroup notOfTargetGroup"),
        ),
    ] {
        let check = checked(&scene.h1(), &p1, &of(indication)).await;
        assert_eq!(issues(&check), fault.into_iter().collect::<Vec<_>>());
    }
    let p2 = scene.person(HOSPITAL_A, "90031200492").await;
    let pregnant = of(json!({"targetGroup": "pregnancy", "diabetesType": "type2"}));
    assert_eq!(issues(&checked(&scene.h1(), &p2, &pregnant).await), [""; 0]);
}

/// C-23 (BEN-02, COV-01): somebody without national number applies through a mandatary; without the insurer's own
/// number there is no invoice, which is said.
#[actix_web::test]
async fn a_mandatary_applies_for_somebody_without_number() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p6 = json!({"noNissConfirmed": true, "firstName": "Zoë", "lastName": "Lambert", "birthDate": "1982-08-08",
        "sex": "female", "deceased": false, "residencePlace": "Lille", "residenceCountry": "FR", "insurerNumber": "319"});
    let p6 = scene.app.role(Role::StudyLead, HOSPITAL_A).post("/beneficiaries", &p6).await.expect(201).id();
    let mandatary = json!({"name": "Claire Lambert", "relation": "sister", "commune": "Lille", "street": "Rue Haute",
        "houseNumber": "1"});
    let content = with(of_h1("2026-04-10", "2026-04-01", "2027-03-31"), "/mandatary", mandatary);
    let untold = checked(&scene.h1(), &p6, &content).await;
    assert_eq!(issues(&untold), ["COV-09 content.information.givenTo mandataryNotTold"]);
    let content = with(content, "/information/givenTo", json!(["beneficiary", "mandatary"]));
    let id = draft(&scene.h1(), &p6, &content).await.id();
    let submitted = submit(&scene.h1(), &id, 1).await.expect(200);
    assert_eq!(told(&submitted.body["warnings"]), ["BEN-02 beneficiaryId notInvoiceable"]);
}

/// C-26 (PMP-04): a start in hospital counts under its conditions; else the programme begins on the day of the return
/// home.
#[actix_web::test]
async fn a_programme_begins_in_hospital() {
    let scene = Scene::start().await;
    scene.on("2026-05-08");
    let p3 = scene.person(HOSPITAL_A, "78110500706").await;
    let content = with(of_h1("2026-05-08", "2026-05-06", "2027-05-05"), "/startsInHospital", true);
    let unknown = checked(&scene.h1(), &p3, &content).await;
    assert_eq!(issues(&unknown), ["PMP-04 content.startsInHospital noStay"]);
    let stays = format!("/establishments/{HOSPITAL_A}/hospitalStays");
    let stay = |hospital: &str, linked: bool| {
        json!({"beneficiaryId": p3, "from": "2026-05-04", "to": "2026-05-13", "hospitalNumber": hospital,
            "pumpContinued": true, "linkedToDiabetes": linked})
    };
    let entered = scene.h1().post(&stays, &stay(HOSPITAL_A, true)).await.expect(201).id();
    let first = |check: &Value| check["outlook"]["firstDay"].as_str().unwrap().to_owned();
    let good = checked(&scene.h1(), &p3, &content).await;
    assert_eq!((issues(&good), first(&good)), (vec![], "2026-05-06".to_owned()));
    assert_eq!(told(&good["warnings"]), ["PMP-04 content.startsInHospital contactMissing"]);
    for (version, hospital, linked, reason) in
        [(1, HOSPITAL_A, false, "stayNotLinked"), (2, "71010037", true, "stayWithoutConvention")]
    {
        let mut corrected = stay(hospital, linked);
        corrected["why"] = json!("entered wrongly");
        scene.h1().put(&format!("{stays}/{entered}"), &corrected, version).await.expect(200);
        let check = checked(&scene.h1(), &p3, &content).await;
        assert_eq!(issues(&check), [format!("PMP-04 content.startsInHospital {reason}")]);
        assert_eq!(
            (first(&check), &check["outlook"]["firstDayLimit"]),
            ("2026-05-13".to_owned(), &json!("returnHome"))
        );
    }
}

/// C-29 (COV-14): an application follows the form of its date; a version begins after today, and one in use stays.
#[actix_web::test]
async fn an_application_follows_the_form_of_its_day() {
    let scene = Scene::start().await;
    scene.on("2026-06-01");
    let officer = scene.app.role(Role::ConventionOfficer, "");
    let entry = |from: &str| json!({"from": from, "source": "invented"});
    let early = officer.post("/coverageForms", &entry("2026-06-01")).await.expect_problem(400, "badRequest");
    assert_eq!(told(&early.body["issues"]), ["COV-14 from outOfRange"]);
    officer.post("/coverageForms", &entry("2026-08-01")).await.expect(201);
    let second = officer.post("/coverageForms", &entry("2026-07-01")).await.expect(201);
    assert_eq!(second.body["version"], 2);
    let p1 = scene.p1().await;
    scene.on("2026-07-05");
    for (date, version) in [("2026-06-30", 1), ("2026-07-01", 2)] {
        let check = checked(&scene.h1(), &p1, &of_h1(date, "2026-06-30", "2027-06-29")).await;
        assert_eq!((issues(&check), &check["formVersion"]), (vec![], &json!(version)), "{date}");
    }
    let listed = scene.adviser().get("/coverageForms").await.expect(200).body["items"].clone();
    let from: Vec<_> = listed.as_array().unwrap().iter().map(|one| one["from"].as_str().unwrap()).collect();
    assert_eq!(from, ["2021-01-01", "2026-07-01"]);
}

/// COV-13: who introduces the application is said; without it nobody is known to bear a loss.
#[actix_web::test]
async fn who_introduces_it_is_said() {
    let scene = Scene::start().await;
    scene.on("2026-04-01");
    let p1 = scene.p1().await;
    let content = without(of_h1("2026-04-01", "2026-03-01", "2027-02-28"), "/introducedBy");
    let check = checked(&scene.h1(), &p1, &content).await;
    assert_eq!(issues(&check), ["COV-13 content.introducedBy required"]);
    assert_eq!(check["outlook"]["lost"].get("borneBy"), None);
}

/// COV-03: without an insurer nobody decides, and nothing is submitted.
#[actix_web::test]
async fn an_insurer_is_known() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let body = json!({"niss": "85073003328", "lastName": "Invented"});
    let p1 = scene.app.role(Role::StudyLead, HOSPITAL_A).post("/beneficiaries", &body).await.expect(201).id();
    let id = draft(&scene.h1(), &p1, &of_h1("2026-04-10", "2026-04-01", "2027-03-31")).await.id();
    let refused = submit(&scene.h1(), &id, 1).await.expect_problem(400, "badRequest");
    assert_eq!(refused.faults(), ["beneficiaryId:insurerMissing"]);
    assert_eq!(scene.h1().get(&at(&id, "")).await.expect(200).body["status"], "draft");
}
