//! Invoice files put into the hospital's own, and what the insurers' programs send back.

use aws_lc_rs::digest;
use insula_domain::{
    billing::file::{check::Checker, settings::Settings},
    registry::registration::code::RegistrationCode,
};
use insula_tests::{Client, Reply, client::new_key};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    file_of,
    fixtures::{P2, accounts, another, bytes, covered, file, handed_over, lines, make, text, told},
    invoice,
    pump_days::record,
    sensor,
};
use crate::convention::coverage::Scene;

/// P1 and P2 at H1 with all of May 2026 recorded and put into a file, sending number 17. Returns the file.
pub(super) async fn may(scene: &Scene) -> String {
    let p1 = covered(scene).await;
    let p2 = another(scene, P2, "2026-04-20", "2026-04-15", "2027-04-14").await;
    scene.on("2026-06-02");
    let team = scene.h1();
    for id in [&p1, &p2] {
        record(&team, id, &["2026-05-01/2026-05-31"]).await.expect(200);
    }
    make(&team, &file("2026-05", 17)).await.id()
}

/// The hospital's own file of that month: thirty sensors to each of three insurers, its records as lines.
fn hospitals(sending: u16, month: u8) -> Vec<u8> {
    let code = RegistrationCode::from_digits(987_654_321_012).unwrap().to_string();
    let one = move |number: u64| {
        let to = ["100", "300", "500"][usize::try_from((number - 1) / 30).unwrap()];
        let mut block = invoice(number, "85073003328", sensor(&code));
        block.destination = to.parse().unwrap();
        block.mutuality = if to == "300" { "319" } else { to }.parse().unwrap();
        block
    };
    file_of(sending, month, (1..=90).map(one))
}

async fn send(team: &Client, path: &str, media: &str, body: Vec<u8>) -> Reply {
    let request = team.request(Method::POST, path).header("Content-Type", media);
    team.send(request.header("Idempotency-Key", new_key()).body(body)).await
}

async fn merge(team: &Client, file: &str, body: Vec<u8>) -> Result<Vec<u8>, Reply> {
    let path = format!("/invoiceFiles/{file}/merge");
    let media = "application/octet-stream";
    let request = team.request(Method::POST, &path).header("Content-Type", media).body(body.clone());
    let response = request.send().await.unwrap();
    if response.status() == StatusCode::OK {
        return Ok(response.bytes().await.unwrap().to_vec());
    }
    Err(team.send(team.request(Method::POST, &path).header("Content-Type", media).body(body)).await)
}

async fn import(team: &Client, file: &str, media: &str, body: impl Into<Vec<u8>>) -> Reply {
    send(team, &format!("/invoiceFiles/{file}/answerFiles"), media, body.into()).await
}

const RECORDS: &str = "application/octet-stream";

fn positions(text: &str, length: usize) -> Vec<u8> {
    format!("{text:<length$}").into_bytes()
}

/// The answer of that type to these records, all of which come back, some with a refusal: letter and code by number.
fn answer(message: &str, records: &[u8], refusals: &[(usize, &str)]) -> Vec<u8> {
    let head = format!("{message}{}{:06}00{:03}", "0".repeat(61), 202_605, 17);
    let mut answer = positions(&head, 800);
    for (at, record) in (1..).zip(records.chunks(350)) {
        answer.extend_from_slice(record);
        let codes = refusals.iter().find(|(number, _)| *number == at).map_or("0000000", |(_, code)| code);
        answer.extend(positions(&format!("01720260610202605319{}{codes}{}", "0".repeat(86), "0".repeat(14)), 450));
    }
    answer
}

/// A record, or the records, of a file whose records are lines.
fn unlined(file: &[u8]) -> Vec<u8> {
    file.chunks(352).flat_map(|record| record[..350].to_vec()).collect()
}

/// What the records that bill sensors say, without number and check digits.
fn sensors(records: &[u8]) -> Vec<&[u8]> {
    records.chunks(350).filter(|record| record.starts_with(b"50")).map(|record| &record[8..348]).collect()
}

