use insula_tests::{TestApp, app::HOSPITAL_A, app::HOSPITAL_B};
use serde_json::json;

use super::{data_manager, enter, get_as, models};

const PSEUDONYM: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn row(model: &str, hospital: &str, kind: &str, day: &str, pair: &str, pseudonym: &str, received: &str) -> String {
    let content = json!({"devices": [{"model": model}]});
    format!(
        "VALUES (gen_random_uuid(), 1, '{pseudonym}', '{hospital}', '{kind}', {day}, {pair}, 1, '{content}', false, '{received}')"
    )
}

async fn filled() -> TestApp {
    let app = TestApp::start().await;
    let b = "b".repeat(64);
    for (model, hospital, kind, day, pair, pseudonym, received) in [
        ("1", HOSPITAL_A, "firstImplantation", "'2025-12-31'", "'174370-174381'", PSEUDONYM, "2026-01-05T10:00:00Z"),
        ("2", HOSPITAL_A, "replacement", "'2026-02-01'", "'174392-174403'", PSEUDONYM, "2026-02-05T10:00:00Z"),
        ("3", HOSPITAL_A, "followUp", "'2026-03-01'", "NULL", &b, "2026-03-05T10:00:00Z"),
        ("4", HOSPITAL_B, "firstImplantation", "'2026-04-01'", "'174495-174506'", &b, "2026-04-05T10:00:00Z"),
    ] {
        enter(&app, &row(model, hospital, kind, day, pair, pseudonym, received));
    }
    app
}

/// TRA-03: each filter, alone and combined, in every format.
#[actix_web::test]
async fn filters_restrict_what_is_read() {
    let app = filled().await;
    let inami = data_manager(&app);
    let everything = format!(
        "pseudonym={PSEUDONYM}&type=replacement&eventFrom=2026-02-01&eventTo=2026-02-01&hospital={HOSPITAL_A}&nomenclaturePair=174392-174403&receivedSince=2026-02-05T10:00:00Z"
    );
    for (query, found) in [
        ("", vec!["1", "2", "3", "4"]),
        ("type=replacement", vec!["2"]),
        ("type=replacement&type=followUp", vec!["2", "3"]),
        ("type=explantation", vec![]),
        ("nomenclaturePair=174495-174506", vec!["4"]),
        ("nomenclaturePair=999999-999999", vec![]),
        ("eventFrom=2026-02-01", vec!["2", "3", "4"]),
        ("eventTo=2026-02-01", vec!["1", "2"]),
        ("eventFrom=2026-02-02&eventTo=2026-03-31", vec!["3"]),
        ("eventFrom=2026-03-31&eventTo=2026-02-02", vec![]),
        ("hospital=71032209", vec!["4"]),
        ("receivedSince=2026-03-05T10:00:00Z", vec!["3", "4"]),
        ("receivedSince=2026-03-05T11:00:01%2B01:00", vec!["4"]),
        (&format!("pseudonym={PSEUDONYM}"), vec!["1", "2"]),
        (&format!("pseudonym={}", "c".repeat(64)), vec![]),
        (&everything, vec!["2"]),
    ] {
        let path = format!("/codedRegistrations?{query}");
        let page = inami.get(&path).await.expect(200);
        assert_eq!(models(&page), found, "{query}");
        let stream = get_as(&inami, &path, "application/x-ndjson").await.expect(200);
        let lines: Vec<serde_json::Value> =
            stream.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(json!(lines), page.body["items"], "{query}: the stream holds what the pages hold");
    }
}

/// TRA-01: for a hospital the filter by time of receipt has the precision of a Brussels day, so that it cannot search
/// for an instant.
#[actix_web::test]
async fn a_hospital_cannot_search_for_the_instant_of_a_receipt() {
    let app = filled().await;
    for (since, found) in [
        ("2026-03-05T23:00:00%2B01:00", vec!["3"]),
        ("2026-03-05T09:00:00Z", vec!["3"]),
        ("2026-03-04T23:00:00Z", vec!["3"]),
        ("2026-03-05T23:00:00Z", vec![]),
        ("2026-03-04T22:59:59Z", vec!["3"]),
    ] {
        let page = app.lead_a().get(&format!("/codedRegistrations?receivedSince={since}")).await.expect(200);
        assert_eq!(models(&page), found, "{since}");
    }
}

/// SYS-04: all faults of a query are reported at once, and nothing is echoed.
#[actix_web::test]
async fn faulty_filters_are_refused_all_at_once() {
    let app = TestApp::start().await;
    let niss = insula_tests::data::niss(9);
    for accept in ["application/json", "text/csv"] {
        let path = format!(
            "/codedRegistrations?type=x&nomenclaturePair=1743701-174381&eventFrom=2026-02-30&eventTo=26-1-1&pseudonym={niss}&hospital=71000437&receivedSince=yesterday&after=1-2&pageSize=0&hospitel=1&eventTo=2026-01-01"
        );
        let reply = get_as(&app.lead_a(), &path, accept).await.expect_problem(400, "badRequest");
        assert_eq!(
            reply.faults(),
            [
                "after:notAnIdentifier",
                "eventFrom:notADate",
                "eventTo:notADate",
                "eventTo:repeated",
                "hospital:notAnIdentifier",
                "hospitel:unknownField",
                "nomenclaturePair:notAnIdentifier",
                "pageSize:outOfRange",
                "pseudonym:notAnIdentifier",
                "receivedSince:notATimestamp",
                "type:notInList",
            ]
        );
        assert!(!reply.text.contains(&niss));
    }
    for hostile in [
        "pseudonym=' OR 1=1 --",
        "pseudonym=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "after=1-1-1-1",
        "after=-1-1-1",
        "after=1-1--1",
        "after=%2B1-1-1",
        "after=99999999999999999999-1-1",
        "nomenclaturePair=174370174381",
        "nomenclaturePair=१७४३७०-174381",
        "eventFrom=0000-01-01",
        "eventFrom=12026-01-01",
        "type=firstImplantation,replacement",
        "hospital=",
        "pseudonym=",
    ] {
        app.lead_a().get(&format!("/codedRegistrations?{hostile}")).await.expect_problem(400, "badRequest");
    }
    // Cursors that were never given out give no access.
    for made_up in
        ["0-0-0", "18446744073709551615-0-0", "18446744073709551615-18446744073709551615-9223372036854775807"]
    {
        app.lead_a().get(&format!("/codedRegistrations?after={made_up}")).await.expect(200);
    }
}
