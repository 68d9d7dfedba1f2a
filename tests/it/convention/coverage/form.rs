//! The form of annex 1.

use insula_tests::Client;
use reqwest::Method;

use super::{Scene, applied, decide, draft, favourable, of_h1};

async fn pdf(client: &Client, id: &str, language: &str) -> (u16, Vec<u8>) {
    let request = client.request(Method::GET, &format!("/coverageApplications/{id}"));
    let request = request.header("Accept", "application/pdf").header("Accept-Language", language);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
}

/// COV-01, COV-10, COV-14, C-01: whoever reads an application gets it as the form too, the same bytes each time; what is
/// decided stands on it. For others it is absent.
#[actix_web::test]
async fn an_application_is_printed() {
    let scene = Scene::start().await;
    scene.on("2026-04-20");
    let team = scene.h1();
    let p1 = scene.p1().await;
    let content = of_h1("2026-04-20", "2026-04-01", "2027-03-31");
    let unfinished = draft(&team, &p1, &content).await.id();
    let (status, form) = pdf(&team, &unfinished, "fr").await;
    assert_eq!((status, &form[..8]), (200, &b"%PDF-1.7"[..]));
    assert_eq!(pdf(&scene.adviser(), &unfinished, "fr").await.0, 404, "not submitted");
    let id = applied(&team, &p1, &content).await;
    let (_, submitted) = pdf(&team, &id, "fr").await;
    assert_eq!(pdf(&team, &id, "fr").await.1, submitted);
    assert_ne!(pdf(&team, &id, "nl").await.1, submitted);
    assert_eq!(pdf(&scene.adviser(), &id, "fr").await, (200, submitted.clone()), "the adviser gets the same form");
    decide(&scene.adviser(), &id, 2, &favourable("2026-04-01", "2027-03-31")).await.expect(201);
    assert_ne!(pdf(&team, &id, "fr").await.1, submitted);
    assert_eq!(pdf(&scene.h2(), &id, "fr").await.0, 404);
}
