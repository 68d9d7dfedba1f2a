//! One event as it is sent: a CloudEvent (1.0, structured JSON), signed according to Standard Webhooks.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use insula_persistence::notices::webhooks::Attempt;
use serde_json::{Value, json};

use crate::config::BASE_PATH;

/// The body: the same in every attempt, and without anything that identifies a beneficiary (BEN-04).
pub fn body(attempt: &Attempt, source: &str) -> Vec<u8> {
    let mut data = attempt.data.clone();
    if let Some(Value::String(registration)) = data.get("registrationId").cloned() {
        data["href"] = json!(format!("{source}{BASE_PATH}/registrations/{registration}"));
    }
    for (name, path) in [("coverageApplicationId", "coverageApplications"), ("grantedPeriodId", "grantedPeriods")] {
        if let Some(Value::String(id)) = data.get(name).cloned() {
            data["href"] = json!(format!("{source}{BASE_PATH}/{path}/{id}"));
        }
    }
    json!({
        "specversion": "1.0",
        "id": attempt.event_id,
        "source": source,
        "type": attempt.event_type,
        "subject": attempt.subject,
        "time": attempt.occurred_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "datacontenttype": "application/json",
        "data": data,
    })
    .to_string()
    .into_bytes()
}

/// The header `webhook-signature`: one signature per secret.
pub fn signatures(secrets: &[Vec<u8>], id: &str, at: DateTime<Utc>, body: &[u8]) -> String {
    let signed = secrets.iter().map(|secret| {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
        context.update(format!("{id}.{}.", at.timestamp()).as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    });
    signed.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SYS-02: the example of the specification of Standard Webhooks.
    #[test]
    fn the_specifications_example_is_signed_so() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let header = signatures(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
        assert_eq!(header, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