/// The numbers of the records that bill pump days.
fn days_at(records: &[u8]) -> Vec<usize> {
    (1..).zip(records.chunks(350)).filter(|(_, record)| record.starts_with(b"30")).map(|(at, _)| at).collect()
}

/// BIL-05, B-15, B-22: the invoices go into the file of the hospital's own system; the answer to that one is brought to
/// the lines, and the share of refused lines is that of the whole file.
#[actix_web::test]
async fn a_file_goes_within_the_hospitals_own() {
    let scene = Scene::start().await;
    let id = may(&scene).await;
    let team = scene.h1();
    let theirs = hospitals(17, 5);
    let merged = merge(&team, &id, theirs.clone()).await.unwrap();
    let settings = Settings::inferred("2026-01-01".parse().unwrap());
    let mut checker = Checker::new(&settings, 10);
    checker.feed(&merged, &mut |_| {});
    let report = checker.finish(&mut |_| {});
    assert!(!report.refused, "{:?}", report.findings);
    assert_eq!((report.records, report.invoices), (278, 92));
    let records = unlined(&merged);
    assert_eq!(sensors(&records), sensors(&unlined(&theirs)), "the hospital's own lines stay");
    let digest = digest::digest(&digest::SHA256, &merged);
    let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let shown = team.get(&format!("/invoiceFiles/{id}")).await.expect(200).body["merged"].clone();
    assert_eq!((text(&shown, "sha256"), &shown["records"], &shown["lines"]), (&*digest, &json!(278), &json!(92)));
    assert_eq!(merge(&team, &id, theirs.clone()).await.unwrap(), merged, "again");
    let shown = team.get(&format!("/invoiceFiles/{id}")).await.body["merged"].clone();
    // What cannot take them changes nothing.
    let code = RegistrationCode::from_digits(987_654_321_012).unwrap().to_string();
    for (body, fault) in [
        (hospitals(18, 5), "otherFile"),
        (hospitals(17, 4), "otherFile"),
        (String::from_utf8(theirs.clone()).unwrap().replace("71000436", "71032209").into_bytes(), "fileAtFault"),
        (theirs[..theirs.len() - 352].to_vec(), "fileAtFault"),
        (b"\x1f\x8b\x08 not one".to_vec(), "fileAtFault"),
        (file_of(17, 5, [invoice(1000, "85073003328", sensor(&code))]), "invoiceNumberTwice"),
    ] {
        let refused = merge(&team, &id, body).await.unwrap_err().expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [format!(":{fault}")]);
    }
    merge(&scene.h2(), &id, theirs.clone()).await.unwrap_err().expect(404);
    assert_eq!(team.get(&format!("/invoiceFiles/{id}")).await.body["merged"], shown);
    handed_over(&team, &id, "2026-06-02").await;
    let late = merge(&team, &id, theirs).await.unwrap_err();
    late.expect_problem(409, "invoiceFileTransitionNotPossible");

    // One of two lines is half of ours, and one of 92 of the file.
    let days = days_at(&records);
    assert_eq!(days.len(), 2);
    let settled = answer("920900", &records, &[(days[1], "R300645"), (3, "R500645")]);
    let alone = answer("920900", &bytes(&team, &id).await, &[]);
    let not_sent = import(&team, &id, RECORDS, alone).await.expect_problem(400, "badRequest");
    assert!(not_sent.faults().iter().all(|fault| fault.ends_with(":notAsSent")), "{:?}", not_sent.faults());
    let reply = import(&team, &id, RECORDS, settled.clone()).await.expect(200);
    assert_eq!(accounts(&reply.body), "partlyRefused 638.60 0.00 319.30 319.30 0.00");
    let refused: Vec<Value> = lines(&team, &id).await.into_iter().filter(|line| line["state"] == "refused").collect();
    assert_eq!(refused.iter().map(told).collect::<Vec<_>>(), ["319>300 2026-05-01/2026-05-31 31 319.30"]);
    assert_eq!(text(&refused[0]["codes"][0], "code"), "300645");
    let twice = import(&team, &id, RECORDS, settled).await;
    twice.expect_problem(409, "invoiceFileTransitionNotPossible");
}

