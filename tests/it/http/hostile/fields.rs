//! Fields that the caller may not set (mass assignment).

use insula_tests::data;
use serde_json::{Value, json};

use super::{Target, send_bytes, well_refused};

/// Fields that the service sets itself or stores internally.
const NOT_THEIRS: [&str; 38] = [
    "id",
    "href",
    "status",
    "code",
    "version",
    "hospital",
    "hospitalNumber",
    "organisation",
    "tenant",
    "author",
    "type",
    "number",
    "state",
    "validatedAt",
    "validationNumber",
    "acknowledgedAt",
    "corrections",
    "deletedAt",
    "deletionReason",
    "createdAt",
    "createdBy",
    "updatedAt",
    "grantedBy",
    "grantedAt",
    "withdrawnAt",
    "dictionaryVersion",
    "technicalId",
    "technical_id",
    "personId",
    "person_id",
    "insurer",
    "insurerUnion",
    "explantedBy",
    "pseudonym",
    "identificationCode",
    "rank",
    "__proto__",
    "constructor",
];

/// SYS-02, SYS-04, CGM-09: fields that the caller may not set are refused by name, alone and together, by every
/// operation with a body, and nothing changes.
#[actix_web::test]
async fn fields_that_are_not_the_callers_are_refused_by_name() {
    let target = Target::start().await;
    let before = target.app.dump();
    for (operation, caller, objects) in target.with_body() {
        let good = operation.body(&objects).unwrap();
        let members = operation.members();
        let strange: Vec<_> = NOT_THEIRS.into_iter().filter(|name| !members.contains(&(*name).to_owned())).collect();
        let mut all = good.clone();
        for name in &strange {
            for value in [json!("submitted"), json!(1), json!(null), json!({"a": 1})] {
                let mut body = good.clone();
                body[*name] = value.clone();
                let reply = send_bytes(&operation, &caller, &objects, body.to_string().as_bytes()).await;
                let what = format!("{} with {name}: {value}: {}", operation.name, reply.text);
                well_refused(&what, &reply);
                assert_eq!(reply.faults(), [format!("{name}:unknownField")], "{what}");
                assert_eq!(
                    reply.body["issues"][0]["type"], "urn:problem-type:belgif:input-validation:unknownInput",
                    "{what}"
                );
                assert_eq!(reply.body["issues"][0]["in"], "body", "{what}");
            }
            all[*name] = json!("x");
        }
        let reply = send_bytes(&operation, &caller, &objects, all.to_string().as_bytes()).await;
        let mut expected: Vec<_> = strange.iter().map(|name| format!("{name}:unknownField")).collect();
        expected.sort();
        assert_eq!(reply.faults(), expected, "{}", operation.name);
    }
    assert_eq!(target.app.dump(), before);
}

/// CGM-03, SYS-04: the same within the content of a registration, its devices and its measurements.
#[actix_web::test]
async fn fields_inside_a_content_are_refused_by_their_place() {
    let target = Target::start().await;
    let before = target.app.dump();
    for (operation, caller, objects) in target.with_body() {
        if !["createRegistration", "replaceRegistration", "changeRegistration"].contains(&operation.name.as_str()) {
            continue;
        }
        let mut good = operation.body(&objects).unwrap();
        good["content"] = data::first_implantation();
        for name in ["status", "code", "validatedAt", "replacementReason", "__proto__"] {
            for (place, pointer) in [
                ("content", "/content"),
                ("content.devices[0]", "/content/devices/0"),
                ("content.hba1c", "/content/hba1c"),
            ] {
                for value in [json!(1), json!(null)] {
                    if name == "replacementReason" && place == "content" && value.is_null() {
                        // Of another type: taken as absent.
                        continue;
                    }
                    let mut body = good.clone();
                    body.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap().insert(name.to_owned(), value);
                    let reply = send_bytes(&operation, &caller, &objects, body.to_string().as_bytes()).await;
                    let what = format!("{} with {place}.{name}: {}", operation.name, reply.text);
                    well_refused(&what, &reply);
                    assert_eq!(reply.faults(), [format!("{place}.{name}:unknownField")], "{what}");
                }
            }
        }
    }
    assert_eq!(target.app.dump(), before);
}
