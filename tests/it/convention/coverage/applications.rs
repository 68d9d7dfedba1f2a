//! Drafts, submitting, withdrawing: who sees what, and what is refused.

use insula_domain::actor::Role;
use insula_tests::{
    app::{HOSPITAL_A, HOSPITAL_B},
    client::new_key,
};
use serde_json::{Value, json};

use super::{APPLICATIONS, Scene, at, checked, draft, issues, of_h1, submit, told, with, without};

fn c_01() -> Value {
    of_h1("2026-04-10", "2026-04-01", "2027-03-31")
}

/// C-01 (COV-01, COV-10): an application is drafted, submitted as it is, and then read by the adviser of the insurer.
#[actix_web::test]
async fn an_application_is_submitted() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let made = draft(&scene.h1(), &p1, &json!({})).await;
    assert_eq!((&made.body["status"], made.version()), (&json!("draft"), 1));
    let id = made.id();
    scene.adviser().get(&at(&id, "")).await.expect_problem(404, "resourceNotFound");
    let saved = scene.h1().put(&at(&id, ""), &json!({"content": c_01()}), 1).await.expect(200);
    assert_eq!(saved.body["content"]["programme"], json!({"from": "2026-04-01", "to": "2027-03-31"}));
    scene.h1().put(&at(&id, ""), &json!({"content": c_01()}), 1).await.expect_problem(412, "preconditionFailed");

    let check = scene.h1().get(&at(&id, "/check")).await.expect(200).body;
    assert_eq!(
        (&check["submittable"], &check["kind"], &check["formVersion"]),
        (&json!(true), &json!("first"), &json!(1))
    );
    let outlook = &check["outlook"];
    assert_eq!((&outlook["daysLate"], outlook.get("lost")), (&json!(9), None));
    assert_eq!((&outlook["firstDay"], &outlook["lastDay"]), (&json!("2026-04-01"), &json!("2027-03-31")));

    let key = format!("\"{}\"", new_key());
    let path = at(&id, "/submit");
    let first = scene.h1().command_keyed(&path, 2, &key).await.expect(200);
    let again = scene.h1().command_keyed(&path, 2, &key).await.expect(200);
    assert_eq!(first.body, again.body);
    assert_eq!((&first.body["status"], &first.body["insurerNumber"]), (&json!("submitted"), &json!("319")));
    let read = scene.adviser().get(&at(&id, "")).await.expect(200);
    assert_eq!(read.body["content"], first.body["content"]);
    let listed = scene.adviser().get(APPLICATIONS).await.expect(200);
    assert_eq!(listed.body["items"][0]["id"], json!(id));
}

/// COV-01, COV-03: every command in every status does what is listed, or is refused and changes nothing.
#[actix_web::test]
async fn only_the_listed_transitions_exist() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let id = draft(&scene.h1(), &p1, &c_01()).await.id();
    scene.h1().command(&at(&id, "/withdraw"), 1).await.expect_problem(409, "applicationTransitionNotPossible");
    submit(&scene.h1(), &id, 1).await.expect(200);
    let refused = async |version| {
        let before = scene.app.dump();
        for reply in [
            submit(&scene.h1(), &id, version).await,
            scene.h1().put(&at(&id, ""), &json!({"content": c_01()}), version).await,
            scene.h1().delete(&at(&id, ""), version).await,
        ] {
            reply.expect_problem(409, "applicationTransitionNotPossible");
        }
        assert_eq!(scene.app.dump(), before);
    };
    refused(2).await;
    let withdrawn = scene.h1().command(&at(&id, "/withdraw"), 2).await.expect(200);
    assert_eq!(withdrawn.body["status"], "withdrawn");
    refused(3).await;
    let again =
        scene.h1().command(&at(&id, "/withdraw"), 3).await.expect_problem(409, "applicationTransitionNotPossible");
    assert_eq!(
        (&again.body["applicationStatus"], &again.body["applicationCommand"]),
        (&json!("withdrawn"), &json!("withdraw"))
    );
    // What was withdrawn stays readable, also for the adviser who got it.
    assert_eq!(scene.adviser().get(&at(&id, "")).await.expect(200).body["status"], "withdrawn");
}