/// BIL-05, B-16: a receipt, then the settlement of a file that went alone: one of two lines refused fells it.
#[actix_web::test]
async fn an_answer_is_read() {
    let scene = Scene::start().await;
    let id = may(&scene).await;
    let team = scene.h1();
    let records = bytes(&team, &id).await;
    let receipt = answer("931000", &[], &[]);
    let early = import(&team, &id, RECORDS, receipt.clone()).await;
    early.expect_problem(409, "invoiceFileTransitionNotPossible");
    handed_over(&team, &id, "2026-06-02").await;
    let received = import(&team, &id, RECORDS, receipt).await.expect(200);
    assert_eq!(accounts(&received.body), "received 638.60 0.00 0.00 0.00 638.60");
    import(&scene.h2(), &id, RECORDS, answer("920900", &records, &[])).await.expect(404);
    let half = import(&team, &id, RECORDS, answer("920900", &records[..4 * 350], &[])).await.expect(200);
    assert_eq!(accounts(&half.body), "received 638.60 0.00 319.30 0.00 319.30");
    let again = import(&team, &id, RECORDS, answer("920900", &records, &[])).await.expect_problem(400, "badRequest");
    assert_eq!(again.faults(), ["record[4]:alreadyAnswered"]);
    let mut rest = answer("920900", &records, &[(6, "R300645")]);
    rest.drain(800..5 * 800);
    let whole = import(&team, &id, RECORDS, rest).await.expect(200);
    assert_eq!(accounts(&whole.body), "refused 638.60 0.00 0.00 638.60 0.00");
}

/// BIL-05, SYS-04: what is no answer to the file is refused with each of its faults; nothing changes.
#[actix_web::test]
async fn what_is_no_answer_is_refused() {
    let scene = Scene::start().await;
    let id = may(&scene).await;
    let team = scene.h1();
    handed_over(&team, &id, "2026-06-02").await;
    let records = bytes(&team, &id).await;
    let mut short = answer("920900", &records, &[]);
    short.pop();
    for (media, body, faults) in [
        (RECORDS, records.clone(), &["record[1]:notAnAnswer"][..]),
        (RECORDS, short, &["record[9]:recordLength"]),
        ("text/csv", b"17;3;;319.30\n".to_vec(), &["row[1]:wrongColumns"]),
        ("text/csv", vec![0xff], &[":notUtf8"]),
        (
            "text/csv",
            b"sending;record;code;amount\n18;3;;319.30\n17;3;;319.31\n17;9;300645;\n17;6;;1,5\n".to_vec(),
            &["row[5].amount:notAnAmount"],
        ),
        (
            "text/csv",
            b"sending;record;code;amount\n18;3;;319.30\n17;3;;319.31\n17;9;300645;\n".to_vec(),
            &["row[2].sending:otherFile", "row[3].amount:notAsSent", "row[4].record:notInFile"],
        ),
    ] {
        let refused = import(&team, &id, media, body).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), faults);
    }
    import(&team, &id, "application/json", "{}").await.expect(415);
    let late = send(&team, &format!("/invoiceFiles/{id}/answerFiles?on=2026-06-03"), "text/csv", vec![0xff]).await;
    assert_eq!(late.expect_problem(400, "badRequest").faults(), [":notUtf8", "on:inFuture"]);
    let table = "sending;record;code;amount\n17;3;;319.30\n17;6;;319.30\n";
    let settled = import(&team, &id, "text/csv", table).await.expect(200);
    assert_eq!(accounts(&settled.body), "settled 638.60 0.00 638.60 0.00 0.00");
}
