//! Forged and invalid tokens. SYS-02: all are refused.

use std::{io::ErrorKind, net::TcpListener};

use insula_tests::{
    Reply, TestApp, data,
    operations::{Objects, operations},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::forge::{Forge, b64};

/// Sends a request whose body is invalid too: the answer speaks only of the token, which is checked first.
async fn refused(app: &TestApp, name: &str, headers: &[&str]) -> Reply {
    let mut request = app.client(None).request(Method::POST, "/registrations").body("{not json");
    for header in headers {
        request = request.header("Authorization", *header);
    }
    let reply = app.client(None).send(request).await;
    assert_eq!(reply.status, 401, "{name}: {}", reply.text);
    assert!(reply.header("www-authenticate").starts_with("Bearer realm=\"insula\""), "{name}");
    reply
}

/// SYS-02: every kind of forged token is refused, and none makes the service send a request.
#[actix_web::test]
async fn forged_tokens_are_refused() {
    let app = TestApp::start().await;
    let forge = Forge::new(&app);
    let good = forge.sign(&forge.claims());
    app.client(Some(good.clone())).get("/registrations").await.expect(200);

    let evil = TcpListener::bind("127.0.0.1:0").unwrap();
    evil.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", evil.local_addr().unwrap());
    let before = app.dump();
    let mut tokens = algorithms(&forge);
    tokens.extend(headers(&forge, &url));
    tokens.extend(claims(&forge));
    tokens.extend(shapes(&forge, &good));
    assert!(tokens.len() >= 120, "{}", tokens.len());
    for (name, token) in &tokens {
        let reply = refused(&app, name, &[&format!("Bearer {token}")]).await;
        reply.expect_problem(401, "invalidAccessToken");
    }
    assert_eq!(app.dump(), before);
    assert_eq!(evil.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "somebody followed {url}");
}

fn algorithms(forge: &Forge) -> Vec<(String, String)> {
    let mut tokens = Vec::new();
    let payload = b64(forge.claims().to_string());
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let mut header = forge.header();
        header["alg"] = json!(alg);
        let header = b64(header.to_string());
        tokens.push((format!("alg {alg:?} unsigned"), format!("{header}.{payload}.")));
        tokens.push((format!("alg {alg:?} without last point"), format!("{header}.{payload}")));
        tokens.push((format!("alg {alg:?} signed"), forge.with_header("alg", json!(alg))));
    }
    let public = forge.public();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", b64(public));
    for (name, secret) in [("point", public), ("PEM", pem.as_bytes()), ("kid", forge.kid.as_bytes()), ("nothing", b"")]
    {
        tokens.push((format!("HS256 with the {name}"), forge.hmac(secret)));
    }
    for alg in [json!("es256"), json!("ES384"), json!("RS256"), json!("EdDSA"), json!(["ES256"]), json!(null), json!(1)]
    {
        tokens.push((format!("alg {alg}"), forge.with_header("alg", alg)));
    }
    tokens.push(("another key".to_owned(), forge.with_another_key(&forge.header()).0));
    tokens
}

fn headers(forge: &Forge, evil: &str) -> Vec<(String, String)> {
    let mut tokens = Vec::new();
    let long = "k".repeat(200);
    for kid in [
        "unknown",
        "../../../../dev/null",
        "/etc/passwd",
        "..",
        "file:///dev/null",
        evil,
        "k' OR '1'='1",
        "k'; DROP TABLE insula.hospitals; --",
        "k\0",
        "k\n",
        "",
        &long,
    ] {
        tokens.push((format!("kid {kid:?}"), forge.with_header("kid", json!(kid))));
    }
    for kid in [json!(null), json!(0), json!([forge.kid]), json!({"kid": forge.kid})] {
        tokens.push((format!("kid {kid}"), forge.with_header("kid", kid)));
    }
    let mut nameless = forge.header();
    nameless.as_object_mut().unwrap().remove("kid");
    tokens.push(("no kid".to_owned(), forge.sign_text(&nameless.to_string(), &forge.claims().to_string())));
    let twice = format!(r#"{{"alg":"ES256","alg":"none","kid":"{}"}}"#, forge.kid);
    tokens.push(("alg twice".to_owned(), forge.sign_text(&twice, &forge.claims().to_string())));

    let (_, public) = forge.with_another_key(&forge.header());
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": b64(&public[1..33]), "y": b64(&public[33..])});
    let mut own_key = forge.header();
    own_key["jwk"] = jwk;
    tokens.push(("a key of its own".to_owned(), forge.with_another_key(&own_key).0));
    for name in ["jku", "x5u"] {
        let mut header = forge.header();
        header[name] = json!(evil);
        tokens.push((name.to_owned(), forge.with_another_key(&header).0));
        tokens.push((format!("{name}, properly signed"), forge.with_header(name, json!(evil))));
    }
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
        ("typ", json!("logout+jwt")),
        ("typ", json!(7)),
        ("x5c", json!(["MIIB"])),
    ] {
        tokens.push((format!("{name} {value}"), forge.with_header(name, value)));
    }
    tokens
}

