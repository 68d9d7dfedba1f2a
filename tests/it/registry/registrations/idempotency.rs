use insula_api::database::development;
use insula_domain::actor::Role;
use insula_tests::{Client, Reply, TestApp, app::HOSPITAL_A, client::new_key, data};
use reqwest::Method;
use serde_json::json;

/// The parts of an answer that must be repeated exactly.
fn essence(reply: &Reply) -> (u16, String, String, String) {
    (reply.status, reply.header("etag").to_owned(), reply.header("location").to_owned(), reply.text.clone())
}

async fn command(client: &Client, registration: &Reply, name: &str, key: &str) -> Reply {
    let path = format!("/registrations/{}/{name}", registration.id());
    client.command_keyed(&path, registration.version(), key).await
}

/// SYS-03: a creating or moving request with a missing or invalid key is refused.
#[actix_web::test]
async fn a_request_without_a_usable_key_is_refused() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.complete_draft(1).await;
    let before = app.dump();
    let id = draft.id();
    let paths =
        ["/registrations".to_owned(), format!("/registrations/{id}/submit"), format!("/registrations/{id}/reopen")];
    for path in paths {
        let request =
            || lead.request(Method::POST, &path).header("If-Match", "\"1\"").json(&json!({"type": "followUp"}));
        let refused = lead.send(request()).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), ["Idempotency-Key:required"], "{path}");
        assert_eq!(refused.body["issues"][0]["in"], "header");
        assert_eq!(refused.body["issues"][0]["rule"], "SYS-03");
        for key in ["\"\"".to_owned(), "k".repeat(256)] {
            let refused = lead.send(request().header("Idempotency-Key", key)).await.expect_problem(400, "badRequest");
            assert_eq!(refused.faults(), ["Idempotency-Key:malformedHeader"], "{path}");
        }
    }
    assert_eq!(app.dump(), before);
}

/// SYS-03: a repeated creation gets the first answer and creates nothing.
#[actix_web::test]
async fn a_repeated_creation_gives_the_first_answer() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let key = new_key();
    let body = json!({"type": "followUp", "content": {"remark": "once"}});
    let first = lead.post_keyed("/registrations", &body, &key).await.expect(201);
    let before = app.dump();
    let again = lead.post_keyed("/registrations", &body, &key).await;
    assert_eq!(essence(&again), essence(&first));
    assert_eq!(app.dump(), before);
}

/// SYS-03, INV-K4: a repeated submit or reopen gets the first answer, with one code and one version.
#[actix_web::test]
async fn a_repeated_command_gives_the_first_answer() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.complete_draft(1).await;
    let key = new_key();
    let first = command(&lead, &draft, "submit", &key).await.expect(200);
    let before = app.dump();
    assert_eq!(essence(&command(&lead, &draft, "submit", &key).await), essence(&first));
    assert_eq!(app.dump(), before);
    app.deliver();
    let submitted = lead.again(&draft).await;
    let reopened = command(&lead, &submitted, "reopen", &key).await.expect(200);
    let before = app.dump();
    assert_eq!(essence(&command(&lead, &submitted, "reopen", &key).await), essence(&reopened));
    assert_eq!(app.dump(), before, "the key of another operation is another key");
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registration_versions WHERE command = 'submit'"), 1);
}

/// SYS-03: the first answer is repeated even after later changes.
#[actix_web::test]
async fn the_first_answer_is_given_after_later_changes() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let beneficiary = lead.enter_beneficiary(1).await;
    let body =
        json!({"type": "firstImplantation", "beneficiaryId": beneficiary, "content": data::first_implantation()});
    let (created, submitted, reopened) = (new_key(), new_key(), new_key());
    let draft = lead.post_keyed("/registrations", &body, &created).await.expect(201);
    let sending = command(&lead, &draft, "submit", &submitted).await.expect(200);
    app.deliver();
    let acknowledged = lead.again(&sending).await;
    let open = command(&lead, &acknowledged, "reopen", &reopened).await.expect(200);
    lead.remove(&open, Some("notPerformed")).await.expect(204);
    let before = app.dump();
    assert_eq!(essence(&lead.post_keyed("/registrations", &body, &created).await), essence(&draft));
    assert_eq!(essence(&command(&lead, &draft, "submit", &submitted).await), essence(&sending));
    assert_eq!(essence(&command(&lead, &acknowledged, "reopen", &reopened).await), essence(&open));
    assert_eq!(app.dump(), before);
}

