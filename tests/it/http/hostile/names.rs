//! Unknown names that contain hidden characters or a national number.

use insula_tests::data;
use serde_json::json;

use super::{Target, send_bytes, shown, well_refused};

/// BEN-04, SYS-04: unknown names of any length and characters are refused; a name that contains a national number in
/// any spelling is not echoed.
#[actix_web::test]
async fn strange_names_are_refused_and_national_numbers_not_echoed() {
    let target = Target::start().await;
    let before = target.app.dump();
    let niss = data::niss(77);
    let parts = (&niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
    let (a, b, c, d, e) = parts;
    let wide: String = niss.chars().map(|digit| char::from_u32(digit as u32 - 0x30 + 0xff10).unwrap()).collect();
    let names = [
        niss.clone(),
        format!("{a}.{b}.{c}-{d}.{e}"),
        format!("{a} {b} {c} {d} {e}"),
        format!("x{niss}y"),
        format!("{a}\u{a0}{b}\u{a0}{c}\u{a0}{d}\u{a0}{e}"),
        wide.clone(),
        "a\0b".to_owned(),
        "a\u{202e}b".to_owned(),
        "\u{feff}niss".to_owned(),
        "n\u{200b}iss".to_owned(),
        "\u{200d}".to_owned(),
        "ni\u{17f}s".to_owned(),
        "NISS".to_owned(),
        " niss".to_owned(),
        "content.status".to_owned(),
        "a".repeat(100_000),
        "🧷".repeat(10_000),
        "\"><script>alert(1)</script>".to_owned(),
        "' OR '1'='1".to_owned(),
        "a\r\nSet-Cookie: x=1".to_owned(),
        "{max}".to_owned(),
    ];
    for (operation, caller, objects) in target.with_body() {
        let good = operation.body(&objects).unwrap();
        for name in &names {
            for nested in [false, true] {
                let mut body = good.clone();
                if nested {
                    if body.get("content").is_none() {
                        continue;
                    }
                    body["content"][name] = json!(1);
                } else {
                    body[name] = json!(1);
                }
                let reply = send_bytes(&operation, &caller, &objects, body.to_string().as_bytes()).await;
                let what = format!("{} with {}", operation.name, shown(name));
                well_refused(&what, &reply);
                assert_eq!(reply.status, 400, "{what}");
                assert!(reply.faults().iter().all(|fault| fault.ends_with(":unknownField")), "{what}: {}", reply.text);
                assert!(!reply.text.contains(&wide), "{what}: {}", reply.text);
                assert!(reply.text.len() < 2000, "{what}: {} bytes", reply.text.len());
            }
        }
    }
    assert_eq!(target.app.dump(), before);
}

/// BEN-04: a national number in the wrong place is never echoed, whether in a value, header, path or query.
#[actix_web::test]
async fn a_national_number_is_never_echoed() {
    let target = Target::start().await;
    let niss = data::niss(77);
    let dotted = format!("{}.{}.{}-{}.{}", &niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
    for number in [&niss, &dotted] {
        for (operation, caller, objects) in target.with_body() {
            let good = operation.body(&objects).unwrap();
            for name in good.as_object().unwrap().keys().filter(|name| *name != "niss") {
                let mut body = good.clone();
                body[name] = json!(number);
                let reply = send_bytes(&operation, &caller, &objects, body.to_string().as_bytes()).await;
                if reply.status >= 400 {
                    well_refused(&format!("{} with {name}", operation.name), &reply);
                }
            }
            for header in ["If-Match", "Idempotency-Key", "BelGov-Trace-Id", "Accept-Language", "X-Request-Id"] {
                let request = caller
                    .request(operation.method.clone(), &operation.path_to(&objects))
                    .header(header, format!("\"{number}\""))
                    .header(header, number)
                    .header("Content-Type", operation.content_type())
                    .body("{");
                let reply = caller.send(request).await;
                well_refused(&format!("{} with {header}", operation.name), &reply);
            }
        }
    }
}