fn claims(forge: &Forge) -> Vec<(String, String)> {
    let mut tokens = Vec::new();
    let later = forge.now + 600;
    for name in ["exp", "nbf", "iat"] {
        for value in [
            json!(later.to_string()),
            json!([later]),
            json!(null),
            json!({}),
            json!(true),
            json!(-1),
            json!(u64::MAX),
            json!(later * 1000),
        ] {
            tokens.push((format!("{name} is {value}"), forge.with_claim(name, value)));
        }
    }
    let huge = forge.claims().to_string().replace(&format!("\"exp\":{later}"), "\"exp\":1e400");
    tokens.push(("exp is 1e400".to_owned(), forge.sign_text(&forge.header().to_string(), &huge)));
    let twice = forge.claims().to_string().replacen('{', "{\"exp\":9999999999,", 1);
    tokens.push(("exp twice".to_owned(), forge.sign_text(&forge.header().to_string(), &twice)));
    for name in ["iss", "aud", "sub", "exp", "organisation"] {
        tokens.push((format!("no {name}"), forge.without_claim(name)));
    }
    let niss = data::niss(7);
    let dotted = format!("{}.{}.{}-{}.{}", &niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
    let cases: [(&str, Vec<Value>); 5] = [
        ("nbf", vec![json!(forge.now + 120), json!(forge.now + 31)]),
        (
            "iss",
            vec![json!("https://issuer.example"), json!("urn:insula:DEVELOPMENT"), json!(["urn:insula:development"])],
        ),
        ("aud", vec![json!("another"), json!("Insula"), json!(""), json!([]), json!(["another"]), json!(7)]),
        (
            "sub",
            vec![
                json!(""),
                json!("an peeters"),
                json!("an\n"),
                json!("an\0"),
                json!("../an"),
                json!(7),
                json!(niss),
                json!(dotted),
                json!(format!("f:realm:{niss}")),
                json!("a".repeat(129)),
            ],
        ),
        (
            "organisation",
            vec![
                json!("hospital"),
                json!({}),
                json!({"type": "hospital", "number": 71_000_436}),
                json!({"type": "hospital", "number": "1' OR '1'='1"}),
                json!({"type": "hospital", "number": niss}),
            ],
        ),
    ];
    for (name, values) in cases {
        tokens.extend(values.into_iter().map(|value| (format!("{name} is {value}"), forge.with_claim(name, value))));
    }
    tokens.push(("roles is a text".to_owned(), forge.with_claim("roles", json!("studyLead"))));
    tokens.push(("an id token".to_owned(), forge.with_claim("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"))));
    tokens
}

fn shapes(forge: &Forge, good: &str) -> Vec<(String, String)> {
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let other = forge.with_claim("roles", json!(["accessManager"]));
    let (other_signed, _) = other.rsplit_once('.').unwrap();
    let long = format!("{good}{}", "A".repeat(10_000));
    [
        ("truncated signature", &good[..good.len() - 1]),
        ("half a signature", &good[..good.len() - 43]),
        ("no signature", &format!("{signed}.")),
        ("a point too many", &format!("{good}.")),
        ("five parts", &format!("{good}.{header}.{payload}")),
        ("claims of another token", &format!("{other_signed}.{signature}")),
        ("padding", &format!("{good}==")),
        ("white space inside", &good.replace('.', ". ")),
        ("only points", ".."),
        ("garbage", "garbage"),
        ("base64 of garbage", &format!("{0}.{0}.{0}", b64("garbage"))),
        ("an array", &forge.sign_text("[]", &forge.claims().to_string())),
        ("claims that are an array", &forge.sign_text(&forge.header().to_string(), "[]")),
        ("claims that are null", &forge.sign_text(&forge.header().to_string(), "null")),
        ("claims with a tail", &forge.sign_text(&forge.header().to_string(), &format!("{}x", forge.claims()))),
        ("a token of 10 kB", &long),
    ]
    .map(|(name, token)| (name.to_owned(), token.to_owned()))
    .into()
}

