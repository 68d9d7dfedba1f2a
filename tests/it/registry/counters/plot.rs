use insula_domain::{
    actor::Role,
    nomenclature::{PAIR_A, PAIR_B},
};
use insula_tests::{Client, Reply, TestApp, data};
use reqwest::Method;

use super::{arrived, next_day};

async fn taken(client: &Client, path: &str, accept: &str) -> Reply {
    client.send(client.request(Method::GET, path).header("Accept", accept)).await
}

/// SYS-04: the format follows `Accept`: SVG unless PNG is preferred; neither is refused.
#[actix_web::test]
async fn the_form_is_the_callers() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let counter = lead.get("/counters/A").await.expect(200);
    let path = counter.body["plotHref"].as_str().unwrap().split_once("/insula/v1").unwrap().1.to_owned();
    assert_eq!(path, "/counters/A/plot");
    let (svg, png) = ("image/svg+xml", "image/png");
    for (accept, form) in [
        ("*/*", svg),
        ("image/*", svg),
        ("image/svg+xml, image/png", svg),
        ("image/png, image/svg+xml", svg),
        ("image/png", png),
        ("IMAGE/PNG", png),
        ("image/svg+xml;q=0.5, image/png", png),
        ("image/svg+xml;q=0, */*", png),
        ("text/html, image/avif, image/png, */*;q=0.8", png),
    ] {
        let reply = taken(&lead, &path, accept).await.expect(200);
        assert_eq!(reply.header("content-type"), form, "{accept}");
        assert!(reply.header("vary").contains("Accept"), "{accept}");
    }
    for accept in ["application/json", "text/html", "image/jpeg", "image/png;q=0", "application/problem+json"] {
        taken(&lead, &path, accept).await.expect_problem(406, "notAcceptable");
    }
    let request = lead.request(Method::GET, &path).header("Accept", png);
    let file = request.send().await.unwrap().bytes().await.unwrap();
    assert!(file.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_eq!(file[16..24], [0, 0, 3, 132, 0, 0, 1, 224], "900 by 480");
}

/// CNT-08, NOT-01: every night is drawn, in the reader's language; an unchanged picture is not sent again.
#[actix_web::test]
async fn the_nights_are_drawn() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let path = "/counters/B-2026/plot";
    let empty = lead.get(path).await.expect(200);
    assert!(empty.text.contains("No night has changed this counter yet."));
    app.arrive(44, PAIR_B, "2026-06-01");
    app.arrive(3, PAIR_A, "2026-06-01");
    next_day(&app);
    let drawn = lead.get(path).await.expect(200);
    assert!(drawn.text.contains("After the night of 2026-06-15, 44 of 60 places were held."), "{}", drawn.text);
    assert!(drawn.text.contains("40 on 2026-06-15") && !drawn.text.contains("45 on"));
    let dutch = lead.send(lead.request(Method::GET, path).header("Accept-Language", "nl-BE")).await.expect(200);
    assert!(dutch.text.contains("Teller B-2026: 174495-174506") && dutch.text.contains("40 op 15/06/2026"));
    assert_eq!(dutch.header("content-language"), "nl");
    let etag = drawn.header("etag").to_owned();
    assert_eq!(drawn.header("cache-control"), "private, no-cache");
    assert_ne!(etag, dutch.header("etag"));
    assert_ne!(etag, empty.header("etag"));
    let again = lead.send(lead.request(Method::GET, path).header("If-None-Match", &etag)).await;
    assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", etag.as_str()));
    app.arrive(1, PAIR_B, "2026-06-02");
    next_day(&app);
    let changed = lead.send(lead.request(Method::GET, path).header("If-None-Match", &etag)).await.expect(200);
    assert!(changed.text.contains("45 on 2026-06-16"));
}

/// SYS-02, CNT-08: the plot is the same for everyone who may read the counter, and shows nothing but the figure.
#[actix_web::test]
async fn nothing_but_the_figure_is_in_it() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let counted = arrived(&app, &lead, 1, PAIR_B).await;
    next_day(&app);
    let path = "/counters/B-2026/plot";
    let own = lead.get(path).await.expect(200);
    for client in [app.lead_b(), app.lead_not_adhered(), app.role(Role::DataManager, ""), app.role(Role::Inspector, "")]
    {
        assert_eq!(client.get(path).await.expect(200).text, own.text);
    }
    let niss = data::niss(1);
    let code = counted.body["code"].as_str().unwrap();
    for secret in [counted.id().as_str(), code, "71000436", niss.as_str(), "dr.", "2026-06-01", "Invented"] {
        assert!(!own.text.contains(secret), "{secret}");
    }
    for path in ["/counters/C/plot", "/counters/B-2019/plot", "/counters/B-2027/plot"] {
        lead.get(path).await.expect_problem(404, "resourceNotFound");
        taken(&lead, path, "image/png").await.expect_problem(404, "resourceNotFound");
    }
    lead.get(&format!("{path}?x=1")).await.expect_problem(400, "badRequest");
    app.insurer("319").get(path).await.expect_problem(403, "missingPermission");
    app.client(None).get(path).await.expect_problem(401, "noAccessToken");
}
