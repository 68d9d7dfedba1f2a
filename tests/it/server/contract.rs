//! The published contract: committed, following our conventions, and matched by the answers.

mod bounds;
mod examples;
mod labels;
mod links;
mod schema;
mod yaml;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use insula_api::server::{contract, export};
use insula_domain::{
    billing::file::finding,
    convention::{
        accounts::{entry, finding as account_finding, funds},
        reports::{home_base, model, obligation, sent, yearly},
    },
    names,
    nomenclature::Counter,
    notices::webhook,
    refusal::Reason,
    registry::registration::dictionary,
};
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

/// SYS-04: the committed contract says the same to a reader of YAML 1.1, to whom a plain `on` is true and `18:00` is
/// 1080.
#[test]
fn every_reader_of_yaml_reads_the_same() {
    assert_eq!(yaml::ambiguous_lines(&contract::yaml()), [""; 0]);
    let plain = "on: 5\ntext: 18:00\nday: 2026-01-01\n- yes\nfine: true\n\"on\": \"18:00\"\nprose: >-\n  on\n";
    assert_eq!(yaml::ambiguous_lines(plain), ["on: 5", "text: 18:00", "day: 2026-01-01", "- yes"]);
}

/// SYS-04: the contract follows the conventions of the Belgian guide.
#[test]
fn the_contract_keeps_the_conventions() {
    assert_eq!(export::lint(contract::document()), [""; 0]);
}

/// Calls `visit` with every object below a value, and with the name of the member that it is.
fn walk(name: &str, value: &Value, visit: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => {
            visit(name, value);
            members.iter().for_each(|(name, value)| walk(name, value, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| walk(name, item, visit)),
        _ => {}
    }
}

/// SYS-04: every list of names in the contract is one of the domain, value by value, and no prose repeats one.
#[test]
fn the_lists_are_those_of_the_domain() {
    let mut lists: BTreeMap<&str, Value> = BTreeMap::new();
    macro_rules! each {
        ($($shown:literal $list:ty,)*) => {$( lists.insert($shown, json!(<$list>::ALL)); )*};
    }
    each! {
        "AccountEntryKind" entry::AccountEntryKind, "AccountFindingKind" account_finding::AccountFindingKind, "FundPurpose" entry::Purpose,
        "OtherConventionKind" funds::OtherConventionKind, "RebateTie" entry::RebateTie,
        "ObligationBinds" obligation::Bound, "ObligationKind" obligation::ObligationKind, "ObligationState" obligation::ObligationState,
        "ObligationSubjectKind" obligation::SubjectKind,
        "AnnualReportMisfitReason" yearly::MisfitReason, "AnnualReportStanding" sent::Standing, "ReportKind" model::ReportKind,
        "BillingFindingKind" finding::FindingKind, "BillingSeverity" finding::Severity,
        "CodeNightDecision" names::NightDecision, "ConventionEnd" names::ConventionEnd,
        "ConventionKind" names::ConventionKind, "ConventionParty" names::ConventionParty, "ContactKind" names::ContactKind, "ContactWay" names::ContactWay,
        "ConsultantFollowUpState" names::FollowUpState, "ConsultationWay" names::ConsultationWay,
        "CorrectionsCause" names::CorrectionsCause, "CounterName" Counter, "DeletionReason" names::DeletionReason,
        "CoverageApplicationCommand" names::ApplicationCommand,
        "CoverageApplicationKind" names::ApplicationKind, "CoverageApplicationStatus" names::ApplicationStatus,
        "CoverageDocumentType" names::DocumentType, "CoverageEndLimit" names::EndLimit, "CoverageVerdict" names::Verdict, "GrantedPeriodEnd" names::PeriodEnd,
        "GrantedPeriodState" names::PeriodState, "CoverageStartLimit" names::StartLimit, "DiabetesType" names::DiabetesType,
        "InformedPerson" names::InformedPerson, "InHospitalFollowing" home_base::Following, "Introducer" names::Introducer, "NoticeWay" names::NoticeWay,
        "OtherPhysicianKind" names::PhysicianKind, "SelfManagementGroup" names::SelfManagementGroup,
        "TargetGroup" names::TargetGroup,
        "DictionaryFieldKind" dictionary::FieldKind, "DictionaryGroupRule" dictionary::GroupRule,
        "InputValidationCode" Reason, "Language" names::Language, "MaterialKind" names::MaterialKind,
        "MergerKind" names::MergerKind, "NightVerdict" names::VerdictName,
        "NotificationOutcome" names::RecipientOutcome,
        "NotificationRoute" names::MailRoute, "NotificationState" names::MailState,
        "NotificationSubject" names::MailSubject, "PartOfDay" names::PartOfDay,
        "PractitionerReportKind" names::ReportKind, "PractitionerReportState" names::ReportState,
        "PrescriberChangeKind" names::PrescriberChange, "PumpDayState" names::DayState, "Qualification" names::Qualification,
        "InvoiceFileState" names::FileState, "SummaryWay" names::SummaryWay, "InvoiceLineState" names::LineState, "LikelyRefusal" names::Ground,
        "LikelyRefusalRemedy" names::Remedy, "UndueDayBearer" names::Bearer, "UndueDayCause" names::UndueCause,
        "RegistrationCommand" names::Command, "RegistrationImportMode" names::ImportMode,
        "RegistrationImportOutcome" names::ImportOutcome, "RegistrationImportState" names::ImportState,
        "RegistrationStatus" names::Status, "RegistrationType" names::RegistrationType,
        "RegistrationVersionCommand" names::VersionCommand, "Setting" names::Setting, "Sex" names::Sex,
        "StaffingDeadlineKind" names::DeadlineKind, "StatisticsDimension" names::Dimension,
        "TeamFunction" names::Function, "VerdictReasonCode" names::VerdictReason,
        "WebhookDeliveryState" names::DeliveryState, "WebhookEventType" webhook::EventType,
        "WebhookFailure" webhook::Failure, "WebhookInactiveReason" names::InactiveBecause, "Weekday" names::Weekday,
    }
    // Lists of the service itself.
    lists.insert("HealthState", json!(["UP", "DOWN"]));
    lists.insert("InputPlace", json!(["body", "header", "path", "query"]));
    let code_lists = dictionary::CURRENT.code_lists.keys();
    let codes: Vec<Vec<&str>> = code_lists.map(|list| dictionary::CURRENT.codes(list).collect()).collect();
    let mut found = BTreeSet::new();
    walk("", contract::document(), &mut |name, object| {
        let description = object["description"].as_str().unwrap_or_default();
        assert!(!description.contains("One of:"), "{name}: {description}");
        let Some(list) = object.get("enum").or(object.get("x-extensible-enum")).filter(|list| list.is_array()) else {
            return;
        };
        if lists.get(name) == Some(list) {
            found.insert(name.to_owned());
        } else {
            // A patch also allows null.
            let list: Vec<_> = list.as_array().unwrap().iter().filter_map(Value::as_str).collect();
            // In the schema of one registration type.
            if name == "type" && list.len() == 1 && names::RegistrationType::from_name(list[0]).is_some() {
                return;
            }
            assert!(codes.contains(&list), "{name} is no list of the domain: {list:?}");
        }
    });
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), lists.keys().copied().collect::<Vec<_>>());
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
