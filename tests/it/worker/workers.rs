use std::{
    thread,
    time::{Duration, Instant},
};

use insula_api::database::cluster::{ClusterOptions, PrivateCluster};
use insula_domain::actor::Role;
use insula_tests::{app::HOSPITAL_A, until_async};

use crate::command::process::{Folder, Insula};

/// How often a worker checks for submits of other processes.
const LOOKS_EVERY: Duration = Duration::from_millis(200);

/// CGM-07, design §6: a service without workers, and workers in other processes on the same `DATABASE_URL`, all started
/// at once on an empty database and data folder; a submit is acknowledged at a worker's next check.
#[actix_web::test]
async fn workers_in_other_processes_deliver_at_their_next_check() {
    let (database, folder) = (Folder::new("worker-database"), Folder::new("worker"));
    let options = ClusterOptions { data_dir: database.0.clone(), durable: true, max_connections: 100 };
    let cluster = PrivateCluster::start(&options).unwrap();
    let url = cluster.superuser_url();
    let start = |arguments: &[&str], greeting| {
        Insula::start(&folder, &[arguments, &["--mode", "development", "--database-url", &url]].concat(), greeting)
    };
    let (service, workers) = thread::scope(|threads| {
        let service = threads.spawn(|| start(&["serve", "--no-workers"], "Documentation: "));
        let workers = [(); 2].map(|()| threads.spawn(|| start(&["worker"], "Working.")));
        (service.join().unwrap(), workers.map(|worker| worker.join().unwrap()))
    });
    assert!(service.postgres().is_none(), "with DATABASE_URL nothing is started");

    let lead = service.role(Role::StudyLead, HOSPITAL_A);
    let (mut submits, mut times) = (Vec::new(), Vec::new());
    for n in 0..5 {
        let draft = lead.complete_draft(n).await;
        let began = Instant::now();
        let sending = lead.submit(&draft).await.expect(200);
        submits.push(began.elapsed());
        let began = Instant::now();
        until_async("it is acknowledged", async || lead.again(&sending).await.body["status"] == "submitted").await;
        times.push(began.elapsed());
    }
    submits.sort();
    times.sort();
    println!("submitted within {submits:?}, acknowledged after {times:?}");
    // A delivery takes no longer than a few submits, of which the slowest may have been delayed by other tests.
    assert!(times[2] < LOOKS_EVERY + 20 * submits[2], "{times:?}, submitted within {submits:?}");

    for worker in workers {
        worker.terminate();
        assert!(worker.ended().success());
    }
    let draft = lead.complete_draft(9).await;
    let unattended = lead.submit(&draft).await.expect(200);
    // That nothing happens cannot be awaited; so this waits three times as long as the slowest delivery took.
    thread::sleep(3 * times[4]);
    assert_eq!(lead.again(&unattended).await.body["status"], "sending", "the service leaves it to the workers");
}
