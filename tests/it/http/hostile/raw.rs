//! Requests that no client library would send, on a raw socket.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
};

use insula_tests::{Reply, TEST_TIMEOUT, TestApp};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::{Target, well_refused};

/// The address and host of a service.
fn address(app: &TestApp) -> String {
    app.base.trim_start_matches("http://").split('/').next().unwrap().to_owned()
}

fn connect(app: &TestApp) -> TcpStream {
    let stream = TcpStream::connect(address(app)).unwrap();
    stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    stream
}

/// Reads one answer to its end; status 0 if the service closed without one.
fn answer(stream: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    // A service that closes with unread input resets the connection; what it sent before counts.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, mut body) =
        text.split_once("\r\n\r\n").map(|(head, body)| (head.to_owned(), body.to_owned())).unwrap_or_default();
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok()).unwrap_or(0);
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers.append(
            HeaderName::from_bytes(name.to_lowercase().as_bytes()).unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    if headers.get("transfer-encoding").is_some_and(|value| value == "chunked") {
        body = unchunked(&body);
    }
    Reply { status, headers, body: serde_json::from_str(&body).unwrap_or(Value::Null), text: body }
}

fn unchunked(mut chunks: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = chunks.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        text.push_str(&rest[..size]);
        chunks = rest[size..].trim_start_matches("\r\n");
    }
    text
}

/// A request without body, with this exact target.
pub fn ask(app: &TestApp, method: &str, path: &str, headers: &[(&str, String)]) -> Reply {
    ask_with(app, method, path, headers, b"")
}

/// A request with this exact target.
pub fn ask_with(app: &TestApp, method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Reply {
    let mut request = format!("{method} /insula/v1{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", address(app));
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut stream = connect(app);
    stream.write_all(request.as_bytes()).unwrap();
    let _ = stream.write_all(body);
    answer(&mut stream)
}

fn post(app: &TestApp, token: &str, more: &str) -> String {
    format!(
        "POST /insula/v1/registrations HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: \"k\"\r\n\
         Content-Type: application/json\r\n{more}\r\n",
        address(app)
    )
}

/// SYS-04: a chunked body without end is refused as soon as it exceeds the limit, while it is being sent.
#[actix_web::test]
async fn a_body_without_end_is_refused_at_the_limit() {
    let target = Target::start().await;
    let token = target.app.lead_a().token.unwrap();
    let before = target.app.dump();
    let mut stream = connect(&target.app);
    stream.write_all(post(&target.app, &token, "Transfer-Encoding: chunked\r\n").as_bytes()).unwrap();
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
    let mut sent = 0;
    // Never the last chunk: only the limit can end this.
    while sent < 64 << 20 && stream.write_all(chunk.as_bytes()).is_ok() {
        sent += 0x1000;
        if sent == 0x1000 * 65 {
            break;
        }
    }
    let mut head = [0; 4096];
    let read = stream.read(&mut head).unwrap();
    let text = String::from_utf8_lossy(&head[..read]);
    assert!(text.starts_with("HTTP/1.1 413 "), "{text}");
    assert!(text.contains("application/problem+json") && text.contains("belgov-trace-id"), "{text}");
    drop(stream);
    assert_eq!(target.app.dump(), before);
}

/// SYS-04: an announced length above the limit is refused before the body is sent.
#[actix_web::test]
async fn a_length_beyond_the_limit_is_refused_before_it_is_sent() {
    let target = Target::start().await;
    let token = target.app.lead_a().token.unwrap();
    for length in ["262145", "1073741824", "9223372036854775807"] {
        let mut stream = connect(&target.app);
        stream.write_all(post(&target.app, &token, &format!("Content-Length: {length}\r\n")).as_bytes()).unwrap();
        let mut head = [0; 4096];
        let read = stream.read(&mut head).unwrap();
        let text = String::from_utf8_lossy(&head[..read]).into_owned();
        assert!(text.starts_with("HTTP/1.1 413 "), "{length}: {text}");
    }
}

/// SYS-02, SYS-04: requests that two parsers could delimit differently are refused as a whole, and a smuggled request
/// is not answered.
#[actix_web::test]
async fn ambiguous_requests_are_refused() {
    let target = Target::start().await;
    let token = target.app.lead_a().token.unwrap();
    let before = target.app.dump();
    let smuggled = "GET /insula/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for more in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: 0x4\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Content-Length: 4, 4\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "X: a\0b\r\n",
        "X Y: z\r\n",
        ": empty\r\n",
    ] {
        let mut stream = connect(&target.app);
        let request = format!("{}{}", post(&target.app, &token, more), smuggled);
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let reply = answer(&mut stream);
        assert!((400..500).contains(&reply.status), "{more:?}: {} {}", reply.status, reply.text);
        assert!(!reply.text.contains("\"UP\""), "{more:?}: {}", reply.text);
    }
    assert_eq!(target.app.dump(), before);
}

/// SYS-04: missing or too long heads are refused, without a 500.
#[actix_web::test]
async fn missing_and_oversized_heads_are_refused() {
    let target = Target::start().await;
    let many: String = (0..10_000).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let long = "a".repeat(1 << 20);
    for (what, request) in [
        ("a long header", format!("GET /insula/v1/health HTTP/1.1\r\nHost: x\r\nX: {long}\r\n\r\n")),
        ("many headers", format!("GET /insula/v1/health HTTP/1.1\r\nHost: x\r\n{many}\r\n")),
        ("a long path", format!("GET /insula/v1/{long} HTTP/1.1\r\nHost: x\r\n\r\n")),
        (
            "a long token",
            format!("GET /insula/v1/registrations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {long}\r\n\r\n"),
        ),
        ("no request", "\r\n\r\n\0\0\0".to_owned()),
        ("another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned()),
        ("another version", "GET /insula/v1/health HTTP/3.7\r\nHost: x\r\n\r\n".to_owned()),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n".to_owned()),
    ] {
        let mut stream = connect(&target.app);
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
        let reply = answer(&mut stream);
        assert!(reply.status == 0 || (400..500).contains(&reply.status), "{what}: {} {}", reply.status, reply.text);
    }
    // The service is still available.
    target.app.client(None).get("/health").await.expect(200);
}

/// SYS-03: a truncated body has no effect.
#[actix_web::test]
async fn a_truncated_body_changes_nothing() {
    let target = Target::start().await;
    let token = target.app.lead_a().token.unwrap();
    let before = target.app.dump();
    let body = r#"{"type":"firstImplantation"}"#;
    for more in [format!("Content-Length: {}\r\n", body.len() + 1), "Transfer-Encoding: chunked\r\n".to_owned()] {
        let mut stream = connect(&target.app);
        let chunk = if more.starts_with('T') { format!("{:x}\r\n{body}\r\n", body.len()) } else { body.to_owned() };
        stream.write_all(format!("{}{chunk}", post(&target.app, &token, &more)).as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let reply = answer(&mut stream);
        if reply.status != 0 {
            well_refused(&more, &reply);
        }
    }
    assert_eq!(target.app.dump(), before);
}
