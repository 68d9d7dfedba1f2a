use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::Text};
use insula_tests::{Client, Random, TestApp, eventually};

/// Follows the feed from its cursor until it is exhausted.
struct Reader {
    client: Client,
    next: String,
    seen: Vec<String>,
}

impl Reader {
    fn new(app: &TestApp, page_size: usize) -> Reader {
        let next = format!("/registrationCodes/changes?pageSize={page_size}");
        Reader { client: app.insurer("319"), next, seen: Vec::new() }
    }

    /// Reads on. Returns the number of changes.
    async fn read(&mut self) -> usize {
        let before = self.seen.len();
        loop {
            let page = self.client.get(&self.next).await.expect(200).body;
            let items = page["items"].as_array().unwrap();
            let text = |item: &serde_json::Value| {
                format!("{} {} {}", item["code"].as_str().unwrap(), item["version"], item["status"].as_str().unwrap())
            };
            self.seen.extend(items.iter().map(text));
            page["next"].as_str().unwrap().clone_into(&mut self.next);
            if items.is_empty() {
                return self.seen.len() - before;
            }
        }
    }

    /// Reads all changes, once no open transaction of another test holds any back.
    async fn read_to_the_end(&mut self, app: &TestApp) {
        let all = all_changes(app).len();
        app.when_older_transactions_ended();
        self.read().await;
        assert_eq!(self.seen.len(), all);
    }
}

/// Every change, in the order of the feed.
fn all_changes(app: &TestApp) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Change {
        #[diesel(sql_type = Text)]
        change: String,
    }
    let query = diesel::sql_query(
        "SELECT code || ' ' || version || ' ' || status AS change FROM insula.code_changes ORDER BY xid, seq",
    );
    query.load::<Change>(&mut app.owner()).unwrap().into_iter().map(|row| row.change).collect()
}

const OWN_CHANGE: &str = "INSERT INTO insula.code_changes (insurer, insurer_union, code, status, version, changed_at)
    VALUES ('319', '300', '20240000004241', 'submitted', 3, '2026-06-15T08:00:00Z')";

/// TRA-02: a change that commits late is neither missed nor out of order: later ones wait for it.
#[actix_web::test]
async fn a_change_that_commits_late_is_not_missed() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut reader = Reader::new(&app, 2);
    lead.submitted(&app, 1).await;
    reader.read_to_the_end(&app).await;
    assert_eq!(reader.seen.len(), 2);

    let mut held = app.owner();
    held.batch_execute(&format!("BEGIN; {OWN_CHANGE}")).unwrap();
    for n in 2..5 {
        lead.submitted(&app, n).await;
    }
    assert_eq!(reader.read().await, 0, "what is younger than the one held waits for it");
    held.batch_execute("COMMIT").unwrap();
    reader.read_to_the_end(&app).await;
    assert_eq!(reader.seen, all_changes(&app));
    assert_eq!(reader.seen[2], "20240000004241 3 submitted");
    assert_eq!(reader.seen.len(), 2 + 1 + 6);
}

/// TRA-02: a change that is rolled back holds nothing back.
#[actix_web::test]
async fn a_change_that_is_rolled_back_holds_nothing_back() {
    let app = TestApp::start().await;
    let mut reader = Reader::new(&app, 50);
    let mut held = app.owner();
    held.batch_execute(&format!("BEGIN; {OWN_CHANGE}")).unwrap();
    app.lead_a().submitted(&app, 1).await;
    assert_eq!(reader.read().await, 0);
    held.batch_execute("ROLLBACK").unwrap();
    reader.read_to_the_end(&app).await;
    assert_eq!(reader.seen.len(), 2);
}

/// TRA-02: whatever commits while the feed is read, and in whichever order, every change is read once, and those of one
/// code in the order of versions.
#[actix_web::test]
async fn readers_of_a_busy_feed_see_every_change_once_and_in_order() {
    let (app, mut random) = (TestApp::start().await, Random::seeded());
    let written = Arc::new(AtomicBool::new(false));
    // Transactions that begin early, and commit late or not at all.
    let holders: Vec<_> = (0..3)
        .map(|_| {
            let (mut owner, mut random, written) = (app.owner(), random.split(), Arc::clone(&written));
            thread::spawn(move || {
                while !written.load(Ordering::SeqCst) {
                    owner.batch_execute(&format!("BEGIN; {OWN_CHANGE}")).unwrap();
                    thread::sleep(random.millis(0, 60));
                    owner.batch_execute(["COMMIT", "COMMIT", "ROLLBACK"][random.below(3)]).unwrap();
                }
            })
        })
        .collect();
    let deliverer = {
        let (db, written) = (app.db.clone(), Arc::clone(&written));
        thread::spawn(move || {
            let store = insula_api::worker::destination::CodedStore(db.clone());
            while !written.load(Ordering::SeqCst) {
                insula_api::worker::deliver(&db, &store).unwrap();
            }
        })
    };
    let lead = app.lead_a();
    let writers: Vec<_> =
        (0..4).map(|writer| actix_web::rt::spawn(write(lead.clone(), writer * 100, random.split()))).collect();
    let reader = {
        let (mut reader, written) = (Reader::new(&app, 1 + random.below(7)), Arc::clone(&written));
        actix_web::rt::spawn(async move {
            while !written.load(Ordering::SeqCst) {
                reader.read().await;
            }
            reader
        })
    };
    for writer in writers {
        writer.await.unwrap();
    }
    eventually("every delivery is settled", || {
        app.count("SELECT count(*) AS n FROM insula.outbox WHERE delivered_at IS NULL") == 0
    });
    written.store(true, Ordering::SeqCst);
    deliverer.join().unwrap();
    holders.into_iter().for_each(|holder| holder.join().unwrap());
    let mut reader = reader.await.unwrap();
    let (before, all) = (reader.seen.len(), all_changes(&app));
    reader.read_to_the_end(&app).await;
    println!("{before} of {} changes were read while they were made", all.len());
    assert_eq!(reader.seen, all);
    for code in all.iter().filter(|change| !change.starts_with("20240000004241")).map(|change| &change[..14]) {
        let versions: Vec<i64> = (all.iter().filter(|change| change.starts_with(code)))
            .map(|change| change.split(' ').nth(1).unwrap().parse().unwrap())
            .collect();
        assert!(versions.is_sorted(), "{code}: {versions:?}");
    }
}

/// Submits, and reopens what it submitted, in random order.
async fn write(lead: Client, first: u32, mut random: Random) {
    let mut submitted: Vec<String> = Vec::new();
    for n in first..first + 6 {
        let draft = lead.complete_draft(n).await;
        submitted.push(lead.submit(&draft).await.expect(200).id());
        for _ in 0..3 {
            let id = random.pick(&submitted).clone();
            let present = lead.get(&format!("/registrations/{id}")).await.expect(200);
            let command = if present.body["status"] == "open" { "submit" } else { "reopen" };
            lead.command(&format!("/registrations/{id}/{command}"), present.version()).await;
        }
    }
}