/// COV-01: an establishment has one application at a time that waits about a person; withdrawing makes room.
#[actix_web::test]
async fn one_application_waits_at_a_time() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let [first, second] = [draft(&scene.h1(), &p1, &c_01()).await.id(), draft(&scene.h1(), &p1, &c_01()).await.id()];
    let h1 = scene.h1();
    let (one, other) = tokio::join!(submit(&h1, &first, 1), submit(&h1, &second, 1));
    let mut replies = [(one, &first), (other, &second)];
    replies.sort_by_key(|(reply, _)| reply.status);
    let [(submitted, waiting), (refused, drafted)] = replies;
    assert_eq!((submitted.status, refused.status), (200, 409));
    assert_eq!(refused.expect_problem(409, "applicationAlreadyOpen").body["rule"], "COV-01");
    let check = scene.h1().get(&at(drafted, "/check")).await.expect(200).body;
    assert_eq!((&check["submittable"], check["refusals"].as_array().map(Vec::len)), (&json!(false), Some(1)));
    scene.h1().command(&at(waiting, "/withdraw"), 2).await.expect(200);
    submit(&scene.h1(), drafted, 1).await.expect(200);
}

/// COV-01, COV-02, COV-04, COV-09, SYS-04: C-09, everything wrong at once, in the reader's language.
#[actix_web::test]
async fn everything_wrong_comes_at_once() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let mut content = without(c_01(), "/indication");
    content = with(content, "/lastHba1c/date", "2026-04-11");
    content = with(content, "/programme/to", "2027-04-15");
    content = with(content, "/information/day", "2026-04-12");
    content = with(content, "/information/givenTo", json!(["mandatary"]));
    let mandatary = json!({"name": "Claire Invented", "street": "Rue Haute", "houseNumber": "1", "commune": "Lille"});
    content = with(content, "/mandatary", mandatary);
    let id = draft(&scene.h1(), &p1, &content).await.id();
    let before = scene.app.dump();
    let mut details = Vec::new();
    for language in ["fr", "nl", "de", "en"] {
        let request = scene.h1().request(reqwest::Method::POST, &at(&id, "/submit")).header("If-Match", "\"1\"");
        let request = request.header("Idempotency-Key", format!("\"{}\"", new_key()));
        let refused = scene.h1().send(request.header("Accept-Language", language)).await;
        let refused = refused.expect_problem(400, "badRequest");
        assert_eq!(
            told(&refused.body["issues"]),
            [
                "COV-01 content.mandatary.relation required",
                "COV-04 content.programme.to outOfRange",
                "COV-02 content.indication required",
                "COV-01 content.lastHba1c.date inFuture",
                "COV-09 content.information.day inFuture",
            ]
        );
        let detail = refused.body["issues"][1]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("2027-03-31"), "{detail}");
        details.push(detail);
    }
    details.dedup();
    assert_eq!(details.len(), 4);
    assert_eq!(scene.app.dump(), before);
    assert_eq!(scene.h1().get(&at(&id, "")).await.expect(200).body["status"], "draft");
    let silent = checked(&scene.h1(), &p1, &without(c_01(), "/information")).await;
    assert_eq!(issues(&silent), ["COV-09 content.information required"]);
}

/// C-28 (COV-10, SYS-02): another hospital, another insurer and people without the role find nothing, to the byte.
#[actix_web::test]
async fn others_find_nothing() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    let id = draft(&scene.h1(), &p1, &c_01()).await.id();
    submit(&scene.h1(), &id, 1).await.expect(200);
    let never = scene.app.db.ids.opaque_uuid().to_string();
    let text = |reply: &insula_tests::Reply| {
        let mut body = reply.body.clone();
        body["instance"] = json!(null);
        (reply.status, body.to_string())
    };
    for (client, paths) in [
        (scene.app.role(Role::MedicalAdviser, "100"), &[""][..]),
        (scene.h2(), &["", "/check"][..]),
        (scene.app.role(Role::StudyAssociate, HOSPITAL_A), &["", "/check"][..]),
    ] {
        for path in paths {
            let (found, absent) = (client.get(&at(&id, path)).await, client.get(&at(&never, path)).await);
            assert!(found.status == 404 || found.status == 403);
            assert_eq!(text(&found), text(&absent));
        }
    }
    assert_eq!(
        scene.app.role(Role::MedicalAdviser, "100").get(APPLICATIONS).await.expect(200).body["items"],
        json!([])
    );
}

