//! Bodies that are not JSON, ambiguous, or too large.

use std::io::Write;

use super::{Target, send_bytes, shown, well_refused};

fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// The valid body with this literal as an additional first member.
fn with_member(good: &str, member: &str) -> Vec<u8> {
    bytes(&good.replacen('{', &format!("{{{member},"), 1))
}

/// Bodies that are not one unambiguous JSON object.
fn not_json(good: &str) -> Vec<(String, Vec<u8>)> {
    let mut cases: Vec<(String, Vec<u8>)> = Vec::new();
    for text in [
        "",
        " \n\t ",
        "null",
        "true",
        "1",
        "\"text\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{}}",
        "{}{}",
        "{} {}",
        "{}\0",
        "{'a':1}",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "// comment\n{}",
        "{/* comment */}",
        "\u{feff}{}",
        "{}\u{feff}",
        "undefined",
        "niss=1",
    ] {
        cases.push((format!("body {text:?}"), bytes(text)));
    }
    for number in ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "01", "+1", ".5", "1.", "0x10", "1_000", "--1"] {
        cases.push((format!("number {number}"), with_member(good, &format!("\"x\":{number}"))));
        cases.push((format!("number {number} below"), with_member(good, &format!("\"x\":[{{\"y\":{number}}}]"))));
    }
    for text in
        [r"\ud800", r"\udc00", r"\ud800\ud800", r"\ud83dx", r"\udc00\ud800", r"\u12", r"\x41", "raw\nline", "raw\0nul"]
    {
        cases.push((format!("text {text:?}"), with_member(good, &format!("\"x\":\"{text}\""))));
        cases.push((format!("name {text:?}"), with_member(good, &format!("\"{text}\":1"))));
    }
    for (name, junk) in [
        ("a lone continuation byte", &b"\x80"[..]),
        ("an overlong NUL", b"\xc0\x80"),
        ("an encoded surrogate", b"\xed\xa0\x80"),
        ("beyond Unicode", b"\xf4\x90\x80\x80"),
        ("half a character", b"\xe2\x82"),
        ("no UTF-8 at all", b"\xff\xfe"),
    ] {
        for (place, before, after) in [("value", "\"x\":\"", "\""), ("name", "\"", "\":1")] {
            let mut body = bytes(&format!("{{{before}"));
            body.extend(junk);
            body.extend(format!("{after},{}", &good[1..]).bytes());
            cases.push((format!("{name} in a {place}"), body));
        }
    }
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    cases.push(("UTF-16".to_owned(), utf16));
    cases.push(("a byte order mark before it".to_owned(), bytes(&format!("\u{feff}{good}"))));
    cases.push(("a tail".to_owned(), bytes(&format!("{good}x"))));
    cases.push(("a second object".to_owned(), bytes(&format!("{good}{good}"))));
    cases.push(("half of it".to_owned(), bytes(&good[..good.len() / 2])));
    // As many as fit into the limit.
    for (name, levels, open, close) in [("arrays", 100_000, "[", "]"), ("objects", 40_000, "{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        cases.push((format!("{levels} {name}"), with_member(good, &format!("\"x\":{deep}"))));
        cases.push((format!("{levels} {name} at the top"), bytes(&deep)));
        cases.push((format!("{levels} {name}, never closed"), bytes(&open.repeat(levels))));
    }
    // Duplicate names, at every depth, also spelled with escapes.
    let first = good.split('"').nth(1).unwrap();
    cases.push((format!("{first} twice"), with_member(good, &format!("\"{first}\":null"))));
    let escaped = format!("\\u{:04x}{}", first.as_bytes()[0], &first[1..]);
    cases.push((format!("{first} twice, once as {escaped}"), with_member(good, &format!("\"{escaped}\":null"))));
    cases.push(("a name twice below".to_owned(), with_member(good, r#""x":{"y":1,"y":1}"#)));
    cases.push(("a name twice in a list".to_owned(), with_member(good, r#""x":[[{"y":{"z":1,"z":2}}]]"#)));
    cases
}

/// Bodies above the limit of 256 KiB.
fn too_large(good: &str) -> Vec<(&'static str, Vec<u8>)> {
    let many: Vec<String> = (0..100_000).map(|n| format!("\"k{n}\":{n}")).collect();
    vec![
        ("a text of 1 MB", with_member(good, &format!("\"x\":\"{}\"", "a".repeat(1 << 20)))),
        ("white space of 1 MB", bytes(&format!("{good}{}", " ".repeat(1 << 20)))),
        ("100 000 names", with_member(good, &many.join(","))),
        ("100 000 objects in each other", bytes(&"{\"a\":".repeat(100_000))),
        ("one byte too many", bytes(&format!("{good}{}", " ".repeat(256 * 1024 + 1 - good.len())))),
    ]
}

/// SYS-04, BEN-04: a body that is not one unambiguous JSON object is refused by every operation, at every depth, and
/// nothing changes.
#[actix_web::test]
async fn what_is_not_json_is_refused_and_changes_nothing() {
    let target = Target::start().await;
    let before = target.app.dump();
    for (operation, caller, objects) in target.with_body() {
        let good = operation.body(&objects).unwrap().to_string();
        for (what, body) in not_json(&good) {
            let what = format!("{} with {what}", operation.name);
            let reply = send_bytes(&operation, &caller, &objects, &body).await;
            well_refused(&what, &reply);
            assert_eq!(reply.status, 400, "{what}: {}", shown(&reply.text));
            assert_eq!(reply.faults(), [":notJson"], "{what}");
        }
    }
    assert_eq!(target.app.dump(), before);
}

/// SYS-04: a body above the limit is refused; only the limit is read.
#[actix_web::test]
async fn what_is_too_large_is_refused_with_the_limit() {
    let target = Target::start().await;
    let before = target.app.dump();
    for (operation, caller, objects) in target.with_body() {
        let good = operation.body(&objects).unwrap().to_string();
        for (what, body) in too_large(&good) {
            let what = format!("{} with {what}", operation.name);
            let reply = send_bytes(&operation, &caller, &objects, &body).await;
            well_refused(&what, &reply);
            assert_eq!(reply.status, 413, "{what}: {}", shown(&reply.text));
            assert_eq!(reply.body["limit"], 256 * 1024, "{what}");
        }
        let full = with_member(&good, &format!("\"x\":\"{}\"", "a".repeat(256 * 1024 - good.len() - 7)));
        assert_eq!(full.len(), 256 * 1024);
        let reply = send_bytes(&operation, &caller, &objects, &full).await;
        assert_eq!(reply.status, 400, "{}: {}", operation.name, shown(&reply.text));
        assert!(reply.faults().contains(&"x:unknownField".to_owned()), "{}", shown(&reply.text));
    }
    assert_eq!(target.app.dump(), before);
}

/// SYS-04: as many unknown names as fit are refused quickly, without a huge answer.
#[actix_web::test]
async fn many_unknown_names_do_not_make_a_huge_answer() {
    let target = Target::start().await;
    let names: Vec<String> = (0..20_000).map(|n| format!("\"{n:x}\":0")).collect();
    for (operation, caller, objects) in target.with_body() {
        let reply = send_bytes(&operation, &caller, &objects, format!("{{{}}}", names.join(",")).as_bytes()).await;
        well_refused(&operation.name, &reply);
        assert_eq!(reply.status, 400, "{}", operation.name);
        assert!(reply.text.len() < 1 << 20, "{}: {} bytes", operation.name, reply.text.len());
        assert!(reply.faults().iter().any(|fault| fault.ends_with(":unknownField")), "{}", operation.name);
    }
}

/// SYS-04: only uncompressed JSON is accepted: other types, no type and compressed bodies are refused.
#[actix_web::test]
async fn other_content_types_and_encodings_are_refused() {
    let target = Target::start().await;
    let before = target.app.dump();
    for (operation, caller, objects) in target.with_body() {
        let good = operation.body(&objects).unwrap().to_string();
        let mut types = vec![
            "",
            "text/plain",
            "text/json",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json-patch+json",
            "application/problem+json",
            "application/jsonp",
            "application/jso",
            "json",
            "*/*",
            "application/json, text/plain",
        ];
        if operation.content_type() == "application/json" {
            types.push("application/merge-patch+json");
        } else {
            types.push("application/json");
        }
        for content_type in types {
            let request = operation.bare(&caller, &objects).header("Content-Type", content_type).body(good.clone());
            let reply = caller.send(request).await;
            let what = format!("{} as {content_type:?}", operation.name);
            well_refused(&what, &reply);
            assert_eq!(reply.status, 415, "{what}: {}", reply.text);
            assert!(reply.body["detail"].as_str().unwrap().contains("application/"), "{what}: {}", reply.text);
        }
        let typeless = caller.send(operation.bare(&caller, &objects).body(good.clone())).await;
        typeless.expect_problem(415, "unsupportedMediaType");

        for encoding in ["gzip", "br", "deflate", "zstd", "compress", "gzip, gzip", "identity, gzip", "x"] {
            for body in [good.clone().into_bytes(), gzipped(&good)] {
                let request = operation.bare(&caller, &objects).header("Content-Type", operation.content_type());
                let reply = caller.send(request.header("Content-Encoding", encoding).body(body)).await;
                let what = format!("{} in {encoding}", operation.name);
                well_refused(&what, &reply);
                assert_eq!(reply.status, 415, "{what}: {}", reply.text);
            }
        }
    }
    assert_eq!(target.app.dump(), before);
}

/// A gzip stream with one stored block.
fn gzipped(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    bytes.write_all(&length.to_le_bytes()).unwrap();
    bytes.write_all(&(!length).to_le_bytes()).unwrap();
    bytes.write_all(text.as_bytes()).unwrap();
    let mut crc = !0_u32;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    bytes.write_all(&(!crc).to_le_bytes()).unwrap();
    bytes.write_all(&u32::from(length).to_le_bytes()).unwrap();
    bytes
}
