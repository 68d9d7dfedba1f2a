//! Threshold e-mails: their recipients, and what follows each delivery attempt (NOT-03, NOT-04). Their text is in
//! `api/src/notices/mail/letter.rs`; [`crate::registry::counter`] decides when one is due.

use chrono::{DateTime, TimeDelta, Utc};

pub use crate::names::MailState;
use crate::registry::transmission::coded::retry_after_seconds;

/// NOT-03: the most addresses a hospital can have, those added by INAMI included.
pub const MAX_RECIPIENTS: usize = 10;

/// NOT-04: how long a mail is retried, as is usual for mail servers. After that it is parked, where it is visible,
/// never dropped.
pub const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(5);

/// NOT-03: the recipients of a hospital's e-mails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    /// The responsible specialist of form M-Form-II-01.
    pub responsible_specialist: Option<String>,
    /// Its first administrative contact.
    pub administrative_contact1: Option<String>,
    /// Its second administrative contact.
    pub administrative_contact2: Option<String>,
    /// Those added by INAMI on request.
    pub others: Vec<String>,
}

impl Recipients {
    /// All of them, in this order.
    pub fn all(&self) -> Vec<String> {
        let contacts = [&self.responsible_specialist, &self.administrative_contact1, &self.administrative_contact2];
        contacts.into_iter().flatten().chain(&self.others).cloned().collect()
    }
}

/// Whether two addresses are presumably the same mailbox. Case is ignored in the domain and in the local part, which no
/// server in use distinguishes by case.
pub fn same_mailbox(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// A mail's delivery progress when an attempt begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailProgress {
    /// All recipients.
    pub recipients: Vec<String>,
    /// Those who have it.
    pub accepted: Vec<String>,
    /// Those whose server refused it permanently.
    pub refused: Vec<String>,
    /// The number of earlier attempts.
    pub attempts: u32,
    /// When it was first due.
    pub waiting_since: DateTime<Utc>,
}

impl MailProgress {
    /// The recipients who neither have it nor were refused permanently, in order. An attempt addresses only them, so
    /// nobody gets a mail twice because another recipient's server was down.
    pub fn pending(&self) -> Vec<&str> {
        let is_settled = |one: &&String| self.accepted.contains(one) || self.refused.contains(one);
        self.recipients.iter().filter(|one| !is_settled(one)).map(String::as_str).collect()
    }
}

/// A server's answer for one recipient. The texts hold no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecipientAnswer {
    /// It accepted the mail.
    Accepted,
    /// It refused temporarily.
    Later(String),
    /// It refused permanently.
    Never(String),
}

/// The outcome of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailOutcome {
    /// The server answered for each pending recipient, in their order.
    Answered(Vec<RecipientAnswer>),
    /// The server was down, broke off or did not answer. Delivery is not confirmed for anyone.
    Later(String),
    /// The mail itself was refused permanently.
    Never(String),
}

/// A mail's state after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The new state.
    pub state: MailState,
    /// Those who have it.
    pub accepted: Vec<String>,
    /// Those whose server refused it permanently.
    pub refused: Vec<String>,
    /// The last errors; recipients appear by position, from 1, never by address.
    pub error: Option<String>,
    /// When it is retried.
    pub again_at: Option<DateTime<Utc>>,
}

