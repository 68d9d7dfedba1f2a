//! The way through a mail server.
//!
//! lettre's connection is used command by command, not its transport: that one gives up at the first recipient who is refused,
//! and one wrong address must not keep a letter from the others.

use std::{sync::Arc, time::Duration};

use insula_domain::{
    names::MailRoute,
    notices::mail::{MailOutcome, RecipientAnswer},
};
use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
    },
};
use tokio::time::timeout;

use super::{MailConfigError, Outgoing, Post, Sender, address};
use crate::config::SmtpTls;

/// A server that cannot be reached holds a worker up no longer than this.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long the farewell may take; the letter is delivered by then.
const QUIT_WITHIN: Duration = Duration::from_secs(2);
/// How much of a server's text is kept.
const MAX_TEXT: usize = 200;

/// A mail server, and how it is spoken to.
pub struct Smtp {
    host: String,
    port: u16,
    /// STARTTLS or implicit TLS, with whom is trusted; `None` without TLS.
    tls: Option<(SmtpTls, TlsParameters)>,
    login: Option<Arc<Credentials>>,
    sender: Sender,
    within: Duration,
}

impl Smtp {
    /// A server, with certificates (PEM) that are trusted besides the system's, and user and password if it asks for them.
    pub fn new(
        host: &str,
        port: u16,
        tls: SmtpTls,
        authorities: Option<&[u8]>,
        login: Option<(String, String)>,
        sender: Sender,
    ) -> Result<Smtp, MailConfigError> {
        let wrong = |error: Error| MailConfigError::Tls(error.to_string());
        let mut builder = TlsParameters::builder(host.to_owned());
        if let Some(pem) = authorities {
            builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(wrong)?);
        }
        Ok(Smtp {
            host: host.to_owned(),
            port,
            tls: if tls == SmtpTls::None { None } else { Some((tls, builder.build().map_err(wrong)?)) },
            login: login.map(|(user, password)| Arc::new(Credentials::new(user, password))),
            sender,
            within: Duration::from_secs(60),
        })
    }

    /// The same, each attempt taking at most so long.
    #[must_use]
    pub fn limited_to(self, within: Duration) -> Smtp {
        Smtp { within, ..self }
    }

    /// Connects, encrypts and signs in. Whatever goes wrong so far says nothing about the letter: it is tried again.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let name = ClientId::Domain(self.sender.domain.clone());
        let tls = |kind| self.tls.as_ref().filter(|(tls, _)| *tls == kind).map(|(_, parameters)| parameters.clone());
        let server = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            server,
            Some(CONNECT_WITHIN.min(self.within)),
            &name,
            tls(SmtpTls::Implicit),
            None,
        )
        .await?;
        if let Some(parameters) = tls(SmtpTls::Required) {
            connection.starttls(parameters, &name).await?;
        }
        if let Some(login) = &self.login {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], login).await?;
        }
        Ok(connection)
    }

    /// The whole attempt, but for the farewell.
    async fn attempt(&self, letter: &Outgoing<'_>) -> (MailOutcome, Option<AsyncSmtpConnection>) {
        let said = |error: &Error| without_addresses(&text_of(error), letter.to);
        let mut connection = match self.connect().await {
            Ok(connection) => connection,
            Err(error) => return (MailOutcome::Later(said(&error)), None),
        };
        match connection.command(Mail::new(Some(self.sender.from.clone()), vec![])).await {
            Ok(_) => {}
            Err(error) if error.is_permanent() => return (MailOutcome::Never(said(&error)), Some(connection)),
            Err(error) => return (MailOutcome::Later(said(&error)), Some(connection)),
        }
        let mut answers = Vec::new();
        for recipient in letter.to {
            let Some(recipient) = address(recipient) else {
                answers.push(RecipientAnswer::Never("not an e-mail address".to_owned()));
                continue;
            };
            match rcpt(&mut connection, recipient).await {
                Ok(()) => answers.push(RecipientAnswer::Accepted),
                Err(error) if error.is_permanent() => answers.push(RecipientAnswer::Never(said(&error))),
                // 421: it closes, and speaks of no recipient.
                Err(error) if error.is_transient() && !is_closing(&error) => {
                    answers.push(RecipientAnswer::Later(said(&error)));
                }
                Err(error) => return (MailOutcome::Later(said(&error)), None),
            }
        }
        if !answers.contains(&RecipientAnswer::Accepted) {
            return (MailOutcome::Answered(answers), Some(connection));
        }
        let taken = match connection.command(Data).await {
            Ok(_) => connection.message(letter.message).await,
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            // Those refused for good stay so; the others share the fate of the letter.
            let fate = if error.is_permanent() {
                RecipientAnswer::Never(said(&error))
            } else {
                RecipientAnswer::Later(said(&error))
            };
            for answer in answers.iter_mut().filter(|answer| **answer == RecipientAnswer::Accepted) {
                *answer = fate.clone();
            }
            let alive = error.status().is_some() && !is_closing(&error);
            return (MailOutcome::Answered(answers), alive.then_some(connection));
        }
        (MailOutcome::Answered(answers), Some(connection))
    }
}

