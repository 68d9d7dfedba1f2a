//! Interprets answers of Healthdata. An answer is untrusted input (OWASP API10).

use chrono::Datelike;
use insula_domain::{
    parties::beneficiary::without_national_numbers,
    registry::transmission::coded::{Acknowledgement, CodedMessage},
};
use serde::Deserialize;
use serde_json::Value;

use super::http::Reply;

/// The statuses whose body is read.
pub(super) const MEANING: [u16; 4] = [200, 201, 409, 422];

/// The maximum number of reasons kept of a refusal.
const MAX_REASONS: usize = 20;
/// The maximum length of a reason, in characters.
const MAX_REASON: usize = 300;
/// The maximum length of an acknowledgement's name.
const MAX_ACKNOWLEDGEMENT_ID: usize = 128;

/// What an answer means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Heard {
    /// The message arrived.
    Acknowledged(Acknowledgement),
    /// The message is refused, for these reasons.
    Refused(Vec<String>),
    /// The token is not accepted.
    TokenRefused,
    /// Another message is acknowledged.
    Misaddressed,
    /// No usable answer: try again.
    Failed(String),
}

/// Interprets the answer to a message. A refusal needs a reason; without one the answer may come from a proxy on the
/// way.
pub(super) fn read(message: &CodedMessage, reply: &Reply) -> Heard {
    let failed = |words: &str| Heard::Failed(format!("{words}, with status {}", reply.status));
    match reply.status {
        401 | 403 => Heard::TokenRefused,
        200 | 201 | 409 | 422 if !reply.is_json => failed("an answer that is not JSON"),
        200 | 201 => match serde_json::from_slice::<Acknowledgement>(&reply.body) {
            Ok(acknowledgement) if !acknowledgement.is_of(message) => Heard::Misaddressed,
            Ok(acknowledgement) => match admissible(acknowledgement) {
                Some(acknowledgement) => Heard::Acknowledged(acknowledgement),
                None => failed("an acknowledgement without name or time"),
            },
            Err(_) => failed("an answer that is no acknowledgement"),
        },
        409 | 422 => match reasons(&reply.body) {
            reasons if reasons.is_empty() => failed("a refusal without a reason"),
            reasons => Heard::Refused(reasons),
        },
        _ => failed("no acknowledgement"),
    }
}

fn admissible(mut acknowledgement: Acknowledgement) -> Option<Acknowledgement> {
    let id = &acknowledgement.acknowledgement_id;
    let is_name = (1..=MAX_ACKNOWLEDGEMENT_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    let is_time = (1970..=9999).contains(&acknowledgement.received_at.year());
    acknowledgement.acknowledgement_id = without_national_numbers(id);
    (is_name && is_time).then_some(acknowledgement)
}

/// The reasons of a refusal in a form that may be stored and shown to the hospital.
fn reasons(body: &[u8]) -> Vec<String> {
    #[derive(Deserialize)]
    struct Refusal {
        reasons: Vec<Value>,
    }
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else { return Vec::new() };
    let texts = refusal.reasons.iter().filter_map(Value::as_str);
    texts.map(clean).filter(|reason| !reason.is_empty()).take(MAX_REASONS).collect()
}

/// One line without control characters or national numbers (BEN-04), cut to a maximum length. Invisible characters are
/// removed first, because they could hide a number; then numbers, because the cut could leave most of one.
fn clean(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c)).map(|c| if c.is_control() { ' ' } else { c });
    let line = visible.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    without_national_numbers(&line).chars().take(MAX_REASON).collect::<String>().trim_end().to_owned()
}