/// NOT-04: a mail's state after an attempt. It is sent when nobody is pending and somebody has it; parked when nobody
/// is pending and nobody has it, or after [`GIVE_UP_AFTER`]; otherwise it waits, longer each time.
pub fn settled(standing: &MailProgress, outcome: &MailOutcome, now: DateTime<Utc>) -> Settlement {
    let pending = standing.pending();
    let (answers, whole) = match outcome {
        MailOutcome::Answered(answers) => (answers.clone(), None),
        MailOutcome::Later(text) => (vec![RecipientAnswer::Later(text.clone()); pending.len()], Some(text.clone())),
        MailOutcome::Never(text) => (vec![RecipientAnswer::Never(text.clone()); pending.len()], Some(text.clone())),
    };
    let (mut accepted, mut refused) = (standing.accepted.clone(), standing.refused.clone());
    let (mut errors, mut waits) = (Vec::new(), false);
    // Recipients without an answer are retried.
    let answers = answers.into_iter().chain(std::iter::repeat(RecipientAnswer::Later("no answer".to_owned())));
    for (recipient, answer) in pending.iter().zip(answers) {
        let position = standing.recipients.iter().position(|one| one == recipient).unwrap_or_default() + 1;
        match answer {
            RecipientAnswer::Accepted => accepted.push((*recipient).to_owned()),
            RecipientAnswer::Later(text) => {
                waits = true;
                errors.push(format!("recipient {position}: {text}"));
            }
            RecipientAnswer::Never(text) => {
                refused.push((*recipient).to_owned());
                errors.push(format!("recipient {position}: {text}"));
            }
        }
    }
    let expired = now - standing.waiting_since >= GIVE_UP_AFTER;
    let state = match () {
        () if waits && expired => MailState::Parked,
        () if waits => MailState::Waiting,
        () if accepted.is_empty() => MailState::Parked,
        () => MailState::Sent,
    };
    let error = whole.or_else(|| (!errors.is_empty()).then(|| errors.join("; ")));
    let again_at = (state == MailState::Waiting).then(|| {
        let seconds = i64::try_from(retry_after_seconds(standing.attempts)).unwrap_or(3600);
        now + TimeDelta::seconds(seconds)
    });
    Settlement { state, accepted, refused, error, again_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn standing(attempts: u32) -> MailProgress {
        MailProgress {
            recipients: ["a", "b", "c"].map(str::to_owned).to_vec(),
            accepted: vec![],
            refused: vec![],
            attempts,
            waiting_since: at(0),
        }
    }

    fn later() -> RecipientAnswer {
        RecipientAnswer::Later("450 later".into())
    }

    fn never() -> RecipientAnswer {
        RecipientAnswer::Never("550 no".into())
    }

    /// NOT-04: accepted for everyone: sent. Permanently refused for everyone: parked. Temporarily refused: waiting,
    /// longer each time.
    #[test]
    fn each_attempt_settles_the_mail() {
        use RecipientAnswer::Accepted;
        for (answers, state, accepted, refused, error) in [
            (vec![Accepted, Accepted, Accepted], MailState::Sent, 3, 0, None),
            (
                vec![never(), never(), never()],
                MailState::Parked,
                0,
                3,
                Some("recipient 1: 550 no; recipient 2: 550 no; recipient 3: 550 no"),
            ),
            (vec![Accepted, never(), Accepted], MailState::Sent, 2, 1, Some("recipient 2: 550 no")),
            (
                vec![Accepted, later(), never()],
                MailState::Waiting,
                1,
                1,
                Some("recipient 2: 450 later; recipient 3: 550 no"),
            ),
            (vec![Accepted], MailState::Waiting, 1, 0, Some("recipient 2: no answer; recipient 3: no answer")),
        ] {
            let settled = settled(&standing(0), &MailOutcome::Answered(answers), at(10));
            assert_eq!((settled.state, settled.accepted.len(), settled.refused.len()), (state, accepted, refused));
            assert_eq!(settled.error.as_deref(), error);
            assert_eq!(settled.again_at, (state == MailState::Waiting).then(|| at(11)));
        }
        let never = settled(&standing(0), &MailOutcome::Never("554 no".into()), at(10));
        assert_eq!((never.state, never.error.as_deref()), (MailState::Parked, Some("554 no")));
        for (attempts, pause) in [(0, 1), (3, 8), (20, 3600)] {
            let later = settled(&standing(attempts), &MailOutcome::Later("421 closing".into()), at(10));
            assert_eq!((later.state, later.again_at), (MailState::Waiting, Some(at(10 + pause))));
            assert_eq!(later.error.as_deref(), Some("421 closing"));
        }
    }

    /// NOT-04: an attempt addresses only those who do not have the mail yet.
    #[test]
    fn who_has_it_is_not_asked_again() {
        let mut mail = standing(1);
        mail.accepted = vec!["a".into()];
        mail.refused = vec!["c".into()];
        assert_eq!(mail.pending(), ["b"]);
        let after = settled(&mail, &MailOutcome::Answered(vec![RecipientAnswer::Accepted]), at(10));
        assert_eq!((after.state, after.accepted), (MailState::Sent, vec!["a".to_owned(), "b".to_owned()]));
        let after = settled(&mail, &MailOutcome::Never("550 no".into()), at(10));
        assert_eq!((after.state, after.refused.len()), (MailState::Sent, 2), "somebody has it");
    }

    /// NOT-04: it is parked after five days, no earlier.
    #[test]
    fn it_is_given_up_after_five_days_only() {
        let outcome = MailOutcome::Later("away".into());
        let end = GIVE_UP_AFTER.num_seconds();
        assert_eq!(settled(&standing(100), &outcome, at(end - 1)).state, MailState::Waiting);
        let parked = settled(&standing(100), &outcome, at(end));
        assert_eq!((parked.state, parked.error.as_deref(), parked.again_at), (MailState::Parked, Some("away"), None));
    }

    /// NOT-03: the three contacts of the form come first, then those added by INAMI.
    #[test]
    fn recipients_have_an_order() {
        let recipients = Recipients {
            administrative_contact2: Some("c@x.be".into()),
            responsible_specialist: Some("a@x.be".into()),
            administrative_contact1: None,
            others: vec!["z@x.be".into(), "b@x.be".into()],
        };
        assert_eq!(recipients.all(), ["a@x.be", "c@x.be", "z@x.be", "b@x.be"]);
        assert!(same_mailbox("A@x.BE", "a@X.be") && !same_mailbox("a@x.be", "b@x.be"));
    }
}
