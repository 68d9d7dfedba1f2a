//! What a browser may do with an answer.

use insula_tests::TestApp;

/// SYS-02: the documentation page runs its own scripts only, no answer is shown in a frame, and no other runs anything.
#[actix_web::test]
async fn no_answer_is_framed_or_runs_what_is_not_its_own() {
    let app = TestApp::start().await;
    let client = app.client(None);
    for path in ["", "/", "/doc/ui/", "/doc/pages/architecture"] {
        let reply = client.get(path).await.expect(200);
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-eval"), "{path}: {policy}");
    }
    // The policy allows no script in the page itself; so there must be none.
    let page = client.get("/doc/ui/").await.expect(200).text;
    assert_eq!(page.matches("<script").count(), 3, "{page}");
    assert!(page.split("<script").skip(1).all(|script| script.starts_with(" src=\"/insula/v1/doc/assets/")), "{page}");
    for path in ["/doc/openapi.json", "/health", "/nothing", "/registrations"] {
        let reply = client.get(path).await;
        let policy = reply.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("script-src"), "{path}: {policy}");
    }
}
