//! E-mails about thresholds and about prescribers: what they say, and the two ways they can go (NOT-02 to NOT-05, CON-08).

mod letter;
mod maildir;
mod smtp;

use std::{path::PathBuf, time::Duration};

use insula_domain::notices::mail::Outcome;
use lettre::Address;

pub use letter::{Letter, Sender};
pub use maildir::Maildir;
pub use smtp::{Smtp, without_addresses};

use crate::config::{Config, SmtpTls};

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
    fn via(&self) -> &'static str;

    /// How long one attempt takes at most.
    fn within(&self) -> Duration;

    /// Hands a letter over.
    fn send(&self, letter: &Outgoing) -> Outcome;
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

/// The address that letters come from, and what their Message-IDs end in, by the configuration.
pub fn sender(config: &Config) -> Result<Sender, MailConfigError> {
    let mail = &config.mail;
    let from = match (&mail.mail_from, &mail.smtp_host) {
        (Some(from), _) => from.as_str(),
        (None, Some(_)) => return Err(MailConfigError::Missing("--mail-from (INSULA_MAIL_FROM)")),
        (None, None) => "insula@insula.invalid",
    };
    let from = address(from).ok_or(MailConfigError::Invalid("--mail-from (INSULA_MAIL_FROM)"))?;
    let domain = mail.mail_domain.clone().unwrap_or_else(|| from.domain().to_owned());
    if address(&format!("insula@{domain}")).is_none() {
        return Err(MailConfigError::Invalid("--mail-domain (INSULA_MAIL_DOMAIN)"));
    }
    Ok(Sender { from, domain })
}

/// CON-08: where INAMI is told of changes in lists of prescribers, by the configuration.
pub fn inami(config: &Config) -> Result<Vec<String>, MailConfigError> {
    let stated = &config.mail.inami_mail;
    if stated.iter().any(|one| address(one).is_none()) {
        return Err(MailConfigError::Invalid("--inami-mail (INSULA_INAMI_MAIL)"));
    }
    let invented = stated.is_empty() && config.is_development();
    Ok(if invented { vec!["conventions@inami.example".to_owned()] } else { stated.clone() })
}

/// The way letters go, by the configuration.
pub fn post(config: &Config) -> Result<Box<dyn Post>, MailConfigError> {
    let mail = &config.mail;
    let Some(host) = &mail.smtp_host else {
        return Ok(Box::new(Maildir(config.data.join("maildir"))));
    };
    let password = match (&mail.smtp_password, &mail.smtp_password_file) {
        (Some(password), _) => Some(password.clone()),
        (None, Some(path)) => {
            let text =
                std::fs::read_to_string(path).map_err(|error| MailConfigError::File { path: path.clone(), error })?;
            Some(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        (None, None) => None,
    };
    let login = match (mail.smtp_user.clone(), password) {
        (Some(user), Some(password)) => Some((user, password)),
        (Some(_), None) => {
            return Err(MailConfigError::Missing("a password for --smtp-user (INSULA_SMTP_PASSWORD_FILE)"));
        }
        (None, Some(_)) => return Err(MailConfigError::Missing("--smtp-user (INSULA_SMTP_USER)")),
        (None, None) => None,
    };
    if login.is_some() && mail.smtp_tls == SmtpTls::None {
        return Err(MailConfigError::PasswordInClear);
    }
    let authorities = match &mail.smtp_ca {
        Some(path) => {
            let error = |error| MailConfigError::File { path: path.clone(), error };
            Some(std::fs::read(path).map_err(error)?)
        }
        None => None,
    };
    let port = mail.smtp_port.unwrap_or(match mail.smtp_tls {
        SmtpTls::None => 25,
        SmtpTls::Required => 587,
        SmtpTls::Implicit => 465,
    });
    let sender = sender(config)?;
    let smtp = Smtp::new(host, port, mail.smtp_tls, authorities.as_deref(), login, sender)?;
    Ok(Box::new(smtp.limited_to(Duration::from_secs(mail.smtp_timeout))))
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
