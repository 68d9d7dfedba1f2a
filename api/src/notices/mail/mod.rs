//! E-mails about thresholds and about prescribers: what they say, and the two ways they can go (NOT-02 to NOT-05, CON-08).

mod configured;
mod letter;
mod maildir;
mod smtp;

use std::{path::PathBuf, time::Duration};

use insula_domain::{names::MailRoute, notices::mail::MailOutcome};
use lettre::Address;

pub use configured::{inami, post, sender};
pub use letter::{Letter, Sender};
pub use maildir::Maildir;
pub use smtp::{Smtp, without_addresses};

/// A letter ready to go.
pub struct Outgoing<'a> {
    /// Its Message-ID.
    pub message_id: &'a str,
    /// Headers and text.
    pub message: &'a [u8],
    /// For whom it is left; the letter itself is addressed to all its recipients.
    pub to: &'a [&'a str],
}

/// A way for letters to go.
pub trait Post: Send + Sync {
    /// Its name beside what it took: `smtp` or `maildir`.
    fn via(&self) -> MailRoute;

    /// How long one attempt takes at most.
    fn within(&self) -> Duration;

    /// Hands a letter over.
    fn send(&self, letter: &Outgoing) -> MailOutcome;
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum MailConfigError {
    /// One is missing.
    #[error("a mail server is set, but {0} is not")]
    Missing(&'static str),
    /// One is not what it should be.
    #[error("{0} is not valid")]
    Invalid(&'static str),
    /// A password would be seen by everyone on the way.
    #[error("a password is sent only over TLS: set --smtp-tls to required or implicit")]
    PasswordInClear,
    /// A file cannot be read.
    #[error("{path} cannot be read: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The certificates do not serve.
    #[error("the certificates of --smtp-ca cannot be used: {0}")]
    Tls(String),
}

/// NOT-03: an e-mail address as every server takes it: printable ASCII without quotes, lists or comments, so that none can end a
/// line or begin another header.
pub fn address(text: &str) -> Option<Address> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\<>(),:;[]".contains(&byte);
    if text.len() > 254 || !text.bytes().all(is_plain) || text.matches('@').count() != 1 {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NOT-03, NOT-05: only plain addresses are addresses; nothing that could end a header is one.
    #[test]
    fn only_plain_addresses_are_addresses() {
        for text in ["jan.peeters@ziekenhuis.be", "a+b@x.example", "o'neill@hopital-de-l-ile.be"] {
            assert!(address(text).is_some(), "{text}");
        }
        let long = format!("{}@x.be", "a".repeat(260));
        for text in [
            "",
            "@",
            "a@",
            "@x.be",
            "a b@x.be",
            "a@x.be,b@x.be",
            "a@x.be\r\nBcc: b@x.be",
            "a@x.be\n",
            "<a@x.be>",
            "\"a\"@x.be",
            "a@b@x.be",
            "é@x.be",
            "a@hôpital.be",
            "a@x..be",
            ".a@x.be",
            "a@-x.be",
            "Jan <a@x.be>",
            "a@x.be;b@x.be",
            "a@[127.0.0.1]",
            &long,
        ] {
            assert!(address(text).is_none(), "{text}");
        }
    }
}
