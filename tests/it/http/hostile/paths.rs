//! Path segments.

use insula_tests::{data, operations::operations};

use super::{Target, raw, shown, well_refused};

fn junk() -> Vec<String> {
    let niss = data::niss(77);
    let mut parts: Vec<String> = [
        "%00",
        "%ff",
        "%c0%80",
        "%ed%a0%80",
        "%F0%9F%98%80",
        "%2F",
        "..%2F..",
        "%2e%2e",
        "%2e",
        "a%20b",
        "%20",
        "%0d%0aX-Evil:1",
        "%27%20OR%201%3D1",
        "%",
        "%zz",
        "%2",
        "null",
        "undefined",
        "-1",
        "0",
        "%2B1",
        "01",
        "1.0",
        "2147483648",
        "99999999999999999999",
        "%EF%BC%91",
        "*",
        "%7B%7D",
        "[]",
        "a;b=c",
        "openapi.json%00",
        ".git",
        "~",
    ]
    .map(str::to_owned)
    .into();
    parts.push("a".repeat(4000));
    parts.push(niss.clone());
    parts.push(format!("{}.{}.{}-{}.{}", &niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]));
    parts
}

/// What people type or copy into a path: a malformed one is a fault that says so. Of other names there is nothing.
const TYPED: [&str; 11] = [
    "{attachmentNumber}",
    "{questionNumber}",
    "{hospitalNumber}",
    "{conventionNumber}",
    "{conditionNumber}",
    "{code}",
    "{year}",
    "{day}",
    "{version}",
    "{passedPivots}",
    "{summaryNumber}",
];

/// SYS-02, SYS-04, BEN-04: an invalid identifier in a path answers like an absent one, an invalid number with its
/// fault; never with a 500, and it is never echoed.
#[actix_web::test]
async fn garbage_in_a_path_is_refused() {
    let target = Target::start().await;
    let before = target.app.dump();
    for operation in operations().into_iter().filter(|one| one.path.contains('{')) {
        let token = operation.caller(&target.app).token.unwrap();
        for name in operation.path.split('/').filter(|part| part.starts_with('{')) {
            for part in junk() {
                let mut elsewhere = operation.clone();
                elsewhere.path = operation.path.replace(name, "@");
                let filled = elsewhere.path_to(&target.objects);
                let mut headers = vec![("Authorization", format!("Bearer {token}")), ("If-Match", "\"1\"".to_owned())];
                headers.push(("Idempotency-Key", "\"k\"".to_owned()));
                let body = operation.body(&target.objects).map(|body| body.to_string()).unwrap_or_default();
                headers.push(("Content-Type", operation.content_type().to_owned()));
                let target_of = filled.replace('@', &part);
                let reply =
                    raw::ask_with(&target.app, operation.method.as_str(), &target_of, &headers, body.as_bytes());
                let what = format!("{} at {}: {} {}", operation.name, shown(&target_of), reply.status, reply.text);
                assert!(!reply.headers.contains_key("x-evil"), "{what}");
                // A malformed request line is refused before there is an operation or a language.
                if reply.status == 400 && reply.text.is_empty() {
                    continue;
                }
                well_refused(&what, &reply);
                let is_fault = reply.status == 400 && TYPED.contains(&name);
                assert!(is_fault || [404, 405].contains(&reply.status), "{what}");
            }
        }
    }
    assert_eq!(target.app.dump(), before);
}

/// SYS-04: an identifier has 36 characters, in either case; other spellings of a UUID are refused.
#[actix_web::test]
async fn an_identifier_in_a_path_has_one_spelling() {
    let target = Target::start().await;
    let lead = target.app.lead_a();
    for (path, id) in [("registrations", &target.objects.registration), ("beneficiaries", &target.objects.beneficiary)]
    {
        lead.get(&format!("/{path}/{id}")).await.expect(200);
        let upper = lead.get(&format!("/{path}/{}", id.to_uppercase())).await.expect(200);
        assert_eq!(upper.id(), *id);
        let bare = id.replace('-', "");
        let spellings = [
            bare.clone(),
            format!("%7B{id}%7D"),
            format!("urn:uuid:{id}"),
            format!("{id}%20"),
            format!("%20{id}"),
            format!("{id}%00"),
            format!("{id}/"),
            format!("/{id}"),
            format!("{}-{}", &bare[..16], &bare[16..]),
            format!("{}{}", &id[..35], "g"),
            id[..35].to_owned(),
            format!("{id}0"),
        ];
        for spelling in spellings {
            let reply = lead.get(&format!("/{path}/{spelling}")).await;
            assert_eq!(reply.status, 404, "{path}/{spelling}: {}", reply.text);
            reply.expect_problem(404, "resourceNotFound");
        }
    }
}

