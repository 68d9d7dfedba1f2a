//! E-mails about thresholds and prescribers: their text and the two transports (NOT-02 to NOT-05, CON-08).

mod configured;
mod letter;
mod maildir;
mod smtp;

use std::{path::PathBuf, time::Duration};

use insula_domain::{names::MailRoute, notices::mail::MailOutcome};
use lettre::Address;

pub use configured::{inami, sender, transport};
pub use letter::{Letter, Sender};
pub use maildir::Maildir;
pub use smtp::{Smtp, without_addresses};

/// An e-mail ready to send.
pub struct Outgoing<'a> {
    /// Its Message-ID.
    pub message_id: &'a str,
    /// The complete message.
    pub message: &'a [u8],
    /// The recipients who do not have it yet. The message itself is addressed to all recipients.
    pub to: &'a [&'a str],
}

/// A transport of e-mails.
pub trait MailTransport: Send + Sync {
    /// The transport's name in the record of an e-mail: `smtp` or `maildir`.
    fn via(&self) -> MailRoute;

    /// The timeout of one attempt.
    fn within(&self) -> Duration;

    /// Sends an e-mail.
    fn send(&self, letter: &Outgoing) -> MailOutcome;
}

/// Why the settings are refused.
#[derive(Debug, thiserror::Error)]
pub enum MailConfigError {
    /// A setting is missing.
    #[error("a mail server is set, but {0} is not")]
    Missing(&'static str),
    /// A setting is not valid.
    #[error("{0} is not valid")]
    Invalid(&'static str),
    /// A password would be sent unencrypted.
    #[error("a password is sent only over TLS: set --smtp-tls to required or implicit")]
    PasswordInClear,
    /// A file cannot be read.
    #[error("{path} cannot be read: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error.
        error: std::io::Error,
    },
    /// The certificates cannot be used.
    #[error("the certificates of --smtp-ca cannot be used: {0}")]
    Tls(String),
}

/// NOT-03: an e-mail address that every server accepts: printable ASCII without quotes, lists or comments, so that
/// none can end a line or start a header.
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

    /// NOT-03, NOT-05: only plain addresses are accepted; none that could end a header.
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
