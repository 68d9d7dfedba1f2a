//! Workers that crash, freeze or run concurrently.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use insula_api::worker::import::{claim, one, turn};
use insula_domain::actor::Role;
use insula_persistence::Login;
use insula_tests::{TestApp, app::HOSPITAL_A, eventually, waiting::locked_out};
use serde_json::{Value, json};

use super::{counts, report, row, work};
use crate::command::process::{Folder, Insula};

fn file(rows: u32) -> Vec<Value> {
    (0..rows).map(|n| row(&format!("r{n}"), n)).collect()
}

/// SYS-03: after a crash of a worker each row is done or not; when its lease has expired another one continues, and
/// each row is done once.
#[actix_web::test]
async fn another_worker_continues_after_a_crash() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let task = lead.import("?mode=submit", &file(6)).await.expect(202);
    let gone = claim(&app.db).unwrap().unwrap();
    for _ in 0..2 {
        assert!(one(&app.db, &gone).unwrap());
    }
    assert!(claim(&app.db).unwrap().is_none(), "it is in hand");
    assert!(!turn(&app.db, 100).unwrap());
    let now = lead.get(task.header("location")).await.expect(200);
    assert_eq!((&now.body["state"], counts(&now)), (&json!("running"), json!({"submitted": 2})));
    assert_eq!(report(&lead, &task).await, ["1 submitted", "2 submitted"]);
    app.clock.advance(TimeDelta::seconds(61));
    let next = claim(&app.db).unwrap().unwrap();
    assert!(one(&app.db, &next).unwrap());
    // The first one was only frozen: it finds that it has lost the lease.
    assert!(!one(&app.db, &gone).unwrap());
    while one(&app.db, &next).unwrap() {}
    let done = lead.get(task.header("location")).await.expect(200);
    assert_eq!((&done.body["state"], counts(&done)), (&json!("done"), json!({"submitted": 6})));
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations"), 6);
    app.assert_invariants();
}

/// SYS-03: a worker interrupted during a row, or during an atomic import, leaves nothing of it.
#[actix_web::test]
async fn an_interrupted_row_leaves_nothing() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for query in ["?mode=submit", "?mode=submit&atomic=true"] {
        let rows: Vec<_> =
            (0..3).map(|n| row(&format!("{query}{n}"), n + if query.ends_with("true") { 10 } else { 0 })).collect();
        let task = lead.import(query, &rows).await.expect(202);
        let before = app.dump();
        // This lock stops the worker right before it would write its report.
        let mut holder = app.owner();
        holder.batch_execute("BEGIN; LOCK TABLE insula.imported_registrations IN EXCLUSIVE MODE").unwrap();
        let db = app.db.clone();
        let worker = std::thread::spawn(move || turn(&db, 1));
        eventually("it waits for the lock", || app.count(&locked_out(Login::Hospital)) == 1);
        app.owner()
            .batch_execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND usename = 'insula_hospital' AND wait_event_type = 'Lock'",
            )
            .unwrap();
        assert!(worker.join().unwrap().is_err());
        holder.batch_execute("ROLLBACK").unwrap();
        assert_eq!(super::without_the_task(&app.dump()), super::without_the_task(&before), "{query}");
        work(&app).await;
        let done = lead.get(task.header("location")).await.expect(200);
        assert_eq!(counts(&done), json!({"submitted": 3}), "{query}");
    }
}

/// SYS-03: several concurrent workers do each row of each import once, whatever interrupts them.
#[actix_web::test]
async fn several_workers_do_each_row_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let mut tasks = Vec::new();
    for import in 0..4 {
        // The same rows in each: one of the four imports creates them, the others find them.
        let query = if import == 2 { "?mode=submit&atomic=true" } else { "?mode=submit" };
        tasks.push(lead.import(query, &file(20)).await.expect(202));
    }
    let workers = [(); 3].map(|()| {
        let db = app.db.clone();
        tokio::task::spawn_blocking(move || {
            for _ in 0..200 {
                // Conflicting rows are retried; a lasting conflict is left to another turn.
                let _ = turn(&db, 3);
            }
        })
    });
    for worker in workers {
        worker.await.unwrap();
    }
    // A turn that failed to end its lease leaves it to expire.
    app.clock.advance(TimeDelta::seconds(61));
    work(&app).await;
    let mut submitted = 0;
    for task in &tasks {
        let done = lead.get(task.header("location")).await.expect(200);
        assert_eq!(done.body["state"], "done", "{}", done.text);
        let count = |name: &str| done.body["counts"][name].as_i64().unwrap();
        assert_eq!(count("submitted") + count("unchanged"), 20, "{}", done.text);
        submitted += count("submitted");
    }
    assert_eq!(submitted, 20);
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations"), 20);
    app.assert_invariants();
}

