//! One attempt over HTTP, guarded against whatever a foreign endpoint may do.

use std::{sync::Arc, time::Duration};

use insula_domain::{
    clock::Clock,
    notices::webhook::{Failure, Outcome},
};
use insula_persistence::notices::webhooks::Attempt;
use reqwest::{Client, header, redirect::Policy};

use super::message;
use crate::addresses::{Addresses, Guarded, LookUp};

/// The time limit of an attempt, from name resolution to the end of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read, so that the connection can be reused. The content is ignored.
const READ_AT_MOST: usize = 16 * 1024;

/// Sends events.
pub struct Sender {
    client: Client,
    addresses: Addresses,
    source: Arc<str>,
    clock: Arc<dyn Clock>,
}

impl Sender {
    /// `source` is the public address of this Insula, by which receivers recognise the sender. `clock` shows real time
    /// even while a rehearsal moves Insula's clock, because receivers compare the timestamp with their own.
    pub fn new(
        addresses: Addresses,
        source: Arc<str>,
        clock: Arc<dyn Clock>,
        timeout: Duration,
        look_up: LookUp,
    ) -> Result<Sender, reqwest::Error> {
        let client = Client::builder()
            // A proxy would resolve names itself and so bypass the guard.
            .no_proxy()
            .redirect(Policy::none())
            .dns_resolver(Arc::new(Guarded { reach: addresses.reach.clone(), look_up }))
            .timeout(timeout)
            .pool_max_idle_per_host(2)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent("Insula-Webhooks/1")
            .build()?;
        Ok(Sender { client, addresses, source, clock })
    }

    /// Sends an event, signed with the current time.
    pub async fn send(&self, attempt: &Attempt) -> Outcome {
        // A numeric address is not resolved, so the guard of names never sees it; and the operator may have forbidden
        // the address since the hospital entered it.
        let Ok(url) = self.addresses.check(&attempt.url) else {
            return Outcome::Failed(Failure::AddressNotAllowed, None);
        };
        let body = message::body(attempt, &self.source);
        let (id, at) = (attempt.event_id.to_string(), self.clock.now());
        let signatures = message::signatures(&attempt.secrets, &id, at, &body);
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/cloudevents+json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at.timestamp())
            .header("webhook-signature", signatures)
            .body(body);
        match request.send().await {
            Ok(mut response) => {
                let mut read = 0;
                while let Ok(Some(chunk)) = response.chunk().await {
                    read += chunk.len();
                    if read > READ_AT_MOST {
                        break;
                    }
                }
                Outcome::of_status(response.status().as_u16())
            }
            Err(error) => Outcome::Failed(why(&error), None),
        }
    }
}

fn why(error: &reqwest::Error) -> Failure {
    match () {
        () if error.is_timeout() => Failure::Timeout,
        () if error.is_connect() => Failure::Unreachable,
        () => Failure::Broken,
    }
}
