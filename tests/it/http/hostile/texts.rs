//! Texts with hidden characters, a national number or another identifier.

use insula_tests::data;
use serde_json::{Value, json};

use super::{Target, named, send_bytes, well_refused};

/// SYS-04: invisible and direction-changing characters are refused in every text, by field.
#[actix_web::test]
async fn texts_with_hidden_characters_are_refused() {
    let target = Target::start().await;
    let before = target.app.dump();
    let texts = [
        ("createBeneficiary", "/lastName"),
        ("createBeneficiary", "/firstName"),
        ("createBeneficiary", "/residencePlace"),
        ("replaceBeneficiary", "/lastName"),
        ("queryBeneficiaries", "/firstName"),
        ("createMaterialDelivery", "/model"),
        ("createMaterialDelivery", "/serial"),
        ("replaceMaterialDelivery", "/why"),
        ("createPreventiveExamination", "/examined"),
        ("createPumpAssignment", "/manufacturer"),
        ("createPumpAssignment", "/model"),
        ("createPumpAssignment", "/serial"),
        ("createContact", "/note"),
        ("createJointMeeting", "/report"),
        ("createConsultationNotice", "/note"),
        ("createInfrastructureDeclaration", "/rooms"),
        ("createInfrastructureDeclaration", "/demonstrationMaterial"),
        ("createInfrastructureDeclaration", "/itSupport"),
        ("createAccountEntry", "/firm"),
        ("createAccountEntry", "/documentNumber"),
        ("createAccountEntry", "/note"),
        ("createConsultantFollowUp", "/note"),
        ("createTreatingPhysician", "/name"),
        ("createTherapyChange", "/change"),
        ("createPractitionerReport", "/note"),
        ("createReportModel", "/source"),
        ("createTariff", "/source"),
        ("createRegularisation", "/source"),
        ("putHospital", "/name"),
        ("putHospital", "/accessContact"),
        ("putMailRecipients", "/responsibleSpecialist"),
        ("createRegistration", "/content/remark"),
        ("createRegistration", "/content/devices/0/model"),
        ("createRegistration", "/content/hospitalReference"),
        ("replaceRegistration", "/content/devices/0/serial"),
        ("changeRegistration", "/content/remark"),
        ("createCoverageApplication", "/content/contact/name"),
        ("replaceCoverageApplication", "/content/contact/phone"),
    ];
    let hidden = [
        '\0',
        '\u{1}',
        '\u{8}',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{9b}',
        '\u{61c}',
        '\u{200b}',
        '\u{200e}',
        '\u{200f}',
        '\u{2028}',
        '\u{2029}',
        '\u{202a}',
        '\u{202b}',
        '\u{202c}',
        '\u{202d}',
        '\u{202e}',
        '\u{2060}',
        '\u{2063}',
        '\u{2066}',
        '\u{2067}',
        '\u{2068}',
        '\u{2069}',
        '\u{206a}',
        '\u{feff}',
        '\u{fff9}',
        '\u{fffe}',
        '\u{e0001}',
        '\u{e0041}',
    ];
    for (operation, caller, objects) in target.with_body() {
        for (_, place) in texts.iter().filter(|(name, _)| *name == operation.name) {
            for character in hidden {
                let mut body = operation.body(&objects).unwrap();
                let (parent, name) = place.rsplit_once('/').unwrap();
                body.pointer_mut(parent).unwrap()[name] = json!(format!("a{character}b"));
                let reply = send_bytes(&operation, &caller, &objects, body.to_string().as_bytes()).await;
                let what = format!("{} with {character:?} at {place}: {}", operation.name, reply.text);
                well_refused(&what, &reply);
                let fault = format!("{}:forbiddenCharacter", named(place));
                assert!(reply.faults().contains(&fault), "{what}");
            }
        }
    }
    assert_eq!(target.app.dump(), before);
}

/// A national number as people and programs write it.
fn spellings(niss: &str) -> Vec<String> {
    let groups = [&niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]];
    let of_zero =
        |zero: u32| niss.bytes().map(|digit| char::from_u32(zero + u32::from(digit) - 0x30).unwrap()).collect();
    vec![
        niss.to_owned(),
        groups.join(" "),
        format!("({}.{}.{}-{}.{})", groups[0], groups[1], groups[2], groups[3], groups[4]),
        format!("x{niss}y"),
        groups.join("_"),
        of_zero(0xff10),
        of_zero(0x660),
    ]
}

/// The places of all texts of a body.
fn texts_of(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(entries) => {
            entries.iter().enumerate().for_each(|(index, entry)| texts_of(entry, &format!("{at}/{index}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, entry)| texts_of(entry, &format!("{at}/{name}"), found))
        }
        _ => {}
    }
}

/// BEN-04: a national number in any spelling is refused in every text of every body but those of an identity, which are
/// stored encrypted; nothing is stored of it.
#[actix_web::test]
async fn no_text_holds_a_national_number() {
    let target = Target::start().await;
    let before = target.app.dump();
    let identity = ["/niss", "/firstName", "/lastName", "/residencePlace"];
    let mut searched = 0;
    for (operation, caller, objects) in target.with_body() {
        let mut good = operation.body(&objects).unwrap();
        if good.get("content").is_some() && operation.path.starts_with("/registrations") {
            good["content"] = data::first_implantation();
            good["content"]["remark"] = json!("r");
            good["content"]["hospitalReference"] = json!("h");
            good["content"]["devices"][0]["lot"] = json!("l");
        }
        let mut places = Vec::new();
        texts_of(&good, "", &mut places);
        let of_beneficiary =
            operation.path.contains("/beneficiaries") || places.iter().any(|place| place.ends_with("/niss"));
        let is_identity = |place: &str| of_beneficiary && identity.iter().any(|name| place.ends_with(name));
        for place in places.iter().filter(|place| !is_identity(place)) {
            for text in spellings(&data::niss(77)) {
                let mut body = good.clone();
                *body.pointer_mut(place).unwrap() = json!(text);
                let reply = send_bytes(&operation, &caller, &objects, body.to_string().as_bytes()).await;
                let what = format!("{} with {text} at {place}", operation.name);
                well_refused(&what, &reply);
                let field = reply.faults().into_iter().find(|fault| fault.starts_with(&format!("{}:", named(place))));
                assert!(field.is_some(), "{what}: {}", reply.text);
                if field.unwrap().ends_with(":nationalNumber") {
                    assert!(reply.text.contains("\"BEN-04\""), "{what}: {}", reply.text);
                    searched += 1;
                }
            }
        }
    }
    assert!(searched > 100, "only {searched} texts were searched");
    assert_eq!(target.app.dump(), before);
}

/// CGM-13: a reference to an earlier registration must have the registry's spelling, because it is compared literally.
#[actix_web::test]
async fn an_earlier_registration_is_named_as_the_registry_named_it() {
    let target = Target::start().await;
    let (lead, id) = (target.app.lead_a(), &target.objects.registration);
    let draft = |id: &str| json!({"type": "followUp", "content": {"earlierRegistrationId": id}});
    for spelling in
        [id.to_uppercase(), id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}"), format!(" {id}")]
    {
        let refused = lead.post("/registrations", &draft(&spelling)).await.expect_problem(400, "badRequest");
        let fault = refused.faults().remove(0);
        assert!(fault.starts_with("content.earlierRegistrationId:"), "{spelling}: {fault}");
    }
    lead.post("/registrations", &draft(id)).await.expect(201);
}
