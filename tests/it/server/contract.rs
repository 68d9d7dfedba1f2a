//! The published contract: committed, following our conventions, and matched by the answers.

mod schema;

use std::{fs, path::Path};

use insula_api::server::{contract, export};
use insula_tests::{
    Reply, TestApp, data,
    operations::{Objects, Operation, operation, operations},
};
use reqwest::Method;
use schema::faults;
use serde_json::{Value, json};

/// SYS-04: the contract in the repository is the one that is served.
#[test]
fn the_committed_contract_is_the_one_that_is_served() {
    let committed = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.yaml")).unwrap();
    let generated = contract::yaml();
    let differs = committed.lines().zip(generated.lines()).position(|(one, other)| one != other);
    assert!(
        committed == generated,
        "openapi.yaml differs from line {differs:?} on: write it anew with `insula openapi`"
    );
}

/// SYS-04: the contract follows the conventions of the Belgian guide.
#[test]
fn the_contract_keeps_the_conventions() {
    assert_eq!(export::lint(contract::document()), [""; 0]);
}

/// The contract's description of an answer of this operation with this status, and whether it lists the status
/// explicitly.
fn described(document: &Value, operation: &Operation, status: u16) -> (Value, bool) {
    let responses = &document["paths"][&operation.path][operation.method.as_str().to_lowercase()]["responses"];
    let own = responses.get(status.to_string());
    let response = own.unwrap_or(&responses["default"]);
    let response = response["$ref"].as_str().map_or(response, |target| document.pointer(&target[1..]).unwrap());
    (response.clone(), own.is_some())
}

#[track_caller]
fn keeps_the_contract(document: &Value, operation: &Operation, reply: &Reply) {
    let what = format!("{} {}", operation.name, reply.status);
    let (response, is_named) = described(document, operation, reply.status);
    assert!(is_named || reply.status >= 400, "{what} is not in the contract");
    for header in response["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
        assert!(!reply.header(header).is_empty(), "{what}: no {header}");
    }
    let Some(content) = response["content"].as_object() else {
        assert_eq!(reply.text, "", "{what} has a body that the contract does not describe");
        return;
    };
    let media = reply.header("content-type");
    let schema = content.get(media).unwrap_or_else(|| panic!("{what}: {media} is not in the contract"));
    // Anything but JSON is text.
    let body = if media.ends_with("json") { reply.body.clone() } else { json!(reply.text) };
    assert_eq!(faults(document, &schema["schema"], &body, ""), [""; 0], "{what}: {}", reply.text);
}

/// SYS-04: every successful answer matches its description: status, headers, media type, and body by member.
#[actix_web::test]
async fn every_success_keeps_the_contract() {
    let app = TestApp::start().await;
    let document = contract::document();
    for (person, operation) in (1..).zip(operations()) {
        let mut objects = operation.objects(&app, person).await;
        objects.file = "openapi.json";
        let reply = operation.send(&operation.caller(&app), &objects).await;
        assert!(reply.status < 300, "{}: {}", operation.name, reply.text);
        if operation.name == "getContract" {
            // A document of another specification describes itself.
            assert_eq!(&reply.body, document);
            continue;
        }
        keeps_the_contract(document, &operation, &reply);
    }
}

/// SYS-04: so does every refusal provoked here: without token, without role, absent, faulty, with another version, in
/// another state.
#[actix_web::test]
async fn every_refusal_keeps_the_contract() {
    let app = TestApp::start().await;
    let document = contract::document();
    let open = app.lead_a().complete_draft(1).await;
    for operation in operations() {
        let caller = operation.caller(&app);
        let absent = Objects::absent(&app, 2);
        let mut wrong = absent.clone();
        wrong.registration = open.id();
        wrong.version = Some(9);
        let requests = [
            operation.request(&app.client(None), &absent),
            operation.request(&app.client(Some(app.token("hospital", Some("71000436"), "p", &[]))), &absent),
            operation.request(&caller, &absent),
            operation.request(&caller, &wrong),
            operation.request(&caller, &absent).header("Accept", "text/html"),
            operation.bare(&caller, &absent).header("Content-Type", "application/json").body("{\"x\":1}"),
            operation.bare(&caller, &absent).header("Content-Type", "text/plain").body("x"),
            caller.request(operation.method.clone(), &format!("{}?x=1", operation.path_to(&absent))),
        ];
        for request in requests {
            let reply = caller.send(request).await;
            if reply.status >= 400 {
                keeps_the_contract(document, &operation, &reply);
            }
        }
    }
}

/// SYS-04, TRA-02: documents with optional members match the contract too: a registration with code, its history with
/// every command, a verdict with reasons, a refusal with details.
#[actix_web::test]
async fn fuller_documents_keep_the_contract() {
    let app = TestApp::start().await;
    let document = contract::document();
    let lead = app.lead_a();
    let submitted = lead.submitted(&app, 1).await;
    let path = format!("/registrations/{}", submitted.id());
    keeps_the_contract(document, &operation("getRegistration"), &submitted);
    let refused = lead.command(&format!("{path}/submit"), submitted.version()).await.expect(409);
    keeps_the_contract(document, &operation("submitRegistration"), &refused);
    let beneficiary = submitted.body["beneficiaryId"].as_str();
    let second = lead.draft("firstImplantation", beneficiary, &data::first_implantation()).await;
    let refused = lead.submit(&second).await.expect(409);
    assert_eq!(refused.body["rule"], "CGM-15");
    keeps_the_contract(document, &operation("submitRegistration"), &refused);
    let check = lead.get(&format!("/registrations/{}/check", second.id())).await.expect(200);
    assert_eq!(check.body["submittable"], false);
    keeps_the_contract(document, &operation("checkRegistration"), &check);
    let open = lead.command(&format!("{path}/reopen"), submitted.version()).await.expect(200);
    let insurer = app.insurer("319");
    let ask = json!({"code": submitted.body["code"], "niss": data::niss(1), "nomenclatureCode": "174381",
        "date": "2026-06-02"});
    let verdict = insurer.post("/registrationCodes/verify", &ask).await.expect(200);
    assert_eq!(verdict.body["reasons"].as_array().unwrap().len(), 3);
    keeps_the_contract(document, &operation("verifyRegistrationCode"), &verdict);
    lead.delete(&format!("{path}?reason=other"), open.version()).await.expect(204);
    let history = lead.get(&format!("{path}/versions")).await.expect(200);
    assert_eq!(history.body["total"], 5);
    keeps_the_contract(document, &operation("listRegistrationVersions"), &history);
    keeps_the_contract(document, &operation("getRegistration"), &lead.get(&path).await.expect(200));
    let changes = lead.send(app.insurer("300").request(Method::GET, "/registrationCodes/changes")).await.expect(200);
    keeps_the_contract(document, &operation("listRegistrationCodeChanges"), &changes);
}