/// SYS-04: numbers, codes and names in a path have one spelling as well.
#[actix_web::test]
async fn numbers_and_codes_in_a_path_have_one_spelling() {
    let target = Target::start().await;
    let app = &target.app;
    let submitted = app.lead_a().submitted(app, 300).await;
    let code = submitted.body["code"].as_str().unwrap().to_owned();
    let versions = format!("/registrations/{}/versions", submitted.id());
    let lead = app.lead_a();
    lead.get(&format!("{versions}/1")).await.expect(200);
    for number in ["01", "%2B1", "1.0", "1%20", "0x1", "-1", "0", "2147483648", "%EF%BC%91", "1e0"] {
        let wrong = lead.get(&format!("{versions}/{number}")).await.expect_problem(400, "badRequest");
        assert_eq!(wrong.faults(), ["version:outOfRange"], "{number}");
    }
    lead.get(&format!("{versions}/4")).await.expect_problem(404, "resourceNotFound");
    let insurer = app.insurer("319");
    insurer.get(&format!("/registrationCodes/{code}")).await.expect(200);
    for spelling in
        [format!("{code}%20"), format!("{}-{}", &code[..4], &code[4..]), format!("0{code}"), code[1..].to_owned()]
    {
        let wrong = insurer.get(&format!("/registrationCodes/{spelling}")).await.expect_problem(400, "badRequest");
        assert_eq!(wrong.faults(), ["code:checkDigit"], "{spelling}");
    }
    // A code with other check digits is one that was never given.
    insurer.get("/registrationCodes/20240000004242").await.expect_problem(404, "resourceNotFound");
    let inspector = app.role(insula_domain::actor::Role::Inspector, "");
    // Everybody learns what is wrong with the number, and nothing else.
    for reader in [inspector, app.lead_a()] {
        for spelling in ["71000436%20", "7100043", "710004360", "71-000436", "71000437"] {
            let wrong = reader.get(&format!("/hospitals/{spelling}")).await.expect_problem(400, "badRequest");
            assert_eq!(wrong.faults(), ["hospitalNumber:checkDigit"], "{spelling}");
        }
    }
    for spelling in ["cgm-09", "CGM-9", "CGM09", "CGM-09%20", "CGM-099"] {
        lead.get(&format!("/rules/{spelling}")).await.expect_problem(404, "resourceNotFound");
    }
}

/// SYS-02: unknown paths are answered with a problem document, with or without a token.
#[actix_web::test]
async fn unknown_paths_are_not_found() {
    let target = Target::start().await;
    let paths = [
        "/nope",
        "/registration",
        "/Registrations",
        "/registrations/",
        "//registrations",
        "/registrations//",
        "/registrations/query/x",
        "/registrations/x/y/z",
        "/beneficiaries/query/",
        "/registrationCodes",
        "/registrationCodes/",
        "/doc",
        "/doc/",
        "/doc/openapi.xml/x",
        "/health/",
        "/health/live",
        "/metrics",
        "/admin",
        "/.env",
        "/.git/config",
        "/refData",
        "/refData/",
        "/refData/nope",
        "/auditEvents/1",
        "/registryGrants/x/y",
        "/hospitals/71000436/sites",
        "/%72egistrations/x/y",
        "/doc/ui/../../registrations",
    ];
    for client in [target.app.client(None), target.app.lead_a(), target.app.client(Some("x.y.z".to_owned()))] {
        for path in paths {
            let reply = client.get(path).await;
            let what = format!("{path}: {} {}", reply.status, shown(&reply.text));
            assert_eq!(reply.status, if path.contains("..") { reply.status } else { 404 }, "{what}");
            assert!([401, 404, 200].contains(&reply.status), "{what}");
            if reply.status == 404 {
                well_refused(&what, &reply);
            }
        }
        let root = target.app.base.replace("/insula/v1", "");
        for path in ["/insula", "/insula/", "/insula/v2/registrations", "/registrations", "/favicon.ico"] {
            let reply = client.get(&format!("{root}{path}")).await;
            well_refused(path, &reply);
            assert_eq!(reply.status, 404, "{path}");
        }
    }
}
