//! A night concurrent with a command: the result is that of one after the other (R6).

use insula_tests::client::new_key;

use super::{History, Ledger, send};
use crate::registry::counters::oracle;

/// One possible order of nights and command.
struct Order {
    /// The number of nights before the command.
    nights_before: usize,
    answer: u16,
    ledger: Ledger,
    nights: Vec<super::ledger::Night>,
}

impl History {
    /// Runs the nights that are due concurrently with a hospital's command. The model tries every order; the answer and
    /// the resulting state must match one of them.
    pub async fn race(&mut self) {
        let now = self.now();
        let id = self.meets();
        let command = ["reopen", "reopen", "submit", "delete"][self.random.below(4)];
        let (content, reason, key) = (self.content(), self.often(80), new_key());
        let (hospital, version) = (self.ledger.all[&id].hospital, self.ledger.all[&id].version);
        let lead = &self.leads[hospital].clone();
        let db = self.app.db.clone();
        let nights = tokio::task::spawn_blocking(move || {
            std::iter::from_fn(|| insula_api::worker::night::run_next(&db).unwrap()).count()
        });
        let one = &self.ledger.all[&id];
        let (reply, ran) = tokio::join!(send(lead, &id, one, command, (&content, reason), version, &key), nights);
        let ran = ran.unwrap();
        let found = self.found();
        let mut orders = Vec::new();
        for nights_before in 0..=ran {
            let (mut ledger, mut nights) = (self.ledger.clone(), Vec::new());
            nights.extend((0..nights_before).map(|_| ledger.night()));
            let stale = ledger.all[&id].version != version;
            let answer = if stale { 412 } else { ledger.answer(&id, command, reason).0 };
            if answer < 300 {
                ledger.apply(&id, command, &content);
                let code = reply.body["code"].as_str().map(str::to_owned);
                let one = ledger.all.get_mut(&id).unwrap();
                one.code = one.code.take().or(code);
            }
            nights.extend((nights_before..ran).map(|_| ledger.night()));
            assert!(ledger.due(now).is_none(), "all that were due have been run");
            orders.push(Order { nights_before, answer, ledger, nights });
        }
        let fits = |order: &Order| order.answer == reply.status && order.ledger.lines() == found;
        let Some(order) = orders.into_iter().find(fits) else {
            panic!(
                "{command} on {:?} with {ran} nights, answered {}: no order gives this",
                self.ledger.all[&id], reply.text
            )
        };
        let day = |n: usize| order.nights.get(n).map(|night| night.day);
        if reply.status < 300 {
            let after = order.nights_before.checked_sub(1).and_then(day);
            oracle::came_about(&self.app, &id, version + 1, after, day(order.nights_before));
        }
        self.ledger = order.ledger;
        if reply.status < 300 {
            self.done(&id, command, &reply);
        }
        self.raced += 1;
        self.agree(&order.nights).await;
        self.nights.extend(order.nights);
    }

    /// A registration that the night will probably decide, or that holds a place.
    fn meets(&mut self) -> String {
        let now = self.now();
        let decisions = self.ledger.decide(now);
        let holders = self.ledger.all.iter().filter(|(_, one)| one.place.is_some()).map(|(id, _)| id.clone());
        let some: Vec<_> = match self.random.below(3) {
            0 => holders.collect(),
            1 => self.slots.clone(),
            _ => decisions.into_iter().map(|decision| decision.id).collect(),
        };
        if some.is_empty() { self.slots[0].clone() } else { self.random.pick(&some).clone() }
    }
}
