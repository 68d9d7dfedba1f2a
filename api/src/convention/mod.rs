//! Establishments of the pump convention: conventions, mergers, sites, prescribers, pumps, prices, team, joint
//! meetings, accounts, obligations, what is kept of each beneficiary, and the statements and assessments of their staffing.

pub mod accounts;
pub mod consultation_notices;
pub mod contacts;
pub mod conventions;
pub mod coverage;
pub mod electronic_consents;
pub mod examinations;
pub mod follow_ups;
pub mod home_base;
pub mod hospital_stays;
pub mod infrastructure;
pub mod joint_meetings;
pub mod material;
pub mod meeting_assessment;
pub mod mergers;
pub mod move_notices;
pub mod obligations;
pub mod practitioner;
pub mod pump_assignments;
pub mod record;
pub mod reports;
pub mod sheets;
pub mod staffing;
pub mod tariffs;
pub mod team;

use insula_domain::{names::Weekday, refusal::Reason, shift::Shift};

use crate::http::input::{Field, Reader};

/// A mandatory day of the week.
fn required_weekday(reader: &mut Reader) -> Field<u8> {
    reader.required_one_of("weekday", Weekday::ALL, Weekday::name).map(Weekday::number)
}

/// Reads a weekly shift.
fn shift(reader: &mut Reader) -> Field<Shift> {
    let weekday = required_weekday(reader);
    let from = reader.required_parsed("from", Reason::NotATime, minutes);
    let to = reader.required_parsed("to", Reason::NotATime, minutes);
    reader.build(|done| Shift { weekday: done.take(weekday), from: done.take(from), to: done.take(to) })
}

/// Minutes after midnight as a time, such as 08:30.
fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Reads a time such as 08:30 as minutes after midnight; 24:00 is the end of the day.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number =
        |text: &str| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?;
    let (hours, minutes): (u16, u16) = (number(hours)?, number(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 24 * 60).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// STF-12: a time is written as a clock shows it, to the end of the day.
    #[test]
    fn a_time_is_as_a_clock_shows_it() {
        for (text, expected) in [("00:00", Some(0)), ("08:30", Some(510)), ("23:59", Some(1439)), ("24:00", Some(1440))]
        {
            assert_eq!(minutes(text), expected, "{text}");
        }
        for text in ["24:01", "8:30", "08:60", "08.30", "0830", "-1:00", "08:3a", "٠٨:٣٠", ""] {
            assert_eq!(minutes(text), None, "{text}");
        }
    }
}
