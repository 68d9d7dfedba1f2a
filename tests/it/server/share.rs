//! One organisation floods the service by each means it has, and another is served.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use diesel::connection::SimpleConnection;
use insula_api::{server::door::Limits, worker::import};
use insula_domain::actor::Role;
use insula_persistence::Login;
use insula_tests::{
    Client, TEST_TIMEOUT, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B, Room, Share},
    client::new_key,
    data, until,
    waiting::locked_out,
};
use serde_json::json;

/// A service with little room, of which each organisation has a part.
async fn small() -> TestApp {
    let share = Share { requests: 4, files: 1, connections: 2 };
    TestApp::start_with(Room { requests: 16, share, ..Room::default() }).await
}

/// A connection on which a request has begun whose body does not come.
fn begun(app: &TestApp, client: &Client, path: &str, media: &str) -> TcpStream {
    let request = format!(
        "POST /insula/v1{path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nIdempotency-Key: {}\r\n\
         Content-Type: {media}\r\nContent-Length: 1000\r\n\r\n{{",
        client.token.as_deref().unwrap(),
        new_key(),
    );
    let mut connection = TcpStream::connect(app.state.public_url.strip_prefix("http://").unwrap()).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    connection
}

/// The other hospital does what it does on any day; nothing is refused.
async fn is_served(app: &TestApp, n: u32) {
    let other = app.lead_b();
    other.complete_draft(n).await.expect(201);
    other.get("/registrations").await.expect(200);
    app.insurer("319").get("/registrationCodes/changes").await.expect(200);
    app.client(None).get("/rules").await.expect(200);
}

/// SYS-02, S2: a hospital opens requests without end whose bodies do not come. It has its share, in which its own further
/// requests find no room; the others are served.
#[actix_web::test]
async fn bodies_that_do_not_come_take_room_from_their_sender_only() {
    let app = small().await;
    let lead = app.lead_a();
    let slow: Vec<_> = (0..40).map(|_| begun(&app, &lead, "/registrations", "application/json")).collect();
    until("its share is taken", || app.state.shares.requests.free(HOSPITAL_A) == 0).await;
    assert_eq!(app.state.admission.available_permits(), 16, "nothing is taken of the whole");
    for n in 0..5 {
        is_served(&app, n).await;
    }
    lead.get("/registrations").await.expect_problem(503, "serviceUnavailable");
    drop(slow);
    until("its share is free", || app.state.shares.requests.free(HOSPITAL_A) == 4).await;
    lead.get("/registrations").await.expect(200);
}

/// SYS-02, R17, S16: a hospital sends more than the database can do. It waits for its own share of the connections; the others find
/// theirs.
#[actix_web::test]
async fn a_flood_of_requests_waits_for_its_own_connections() {
    let app = small().await;
    let lead = app.lead_a();
    let mut owner = app.owner();
    owner.batch_execute("BEGIN; LOCK TABLE insula.registrations IN ACCESS EXCLUSIVE MODE").unwrap();
    let flood: Vec<_> = (0..20)
        .map(|_| {
            let lead = lead.clone();
            actix_web::rt::spawn(async move { lead.post("/registrations", &json!({"type": "followUp"})).await })
        })
        .collect();
    until("they wait in the database", || app.count(&locked_out(Login::Hospital)) == 2).await;
    until("others wait before it", || app.state.shares.requests.free(HOSPITAL_A) == 0).await;
    let manager = app.role(Role::AccessManager, HOSPITAL_B);
    for _ in 0..10 {
        manager.get("/registryGrants").await.expect(200);
        app.insurer("319").get("/registrationCodes/changes").await.expect(200);
    }
    assert_eq!(app.count(&locked_out(Login::Hospital)), 2, "and no more of it came before them");
    owner.batch_execute("COMMIT").unwrap();
    let mut answers = Vec::new();
    for answer in flood {
        answers.push(answer.await.unwrap().status);
    }
    answers.sort_unstable();
    assert_eq!(answers, [vec![201; 4], vec![503; 16]].concat());
}

/// SYS-02, S2: a hospital begins files and does not send them. Another's file is taken at once.
#[actix_web::test]
async fn idle_files_leave_room_for_anothers() {
    let app = TestApp::start_with(Room { share: Share { files: 1, ..Share::default() }, ..Room::default() }).await;
    let lead = app.lead_a();
    let idle: Vec<_> = (0..60).map(|_| begun(&app, &lead, "/registrationImports", "application/x-ndjson")).collect();
    until("they are in hand", || app.state.shares.requests.free(HOSPITAL_A) == 1000 - 60).await;
    let row = json!({"rowId": "r", "type": "followUp", "beneficiary": data::beneficiary(1)});
    app.lead_b().import("", &[row]).await.expect(202);
    assert_eq!(app.state.shares.requests.free(HOSPITAL_A), 1000 - 60, "they are still there");
    drop(idle);
}

/// SYS-02: imports take turns by hospital: the first turn of another is the next one, however many one has posted.
#[actix_web::test]
async fn imports_take_turns_by_hospital() {
    let app = TestApp::start().await;
    let (lead, other) = (app.lead_a(), app.lead_b());
    let row = |n: u32| json!({"rowId": n.to_string(), "type": "followUp", "beneficiary": data::beneficiary(n)});
    for n in 0..20 {
        lead.import("", &[row(n), row(n + 100)]).await.expect(202);
    }
    app.clock.advance(chrono::TimeDelta::seconds(1));
    other.import("", &[row(200), row(201)]).await.expect(202);
    let mut turns = Vec::new();
    for _ in 0..6 {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let claimed = import::claim(&app.db).unwrap().unwrap();
        turns.push(claimed.actor.number.clone());
        let call = insula_persistence::Call::insula("release", app.db.ids.opaque_uuid());
        app.db.run(&call, |tx| insula_persistence::registry::imports::release(tx, &claimed)).unwrap();
    }
    assert_eq!(turns, [HOSPITAL_A, HOSPITAL_B, HOSPITAL_A, HOSPITAL_B, HOSPITAL_A, HOSPITAL_B]);
}

/// Whether the service answers on a connection; one that it has closed says nothing.
fn answers(connection: &mut TcpStream) -> bool {
    connection.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    let mut begun = [0; 12];
    let asked = connection.write_all(b"GET /insula/v1/health HTTP/1.1\r\nHost: h\r\n\r\n");
    asked.and_then(|()| connection.read_exact(&mut begun)).is_ok() && begun == *b"HTTP/1.1 200"
}

/// SYS-03, S2: from one address come as many connections as allowed; the next is closed before it says anything, and
/// another address gets in.
#[actix_web::test]
async fn connections_of_one_address_leave_room_for_others() {
    let limits = Limits { whole: 60, of_address: 20 };
    let app = TestApp::start_with(Room { limits, ..Room::default() }).await;
    let address = app.state.public_url.strip_prefix("http://").unwrap().parse().unwrap();
    let mut idle = Vec::new();
    for _ in 0..50 {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        idle.push(socket.connect(address).await.unwrap().into_std().unwrap());
    }
    idle.iter_mut().for_each(|one: &mut TcpStream| one.set_nonblocking(false).unwrap());
    let asked = tokio::task::spawn_blocking(move || {
        let inside = idle.iter_mut().map(answers).collect::<Vec<_>>();
        (inside, idle)
    });
    let (inside, idle) = asked.await.unwrap();
    assert_eq!(inside, [vec![true; 20], vec![false; 30]].concat());
    for n in 0..5 {
        is_served(&app, n).await;
    }
    drop(idle);
}
