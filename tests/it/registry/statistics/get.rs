use insula_tests::{Reply, TestApp, app::HOSPITAL_A};
use serde_json::{Value, json};

use super::group;
use crate::registry::coded_data::{data_manager, enter};

/// A hospital that does not read.
const ELSEWHERE: &str = "71010037";

fn shown(reply: &Reply, member: &str, value: &Value) -> Option<i64> {
    let items = reply.body["items"].as_array().unwrap();
    items.iter().find(|item| item["group"][member] == *value).map(|item| item["beneficiaries"].as_i64().unwrap())
}

/// TRA-03: figures are national, the same for INAMI and for every hospital without a part in them, and multiples of five
/// near the true ones.
#[actix_web::test]
async fn figures_are_national_and_the_same_for_all() {
    let app = TestApp::start().await;
    group(&app, ELSEWHERE, "firstImplantation", 2025, 1, 60, r#"{"therapy": "pump", "diabetesType": "type1"}"#);
    group(&app, ELSEWHERE, "firstImplantation", 2026, 100, 90, r#"{"therapy": "injections", "diabetesType": "type1"}"#);
    group(&app, ELSEWHERE, "followUp", 2026, 100, 90, r#"{"stillInUse": true}"#);
    for query in [
        "",
        "groupBy=year",
        "groupBy=type&groupBy=year",
        "groupBy=therapy",
        "type=followUp",
        "fromYear=2026&toYear=2026",
    ] {
        let path = format!("/statistics?{query}");
        let a = app.lead_a().get(&path).await.expect(200);
        let b = app.lead_b().get(&path).await.expect(200);
        let inami = data_manager(&app).get(&path).await.expect(200);
        assert_eq!((&a.body, &a.body), (&b.body, &inami.body), "{query}");
        assert_eq!(a.body, app.lead_a().get(&path).await.body, "asking again tells nothing new");
        for item in a.body["items"].as_array().unwrap().iter().chain(a.body.get("total")) {
            for figure in ["beneficiaries", "registrations"] {
                assert_eq!(item[figure].as_i64().unwrap() % 5, 0, "{item}");
            }
        }
    }
    let years = app.lead_a().get("/statistics").await.expect(200);
    assert_eq!(years.body["groupBy"], json!(["year"]));
    assert_eq!((&years.body["threshold"], &years.body["roundedTo"]), (&json!(5), &json!(5)));
    assert_eq!(years.body["asOf"], "2026-04-01");
    assert!((shown(&years, "year", &json!(2025)).unwrap() - 60).abs() < 40);
    assert!((shown(&years, "year", &json!(2026)).unwrap() - 90).abs() < 40, "a beneficiary counts once");
    assert!((years.body["total"]["registrations"].as_i64().unwrap() - 240).abs() < 40);
    assert_eq!(years.body["total"]["group"], json!({}));
    let therapy = app.lead_a().get("/statistics?groupBy=therapy&groupBy=year").await.expect(200);
    let groups: Vec<_> = therapy.body["items"].as_array().unwrap().iter().map(|item| item["group"].clone()).collect();
    assert_eq!(groups, [json!({"therapy": "injections", "year": 2026}), json!({"therapy": "pump", "year": 2025})]);
    let still = app.lead_a().get("/statistics?groupBy=stillInUse").await.expect(200);
    assert_eq!(still.body["items"][0]["group"], json!({"stillInUse": true}));
    let none = app.lead_a().get("/statistics?fromYear=2030").await.expect(200);
    assert_eq!((&none.body["items"], none.body.get("total")), (&json!([]), None));
}

/// TRA-03: a hospital's own are added to the figures of the others, who alone decide whether a group is shown.
#[actix_web::test]
async fn a_hospitals_own_are_added_to_the_others() {
    let app = TestApp::start().await;
    group(&app, ELSEWHERE, "followUp", 2024, 1, 40, "{}");
    group(&app, HOSPITAL_A, "followUp", 2024, 100, 22, "{}");
    group(&app, HOSPITAL_A, "followUp", 2025, 200, 50, "{}");
    group(&app, ELSEWHERE, "followUp", 2025, 300, 4, "{}");
    let (a, b) = (app.lead_a().get("/statistics").await.expect(200), app.lead_b().get("/statistics").await.expect(200));
    let of = |reply: &Reply, year: i32| shown(reply, "year", &json!(year));
    assert_eq!(of(&a, 2025), None, "four others are few, however many there are here");
    assert!((of(&b, 2025).unwrap() - 54).abs() < 40);
    assert!((of(&a, 2024).unwrap() - 62).abs() < 40);
    let before = of(&a, 2024).unwrap();
    group(&app, HOSPITAL_A, "followUp", 2024, 130, 20, "{}");
    let after = app.lead_a().get("/statistics").await.expect(200);
    assert_eq!(of(&after, 2024), Some(before + 20), "nothing else has changed");
}

/// TRA-03: figures are those of the last quarter: what is received since, or corrected, counts from the next.
#[actix_web::test]
async fn figures_change_with_the_quarter() {
    let app = TestApp::start().await;
    group(&app, ELSEWHERE, "followUp", 2024, 1, 40, "{}");
    let now = "received_at + interval '3 months'";
    enter(
        &app,
        &format!(
            "SELECT gen_random_uuid(), 1, encode(sha256(('new ' || n)::bytea), 'hex'), hospital, registration_type,
             date '2025-03-01', NULL, 1, '{{}}', false, {now}
         FROM generate_series(1, 30) AS n, (SELECT * FROM coded.deliveries LIMIT 1) AS one"
        ),
    );
    enter(&app, &format!(
        "SELECT technical_id, 2, pseudonym, hospital, registration_type, date '2023-03-01', NULL, 1, '{{}}', false, {now}
         FROM coded.deliveries WHERE event_date = date '2024-03-01'"
    ));
    let years = |reply: &Reply| -> Vec<i64> {
        reply.body["items"].as_array().unwrap().iter().map(|item| item["group"]["year"].as_i64().unwrap()).collect()
    };
    for (at, of, expected) in
        [("2026-06-30T21:59:00Z", "2026-04-01", vec![2024]), ("2026-06-30T22:00:00Z", "2026-07-01", vec![2023, 2025])]
    {
        app.clock.set(at);
        let reply = data_manager(&app).get("/statistics").await.expect(200);
        assert_eq!((&reply.body["asOf"], years(&reply)), (&json!(of), expected), "{at}");
    }
}

/// TRA-03: only INAMI can group by hospital; for a hospital this dimension does not exist.
#[actix_web::test]
async fn only_inami_groups_by_hospital() {
    let app = TestApp::start().await;
    group(&app, HOSPITAL_A, "followUp", 2026, 1, 40, "{}");
    let all = data_manager(&app).get("/statistics?groupBy=hospital").await.expect(200);
    assert_eq!(all.body["items"][0]["group"], json!({"hospital": HOSPITAL_A}));
    for query in ["groupBy=hospital", "groupBy=year&groupBy=hospital"] {
        let refused = app.lead_a().get(&format!("/statistics?{query}")).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["groupBy:notInList"]);
        assert!(!refused.body["issues"][0]["detail"].as_str().unwrap().contains("hospital"), "{}", refused.text);
    }
}

/// TRA-03: a group of up to four beneficiaries is never published, however many registrations they have.
#[actix_web::test]
async fn small_groups_are_never_published() {
    let app = TestApp::start().await;
    for (year, count) in [(2021, 1), (2022, 2), (2023, 3), (2024, 4)] {
        group(&app, ELSEWHERE, "followUp", year, count * 1000, count, r#"{"stillInUse": true}"#);
    }
    // One beneficiary with thirty registrations.
    for _ in 0..30 {
        group(&app, ELSEWHERE, "replacement", 2025, 9, 1, r#"{"replacementReason": "loss"}"#);
    }
    let mut asked = 0;
    for client in [app.lead_a(), data_manager(&app)] {
        for by in [
            "year",
            "type&groupBy=year",
            "replacementReason",
            "replacementReason&groupBy=year",
            "stillInUse&groupBy=year",
        ] {
            for filter in ["", "&type=replacement", "&fromYear=2024"] {
                let reply = client.get(&format!("/statistics?groupBy={by}{filter}")).await.expect(200);
                for item in reply.body["items"].as_array().unwrap() {
                    assert!(item["group"].get("year").is_none(), "every year is small: {}", reply.text);
                    assert!(item["group"].get("replacementReason").is_none(), "{}", reply.text);
                    assert!(item["beneficiaries"].as_i64().unwrap() >= 5);
                }
                asked += 1;
            }
        }
    }
    assert_eq!(asked, 30);
    assert!(data_manager(&app).get("/statistics?type=replacement").await.expect(200).body.get("total").is_none());
}

/// TRA-03: a mean HbA1c needs twenty beneficiaries; units are converted, and each beneficiary has the same weight.
#[actix_web::test]
async fn a_mean_needs_twenty_beneficiaries() {
    let app = TestApp::start().await;
    let percent = r#"{"hba1c": {"value": "7.0", "unit": "percent"}}"#;
    let mmol = r#"{"hba1c": {"value": "75", "unit": "mmolPerMol"}}"#;
    group(&app, ELSEWHERE, "followUp", 2024, 1, 19, percent);
    group(&app, ELSEWHERE, "followUp", 2024, 500, 30, "{}");
    group(&app, ELSEWHERE, "followUp", 2025, 1000, 20, percent);
    group(&app, ELSEWHERE, "followUp", 2025, 2000, 20, mmol);
    for _ in 0..5 {
        // One of them was measured often.
        group(&app, ELSEWHERE, "followUp", 2025, 1000, 1, r#"{"hba1c": {"value": "7.0", "unit": "percent"}}"#);
    }
    let reply = app.lead_a().get("/statistics").await.expect(200);
    let items = reply.body["items"].as_array().unwrap();
    let of = |year: i32| items.iter().find(|item| item["group"]["year"] == year).unwrap();
    assert!(of(2024).get("meanHba1c").is_none(), "{}", reply.text);
    // The mean of 53 and 75 mmol/mol, and of 7.0 and 9.0 %.
    assert_eq!(of(2025)["meanHba1c"], json!({"mmolPerMol": 64, "percent": "8"}));
}

/// TRA-03, TRA-04: corrections replace, deletions remove.
#[actix_web::test]
async fn figures_follow_corrections_and_deletions() {
    let app = TestApp::start().await;
    group(&app, ELSEWHERE, "firstImplantation", 2026, 1, 60, r#"{"therapy": "pump"}"#);
    let later = |content: &str, deleted: bool| {
        format!(
            "SELECT technical_id, version + 1, pseudonym, hospital, registration_type, event_date, nomenclature_pair,
                 dictionary_version, '{content}', {deleted}, received_at FROM coded.registrations"
        )
    };
    enter(&app, &later(r#"{"therapy": "injections"}"#, false));
    let reply = app.lead_a().get("/statistics?groupBy=therapy").await.expect(200);
    assert_eq!(reply.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(reply.body["items"][0]["group"], json!({"therapy": "injections"}));
    enter(&app, &later("{}", true));
    let reply = app.lead_a().get("/statistics?groupBy=therapy").await.expect(200);
    assert_eq!(reply.body["items"], json!([]));
}

/// SYS-04: all faults of a question are reported at once.
#[actix_web::test]
async fn faulty_questions_are_refused_all_at_once() {
    let app = TestApp::start().await;
    for (query, faults) in [
        ("groupBy=colour", vec!["groupBy:notInList"]),
        ("groupBy=pseudonym", vec!["groupBy:notInList"]),
        ("groupBy=responsiblePhysician", vec!["groupBy:notInList"]),
        ("groupBy=year&groupBy=year", vec!["groupBy:repeated"]),
        ("groupBy=year&groupBy=type&groupBy=setting", vec!["groupBy:tooMany"]),
        ("groupBy=", vec!["groupBy:notInList"]),
        ("fromYear=26", vec!["fromYear:outOfRange"]),
        ("fromYear=1899&toYear=2201", vec!["fromYear:outOfRange", "toYear:outOfRange"]),
        ("fromYear=2026&fromYear=2026", vec!["fromYear:repeated"]),
        ("fromYear=%2B202", vec!["fromYear:outOfRange"]),
        (
            "type=x&groupBy=x&toYear=x&y=1",
            vec!["groupBy:notInList", "toYear:outOfRange", "type:notInList", "y:unknownField"],
        ),
        ("type=followUp' OR '1'='1", vec!["type:notInList"]),
    ] {
        let reply = app.lead_a().get(&format!("/statistics?{query}")).await.expect_problem(400, "badRequest");
        assert_eq!(reply.faults(), faults, "{query}");
    }
}