/// COV-10: an adviser's list holds the oldest submitted first, page by page; a hospital's the latest created.
#[actix_web::test]
async fn the_oldest_comes_first() {
    let scene = Scene::start().await;
    let mut ids = Vec::new();
    for (day, niss) in [("2026-04-12", "85073003328"), ("2026-04-10", "90031200492"), ("2026-04-11", "78110500706")] {
        scene.on(day);
        let person = scene.person(HOSPITAL_A, niss).await;
        let id = draft(&scene.h1(), &person, &of_h1(day, "2026-04-01", "2027-03-31")).await.id();
        submit(&scene.h1(), &id, 1).await.expect(200);
        ids.push(id);
    }
    let page = scene.adviser().get(&format!("{APPLICATIONS}?pageSize=2")).await.expect(200);
    let rest = scene.adviser().get(page.body["next"].as_str().unwrap()).await.expect(200);
    let found = [&page.body["items"], &rest.body["items"]].map(|items| items.as_array().unwrap().clone()).concat();
    let found: Vec<_> = found.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(found, [&ids[1], &ids[2], &ids[0]]);
    let own = scene.h1().get(&format!("{APPLICATIONS}?status=submitted")).await.expect(200);
    let own: Vec<_> = own.body["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(own, [&ids[2], &ids[1], &ids[0]]);
    let none = scene.h1().get(&format!("{APPLICATIONS}?status=draft")).await.expect(200);
    assert_eq!(none.body["items"], json!([]));
}

/// COV-01, SYS-02: a beneficiary of another hospital is as unknown as nobody's; a draft is deleted without a trace of
/// its content.
#[actix_web::test]
async fn a_draft_is_of_an_own_beneficiary() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let elsewhere = scene.person(HOSPITAL_B, "85073003328").await;
    let refused = scene.h1().post(APPLICATIONS, &json!({"beneficiaryId": elsewhere})).await;
    assert_eq!(refused.expect_problem(400, "badRequest").faults(), ["beneficiaryId:beneficiaryNotFound"]);
    let refused = scene.h1().post(APPLICATIONS, &json!({"content": {"unknown": 1}})).await;
    let refused = refused.expect_problem(400, "badRequest").faults();
    assert_eq!(refused, ["beneficiaryId:required", "content.unknown:unknownField"]);
    let id = draft(&scene.h1(), &scene.p1().await, &c_01()).await.id();
    let contents = "SELECT count(*) AS n FROM vault.coverage_contents";
    assert_eq!(scene.app.count(contents), 1);
    scene.h1().delete(&at(&id, ""), 1).await.expect(204);
    assert_eq!(scene.app.count(contents), 0);
    scene.h1().get(&at(&id, "")).await.expect_problem(404, "resourceNotFound");
}

/// BEN-04: what an application holds is not readable in the database, and no text of it holds a national number.
#[actix_web::test]
async fn a_content_stands_encrypted() {
    let scene = Scene::start().await;
    scene.on("2026-04-10");
    let p1 = scene.p1().await;
    draft(&scene.h1(), &p1, &with(c_01(), "/contact/name", "Unmistakable")).await;
    assert!(!scene.app.dump().contains("Unmistakable"));
    let content = with(c_01(), "/contact/name", "An 85.07.30-033.28");
    let refused = scene.h1().post(APPLICATIONS, &json!({"beneficiaryId": p1, "content": content})).await;
    assert_eq!(refused.expect_problem(400, "badRequest").faults(), ["content.contact.name:nationalNumber"]);
}