/// SYS-02: times in a token may have fractions (RFC 7519 §2); one is expired from its second on.
#[actix_web::test]
async fn times_may_have_fractions() {
    let app = TestApp::start().await;
    let forge = Forge::new(&app);
    let later = forge.now as f64 + 600.5;
    let client = app.client(Some(forge.with_claim("exp", json!(later))));
    client.get("/registrations").await.expect(200);
    let past = forge.with_claim("exp", json!(forge.now as f64 - 0.5));
    app.client(Some(past)).get("/registrations").await.expect_problem(401, "expiredAccessToken");
}

/// SYS-02: an expired token is refused as such, from the exact second.
#[actix_web::test]
async fn an_expired_token_is_refused_as_expired() {
    let app = TestApp::start().await;
    let forge = Forge::new(&app);
    for ago in [0, 1, 3600] {
        let token = forge.with_claim("exp", json!(forge.now - ago));
        let reply =
            refused(&app, "expired", &[&format!("Bearer {token}")]).await.expect_problem(401, "expiredAccessToken");
        assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""));
    }
    // A token that was valid, and cached as such.
    let client = app.client(Some(forge.sign(&forge.claims())));
    client.get("/registrations").await.expect(200);
    app.clock.advance(chrono::TimeDelta::seconds(601));
    client.get("/registrations").await.expect_problem(401, "expiredAccessToken");
}

/// SYS-02: several Authorization headers are refused even if valid; other schemes are ignored; the case of the scheme
/// does not matter.
#[actix_web::test]
async fn there_is_one_authorization_header_and_its_scheme_is_bearer() {
    let app = TestApp::start().await;
    let forge = Forge::new(&app);
    let token = forge.sign(&forge.claims());
    let (good, bad) = (format!("Bearer {token}"), "Bearer x.y.z".to_owned());
    for headers in [[&good, &bad], [&bad, &good], [&good, &good]] {
        refused(&app, "two headers", &headers.map(String::as_str)).await.expect_problem(401, "invalidAccessToken");
    }
    for header in
        ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", &token, &format!("Bearer,{token}"), &format!("Token {token}")]
    {
        refused(&app, header, &[header]).await;
    }
    refused(&app, "none at all", &[]).await.expect_problem(401, "noAccessToken");
    for header in [format!("Bearer {token}, Bearer {token}"), "bearer x.y.z".to_owned(), "BEARER x.y.z".to_owned()] {
        refused(&app, &header, &[&header]).await.expect_problem(401, "invalidAccessToken");
    }
    let lower =
        app.client(None).request(Method::GET, "/registrations").header("Authorization", format!("bearer {token}"));
    app.client(None).send(lower).await.expect(200);
}

/// SYS-02: operations that are not open check the token before headers, path, query and body.
#[actix_web::test]
async fn the_token_is_checked_before_anything_else() {
    let app = TestApp::start().await;
    let objects = Objects::absent(&app, 1);
    let open = [
        "getDictionary",
        "listRules",
        "getRule",
        "listProblemTypes",
        "getProblemType",
        "checkHealth",
        "getContract",
        "getObligationFeed",
    ];
    let before = app.dump();
    for operation in operations().into_iter().filter(|one| !open.contains(&one.name.as_str())) {
        for token in [None, Some("x.y.z".to_owned())] {
            let client = app.client(token);
            let path =
                format!("{}?unknown=%ff&pageSize=x", operation.path_to(&objects).replace(&objects.registration, "x"));
            let request = client.request(operation.method.clone(), &path).header("If-Match", "x").body("{not json");
            let reply = client.send(request).await;
            assert_eq!(reply.status, 401, "{}: {}", operation.name, reply.text);
            assert!(!reply.header("www-authenticate").is_empty(), "{}", operation.name);
        }
    }
    assert_eq!(app.dump(), before);
}
