use std::{
    io::Write,
    net::TcpStream,
    time::{Duration, Instant},
};

use diesel::{PgConnection, connection::SimpleConnection};
use insula_tests::{Client, Reply, TestApp, client::new_key, until};
use reqwest::Method;
use serde_json::json;

/// A table that nobody gets at, as if the database were slow. What waits for it gives up after two seconds.
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

const WAITING: &str = "SELECT count(*) AS n FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Requests that are on their way until they are awaited.
type InFlight = Vec<actix_web::rt::task::JoinHandle<Reply>>;

async fn in_flight(app: &TestApp, client: &Client, count: usize) -> InFlight {
    let draft = json!({"type": "followUp"});
    let requests = (0..count).map(|_| {
        let (client, draft) = (client.clone(), draft.clone());
        actix_web::rt::spawn(async move { client.post("/registrations", &draft).await })
    });
    let requests = requests.collect();
    until("they wait in the database", || app.count(WAITING) == i64::try_from(count).unwrap()).await;
    requests
}

async fn timed(answer: impl Future<Output = Reply>) -> (Reply, Duration) {
    let began = Instant::now();
    (answer.await, began.elapsed())
}

/// SYS-03, R16: when there is no room, one more is told so at once and when to come again; what was accepted is answered; then
/// all is as before. Whether the service lives is answered all the while.
#[actix_web::test]
async fn surplus_requests_are_refused_at_once_and_accepted_ones_answered() {
    let app = TestApp::start_with(4).await;
    let (lead, insurer) = (app.lead_a(), app.insurer("319"));
    let slow = Slow::begin(&app);
    let accepted = in_flight(&app, &lead, 4).await;
    let mut times = Vec::new();
    for surplus in 0..30 {
        let (refused, time) = match surplus % 3 {
            0 => timed(lead.post("/registrations", &json!({"type": "followUp"}))).await,
            1 => timed(insurer.get("/registrationCodes/changes")).await,
            _ => timed(app.client(None).get("/rules")).await,
        };
        let refused = refused.expect_problem(503, "serviceUnavailable");
        assert_eq!(refused.header("retry-after"), "1");
        times.push(time);
    }
    let (health, time) = timed(lead.get("/health")).await;
    assert_eq!(health.expect(200).body, json!({"status": "UP"}));
    slow.end();
    for answer in accepted {
        answer.await.unwrap().expect(201);
    }
    times.sort();
    println!("refused after {:?} (median), {:?} (at most); health after {time:?}", times[15], times[29]);
    // The slowest may have met the other tests on their way.
    assert!(times[15] < Duration::from_millis(50), "{times:?}");
    assert_eq!(app.count("SELECT count(*) AS n FROM insula.registrations"), 4, "what was refused did not happen");
    for n in 0..8 {
        lead.submitted(&app, n).await;
    }
    assert_eq!(app.state.admission.available_permits(), 4);
}

/// SYS-03, R17: when every connection of one kind of caller is taken, one more of that kind is told within a second or so; the
/// other kinds do not notice, and neither does who asks whether the service lives.
#[actix_web::test]
async fn an_exhausted_pool_refuses_its_own_callers_and_no_others() {
    let app = TestApp::start().await;
    let (lead, insurer) = (app.lead_a(), app.insurer("319"));
    insurer.get("/registrationCodes/changes").await.expect(200);
    let slow = Slow::begin(&app);
    let accepted = in_flight(&app, &lead, 8).await;
    let surplus: InFlight = (0..40)
        .map(|_| {
            let request = lead.request(Method::GET, "/registrations");
            let lead = lead.clone();
            actix_web::rt::spawn(async move { lead.send(request).await })
        })
        .collect();
    until("they wait for a connection", || app.state.admission.available_permits() == 128 - 48).await;
    let (mut insurers, mut healths) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let (answer, time) = timed(insurer.get("/registrationCodes/changes")).await;
        answer.expect(200);
        insurers.push(time);
        let (answer, time) = timed(app.client(None).get("/health")).await;
        answer.expect(200);
        healths.push(time);
    }
    println!("insurers waited {insurers:?}, health took {healths:?}");
    for mut times in [insurers, healths] {
        times.sort();
        assert!(times[2] < Duration::from_millis(250), "{times:?}");
    }
    let began = Instant::now();
    for refused in surplus {
        refused.await.unwrap().expect_problem(503, "serviceUnavailable");
    }
    println!("40 without a connection were refused within {:?} more", began.elapsed());
    slow.end();
    for answer in accepted {
        // What has waited for two seconds by now is given up.
        let status = answer.await.unwrap().status;
        assert!(status == 201 || status == 503, "{status}");
    }
    lead.submitted(&app, 1).await;
}

/// SYS-03, R17: what waits too long in the database is given up, and the caller told; nothing of it remains.
#[actix_web::test]
async fn a_database_that_does_not_answer_is_given_up() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let before = app.dump();
    let slow = Slow::begin(&app);
    let (refused, time) = timed(lead.post("/registrations", &json!({"type": "followUp"}))).await;
    refused.expect_problem(503, "serviceUnavailable");
    println!("given up after {time:?}");
    assert!(time < Duration::from_secs(10), "{time:?}");
    slow.end();
    assert_eq!(app.dump(), before);
}

/// SYS-03, R16: callers that leave do not make room for more than there is: their transactions go on.
#[actix_web::test]
async fn callers_that_leave_do_not_make_room() {
    let app = TestApp::start_with(3).await;
    let lead = app.lead_a();
    let slow = Slow::begin(&app);
    let draft = json!({"type": "followUp"});
    let address = app.state.public_url.strip_prefix("http://").unwrap();
    for n in 1..=3 {
        // An answer left unread makes the system cut the connection, which the service notices, instead of closing it.
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
        until("it waits in the database", || app.count(WAITING) == n).await;
    }
    for _ in 0..10 {
        lead.post("/registrations", &draft).await.expect_problem(503, "serviceUnavailable");
    }
    assert_eq!(app.count(WAITING), 3);
    slow.end();
    until("what they had begun is done", || app.count("SELECT count(*) AS n FROM insula.registrations") == 3).await;
    until("the room is free", || app.state.admission.available_permits() == 3).await;
}