/// SYS-03: a key used for another request is refused: another body, version or registration.
#[actix_web::test]
async fn a_key_of_another_request_is_refused() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let key = new_key();
    lead.post_keyed("/registrations", &json!({"type": "followUp"}), &key).await.expect(201);
    let (one, other) = (lead.complete_draft(1).await, lead.complete_draft(2).await);
    let sending = command(&lead, &one, "submit", &key).await.expect(200);
    let before = app.dump();
    let refused = lead.post_keyed("/registrations", &json!({"type": "replacement"}), &key).await;
    let refused = refused.expect_problem(409, "idempotencyKeyReused");
    assert_eq!(refused.body["rule"], "SYS-03");
    command(&lead, &sending, "submit", &key).await.expect_problem(409, "idempotencyKeyReused");
    command(&lead, &other, "submit", &key).await.expect_problem(409, "idempotencyKeyReused");
    assert_eq!(app.dump(), before);
}

/// SYS-02, SYS-03: an answer is repeated to whoever still has the roles it was given to, or more; with fewer it is theirs no more,
/// and nothing happens twice.
#[actix_web::test]
async fn an_answer_is_not_repeated_to_a_narrowed_role() {
    let app = TestApp::start().await;
    let person = development::person(Role::StudyLead);
    let with = |roles: &[Role]| app.client(Some(app.token("hospital", Some(HOSPITAL_A), &person, roles)));
    let key = new_key();
    let body = json!({"type": "followUp"});
    let both = with(&[Role::StudyLead, Role::StudyAssociate]);
    let first = both.post_keyed("/registrations", &body, &key).await.expect(201);
    let before = app.dump();
    let narrowed = with(&[Role::StudyAssociate]).post_keyed("/registrations", &body, &key).await;
    assert!(!narrowed.expect_problem(409, "idempotencyKeyReused").text.contains(&first.id()));
    for roles in
        [&[Role::StudyAssociate, Role::StudyLead][..], &[Role::StudyLead, Role::AccessManager, Role::StudyAssociate]]
    {
        assert_eq!(essence(&with(roles).post_keyed("/registrations", &body, &key).await), essence(&first));
    }
    assert_eq!(app.dump(), before);
}

/// SYS-03: a refusal has no effect, so its key can be used again.
#[actix_web::test]
async fn a_key_can_be_used_again_after_a_refusal() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.complete_draft(1).await;
    let key = new_key();
    app.tamper("INSERT INTO insula.closed_counters VALUES ('A', 0, '2026-06-14')");
    command(&lead, &draft, "submit", &key).await.expect_problem(409, "counterClosedA");
    app.tamper("DELETE FROM insula.closed_counters");
    command(&lead, &draft, "submit", &key).await.expect(200);
}

/// SYS-02, SYS-03: keys are per person.
#[actix_web::test]
async fn the_same_key_of_another_person_is_another_key() {
    let app = TestApp::start().await;
    let key = new_key();
    let body = json!({"type": "followUp"});
    let at_a = app.lead_a().post_keyed("/registrations", &body, &key).await.expect(201);
    let at_b = app.lead_b().post_keyed("/registrations", &body, &key).await.expect(201);
    let associate = app.role(insula_domain::actor::Role::StudyAssociate, insula_tests::app::HOSPITAL_A);
    let colleague = associate.post_keyed("/registrations", &body, &key).await.expect(201);
    assert!(at_a.id() != at_b.id() && at_a.id() != colleague.id());
}

/// SYS-03: two concurrent requests with one key have one effect and get the same answer.
#[actix_web::test]
async fn two_at_once_with_one_key_have_one_effect() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for n in 0..10 {
        let beneficiary = lead.enter_beneficiary(n).await;
        let body =
            json!({"type": "firstImplantation", "beneficiaryId": beneficiary, "content": data::first_implantation()});
        let key = new_key();
        let post = || lead.post_keyed("/registrations", &body, &key);
        let (one, two) = tokio::join!(post(), post());
        assert_eq!(essence(&one.clone().expect(201)), essence(&two));
        let (one, two) = tokio::join!(command(&lead, &one, "submit", &key), command(&lead, &one, "submit", &key));
        assert_eq!(essence(&one.expect(200)), essence(&two));
        app.deliver();
        let submitted = lead.again(&two).await;
        let reopen = || command(&lead, &submitted, "reopen", &key);
        let (one, two) = tokio::join!(reopen(), reopen());
        assert_eq!(essence(&one.expect(200)), essence(&two));
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations"), 10);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registration_versions"), 40);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.outbox"), 10);
}
