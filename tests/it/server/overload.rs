use std::{
    io::Write,
    net::TcpStream,
    time::{Duration, Instant},
};

use diesel::{PgConnection, connection::SimpleConnection};
use insula_persistence::{Login, PoolSizes, Timeouts};
use insula_tests::{
    Client, Reply, TestApp,
    app::Room,
    client::new_key,
    until,
    waiting::{GENEROUS_TIMEOUTS, locked_out},
};
use serde_json::json;

/// Locks a table, as if the database were slow.
struct Slow(PgConnection);

impl Slow {
    fn begin(app: &TestApp) -> Slow {
        let mut owner = app.owner();
        owner.batch_execute("BEGIN; LOCK TABLE insula.registrations IN ACCESS EXCLUSIVE MODE").unwrap();
        Slow(owner)
    }

    fn end(mut self) {
        self.0.batch_execute("COMMIT").unwrap();
    }
}

/// The number of hospital requests waiting in the database.
fn waiting(app: &TestApp) -> i64 {
    app.count(&locked_out(Login::Hospital))
}

/// Requests that are running until they are awaited.
type InFlight = Vec<actix_web::rt::task::JoinHandle<Reply>>;

async fn in_flight(app: &TestApp, client: &Client, count: usize) -> InFlight {
    let draft = json!({"type": "followUp"});
    let requests = (0..count).map(|_| {
        let (client, draft) = (client.clone(), draft.clone());
        actix_web::rt::spawn(async move { client.post("/registrations", &draft).await })
    });
    let requests = requests.collect();
    until("they wait in the database", || waiting(app) == i64::try_from(count).unwrap()).await;
    requests
}

/// This many requests that list the hospital's registrations.
fn listing(client: &Client, count: usize) -> InFlight {
    let requests = (0..count).map(|_| {
        let client = client.clone();
        actix_web::rt::spawn(async move { client.get("/registrations").await })
    });
    requests.collect()
}

