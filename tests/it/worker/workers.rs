use std::{
    thread,
    time::{Duration, Instant},
};

use insula_api::database::cluster::{ClusterOptions, PrivateCluster};
use insula_domain::actor::Role;
use insula_tests::app::HOSPITAL_A;

use crate::command::process::{Folder, Insula};

/// CGM-07, design §6: a service that leaves deliveries to workers, other processes on the same `DATABASE_URL`. All of them
/// start at once, on an empty database and an empty data folder; what is submitted is acknowledged within about a second.
#[actix_web::test]
async fn workers_in_other_processes_deliver_within_a_second() {
    let (database, folder) = (Folder::new("worker-database"), Folder::new("worker"));
    let options = ClusterOptions { data_dir: database.0.clone(), durable: true, max_connections: 100 };
    let cluster = PrivateCluster::start(&options).unwrap();
    let url = cluster.superuser_url();
    let start = |arguments: &[&str], greeting| {
        Insula::start(&folder, &[arguments, &["--database-url", &url]].concat(), greeting)
    };
    let (service, workers) = thread::scope(|threads| {
        let service = threads.spawn(|| start(&["serve", "--no-workers"], "Documentation: "));
        let workers = [(); 2].map(|()| threads.spawn(|| start(&["worker"], "Working.")));
        (service.join().unwrap(), workers.map(|worker| worker.join().unwrap()))
    });
    assert!(service.postgres().is_none(), "with DATABASE_URL nothing is started");

    let lead = service.role(Role::StudyLead, HOSPITAL_A);
    let mut times = Vec::new();
    for n in 0..5 {
        let draft = lead.complete_draft(n).await;
        let sending = lead.submit(&draft).await.expect(200);
        let began = Instant::now();
        let mut present = lead.again(&sending).await;
        while present.body["status"] == "sending" {
            present = lead.again(&sending).await;
        }
        times.push(began.elapsed());
        assert_eq!(present.body["status"], "submitted");
    }
    times.sort();
    println!("acknowledged after {times:?}");
    // The slowest may have met the other tests on their way.
    assert!(times[2] < Duration::from_secs(1), "{times:?}");

    for worker in workers {
        worker.terminate();
        assert!(worker.ended().success());
    }
    let draft = lead.complete_draft(9).await;
    let unattended = lead.submit(&draft).await.expect(200);
    // Three times as long as a delivery takes: nothing can be awaited where nothing may happen.
    thread::sleep(Duration::from_millis(600));
    assert_eq!(lead.again(&unattended).await.body["status"], "sending", "the service leaves it to the workers");
}