/// SYS-03: imports take turns, so that a long one does not delay short ones.
#[actix_web::test]
async fn imports_take_turns() {
    let app = TestApp::start().await;
    let (a, b) = (app.lead_a(), app.lead_b());
    let long = a.import("", &file(30)).await.expect(202);
    let short = b.import("", &file(2)).await.expect(202);
    for _ in 0..3 {
        assert!(turn(&app.db, 3).unwrap());
    }
    assert_eq!(b.get(short.header("location")).await.expect(200).body["state"], "done");
    assert_eq!(counts(&a.get(long.header("location")).await.expect(200)), json!({"created": 6}));
}

/// CGM-02: an import whose owner loses the grant ends, with the reason.
#[actix_web::test]
async fn an_import_whose_owner_loses_the_grant_ends() {
    let app = TestApp::start().await;
    let manager = app.role(Role::AccessManager, HOSPITAL_A);
    let grant = manager.post("/registryGrants", &json!({"person": "dr.new"})).await.expect(201);
    let owner = app.client(Some(app.token("hospital", Some(HOSPITAL_A), "dr.new", &[Role::StudyAssociate])));
    for query in ["", "?atomic=true"] {
        owner.import(query, &[row(&format!("1{query}"), 1), row(&format!("2{query}"), 2)]).await.expect(202);
    }
    assert!(turn(&app.db, 1).unwrap());
    manager
        .send(manager.request(reqwest::Method::DELETE, &format!("/registryGrants/{}", grant.id())))
        .await
        .expect(204);
    work(&app).await;
    let lead = app.lead_a();
    let tasks = lead.get("/registrationImports").await.expect(200);
    let tasks = tasks.body["items"].as_array().unwrap().clone();
    let counted: Vec<_> =
        tasks.iter().map(|task| (&task["state"], &task["counts"]["created"], &task["counts"]["notDone"])).collect();
    let failed = json!("failed");
    assert_eq!(counted, [(&failed, &json!(0), &json!(2)), (&failed, &json!(1), &json!(1))]);
    assert_eq!(tasks[0]["problem"]["rule"], "CGM-02");
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registration_import_rows WHERE payload IS NOT NULL"), 0);
}

/// SYS-03: the program itself, killed during an import and restarted, finishes it with each row done once.
#[actix_web::test]
async fn a_killed_service_continues_an_import() {
    let folder = Folder::new("kill-import");
    let insula = Insula::serve(&folder, &[]);
    let task = insula.role(Role::StudyLead, HOSPITAL_A).import("?mode=submit", &file(400)).await.expect(202);
    let done = || folder.count("SELECT submitted::bigint AS n FROM insula.registration_imports");
    eventually("some rows are done", || done() > 20);
    insula.kill();
    let insula = Insula::serve(&folder, &[]);
    let between = done();
    assert!(between < 400, "it was killed in the middle");
    // The lease of the killed process would expire in a minute; the test does not wait for it.
    folder
        .owner()
        .batch_execute("UPDATE insula.registration_imports SET lease_until = created_at WHERE lease IS NOT NULL")
        .unwrap();
    eventually("every row is done", || done() == 400);
    let lead = insula.role(Role::StudyLead, HOSPITAL_A);
    let path = format!("/registrationImports/{}", task.id());
    eventually("it ends", || {
        folder.count("SELECT count(*) AS n FROM insula.registration_imports WHERE ended_at IS NOT NULL") == 1
    });
    assert_eq!(lead.get(&path).await.expect(200).body["state"], "done");
    assert_eq!(folder.count("SELECT count(*) AS n FROM insula.registrations WHERE code IS NOT NULL"), 400);
    assert_eq!(folder.count("SELECT count(*) AS n FROM insula.registration_import_rows WHERE payload IS NOT NULL"), 0);
}
