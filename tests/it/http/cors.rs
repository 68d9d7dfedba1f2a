use insula_tests::{TestApp, app::CORS_ORIGIN};
use reqwest::Method;

/// SYS-04: a browser's page of a configured origin may call every operation and read its headers; one of another origin
/// may not.
#[actix_web::test]
async fn only_pages_of_a_configured_origin_may_call() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for (origin, allowed) in [(CORS_ORIGIN, true), ("https://evil.example", false), ("null", false)] {
        let asked = lead.request(Method::OPTIONS, "/registrations").header("Origin", origin);
        let asked = asked.header("Access-Control-Request-Method", "POST");
        let names = "authorization, content-type, idempotency-key, if-match";
        let preflight = lead.send(asked.header("Access-Control-Request-Headers", names)).await;
        let told = preflight.header("access-control-allow-origin");
        assert_eq!(told == origin, allowed, "{origin}: {told}");
        if allowed {
            let headers = preflight.header("access-control-allow-headers").to_lowercase();
            assert!(names.split(", ").all(|name| headers.contains(name)), "{headers}");
            assert!(preflight.header("access-control-allow-methods").contains("PATCH"));
        }

        let reply = lead.send(lead.request(Method::GET, "/counters").header("Origin", origin)).await;
        let told = reply.header("access-control-allow-origin");
        assert_eq!(told == origin, allowed, "{origin}: {told}");
        if allowed {
            let exposed = reply.header("access-control-expose-headers").to_lowercase();
            for name in ["etag", "location", "retry-after", "belgov-trace-id"] {
                assert!(exposed.contains(name), "{exposed}");
            }
            assert!(reply.header("vary").to_lowercase().contains("origin"));
            // A page reads why it was refused, too.
            let refused = app.client(None);
            let refused = refused.send(refused.request(Method::GET, "/registrations").header("Origin", origin)).await;
            assert_eq!(refused.header("access-control-allow-origin"), origin);
            refused.expect_problem(401, "noAccessToken");
        }
    }
}
