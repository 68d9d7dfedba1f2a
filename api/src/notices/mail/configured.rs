//! The sender and the transport of e-mails, from the configuration.

use std::time::Duration;

use super::{MailConfigError, MailTransport, Maildir, Sender, Smtp, address};
use crate::config::{Config, SmtpTls};

/// The sender address and the domain of Message-IDs, from the configuration.
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

/// CON-08: INAMI's recipients of e-mails about changed lists of prescribers, from the configuration.
pub fn inami(config: &Config) -> Result<Vec<String>, MailConfigError> {
    let stated = &config.mail.inami_mail;
    if stated.iter().any(|one| address(one).is_none()) {
        return Err(MailConfigError::Invalid("--inami-mail (INSULA_INAMI_MAIL)"));
    }
    let invented = stated.is_empty() && config.is_development();
    Ok(if invented { vec!["conventions@inami.example".to_owned()] } else { stated.clone() })
}

/// The transport, from the configuration.
pub fn transport(config: &Config) -> Result<Box<dyn MailTransport>, MailConfigError> {
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
