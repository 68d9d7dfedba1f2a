//! The recipients of coded registrations.

use insula_domain::registry::transmission::coded::{Answer, CodedMessage};
use insula_persistence::{Call, Db, outbox};

/// A recipient of coded registrations (TRA-01). It may get a message twice, and recognises it by technical id and
/// version.
pub trait Destination: Send + Sync {
    /// The name of its deliveries in the outbox.
    fn name(&self) -> &'static str;

    /// The name for which its pseudonyms are computed; each recipient has its own (TRA-01).
    fn recipient(&self) -> &'static str {
        self.name()
    }

    /// Whether deliveries pause while it does not answer (`insula_domain::registry::transmission::breaker`).
    fn is_spared(&self) -> bool {
        false
    }

    /// Delivers the messages and returns their answers in the same order.
    fn deliver(&self, messages: &[&CodedMessage]) -> Vec<Answer>;
}

/// Insula's own coded store, which Healthstat reads (design §6).
pub struct CodedStore(pub Db);

impl Destination for CodedStore {
    fn name(&self) -> &'static str {
        outbox::HEALTHDATA
    }

    fn deliver(&self, messages: &[&CodedMessage]) -> Vec<Answer> {
        let call = Call::insula("keepCoded", self.0.ids.opaque_uuid());
        let answer = match self.0.run(&call, |tx| outbox::keep_coded(tx, messages)) {
            Ok(()) => Answer::Acknowledged,
            Err(_) => Answer::Failed("the coded store did not take it".to_owned()),
        };
        vec![answer; messages.len()]
    }
}
