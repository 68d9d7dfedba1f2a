use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use diesel::connection::SimpleConnection;
use insula_domain::actor::Role;
use insula_persistence::Login;
use insula_tests::{app::HOSPITAL_A, client::new_key, eventually, waiting::locked_out};
use serde_json::json;

use super::is_up;
use crate::command::process::{Folder, Insula, runs};

/// SYS-03: when stopped, the service answers what it has accepted, and stops its database.
#[test]
fn a_stop_finishes_what_was_accepted() {
    let folder = Folder::new("stop");
    let insula = Insula::serve(&folder, &[]);
    let postgres = insula.postgres().unwrap();
    let mut owner = folder.owner();
    owner.batch_execute("BEGIN; LOCK TABLE insula.registrations IN ACCESS EXCLUSIVE MODE").unwrap();
    let lead = insula.role(Role::StudyLead, HOSPITAL_A);
    let request = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(lead.post("/registrations", &json!({"type": "followUp"})))
    });
    // It gives up after two seconds. The night, which checks every second, waits for the same lock.
    eventually("the request is in hand", || folder.count(&locked_out(Login::Hospital)) == 1);
    insula.terminate();
    let began = Instant::now();
    eventually("it has heard", || folder.wrote("stdout").contains("Stopping"));
    owner.batch_execute("COMMIT").unwrap();
    drop(owner);
    // On a very busy machine the lock may be held for longer than the limit of a statement; then the answer says so.
    let answer = request.join().unwrap();
    assert!([201, 503].contains(&answer.status), "{}", answer.text);
    assert!(insula.ended().success());
    println!("ended after {:?}", began.elapsed());
    assert!(!runs(postgres));

    // What was answered at the last moment is stored, and the next start needs no recovery.
    let insula = Insula::serve(&folder, &[]);
    let done = i64::from(answer.status == 201);
    assert_eq!(folder.count("SELECT count(*) AS n FROM insula.registrations"), done);
    insula.terminate();
    assert!(insula.ended().success());
}

/// SYS-03: neither busy nor idle open connections delay a stop; and everything done was answered.
#[test]
fn everything_done_before_a_stop_is_answered() {
    let folder = Folder::new("stop-busy");
    let insula = Insula::serve(&folder, &[]);
    let address = insula.base.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let token = insula.role(Role::StudyLead, HOSPITAL_A).token.unwrap();
    let idle = TcpStream::connect(&address).unwrap();
    let callers = (0..3).map(|_| {
        let (address, token) = (address.clone(), token.clone());
        thread::spawn(move || create_on_and_on(&address, &token))
    });
    let callers: Vec<_> = callers.collect();
    eventually("they create", || folder.count("SELECT count(*) AS n FROM insula.registrations") > 10);
    insula.terminate();
    let began = Instant::now();
    assert!(insula.ended().success());
    let ended = began.elapsed();
    let answered: Vec<i64> = callers.into_iter().map(|caller| caller.join().unwrap()).collect();
    println!("ended after {ended:?}, {answered:?} requests were answered");
    drop(idle);
    let insula = Insula::serve(&folder, &[]);
    assert_eq!(folder.count("SELECT count(*) AS n FROM insula.registrations"), answered.iter().sum::<i64>());
    insula.terminate();
    let began = Instant::now();
    assert!(insula.ended().success());
    let calm = began.elapsed();
    println!("without callers it ends after {calm:?}");
    // Connections would be waited for twenty seconds.
    assert!(ended < calm + Duration::from_secs(15), "{ended:?}, and {calm:?} without callers");
}

/// Creates drafts over one connection until the service closes it, which it may do only before it begins an answer.
/// Returns the number of answers.
fn create_on_and_on(address: &str, token: &str) -> i64 {
    let mut answered = 0;
    let connection = TcpStream::connect(address).unwrap();
    let (mut answers, mut requests) = (BufReader::new(connection.try_clone().unwrap()), connection);
    loop {
        let request = format!(
            "POST /insula/v1/registrations HTTP/1.1\r\nHost: insula\r\nAuthorization: Bearer {token}\r\n\
             Idempotency-Key: {}\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{{\"type\": \"followUp\"}}",
            new_key()
        );
        let mut head = String::new();
        if requests.write_all(request.as_bytes()).is_err() || !answers.read_line(&mut head).is_ok_and(|read| read > 0) {
            return answered;
        }
        assert!(head.starts_with("HTTP/1.1 201"), "{head}");
        while !head.ends_with("\r\n\r\n") {
            assert!(answers.read_line(&mut head).unwrap() > 0, "cut off: {head}");
        }
        let head = head.to_ascii_lowercase();
        let length = head.split_once("content-length: ").unwrap().1.split_once('\r').unwrap().0.parse().unwrap();
        answers.read_exact(&mut vec![0; length]).unwrap();
        answered += 1;
    }
}

/// SYS-03: a second service on the same data is refused in one sentence, without disturbing the first.
#[test]
fn a_second_service_on_the_same_data_is_refused() {
    let folder = Folder::new("second");
    let first = Insula::serve(&folder, &[]);
    let output = folder.command(&["serve"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert_eq!(said.lines().count(), 1, "{said}");
    let sentence = format!("insula: Another Insula (process {}) already uses {}", first.pid(), folder.0.display());
    assert!(said.starts_with(&sentence), "{said}");
    assert!(is_up(&first));
}

/// SYS-03: with an existing database the service answers soon after its start: within two seconds without optimisation
/// on an idle machine, and in any case faster than a start that creates the database.
#[test]
fn it_answers_soon_after_the_start() {
    let folder = Folder::new("start");
    let start = || {
        let began = Instant::now();
        let insula = Insula::serve(&folder, &[]);
        assert!(is_up(&insula));
        let time = began.elapsed();
        insula.terminate();
        assert!(insula.ended().success());
        time
    };
    let first = start();
    let times = [(); 3].map(|()| start());
    println!("first answer after {first:?}, then after {times:?}");
    assert!(times.iter().min().unwrap() < &first, "{times:?} after {first:?}");
}
