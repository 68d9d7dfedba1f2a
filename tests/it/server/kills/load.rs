//! Hospitals that register without a pause and repeat unanswered requests, and a record of the answers.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use insula_tests::{Client, Reply, TEST_TIMEOUT, client::new_key, data};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::command::process::{Folder, Insula};

/// What was acknowledged, and the other answers.
#[derive(Default)]
pub struct Account {
    /// Registrations, by identifier and code.
    pub submitted: Vec<(String, String)>,
    /// Requests without an answer, which are repeated.
    pub unanswered: Vec<String>,
    /// Requests answered 503, which are repeated.
    pub unavailable: usize,
    /// Unexpected answers.
    pub unexpected: Vec<String>,
}

/// The working hospitals.
pub struct Load {
    account: Arc<Mutex<Account>>,
    lead: Arc<Mutex<Client>>,
    enough: Arc<AtomicBool>,
    workers: Vec<JoinHandle<()>>,
}

impl Load {
    /// Each worker registers one beneficiary after another.
    pub fn begin(insula: &Insula, workers: u32) -> Load {
        let lead = Arc::new(Mutex::new(lead(insula)));
        let (account, enough) = (Arc::new(Mutex::new(Account::default())), Arc::new(AtomicBool::new(false)));
        let workers = (0..workers).map(|worker| {
            let http = reqwest::Client::builder().timeout(TEST_TIMEOUT).build().unwrap();
            let hospital = Hospital { account: Arc::clone(&account), lead: Arc::clone(&lead), http };
            let enough = Arc::clone(&enough);
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    for n in (worker * 2000..).take_while(|_| !enough.load(Ordering::SeqCst)) {
                        hospital.register(n).await;
                    }
                });
            })
        });
        let workers = workers.collect();
        Load { account, lead, enough, workers }
    }

    /// Switches to another address of the service.
    pub fn moved(&self, insula: &Insula) {
        *self.lead.lock().unwrap() = lead(insula);
    }

    /// The number of acknowledged registrations so far.
    pub fn submitted(&self) -> usize {
        self.account.lock().unwrap().submitted.len()
    }

    /// Lets every worker finish its current registration.
    pub fn end(self) -> Account {
        self.enough.store(true, Ordering::SeqCst);
        self.workers.into_iter().for_each(|worker| worker.join().unwrap());
        Arc::into_inner(self.account).unwrap().into_inner().unwrap()
    }
}

fn lead(insula: &Insula) -> Client {
    insula.role(insula_domain::actor::Role::StudyLead, insula_tests::app::HOSPITAL_A)
}

struct Hospital {
    account: Arc<Mutex<Account>>,
    lead: Arc<Mutex<Client>>,
    http: reqwest::Client,
}

impl Hospital {
    async fn register(&self, n: u32) {
        let post = |path: &'static str, body: Value| move |lead: &Client| lead.request(Method::POST, path).json(&body);
        let Some(beneficiary) = self.insist(201, post("/beneficiaries", data::beneficiary(n))).await else { return };
        let draft = json!({"type": "firstImplantation", "beneficiaryId": beneficiary.id(),
                           "content": data::first_implantation()});
        let Some(draft) = self.insist(201, post("/registrations", draft)).await else { return };
        let path = format!("/registrations/{}/submit", draft.id());
        let submit = |lead: &Client| lead.request(Method::POST, &path).header("If-Match", "\"1\"");
        let Some(submitted) = self.insist(200, submit).await else { return };
        let code = submitted.body["code"].as_str().unwrap().to_owned();
        self.account.lock().unwrap().submitted.push((submitted.id(), code));
    }

    /// Sends a request with one key until it is answered.
    async fn insist(&self, expected: u16, request: impl Fn(&Client) -> RequestBuilder) -> Option<Reply> {
        let key = new_key();
        loop {
            let lead = self.lead.lock().unwrap().on(&self.http);
            let answer = Client::try_send(request(&lead).header("Idempotency-Key", format!("\"{key}\""))).await;
            {
                let mut account = self.account.lock().unwrap();
                match answer {
                    Ok(reply) if reply.status == expected => return Some(reply),
                    Ok(reply) if reply.status == 503 => account.unavailable += 1,
                    Ok(reply) => {
                        account.unexpected.push(format!("{} {}", reply.status, reply.text));
                        return None;
                    }
                    Err(error) => account.unanswered.push(format!("{error:?}")),
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// SYS-03: everything acknowledged is stored, nothing twice, nothing unrequested; and it is delivered.
pub fn settle(folder: &Folder, account: &Account) {
    assert_eq!(account.unexpected, Vec::<String>::new());
    let submitted = i64::try_from(account.submitted.len()).unwrap();
    let (ids, codes): (BTreeSet<_>, BTreeSet<_>) = account.submitted.iter().cloned().unzip();
    assert_eq!((ids.len(), codes.len()), (account.submitted.len(), account.submitted.len()));
    for (id, code) in &account.submitted {
        let there = format!("SELECT count(*) AS n FROM insula.registrations WHERE id = '{id}' AND code = '{code}'");
        assert_eq!(folder.count(&there), 1, "{id} was acknowledged");
    }
    insula_tests::eventually("every delivery is settled", || {
        folder.count("SELECT count(*) AS n FROM insula.outbox WHERE delivered_at IS NULL") == 0
    });
    for (what, sql) in [
        ("beneficiaries", "vault.beneficiaries"),
        ("persons", "vault.persons"),
        ("registrations", "insula.registrations"),
        ("acknowledged", "insula.registrations WHERE status = 'submitted'"),
        ("drafts made", "insula.registration_versions WHERE command = 'create'"),
        ("submits", "insula.registration_versions WHERE command = 'submit'"),
        ("deliveries", "insula.outbox"),
        ("coded deliveries", "coded.deliveries"),
        ("events of creation", "trail.events WHERE action = 'create' AND subject LIKE 'registration:%'"),
        ("events of submit", "trail.events WHERE action = 'submit'"),
        ("answers kept for submits", "insula.idempotency_keys WHERE operation = 'submitRegistration'"),
    ] {
        assert_eq!(folder.count(&format!("SELECT count(*) AS n FROM {sql}")), submitted, "{what}");
    }
    assert_eq!(folder.count("SELECT count(*) AS n FROM insula.code_changes"), 2 * submitted);
}
