//! What can be read afterwards: the feed, the history and the trail.

use std::time::Duration;

use serde_json::Value;

use super::{
    DemoError,
    invented::Cast,
    registering::path,
    service::{Reply, Request},
    telling::Teller,
};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// An instant to the millisecond, without its day.
fn clock(value: &Value, name: &str) -> String {
    text(value, name).split_once('T').map_or_else(String::new, |(_, time)| time.chars().take(12).collect())
}

/// The insurer's feed (TRA-02).
pub async fn feed(
    teller: &mut Teller<'_>,
    cast: &Cast,
    bookmark: &str,
    story: &[(&str, &Reply)],
) -> Result<(), DemoError> {
    teller.chapter(
        "The insurer reads its feed",
        "The insurer follows the changes of its members' codes from where it stopped reading before this story. Each change \
         comes once, in an order that never changes; none is missed. The explantation is not billed, so no insurer hears of it.",
    )?;
    // A change appears once all older transactions have ended, which may take a moment.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut reply = teller.ask(Request::get(&cast.insurer, bookmark)).await?.expect(200)?;
    while !reply.list("items").is_empty() {
        for change in reply.list("items") {
            let code = text(change, "code");
            if let Some((name, _)) = story.iter().find(|(_, registration)| registration.text("code") == code) {
                teller.row(&[
                    (&clock(change, "changedAt"), 12),
                    (code, 14),
                    (text(change, "status"), 10),
                    (name, 20),
                ])?;
            }
        }
        let next = teller.service.path(reply.text("next")).to_owned();
        reply = teller.service.send(Request::get(&cast.insurer, next)).await?.expect(200)?;
    }
    Ok(())
}

/// The history of a registration (SYS-01).
pub async fn history(teller: &mut Teller<'_>, cast: &Cast, first: &Reply) -> Result<(), DemoError> {
    teller.chapter(
        "The hospital reads the history",
        "Every version the first implantation ever had, with who made it; each can be read exactly as it was.",
    )?;
    let request = Request::get(&cast.specialist, format!("{}/versions", path(first)?));
    let reply = teller.ask(request).await?.expect(200)?;
    teller.row(&[("version", 7), ("command", 12), ("status", 10), ("by", 16), ("event date", 10)])?;
    for version in reply.list("items") {
        teller.row(&[
            (&version["version"].to_string(), 7),
            (text(version, "command"), 12),
            (text(version, "status"), 10),
            (text(version, "changedBy"), 16),
            (text(&version["content"], "eventDate"), 10),
        ])?;
    }
    let request = Request::get(&cast.specialist, format!("{}/versions/2", path(first)?));
    let reply = teller.ask(request).await?.expect(200)?;
    teller.fact("eventDate", text(&reply.body["content"], "eventDate"))
}

/// The trail, as the auditor reads it (SYS-01).
pub async fn trail(teller: &mut Teller<'_>, cast: &Cast, first: &Reply) -> Result<(), DemoError> {
    teller.chapter(
        "The auditor reads the trail",
        "Every change and every reading of the same registration, signed and chained: who, what, when, never whom it is about. \
         `insula audit verify` tells whether anything in it was changed, removed, inserted or moved.",
    )?;
    let mut path = format!("/auditEvents?subject=registration:{}&pageSize=50", first.id()?);
    let mut reply = teller.ask(Request::get(&cast.auditor, path.clone())).await?.expect(200)?;
    let mut reads = 0;
    while !reply.list("items").is_empty() {
        for event in reply.list("items") {
            // The demo read it often while waiting for the acknowledgement; each read is in the trail.
            if text(event, "action") == "get" {
                reads += 1;
                continue;
            }
            let by = format!("{} of {}", text(event, "person"), text(event, "organisation").trim_end_matches(':'));
            teller.row(&[
                (&clock(event, "at"), 12),
                (text(event, "action"), 12),
                (text(&event["details"], "status"), 10),
                (&by, 40),
            ])?;
        }
        path = teller.service.path(reply.text("next")).to_owned();
        reply = teller.service.send(Request::get(&cast.auditor, path)).await?.expect(200)?;
    }
    teller.say(&format!("Besides, it was read {reads} times; each reading is an event of its own."))
}
