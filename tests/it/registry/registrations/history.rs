use insula_tests::{TestApp, data};
use serde_json::{Value, json};

/// CGM-09, SYS-01: every version is listed with its command, person and time, and can be read.
#[actix_web::test]
async fn every_version_is_listed_and_can_be_read() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let beneficiary = lead.enter_beneficiary(1).await;
    let draft = lead.draft("firstImplantation", None, &json!({"setting": "ambulatory"})).await;
    let body = json!({"beneficiaryId": beneficiary, "content": data::first_implantation()});
    let mut seen = vec![draft.clone()];
    seen.push(lead.put(&format!("/registrations/{}", draft.id()), &body, 1).await.expect(200));
    seen.push(lead.submit(&seen[1]).await.expect(200));
    app.refuse("unreadable");
    seen.push(lead.again(&draft).await);
    seen.push(lead.reopen(&seen[3]).await.expect(200));
    seen.push(lead.change(&seen[4], json!({"content": {"therapy": "injections"}})).await.expect(200));
    seen.push(lead.submit(&seen[5]).await.expect(200));
    app.deliver();
    seen.push(lead.again(&draft).await);
    app.exceed(&seen[7]);
    seen.push(lead.again(&draft).await);
    seen.push(lead.reopen(&seen[8]).await.expect(200));
    lead.remove(&seen[9], None).await.expect(204);
    seen.push(lead.again(&draft).await);

    let history = lead.get(&format!("/registrations/{}/versions", draft.id())).await.expect(200);
    let items = history.body["items"].as_array().unwrap();
    assert_eq!(history.body["total"], seen.len());
    let commands: Vec<_> = items.iter().map(|item| item["command"].as_str().unwrap()).collect();
    let expected =
        ["create", "save", "submit", "refuse", "reopen", "save", "submit", "acknowledge", "exceed", "reopen", "delete"];
    assert_eq!(commands, expected);
    for (was, item) in seen.iter().zip(items) {
        for member in ["version", "status", "author", "content", "beneficiaryId", "corrections"] {
            assert_eq!(item.get(member), was.body.get(member), "{member} of version {}", was.version());
        }
        assert_eq!(item["changedAt"], was.body["updatedAt"]);
        let alone = lead.get(item["href"].as_str().unwrap()).await.expect(200);
        assert_eq!(&alone.body, item);
    }
    let who: Vec<_> = [0, 3, 8, 9].into_iter().map(|n: usize| items[n]["changedBy"].clone()).collect();
    assert_eq!(json!(who), json!(["dev.studyLead", "worker", "night", "dev.studyLead"]));
    assert_eq!(items[2]["traceId"], seen[2].header("belgov-trace-id"));
}

/// SYS-02, CGM-12: an unknown version, or one of an invisible registration, does not exist.
#[actix_web::test]
async fn an_unknown_version_does_not_exist() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.complete_draft(1).await;
    let path = format!("/registrations/{}/versions", draft.id());
    lead.get(&format!("{path}/2")).await.expect_problem(404, "resourceNotFound");
    for number in ["0", "-1", "one", "99999999999"] {
        let wrong = lead.get(&format!("{path}/{number}")).await.expect_problem(400, "badRequest");
        assert_eq!(wrong.faults(), ["version:outOfRange"], "{number}");
    }
    let absent = "/registrations/0198c1de-6d11-7c05-8f00-5b1f7a9e2c44/versions";
    for path in [path.as_str(), absent] {
        app.lead_b().get(path).await.expect_problem(404, "resourceNotFound");
        app.lead_b().get(&format!("{path}/1")).await.expect_problem(404, "resourceNotFound");
    }
}

/// SYS-01: a refused command creates no version.
#[actix_web::test]
async fn a_refused_command_leaves_no_version() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let draft = lead.draft("firstImplantation", None, &json!({})).await;
    lead.submit(&draft).await.expect_problem(400, "badRequest");
    lead.reopen(&draft).await.expect_problem(409, "transitionNotPossible");
    lead.change(&draft, json!({"content": {"x": 1}})).await.expect_problem(400, "badRequest");
    let history = lead.get(&format!("/registrations/{}/versions", draft.id())).await.expect(200);
    assert_eq!(
        (&history.body["total"], &history.body["items"][0]["content"]),
        (&json!(1), &Value::Object(Default::default()))
    );
}
