use insula_domain::{actor::Role, nomenclature::PAIR_B};
use insula_tests::TestApp;
use serde_json::{Value, json};

use super::{arrived, next_day, place};

/// CNT-09: the preview shows, page by page, what the night then decides, and changes only the trail.
#[actix_web::test]
async fn the_preview_says_what_the_night_decides() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let holder = arrived(&app, &lead, 1, PAIR_B).await;
    next_day(&app);
    let open = lead.reopen(&holder).await.expect(200);
    lead.submit_and_deliver(&app, &open).await.expect(200);
    app.arrive_for_b(61);
    let operator = app.role(Role::HealthdataOperator, "");
    let before = app.dump();
    let preview = operator.get("/nights/preview?pageSize=50").await.expect(200);
    assert_eq!(app.dump(), before);
    let totals = json!([preview.body["kept"], preview.body["taken"], preview.body["exceeded"]]);
    assert_eq!((totals, &preview.body["day"]), (json!([1, 59, 2]), &json!("2026-06-16")));
    assert_eq!(preview.body["figures"], json!([{"counterId": "B-2026", "figure": 60}]));
    let announced: Vec<_> = [40, 45, 50, 55, 60].map(|t| json!({"counterId": "B-2026", "threshold": t})).into();
    assert_eq!(preview.body["thresholds"], Value::Array(announced));
    let next = preview.body["next"].as_str().unwrap().split_once("/insula/v1").unwrap().1.to_owned();
    let rest = operator.get(&next).await.expect(200);
    assert!(rest.body.get("next").is_none());
    let all = |pages: [&Value; 2]| -> Vec<Value> {
        pages.iter().flat_map(|page| page["items"].as_array().unwrap()).cloned().collect()
    };
    let foreseen = all([&preview.body, &rest.body]);
    assert_eq!(
        (foreseen.len(), &foreseen[0]["verdict"], &foreseen[0]["rule"]),
        (62, &json!("keeps"), &json!("CNT-04"))
    );

    next_day(&app);
    let path = "/nights/2026-06-16/decisions?pageSize=50";
    let first = operator.get(path).await.expect(200);
    let next = first.body["next"].as_str().unwrap().split_once("/insula/v1").unwrap().1.to_owned();
    let second = operator.get(&next).await.expect(200);
    assert_eq!(all([&first.body, &second.body]), foreseen);
}

/// CNT-09: the decision about one registration, in any status, if nothing else arrived.
#[actix_web::test]
async fn one_registration_is_foreseen() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    app.arrive_for_b(58);
    next_day(&app);
    let content = insula_tests::arrivals::counted(PAIR_B, "2026-06-01");
    let mut drafts = Vec::new();
    for n in 1..=3 {
        let beneficiary = lead.enter_beneficiary(n).await;
        drafts.push(lead.draft("firstImplantation", Some(&beneficiary), &content).await);
    }
    let tonight = async |registration: &insula_tests::Reply| {
        lead.get(&format!("/registrations/{}/check", registration.id())).await.expect(200).body["tonight"].clone()
    };
    let takes = |place: u32, ahead: u32| {
        json!({"counterId": "B-2026", "verdict": "takes", "place": place,
        "figure": 58, "limit": 60, "ahead": ahead, "rule": "CNT-03"})
    };
    assert_eq!(tonight(&drafts[0]).await, takes(59, 0), "as if it were submitted now");
    // The second is submitted first.
    lead.submit(&drafts[1]).await.expect(200);
    lead.submit(&drafts[0]).await.expect(200);
    assert_eq!((tonight(&drafts[0]).await, tonight(&drafts[1]).await), (takes(60, 1), takes(59, 0)));
    let exceeded =
        json!({"counterId": "B-2026", "verdict": "exceeded", "figure": 58, "limit": 60, "ahead": 2, "rule": "CNT-03"});
    assert_eq!(tonight(&drafts[2]).await, exceeded);
    app.deliver();
    next_day(&app);
    assert_eq!((place(&app, &drafts[1]), place(&app, &drafts[0])), (Some(59), Some(60)));
    let keeps = json!({"counterId": "B-2026", "verdict": "keeps", "place": 60, "figure": 60, "limit": 60, "ahead": 0,
        "rule": "CNT-04"});
    assert_eq!(tonight(&drafts[0]).await, keeps);
    let other = lead.complete_draft(9).await;
    let other = lead.change(&other, json!({"content": {"nomenclaturePair": "174392-174403"}})).await.expect(200);
    assert_eq!(tonight(&other).await, Value::Null);
}
