//! The transport through a mail server.
//!
//! Uses lettre's connection command by command instead of its transport, which gives up at the first refused
//! recipient: one wrong address must not keep an e-mail from the others.

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

use super::{MailConfigError, MailTransport, Outgoing, Sender, address};
use crate::config::SmtpTls;

/// Timeout of a connection, so that an unreachable server does not block a worker for long.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Timeout of QUIT; the e-mail is delivered by then.
const QUIT_WITHIN: Duration = Duration::from_secs(2);
/// How much of a server's text is stored, in characters.
const MAX_TEXT: usize = 200;

/// A mail server and how to connect to it.
pub struct Smtp {
    host: String,
    port: u16,
    /// STARTTLS or implicit TLS, with the trusted certificates; `None` without TLS.
    tls: Option<(SmtpTls, TlsParameters)>,
    login: Option<Arc<Credentials>>,
    sender: Sender,
    within: Duration,
}

impl Smtp {
    /// A server, certificates (PEM) to trust besides the system's, and credentials if it requires them.
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

    /// The same with a timeout for each attempt.
    #[must_use]
    pub fn limited_to(self, within: Duration) -> Smtp {
        Smtp { within, ..self }
    }

    /// Connects, encrypts and authenticates. A failure here says nothing about the e-mail, which is retried.
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

    /// The whole attempt except QUIT.
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
                // 421 closes the connection and is not about the recipient.
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
            // Recipients already refused stay refused; the others share the outcome of the message.
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

impl MailTransport for Smtp {
    fn via(&self) -> MailRoute {
        MailRoute::Smtp
    }

    fn within(&self) -> Duration {
        self.within
    }

    fn send(&self, letter: &Outgoing) -> MailOutcome {
        // One timeout over the whole attempt, in its own runtime: a server that sends a byte now and then could
        // outlast a timeout per response, and with it the claim.
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
        // Does not wait for a running name look-up.
        runtime.shutdown_background();
        outcome
    }
}

/// The response of a server or the network: code and text.
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

    /// NOT-05: the stored text of a server contains no address, is one line and is short.
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