async fn timed(answer: impl Future<Output = Reply>) -> (Reply, Duration) {
    let began = Instant::now();
    (answer.await, began.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// SYS-03, R16: above the limit a request is refused at once, with a time to retry; accepted ones are answered, and
/// afterwards all is as before. Health is answered throughout.
#[actix_web::test]
async fn surplus_requests_are_refused_at_once_and_accepted_ones_answered() {
    let app = TestApp::start_with(Room { requests: 4, ..Room::default() }).await;
    let (lead, insurer) = (app.lead_a(), app.insurer("319"));
    let slow = Slow::begin(&app);
    let accepted = in_flight(&app, &lead, 4).await;
    let (mut refusals, mut healths) = (Vec::new(), Vec::new());
    for surplus in 0..30 {
        let (refused, time) = match surplus % 3 {
            0 => timed(lead.post("/registrations", &json!({"type": "followUp"}))).await,
            1 => timed(insurer.get("/registrationCodes/changes")).await,
            _ => timed(app.client(None).get("/rules")).await,
        };
        let refused = refused.expect_problem(503, "serviceUnavailable");
        assert_eq!(refused.header("retry-after"), "1");
        refusals.push(time);
        let (health, time) = timed(lead.get("/health")).await;
        assert_eq!(health.expect(200).body, json!({"status": "UP"}));
        healths.push(time);
    }
    assert_eq!(waiting(&app), 4, "nobody was waited for");
    slow.end();
    for answer in accepted {
        answer.await.unwrap().expect(201);
    }
    let (refused, health) = (median(refusals), median(healths));
    println!("refused after {refused:?}, health after {health:?} (medians)");
    assert!(refused < 20 * health, "no sooner than after {refused:?}, when health is told after {health:?}");
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations"), 4, "what was refused did not happen");
    for n in 0..8 {
        lead.submitted(&app, n).await;
    }
    assert_eq!(app.state.admission.available_permits(), 4);
}

/// SYS-03, R17: when all connections for one kind of caller are taken and more callers of that kind wait, neither other
/// kinds nor the health check are affected.
#[actix_web::test]
async fn an_exhausted_pool_affects_no_other_callers() {
    let app = TestApp::start().await;
    let (lead, insurer) = (app.lead_a(), app.insurer("319"));
    let slow = Slow::begin(&app);
    let accepted = in_flight(&app, &lead, 8).await;
    let surplus = listing(&lead, 40);
    let still_waiting = || app.state.admission.available_permits() == 128 - 48;
    until("they wait for a connection", still_waiting).await;
    for _ in 0..5 {
        insurer.get("/registrationCodes/changes").await.expect(200);
        app.client(None).get("/health").await.expect(200);
    }
    assert!(still_waiting(), "the others came before them");
    slow.end();
    for answer in accepted {
        answer.await.unwrap().expect(201);
    }
    for answer in surplus {
        answer.await.unwrap().expect(200);
    }
}

/// SYS-03, R17: a caller without a connection within half a second is refused, while those with one continue.
#[actix_web::test]
async fn an_exhausted_pool_refuses_its_own_callers() {
    let connections = PoolSizes { hospital: 1, ..Room::default().connections };
    let timeouts = Timeouts { connection: Timeouts::default().connection, ..GENEROUS_TIMEOUTS };
    let app = TestApp::start_with(Room { connections, timeouts, ..Room::default() }).await;
    let lead = app.lead_a();
    // Opens the one connection, which may take longer than half a second on a busy machine.
    while lead.get("/registrations").await.status == 503 {}
    let slow = Slow::begin(&app);
    let accepted = in_flight(&app, &lead, 1).await;
    for refused in listing(&lead, 40) {
        refused.await.unwrap().expect_problem(503, "serviceUnavailable");
    }
    assert_eq!(waiting(&app), 1, "nobody was waited for");
    slow.end();
    for answer in accepted {
        answer.await.unwrap().expect(201);
    }
    lead.submitted(&app, 1).await;
}

/// SYS-03, R17: a request that waits too long in the database is cancelled without effect, and the caller is told.
#[actix_web::test]
async fn a_request_to_a_blocked_database_is_cancelled() {
    let timeouts = Timeouts { lock: Timeouts::default().lock, ..GENEROUS_TIMEOUTS };
    let app = TestApp::start_with(Room { timeouts, ..Room::default() }).await;
    let lead = app.lead_a();
    let before = app.dump();
    let slow = Slow::begin(&app);
    lead.post("/registrations", &json!({"type": "followUp"})).await.expect_problem(503, "serviceUnavailable");
    slow.end();
    assert_eq!(app.dump(), before);
}

/// SYS-03, R16: callers that disconnect do not raise the limit: their transactions continue.
#[actix_web::test]
async fn callers_that_disconnect_do_not_raise_the_limit() {
    let app = TestApp::start_with(Room { requests: 3, ..Room::default() }).await;
    let lead = app.lead_a();
    let slow = Slow::begin(&app);
    let draft = json!({"type": "followUp"});
    let address = app.state.public_url.strip_prefix("http://").unwrap();
    for n in 1..=3 {
        // An unread answer makes the system reset the connection, which the service notices, instead of closing it.
        let request = format!(
            "GET /insula/v1/health HTTP/1.1\r\nHost: h\r\n\r\nPOST /insula/v1/registrations HTTP/1.1\r\nHost: h\r\n\
             Authorization: Bearer {}\r\nIdempotency-Key: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{draft}",
            lead.token.as_deref().unwrap(),
            new_key(),
            draft.to_string().len()
        );
        let mut connection = TcpStream::connect(address).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        until("it waits in the database", || waiting(&app) == n).await;
    }
    for _ in 0..10 {
        lead.post("/registrations", &draft).await.expect_problem(503, "serviceUnavailable");
    }
    assert_eq!(waiting(&app), 3);
    slow.end();
    until("what they had begun is done", || app.count("SELECT count(*) AS n FROM insula.registrations") == 3).await;
    until("the room is free", || app.state.admission.available_permits() == 3).await;
}
