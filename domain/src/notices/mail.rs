//! Threshold e-mails: to whom they go, and what becomes of one after each attempt (NOT-03, NOT-04). What they say is written
//! in `api/src/notices/mail/letter.rs`, who gets one at all in [`crate::registry::counter`].

use chrono::{DateTime, TimeDelta, Utc};

pub use crate::names::MailState;
use crate::registry::transmission::coded::retry_after_seconds;

/// NOT-03: how many addresses a hospital has at most, whom INAMI added included.
pub const MAX_RECIPIENTS: usize = 10;

/// NOT-04: as long as servers usually try. After it a mail is parked, where it is seen; never dropped.
pub const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(5);

/// NOT-03: whom a hospital's e-mails are addressed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    /// The responsible specialist of form M-Form-II-01.
    pub responsible_specialist: Option<String>,
    /// Its first administrative contact.
    pub administrative_contact1: Option<String>,
    /// Its second administrative contact.
    pub administrative_contact2: Option<String>,
    /// Whom INAMI added on request.
    pub others: Vec<String>,
}

impl Recipients {
    /// All of them, in this order.
    pub fn all(&self) -> Vec<String> {
        let named = [&self.responsible_specialist, &self.administrative_contact1, &self.administrative_contact2];
        named.into_iter().flatten().chain(&self.others).cloned().collect()
    }
}

/// Whether two addresses are the same mailbox as far as anybody but its server can tell: the domain in either case, and the
/// part before it too, which no server in use tells apart.
pub fn same_mailbox(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// How a mail stood when an attempt began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// To whom it is addressed.
    pub recipients: Vec<String>,
    /// Who of them has it.
    pub accepted: Vec<String>,
    /// Whose server refused it for good.
    pub refused: Vec<String>,
    /// How often it was tried before.
    pub attempts: u32,
    /// Since when it has been tried.
    pub waiting_since: DateTime<Utc>,
}

impl Standing {
    /// Who neither has it nor will never have it, in the order in which they are addressed. The attempt is for them alone: so
    /// nobody gets a mail twice because another's server was away.
    pub fn pending(&self) -> Vec<&str> {
        let is_settled = |one: &&String| self.accepted.contains(one) || self.refused.contains(one);
        self.recipients.iter().filter(|one| !is_settled(one)).map(String::as_str).collect()
    }
}

/// What a server said about one recipient. The texts hold no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has taken the mail for them.
    Accepted,
    /// Not now.
    Later(String),
    /// Never.
    Never(String),
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server was there: an answer for each recipient who was pending, in their order.
    Answered(Vec<Answer>),
    /// It was not, or broke off, or its answer stayed away. Nothing is known to have been delivered.
    Later(String),
    /// The mail itself was refused for good.
    Never(String),
}

/// How a mail stands after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Where it stands.
    pub state: MailState,
    /// Who has it.
    pub accepted: Vec<String>,
    /// Whose server refused it for good.
    pub refused: Vec<String>,
    /// What went wrong last; recipients by their position, from 1, never by their address.
    pub error: Option<String>,
    /// When it is tried again.
    pub again_at: Option<DateTime<Utc>>,
}

/// NOT-04: what becomes of a mail after an attempt. It is sent once nobody is pending and somebody has it; parked when nobody
/// is pending and nobody has it, or when it was tried for [`GIVE_UP_AFTER`]; else it waits, a little longer each time.
pub fn settled(standing: &Standing, outcome: &Outcome, now: DateTime<Utc>) -> Settlement {
    let pending = standing.pending();
    let (answers, whole) = match outcome {
        Outcome::Answered(answers) => (answers.clone(), None),
        Outcome::Later(text) => (vec![Answer::Later(text.clone()); pending.len()], Some(text.clone())),
        Outcome::Never(text) => (vec![Answer::Never(text.clone()); pending.len()], Some(text.clone())),
    };
    let (mut accepted, mut refused) = (standing.accepted.clone(), standing.refused.clone());
    let (mut errors, mut waits) = (Vec::new(), false);
    // Whoever got no answer is asked again.
    let answers = answers.into_iter().chain(std::iter::repeat(Answer::Later("no answer".to_owned())));
    for (recipient, answer) in pending.iter().zip(answers) {
        let position = standing.recipients.iter().position(|one| one == recipient).unwrap_or_default() + 1;
        match answer {
            Answer::Accepted => accepted.push((*recipient).to_owned()),
            Answer::Later(text) => {
                waits = true;
                errors.push(format!("recipient {position}: {text}"));
            }
            Answer::Never(text) => {
                refused.push((*recipient).to_owned());
                errors.push(format!("recipient {position}: {text}"));
            }
        }
    }
    let hopeless = now - standing.waiting_since >= GIVE_UP_AFTER;
    let state = match () {
        () if waits && hopeless => MailState::Parked,
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

    fn standing(attempts: u32) -> Standing {
        Standing {
            recipients: ["a", "b", "c"].map(str::to_owned).to_vec(),
            accepted: vec![],
            refused: vec![],
            attempts,
            waiting_since: at(0),
        }
    }

    fn later() -> Answer {
        Answer::Later("450 later".into())
    }

    fn never() -> Answer {
        Answer::Never("550 no".into())
    }

    /// NOT-04: taken for everyone is sent; for nobody and never is parked; what is put off waits, longer each time.
    #[test]
    fn each_attempt_settles_the_mail() {
        use Answer::Accepted;
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
            let settled = settled(&standing(0), &Outcome::Answered(answers), at(10));
            assert_eq!((settled.state, settled.accepted.len(), settled.refused.len()), (state, accepted, refused));
            assert_eq!(settled.error.as_deref(), error);
            assert_eq!(settled.again_at, (state == MailState::Waiting).then(|| at(11)));
        }
        let never = settled(&standing(0), &Outcome::Never("554 no".into()), at(10));
        assert_eq!((never.state, never.error.as_deref()), (MailState::Parked, Some("554 no")));
        for (attempts, pause) in [(0, 1), (3, 8), (20, 3600)] {
            let later = settled(&standing(attempts), &Outcome::Later("421 closing".into()), at(10));
            assert_eq!((later.state, later.again_at), (MailState::Waiting, Some(at(10 + pause))));
            assert_eq!(later.error.as_deref(), Some("421 closing"));
        }
    }

    /// NOT-04: an attempt is for those who do not have it yet; whoever has it does not get it again.
    #[test]
    fn who_has_it_is_not_asked_again() {
        let mut mail = standing(1);
        mail.accepted = vec!["a".into()];
        mail.refused = vec!["c".into()];
        assert_eq!(mail.pending(), ["b"]);
        let after = settled(&mail, &Outcome::Answered(vec![Answer::Accepted]), at(10));
        assert_eq!((after.state, after.accepted), (MailState::Sent, vec!["a".to_owned(), "b".to_owned()]));
        let after = settled(&mail, &Outcome::Never("550 no".into()), at(10));
        assert_eq!((after.state, after.refused.len()), (MailState::Sent, 2), "somebody has it");
    }

    /// NOT-04: after five days it is parked, and not a moment earlier.
    #[test]
    fn it_is_given_up_after_five_days_only() {
        let outcome = Outcome::Later("away".into());
        let end = GIVE_UP_AFTER.num_seconds();
        assert_eq!(settled(&standing(100), &outcome, at(end - 1)).state, MailState::Waiting);
        let parked = settled(&standing(100), &outcome, at(end));
        assert_eq!((parked.state, parked.error.as_deref(), parked.again_at), (MailState::Parked, Some("away"), None));
    }

    /// NOT-03: the three named ones first, then whom INAMI added.
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
