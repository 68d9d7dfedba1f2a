//! Yearly summaries for beneficiaries (BIL-06).

use insula_tests::{Client, Reply, app::HOSPITAL_A, client::new_key};
use reqwest::Method;
use serde_json::json;

use super::{
    fixtures::{P1, all, covered, file, lines, make, text, with},
    pump_days::record,
};
use crate::convention::coverage::Scene;

async fn give(team: &Client, path: &str) -> Reply {
    team.send(team.request(Method::POST, path).header("Idempotency-Key", new_key())).await
}

async fn pdf(team: &Client, path: &str, language: &str) -> Vec<u8> {
    let request =
        team.request(Method::GET, path).header("Accept", "application/pdf").header("Accept-Language", language);
    let response = request.send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/pdf".parse().unwrap())
    );
    response.bytes().await.unwrap().to_vec()
}

/// BIL-06, B-25: P1's 2026 on paper or with consent electronically, once; a second one after a credit replaces the
/// first, which stays as it was.
#[actix_web::test]
async fn b_25_a_year_is_summed_up() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    let path = format!("/beneficiaries/{p1}/summaries/2026");
    scene.on("2026-12-31");
    let team = scene.h1();
    give(&team, &path).await.expect_problem(409, "noSummaryDue");
    scene.on("2027-01-04");
    let team = scene.h1();
    let consents = format!("/establishments/{HOSPITAL_A}/electronicConsents");
    let consent = json!({"beneficiaryId": p1, "from": "2026-06-01"});
    let consent = team.post(&consents, &consent).await.expect(201);
    give(&team, &path).await.expect_problem(409, "noSummaryDue");
    record(&team, &p1, &["2026-04-01/2026-05-09", "2026-05-13/2026-12-31"]).await.expect(200);
    let made = make(&team, &file("2026-12", 1)).await.id();
    let found = team.get(&path).await.expect(200).body;
    assert_eq!((&found["days"], text(&found, "amount")), (&json!(272), "2807.57"));
    let month = |one: &serde_json::Value| format!("{} {} {}", one["month"], one["days"], text(one, "amount"));
    let expected = [
        "4 30 309.00",
        "5 28 288.40",
        "6 30 309.45",
        "7 31 320.23",
        "8 31 320.23",
        "9 30 309.90",
        "10 31 320.23",
        "11 30 309.90",
        "12 31 320.23",
    ];
    assert_eq!(all(&found["months"], month), expected);
    assert_eq!((text(&found, "way"), &found["due"], &found["given"]), ("electronic", &json!(true), &json!([])));
    let first = give(&team, &path).await.expect(201).body;
    assert_eq!((&first["number"], text(&first, "way"), first.get("replaces")), (&json!(1), "electronic", None));
    give(&team, &path).await.expect_problem(409, "noSummaryDue");
    let address = format!("{path}/1");
    let in_french = pdf(&team, &address, "fr").await;
    assert!(in_french.starts_with(b"%PDF-"));
    assert_ne!(in_french, pdf(&team, &address, "de").await);
    // The consent is withdrawn, and April credited.
    scene.on("2027-01-05");
    let team = scene.h1();
    let ended = json!({"beneficiaryId": p1, "from": "2026-06-01", "to": "2027-01-04", "why": "withdrawn"});
    team.put(&format!("{consents}/{}", consent.id()), &ended, 1).await.expect(200);
    let april = text(&lines(&team, &made).await[0], "id").to_owned();
    let mut credit = with("2026-12", 2, "credits", &[&april]);
    credit["evenNegative"] = json!(true);
    make(&team, &credit).await;
    let second = give(&team, &path).await.expect(201).body;
    assert_eq!((&second["replaces"], text(&second, "way"), text(&second, "amount")), (&json!(1), "paper", "2498.57"));
    assert_eq!(pdf(&team, &address, "fr").await, in_french);
    assert_ne!(pdf(&team, &format!("{path}/2"), "fr").await, in_french);
    let kept = team.get(&path).await.expect(200).body;
    assert_eq!((&kept["due"], &kept["given"][0], &kept["given"][1]), (&json!(false), &first, &second));
    // Nobody else's, and no other.
    for path in [path.clone(), address.clone()] {
        scene.h2().get(&path).await.expect_problem(404, "resourceNotFound");
    }
    give(&scene.h2(), &path).await.expect_problem(404, "resourceNotFound");
    team.get(&format!("{path}/3")).await.expect_problem(404, "resourceNotFound");
    assert!(!kept.to_string().contains(P1));
}