/// Characters that are invisible or change the direction of the text.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message() -> CodedMessage {
        serde_json::from_value(json!({
            "technicalId": "3f0c6e1e-7d0f-4a39-9a54-0f7f8b1f5a11", "version": 3, "pseudonym": "p", "hospital": "71000436",
            "registrationType": "firstImplantation", "eventDate": "2026-06-01", "dictionaryVersion": 1, "content": {},
            "deleted": false
        }))
        .unwrap()
    }

    fn heard(status: u16, body: &Value) -> Heard {
        read(&message(), &Reply { status, is_json: true, body: body.to_string().into_bytes() })
    }

    fn acknowledgement(changes: &Value) -> Value {
        let mut body = json!({"technicalId": message().technical_id, "version": 3, "acknowledgementId": "A-1",
            "receivedAt": "2026-06-15T10:00:00+02:00", "more": [1, 2]});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    /// CGM-07, INV-T1: only an acknowledgement of exactly this registration in this version is one.
    #[test]
    fn an_acknowledgement_is_of_this_version() {
        for status in [200, 201] {
            let Heard::Acknowledged(one) = heard(status, &acknowledgement(&json!({}))) else { panic!("{status}") };
            assert_eq!(
                (one.acknowledgement_id.as_str(), one.received_at.to_rfc3339().as_str()),
                ("A-1", "2026-06-15T08:00:00+00:00")
            );
        }
        for other in [
            json!({"version": 2}),
            json!({"version": 4}),
            json!({"technicalId": "3f0c6e1e-7d0f-4a39-9a54-0f7f8b1f5a12"}),
        ] {
            assert_eq!(heard(200, &acknowledgement(&other)), Heard::Misaddressed, "{other}");
        }
        for odd in [
            json!({"version": "3"}),
            json!({"version": 3.5}),
            json!({"version": 4_294_967_299_u64}),
            json!({"technicalId": null}),
            json!({"acknowledgementId": ""}),
            json!({"acknowledgementId": 7}),
            json!({"acknowledgementId": "a\nb"}),
            json!({"acknowledgementId": "x".repeat(129)}),
            json!({"receivedAt": "yesterday"}),
            json!({"receivedAt": "+200000-01-01T00:00:00Z"}),
        ] {
            assert!(matches!(heard(200, &acknowledgement(&odd)), Heard::Failed(_)), "{odd}");
        }
        let html = Reply { status: 200, is_json: false, body: acknowledgement(&json!({})).to_string().into_bytes() };
        assert!(matches!(read(&message(), &html), Heard::Failed(_)));
        assert!(matches!(heard(202, &acknowledgement(&json!({}))), Heard::Failed(_)));
    }

    /// CGM-07: every status, with the body it would need.
    #[test]
    fn statuses_mean_what_the_protocol_says() {
        let body = acknowledgement(&json!({"reasons": ["no"]}));
        for status in 100..600 {
            let expected = match status {
                200 | 201 => "Acknowledged",
                409 | 422 => "Refused",
                401 | 403 => "TokenRefused",
                _ => "Failed",
            };
            assert!(format!("{:?}", heard(status, &body)).starts_with(expected), "{status}");
        }
    }

    /// CGM-07, BEN-04: reasons are bounded, on one line, without national numbers.
    #[test]
    fn reasons_are_made_harmless() {
        let reasons = |reasons: Value| match heard(422, &json!({"title": "x", "reasons": reasons})) {
            Heard::Refused(reasons) => reasons,
            other => panic!("{other:?}"),
        };
        assert_eq!(reasons(json!(["unknown device", 7, null, " ", "ok"])), ["unknown device", "ok"]);
        assert_eq!(reasons(json!(["a\u{1b}[31m\r\nb\u{202e}c\u{0}"])), ["a [31m bc"]);
        assert_eq!(reasons(json!(["known as 85.07.30-033.28?"])), ["known as ***?"]);
        assert_eq!(reasons(json!(["8507\u{200b}3003\u{feff}328"])), ["***"]);
        assert_eq!(reasons(json!(["850730\u{0}033\u{7}28"])), ["***"]);
        let long = format!("{}85073003328", "x ".repeat(147));
        assert_eq!(reasons(json!([long])), [format!("{}***", "x ".repeat(147))]);
        assert_eq!(reasons(json!(["é".repeat(5000)]))[0].chars().count(), 300);
        assert_eq!(reasons(json!(vec!["x"; 5000])).len(), 20);
        for none in [json!([]), json!(["", "\u{0}"]), json!("no"), json!({"0": "no"}), json!(null)] {
            assert!(matches!(heard(422, &json!({"reasons": none})), Heard::Failed(_)));
        }
    }
}