async fn rcpt(connection: &mut AsyncSmtpConnection, recipient: Address) -> Result<(), Error> {
    connection.command(Rcpt::new(recipient, vec![])).await.map(drop)
}

fn is_closing(error: &Error) -> bool {
    error.status().is_some_and(|code| u16::from(code) == 421)
}

impl Post for Smtp {
    fn via(&self) -> MailRoute {
        MailRoute::Smtp
    }

    fn within(&self) -> Duration {
        self.within
    }

    fn send(&self, letter: &Outgoing) -> MailOutcome {
        // A runtime of its own, for one time limit over the whole attempt: a server that gives a byte now and then would
        // outlast any limit on a single answer, and with it the claim.
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return MailOutcome::Later(format!("no connection can be made: {}", error.kind())),
        };
        let outcome = runtime.block_on(async {
            match timeout(self.within, self.attempt(letter)).await {
                Ok((outcome, connection)) => {
                    if let Some(mut connection) = connection {
                        let _ = timeout(QUIT_WITHIN, connection.quit()).await;
                    }
                    outcome
                }
                Err(_) => MailOutcome::Later(format!("no answer within {} s", self.within.as_secs_f32())),
            }
        });
        // A name that is still being looked up is not waited for.
        runtime.shutdown_background();
        outcome
    }
}

/// What a server or the network said: code and text.
fn text_of(error: &Error) -> String {
    use std::error::Error as _;
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    match error.status() {
        Some(code) => format!("{code} {text}"),
        None => format!("the mail server was not reached, or broke off: {error}"),
    }
}

/// A server's text on one line, shortened, without the addresses and names it may repeat.
pub fn without_addresses(text: &str, recipients: &[&str]) -> String {
    let mut names: Vec<String> = Vec::new();
    for recipient in recipients {
        let user = recipient.split('@').next().unwrap_or_default();
        names.extend((user.len() >= 3).then(|| user.to_ascii_lowercase()));
    }
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).map(|word| {
        let lower = word.to_ascii_lowercase();
        if word.contains('@') || names.iter().any(|name| lower.contains(name)) { "…" } else { word }
    });
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NOT-05: what is kept of a server's words holds no address, on one line, and not at any length.
    #[test]
    fn a_servers_words_are_kept_without_addresses() {
        let to = ["jan.peeters@ziekenhuis.be", "ab@x.be"];
        for (said, kept) in [
            ("550 5.1.1 <jan.peeters@ziekenhuis.be>: Recipient rejected", "550 5.1.1 … Recipient rejected"),
            ("550 no such user Jan.Peeters here", "550 no such user … here"),
            ("451 4.7.1 try\r\n later someone@else.be", "451 4.7.1 try later …"),
            ("550 absent", "550 absent"),
        ] {
            assert_eq!(without_addresses(said, &to), kept);
        }
        assert_eq!(without_addresses(&"é ".repeat(5000), &to).chars().count(), MAX_TEXT);
    }
}
