//! Healthdata as an external service (`docs/healthdata.md`). It gets each message first, and its answer decides the
//! status. What it acknowledges is also stored in Insula's own coded store (CGM-07, TRA-01, TRA-04).

mod answer;
mod http;
mod settings;
mod token;

use std::{io, sync::Arc, thread, time::Instant};

use futures_util::stream::{FuturesUnordered, StreamExt};
use insula_domain::registry::transmission::{
    breaker::Breaker,
    coded::{Acknowledgement, Answer, CodedMessage},
};
use insula_persistence::{Call, Db, outbox, registry::healthdata};
use reqwest::{Client, Url, header};
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

use self::{
    answer::{Heard, MEANING},
    settings::SettingsError,
    token::{Token, Tokens},
};
use super::destination::Destination;
use crate::system::SystemClock;
pub use settings::{Patience, Settings, SigningKey, TokenAddress};

/// The name for which its pseudonyms are computed. It must never change, or every pseudonym would change (TRA-01).
pub const RECIPIENT: &str = "healthdata-service";

/// The maximum number of concurrent deliveries.
const AT_ONCE: u32 = 4;

/// Why the set-up failed.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The HTTP client.
    #[error("the client for Healthdata: {0}")]
    Client(#[from] reqwest::Error),
    /// Its thread.
    #[error("the thread for Healthdata: {0}")]
    Thread(#[from] io::Error),
}

/// An external Healthdata.
pub struct Healthdata {
    db: Db,
    client: Client,
    base: Url,
    tokens: Tokens,
    patience: Patience,
    runtime: Handle,
    /// Ends the thread of the runtime when dropped.
    _running: oneshot::Sender<()>,
}

impl Healthdata {
    /// Prepares the service without sending any request.
    pub fn new(settings: Settings, db: Db) -> Result<Healthdata, SetUpError> {
        let client = http::client(&settings.patience)?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel();
        // In its own thread, so that connections kept between rounds notice when the other side closes them.
        thread::Builder::new().name("healthdata".to_owned()).spawn(move || runtime.block_on(ended))?;
        Ok(Healthdata {
            client: client.clone(),
            base: settings.base.clone(),
            patience: settings.patience,
            // Real time: the other side compares it with its own clock, which no rehearsal moves.
            tokens: Tokens::new(client, settings, Arc::new(SystemClock), db.ids.clone()),
            db,
            runtime: handle,
            _running: running,
        })
    }

    /// For `insula doctor`: gets a token and calls the base address; any answer will do.
    pub fn examine(&self) -> Result<String, String> {
        self.runtime.block_on(async {
            let token = self.tokens.get().await?;
            let asked = self.client.get(self.base.clone()).bearer_auth(&token.text);
            match http::send(asked, &[]).await?.status {
                status @ (401 | 403) => Err(format!("it gives tokens and does not take them: status {status}")),
                _ => Ok("a token was given, and it can be reached".to_owned()),
            }
        })
    }

    /// Delivers as much as a round has time for, several messages at once. The outbox releases one version of a
    /// registration at a time, so the order does not matter.
    async fn round(&self, messages: &[&CodedMessage]) -> Vec<Heard> {
        let mut heard: Vec<Option<Heard>> = vec![None; messages.len()];
        let until = Instant::now() + self.patience.begin;
        // Without a token none can be delivered: one counts as failed, the others as not tried.
        if let Err(words) = self.tokens.get().await {
            heard.truncate(1);
            return heard.iter().map(|_| Heard::Failed(words.clone())).collect();
        }
        let (mut waiting, mut in_hand) = (messages.iter().enumerate(), FuturesUnordered::new());
        let mut breaker = Breaker::default();
        loop {
            let now = self.db.clock.now();
            while Instant::now() < until && in_hand.len() < breaker.admits(now, AT_ONCE) as usize {
                let Some((place, message)) = waiting.next() else { break };
                in_hand.push(async move { (place, self.one(message).await) });
            }
            let Some((place, outcome)) = in_hand.next().await else { break };
            let answered = matches!(outcome, Heard::Acknowledged(_) | Heard::Refused(_));
            breaker = breaker.heard(answered, self.db.clock.now());
            if let Some(slot) = heard.get_mut(place) {
                *slot = Some(outcome);
            }
        }
        heard.into_iter().map_while(|outcome| outcome).collect()
    }

    /// One delivery, with a time limit for the whole.
    async fn one(&self, message: &CodedMessage) -> Heard {
        let delivery = async {
            let token = self.tokens.get().await?;
            match self.put(message, &token).await? {
                Heard::TokenRefused => {
                    let token = self.tokens.instead_of(&token).await?;
                    self.put(message, &token).await
                }
                other => Ok(other),
            }
        };
        match tokio::time::timeout(self.patience.delivery, delivery).await {
            Ok(Ok(heard)) => heard,
            Ok(Err(words)) => Heard::Failed(words),
            Err(_) => Heard::Failed("no answer in time".to_owned()),
        }
    }

    async fn put(&self, message: &CodedMessage, token: &Token) -> Result<Heard, String> {
        let mut address = self.base.clone();
        let id = message.technical_id.to_string();
        address.path_segments_mut().map_err(|()| "the base address takes no path".to_owned())?.pop_if_empty().extend([
            "registrations",
            &id,
            "versions",
            &message.version.to_string(),
        ]);
        let accepted = "application/json, application/problem+json";
        let request = self.client.put(address).bearer_auth(&token.text).header(header::ACCEPT, accepted).json(message);
        Ok(answer::read(message, &http::send(request, &MEANING).await?))
    }

    /// Stores what was acknowledged. What cannot be stored counts as not acknowledged: it is delivered again, with the
    /// same answer.
    fn keep(&self, acknowledged: &[(&CodedMessage, Acknowledgement)]) -> bool {
        let call = Call::insula("keepAcknowledged", self.db.ids.opaque_uuid());
        match self.db.run(&call, |tx| healthdata::keep(tx, acknowledged)) {
            Ok(contradicted) => {
                for (technical_id, version) in contradicted {
                    tracing::warn!(%technical_id, version, "acknowledged again under another name; the first one stands");
                }
                true
            }
            Err(stop) => {
                tracing::warn!(?stop, "acknowledgements could not be kept; they are asked for again");
                false
            }
        }
    }
}

impl Destination for Healthdata {
    fn name(&self) -> &'static str {
        outbox::HEALTHDATA
    }

    fn recipient(&self) -> &'static str {
        RECIPIENT
    }

    fn is_spared(&self) -> bool {
        true
    }

    fn deliver(&self, messages: &[&CodedMessage]) -> Vec<Answer> {
        let heard = self.runtime.block_on(self.round(messages));
        let mut acknowledged = Vec::new();
        let mut answers = Vec::with_capacity(messages.len());
        for (message, heard) in messages.iter().zip(heard) {
            answers.push(match heard {
                Heard::Acknowledged(acknowledgement) => {
                    acknowledged.push((*message, acknowledgement));
                    Answer::Acknowledged
                }
                // Nobody could correct a deletion, so it is retried until it is accepted (TRA-04).
                Heard::Refused(_) if message.deleted => {
                    let (technical_id, version) = (message.technical_id, message.version);
                    tracing::error!(%technical_id, version, "Healthdata refuses a deletion");
                    Answer::Again("a deletion was refused".to_owned())
                }
                Heard::Refused(reasons) => Answer::Refused(reasons),
                Heard::TokenRefused => Answer::Failed("the token was refused".to_owned()),
                Heard::Misaddressed => {
                    let (technical_id, version) = (message.technical_id, message.version);
                    tracing::error!(%technical_id, version, "an acknowledgement of something else; nothing is applied");
                    Answer::Failed("an acknowledgement of something else".to_owned())
                }
                Heard::Failed(words) => Answer::Failed(words),
            });
        }
        if !acknowledged.is_empty() && !self.keep(&acknowledged) {
            for answer in &mut answers {
                if *answer == Answer::Acknowledged {
                    *answer = Answer::Again("the acknowledgement could not be kept".to_owned());
                }
            }
        }
        let failed = |answer: &Answer| match answer {
            Answer::Failed(words) | Answer::Again(words) => Some(words.clone()),
            Answer::Acknowledged | Answer::Refused(_) | Answer::NotTried => None,
        };
        let failures: Vec<String> = answers.iter().filter_map(failed).collect();
        if let Some(first) = failures.first() {
            let (failed, tried) = (failures.len(), answers.len());
            tracing::warn!(failed, tried, first, "deliveries to Healthdata failed; they are tried again");
        }
        answers.resize(messages.len(), Answer::NotTried);
        answers
    }
}
