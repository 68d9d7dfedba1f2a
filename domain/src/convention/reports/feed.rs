//! The calendar feed of obligations (REG-17): text of RFC 5545, without identity.
//!
//! Written here rather than by a crate: the feed has one kind of component and no dates with time zones, and a crate
//! would bring its own clock and random identifiers, which nothing here may read.

use chrono::{DateTime, Utc};

use super::obligation::{Obligation, ObligationState};

/// RFC 5545 §3.1: the most octets of a line, without its line break.
const LINE: usize = 75;

/// What a feed says of itself (REG-17).
#[derive(Debug, Clone, Copy)]
pub struct Feed<'a> {
    /// The name of the calendar.
    pub name: &'a str,
    /// The part of identifiers that keeps two feeds apart: the establishment's number and a domain.
    pub host: &'a str,
    /// When it is made.
    pub made_at: DateTime<Utc>,
}

/// REG-17, RFC 5545: the open obligations as a calendar of whole days, in the order given. `summary` puts a row into
/// words; since a row holds no identity, neither can they. What is met leaves the feed.
#[must_use]
pub fn calendar(rows: &[Obligation], feed: Feed<'_>, summary: impl Fn(&Obligation) -> String) -> String {
    let mut text = String::new();
    for fixed in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Insula//Obligations//EN", "METHOD:PUBLISH"] {
        push(&mut text, fixed);
    }
    push(&mut text, &format!("X-WR-CALNAME:{}", escaped(feed.name)));
    for row in rows.iter().filter(|row| row.state == ObligationState::Open) {
        push(&mut text, "BEGIN:VEVENT");
        push(&mut text, &format!("UID:{}", escaped(&format!("{}@{}", row.id(), feed.host))));
        push(&mut text, &format!("DTSTAMP:{}", feed.made_at.format("%Y%m%dT%H%M%SZ")));
        push(&mut text, &format!("DTSTART;VALUE=DATE:{}", row.due.format("%Y%m%d")));
        push(&mut text, &format!("SUMMARY:{}", escaped(&summary(row))));
        push(&mut text, &format!("CATEGORIES:{}", row.rule()));
        // Due that day, but nobody is busy with it.
        push(&mut text, "TRANSP:TRANSPARENT");
        push(&mut text, "END:VEVENT");
    }
    push(&mut text, "END:VCALENDAR");
    text
}

/// RFC 5545 §3.3.11: a text without what would end its line or its value. Control characters are not allowed and
/// dropped.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' | '\r' => escaped.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// RFC 5545 §3.1: adds a line, folded where it is longer than 75 octets, never within a character.
fn push(text: &mut String, line: &str) {
    let mut octets = 0;
    for c in line.chars() {
        if octets + c.len_utf8() > LINE {
            text.push_str("\r\n ");
            octets = 1;
        }
        text.push(c);
        octets += c.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{
        super::obligation::{About, Done, ObligationKind, Subject, SubjectKind},
        *,
    };
    use crate::span::tests::day;

    fn feed(name: &str) -> Feed<'_> {
        Feed { name, host: "71000436.insula.example", made_at: "2027-03-01T07:00:00Z".parse().unwrap() }
    }

    fn rows() -> Vec<Obligation> {
        let period = Subject::of(SubjectKind::GrantedPeriod, Uuid::from_u128(2));
        let report = Obligation::open(
            ObligationKind::AnnualReport,
            Subject::ESTABLISHMENT,
            About::Year(2026),
            day("2027-03-31"),
        );
        vec![
            Obligation::open(ObligationKind::PeriodEnds, period, About::All, day("2027-03-14")),
            report.met(Some(Done { on: day("2027-02-01"), by: None })),
            Obligation::open(
                ObligationKind::JointMeetings,
                Subject::ESTABLISHMENT,
                About::Year(2027),
                day("2027-12-31"),
            )
            .counted(0, 6),
        ]
    }

    /// REG-17: one event for each open row, with a stable identifier and no name, number or birth date.
    #[test]
    fn r_17_calendar_feed() {
        let text = calendar(&rows(), feed("H1; due"), |row| format!("{}, {}", row.kind, row.rule()));
        let expected = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Insula//Obligations//EN",
            "METHOD:PUBLISH",
            "X-WR-CALNAME:H1\\; due",
            "BEGIN:VEVENT",
            "UID:periodEnds/grantedPeriod/00000000-0000-0000-0000-000000000002/all@71000",
            " 436.insula.example",
            "DTSTAMP:20270301T070000Z",
            "DTSTART;VALUE=DATE:20270314",
            "SUMMARY:periodEnds\\, COV-04",
            "CATEGORIES:COV-04",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
            "BEGIN:VEVENT",
            "UID:jointMeetings/establishment/2027@71000436.insula.example",
            "DTSTAMP:20270301T070000Z",
            "DTSTART;VALUE=DATE:20271231",
            "SUMMARY:jointMeetings\\, REG-03",
            "CATEGORIES:REG-03",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ];
        assert_eq!(text, expected.join("\r\n"));
    }

    /// The logical lines of a calendar.
    fn unfolded(text: &str) -> Vec<String> {
        text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    /// The text of a value (RFC 5545 §3.3.11).
    fn read(value: &str) -> String {
        let (mut text, mut chars) = (String::new(), value.chars());
        while let Some(c) = chars.next() {
            match (c, if c == '\\' { chars.next() } else { None }) {
                ('\\', Some('n' | 'N')) => text.push('\n'),
                ('\\', Some(next)) => text.push(next),
                _ => text.push(c),
            }
        }
        text
    }

    proptest! {
        /// REG-17, RFC 5545: whatever a text holds, no line is longer than 75 octets, no text ends its line or adds
        /// one, and each reads back as it was.
        #[test]
        fn any_text_survives_folding_and_escaping(
            name in "\\PC{0,90}|[;,:\\\\\"\r\n\t aé€😀]{0,160}",
            summary in "[;,\\\\\r\nEND:VEVT é€😀x]{0,200}",
        ) {
            let text = calendar(&rows(), feed(&name), |_| summary.clone());
            prop_assert!(text.ends_with("\r\n"));
            for line in text.split_terminator("\r\n") {
                prop_assert!(line.len() <= LINE && !line.contains(['\r', '\n']), "{line:?}");
            }
            let lines = unfolded(&text);
            prop_assert_eq!(lines.len(), 5 + 2 * 8 + 1);
            let plain = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
            let value = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name)).map(read);
            prop_assert_eq!(value("X-WR-CALNAME:"), Some(plain(&name)));
            prop_assert_eq!(value("SUMMARY:"), Some(plain(&summary)));
        }
    }
}
