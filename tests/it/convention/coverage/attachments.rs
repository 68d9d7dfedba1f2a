//! Documents attached to applications (COV-01, COV-12).

use insula_domain::actor::Role;
use insula_tests::app::{HOSPITAL_A, HOSPITAL_B};
use serde_json::json;

use super::{Scene, at, draft, of_h1, submit};

const PDF: &str = "application/pdf";
const MIB: usize = 1024 * 1024;

fn pdf(length: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\nUnmistakable".to_vec();
    bytes.resize(length, b' ');
    bytes
}

/// COV-01: a document is kept as it was sent, encrypted, with its hash; the adviser reads it once the application is
/// submitted, and others find nothing.
#[actix_web::test]
async fn a_document_is_kept_as_it_was_sent() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let id = draft(&scene.h1(), &p1, &of_h1("2026-04-10", "2026-04-01", "2027-03-31")).await.id();
    let made = scene.h1().attach(&id, "Signed form.pdf", PDF, pdf(60)).await.expect(201);
    assert_eq!(
        (&made.body["number"], &made.body["size"], &made.body["mediaType"]),
        (&json!(1), &json!(60), &json!(PDF))
    );
    assert_eq!(made.body["sha256"], "b2eb948fa3aa655071d9e3e0394623d886d980091d659cd2ac2664ad863f26a9");
    let dump = scene.app.dump();
    assert!(!dump.contains("Unmistakable") && !dump.contains("Signed form"));
    let path = at(&id, "/attachments/1");
    scene.adviser().get(&path).await.expect_problem(404, "resourceNotFound");
    submit(&scene.h1(), &id, 1).await.expect(200);
    // The signed form may follow, and so may what was asked for (COV-12).
    scene.h1().attach(&id, "report.png", "image/png", b"\x89PNG\r\n\x1a\n".to_vec()).await.expect(201);
    for client in [scene.h1(), scene.adviser()] {
        let read = client.get(&path).await.expect(200);
        assert_eq!(read.text.as_bytes(), pdf(60));
        assert_eq!(read.header("content-type"), "application/octet-stream");
        assert_eq!(read.header("content-disposition"), "attachment; filename*=UTF-8''Signed%20form.pdf");
        assert_eq!(read.header("x-content-type-options"), "nosniff");
        let listed = client.get(&at(&id, "/attachments")).await.expect(200);
        assert_eq!((&listed.body["items"][0], &listed.body["total"]), (&made.body, &json!(2)));
        client.get(&at(&id, "/attachments/3")).await.expect_problem(404, "resourceNotFound");
    }
    for client in [scene.app.role(Role::MedicalAdviser, "100"), scene.h2()] {
        client.get(&path).await.expect_problem(404, "resourceNotFound");
        client.get(&at(&id, "/attachments")).await.expect_problem(404, "resourceNotFound");
    }
    let stranger = scene.app.role(Role::ConventionTeam, HOSPITAL_B);
    stranger.attach(&id, "form.pdf", PDF, pdf(60)).await.expect_problem(404, "resourceNotFound");
    scene.app.role(Role::StudyAssociate, HOSPITAL_A).get(&path).await.expect_problem(403, "missingPermission");
}

/// COV-01: at most 10 MiB, of a type that is accepted and that it says, under a name that is no path and names nobody;
/// refused otherwise, and nothing is stored.
#[actix_web::test]
async fn a_document_has_limits() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let id = draft(&scene.h1(), &scene.p1().await, &json!({})).await.id();
    let before = scene.app.dump();
    let h1 = scene.h1();
    let too_large = h1.attach(&id, "form.pdf", PDF, pdf(10 * MIB + 1)).await.expect_problem(413, "payloadTooLarge");
    assert_eq!(too_large.body["limit"], 10 * MIB);
    h1.attach(&id, "page.html", "text/html", b"<html>".to_vec()).await.expect_problem(415, "unsupportedMediaType");
    for (media, bytes) in [("image/png", pdf(60)), (PDF, b"MZ\x90\x00".to_vec()), (PDF, Vec::new())] {
        let refused = h1.attach(&id, "form.pdf", media, bytes).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["file:notInList"]);
    }
    for (name, code) in [
        ("../form.pdf", "forbiddenCharacter"),
        ("C:/form.pdf", "forbiddenCharacter"),
        (".htaccess", "forbiddenCharacter"),
        ("85073003328.pdf", "nationalNumber"),
        (&"x".repeat(201), "tooLong"),
        ("", "empty"),
    ] {
        let refused = h1.attach(&id, name, PDF, pdf(60)).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [format!("Content-Disposition:{code}")], "{name}");
        assert!(!refused.text.contains("85073003328"));
    }
    assert_eq!(scene.app.dump(), before);
    h1.attach(&id, "form.pdf", PDF, pdf(10 * MIB)).await.expect(201);
    // A deleted draft takes its documents with it.
    h1.delete(&at(&id, ""), 1).await.expect(204);
    assert_eq!(scene.app.count("SELECT count(*) AS n FROM vault.coverage_attachments"), 0);
}
