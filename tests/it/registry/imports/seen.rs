//! Who sees an import, and for how long.

use chrono::TimeDelta;
use insula_api::worker::import::forget_old;
use insula_domain::actor::Role;
use insula_tests::{Client, TestApp, app::HOSPITAL_A};
use reqwest::Method;
use serde_json::Value;

use super::{imported, row};

/// SYS-02: an import of another hospital, or of an author whose registrations the caller does not see, answers as if
/// absent.
#[actix_web::test]
async fn an_import_is_seen_by_those_who_see_its_registrations() {
    let app = TestApp::start().await;
    let (lead, associate, support) =
        (app.lead_a(), app.role(Role::StudyAssociate, HOSPITAL_A), app.role(Role::StudySupport, HOSPITAL_A));
    let of_lead = imported(&app, &lead, "", &[row("l", 1)]).await;
    let of_associate = imported(&app, &associate, "", &[row("a", 2)]).await;
    let mut for_associate = row("s", 3);
    for_associate["author"] = "dev.studyAssociate".into();
    let of_support = imported(&app, &support, "", &[for_associate]).await;
    let all = [&of_lead, &of_associate, &of_support];
    for (who, client, sees) in [
        ("lead", &lead, [true, true, true]),
        ("associate", &associate, [false, true, false]),
        ("support", &support, [false, true, true]),
        ("lead of B", &app.lead_b(), [false; 3]),
    ] {
        let listed = client.get("/registrationImports").await.expect(200);
        assert_eq!(listed.body["items"].as_array().unwrap().len(), sees.iter().filter(|sees| **sees).count(), "{who}");
        for (task, sees) in all.iter().zip(sees) {
            let path = format!("/registrationImports/{}", task.id());
            for reply in [client.get(&path).await, client.get(&format!("{path}/rows")).await] {
                assert_eq!(reply.status, if sees { 200 } else { 404 }, "{who}: {}", reply.text);
            }
            let cancelled = client.send(client.request(Method::DELETE, &path)).await;
            assert_eq!(cancelled.status, if sees { 409 } else { 404 }, "{who}");
        }
    }
}

async fn pages(client: &Client, mut path: String) -> Vec<Value> {
    let mut items = Vec::new();
    loop {
        let page = client.get(&path).await.expect(200);
        items.extend(page.body["items"].as_array().unwrap().clone());
        match page.body["next"].as_str() {
            Some(next) => next.clone_into(&mut path),
            None => return items,
        }
    }
}

/// SYS-04: lists are paged, and following `next` gives each item once.
#[actix_web::test]
async fn lists_are_paged() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for n in 0..3 {
        imported(&app, &lead, "", &[row(&format!("a{n}"), n), row(&format!("b{n}"), n)]).await;
    }
    let tasks = pages(&lead, "/registrationImports?pageSize=1".to_owned()).await;
    let mut ids: Vec<_> = tasks.iter().map(|task| task["id"].as_str().unwrap()).collect();
    assert!(ids.iter().rev().is_sorted(), "the newest first");
    ids.dedup();
    assert_eq!(ids.len(), 3);
    let rows = pages(&lead, format!("{}?pageSize=1&outcome=created", tasks[0]["rowsHref"].as_str().unwrap())).await;
    assert_eq!(rows.len(), 2);
}

/// SYS-03, BEN-04: an import is deleted with its report thirty days after its end; its registrations stay, and its rows
/// are still recognised.
#[actix_web::test]
async fn an_import_is_deleted_after_thirty_days() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    imported(&app, &lead, "?mode=submit", &[row("r1", 1)]).await;
    lead.import("", &[row("r2", 2)]).await.expect(202);
    let forget = |days: i64| {
        app.clock.advance(TimeDelta::days(days));
        forget_old(&app.db);
        app.count("SELECT count(*) AS n FROM insula.registration_imports")
    };
    assert_eq!(forget(29), 2);
    assert_eq!(forget(2), 1, "the one that has not ended stays");
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registration_import_rows WHERE outcome IS NOT NULL"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations"), 1);
    let again = imported(&app, &lead, "?mode=submit", &[row("r1", 1)]).await;
    assert_eq!(super::report(&lead, &again).await, ["1 unchanged"]);
}
