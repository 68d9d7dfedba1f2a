//! `checkBillingRecords`.

use std::{fs, io::Write, net::TcpStream};

use insula_domain::{actor::Role, registry::registration::code::RegistrationCode};
use insula_tests::{
    Client, Reply, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B, Room, Share},
    data, until,
};
use reqwest::Method;
use serde_json::json;

use super::{file, invoice, sensor};
use crate::command::process::{Folder, Insula};

async fn check(client: &Client, file: Vec<u8>) -> Reply {
    check_in("en", client, file).await
}

async fn check_in(language: &str, client: &Client, file: Vec<u8>) -> Reply {
    let request = client.request(Method::POST, "/billingRecords/check").header("Accept-Language", language);
    client.send(request.header("Content-Type", "application/octet-stream").body(file)).await
}

/// Each finding: record, kind or reason, zone, refusal code.
fn found(reply: &Reply) -> Vec<String> {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let one = |finding: &serde_json::Value| {
        let kind = if finding["reason"].is_null() { &finding["kind"] } else { &finding["reason"] };
        let shown = [&finding["record"], kind, &finding["zone"], &finding["refusalCode"]].map(text);
        shown.join(" ")
    };
    reply.body["findings"].as_array().unwrap().iter().map(one).collect()
}

fn team(app: &TestApp, hospital: &str) -> Client {
    app.role(Role::ConventionTeam, hospital)
}

/// A code that nobody has.
fn nobodys() -> String {
    RegistrationCode::from_digits(987_654_321_012).unwrap().to_string()
}

fn events(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM trail.events WHERE body::jsonb ->> 'operation' = 'checkBillingRecords'")
}

/// BIL-05, TRA-02: a file that bills what is registered is clean for the hospital, the insurer and its union. Counts
/// and sums are told, and one event with the counts is left.
#[actix_web::test]
async fn a_file_that_fits_is_clean() {
    let app = TestApp::start().await;
    let code = app.lead_a().submitted(&app, 1).await.body["code"].as_str().unwrap().to_owned();
    let bytes = file([invoice(42, &data::niss(1), sensor(&code))]);
    let before = app.dump();
    let callers = [
        team(&app, HOSPITAL_A),
        app.role(Role::ResponsiblePhysician, HOSPITAL_A),
        app.insurer("319"),
        app.insurer("300"),
    ];
    for (number, caller) in (1..).zip(callers) {
        let report = check(&caller, bytes.clone()).await.expect(200);
        let expected = json!({
            "file": {"sendingNumber": 17, "year": 2026, "month": 6, "hospitalNumber": "71000436"},
            "records": 5, "invoices": 1, "refused": false, "accountA": "1000.00", "accountB": "0.00",
            "comparedCodes": 1, "billableCodes": 1, "findings": [], "moreFindings": 0,
        });
        assert_eq!(report.body, expected);
        assert_eq!(events(&app), number);
        let trace = report.header("belgov-trace-id");
        let counted = format!(
            "SELECT count(*) AS n FROM trail.events WHERE body::jsonb ->> 'traceId' = '{trace}'
               AND body::jsonb ->> 'action' = 'check' AND body::jsonb ->> 'subject' = 'billingRecords'
               AND body::jsonb -> 'details' = '{{\"records\": 5, \"invoices\": 1, \"codes\": 1, \"billable\": 1}}'"
        );
        assert_eq!(app.count(&counted), 1);
    }
    assert_eq!(app.dump(), before);
}

/// TRA-02, SYS-02: to another hospital and another insurer a code is as unknown as nobody's.
#[actix_web::test]
async fn a_strangers_code_is_unknown() {
    let app = TestApp::start().await;
    let code = app.lead_a().submitted(&app, 1).await.body["code"].as_str().unwrap().to_owned();
    for caller in [team(&app, HOSPITAL_B), app.insurer("100")] {
        let [theirs, nobodys] =
            [code.clone(), nobodys()].map(|code| file([invoice(42, &data::niss(1), sensor(&code))]));
        let theirs = check(&caller, theirs).await.expect(200);
        assert_eq!(found(&theirs), ["3 unknownCode 57 505703"]);
        assert_eq!((&theirs.body["comparedCodes"], &theirs.body["billableCodes"]), (&json!(1), &json!(0)));
        assert_eq!(check(&caller, nobodys).await.expect(200).body, theirs.body);
    }
}

/// TRA-02: each code is compared with status, beneficiary, nomenclature code and date, in the reader's language.
#[actix_web::test]
async fn codes_are_compared() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let codes = {
        let mut codes = Vec::new();
        for person in 1..=2 {
            codes.push(lead.submitted(&app, person).await);
        }
        codes
    };
    lead.command(&format!("/registrations/{}/reopen", codes[1].id()), codes[1].version()).await.expect(200);
    let [fine, reopened] = [0, 1].map(|index: usize| codes[index].body["code"].as_str().unwrap().to_owned());
    let (one, two) = (data::niss(1), data::niss(2));
    let mut later = sensor(&fine);
    later.day = "2026-06-02".parse().unwrap();
    let mut other = sensor(&fine);
    other.code = "174495".parse().unwrap();
    let mut without = sensor(&fine);
    without.registration = None;
    let devices = [
        (&one, sensor(&fine)),
        (&two, sensor(&fine)),
        (&one, later),
        (&one, other),
        (&two, sensor(&reopened)),
        (&one, sensor(&nobodys())),
        (&one, without),
    ];
    let invoices = devices.into_iter().zip(1..).map(|((niss, device), number)| invoice(number, niss, device));
    let bytes = file(invoices);
    let report = check(&app.insurer("319"), bytes.clone()).await.expect(200);
    let expected = [
        "6 otherBeneficiary 57 505703",
        "9 otherDate 5 null",
        "12 otherNomenclatureCode 4 null",
        "15 beingCorrected 57 505703",
        "18 unknownCode 57 505703",
        "21 missing 57 505711",
    ];
    assert_eq!(found(&report), expected);
    assert_eq!((&report.body["comparedCodes"], &report.body["billableCodes"]), (&json!(6), &json!(1)));
    assert_eq!(report.body["refused"], false);
    let finding = &report.body["findings"][0];
    let expected = json!({
        "record": 6, "recordType": 50, "zone": 57, "firstPosition": 333, "lastPosition": 346, "kind": "notBillable",
        "reason": "otherBeneficiary", "refusalCode": "505703", "severity": "record", "rule": "TRA-02",
        "source": finding["source"], "detail": finding["detail"],
    });
    assert_eq!(*finding, expected);
    let french = check_in("fr", &app.insurer("319"), bytes).await.expect(200);
    let detail = french.body["findings"][0]["detail"].as_str().unwrap();
    let expected = "Cette ligne n'est pas facturable sous son code d'enregistrement : Ce code appartient à";
    assert!(detail.starts_with(expected), "{detail}");
    for niss in [&one, &two] {
        assert!(!report.text.contains(niss.as_str()), "BEN-04");
    }
}

/// BIL-05: whatever is handed in, the report names what is wrong and repeats nothing; a clean file stays clean with any
/// line end.
#[actix_web::test]
async fn whatever_is_wrong_is_named() {
    let app = TestApp::start().await;
    let niss = data::niss(1);
    let bytes = file([invoice(42, &niss, sensor("20240000004241")), invoice(43, &niss, sensor("20240000004241"))]);
    let records: Vec<&[u8]> = bytes.chunks(352).map(|record| &record[..350]).collect();
    let with = |records: &[&[u8]], end: &[u8]| records.join(end);
    let swapped = [records[0], records[1], records[3], records[2], records[4]];
    let mut twice = records.clone();
    twice.splice(4..7, records[1..4].iter().copied());
    let mut short = bytes.clone();
    short.remove(3 * 352 + 100);
    let mut latin = bytes.clone();
    latin[2 * 352 + 300] = 0xe9;
    let mut mixed = bytes.clone();
    mixed.remove(352 + 350);
    let unknown = "3 unknownCode 57 505703|6 unknownCode 57 505703";
    let cases: [(&str, Vec<u8>, &str); 12] = [
        ("nothing", Vec::new(), "null unfinished null 900104"),
        ("gzip", [b"\x1f\x8b\x08".to_vec(), niss.clone().into_bytes()].concat(), "null notRecords null null"),
        ("UTF-16", bytes.iter().flat_map(|byte| [*byte, 0]).collect(), "1 unknownRecord null null"),
        ("a mark", [b"\xef\xbb\xbf", &bytes[..]].concat(), "null byteOrderMark null null"),
        ("349 positions", short, "4 wrongLength null null"),
        ("another code page", latin, "3 notAscii 52 null"),
        ("two line ends", mixed, "3 mixedSeparators null null"),
        ("another order", with(&swapped, b"\n"), "3 outOfOrder null 200111"),
        ("one number twice", with(&twice, b"\n"), "5 repeated 24 202420"),
        ("cut off", with(&records[..5], b"\r\n"), "5 unfinished null 900104"),
        ("no line ends", with(&records, b""), unknown),
        ("line feeds", with(&records, b"\n"), unknown),
    ];
    let mut other = Vec::new();
    for (name, bytes, expected) in cases {
        let report = check(&team(&app, HOSPITAL_A), bytes).await.expect(200);
        let found = found(&report);
        let all = expected.split('|').all(|one| found.iter().any(|found| found == one));
        if !all || report.body["refused"] != (expected != unknown) {
            other.push((name, found));
        }
        assert!(!report.text.contains(&niss), "{name}: BEN-04");
    }
    assert_eq!(other, [], "another report");
}

/// BIL-05: a finding without end is listed a thousand times and counted.
#[actix_web::test]
async fn findings_are_bounded() {
    let app = TestApp::start().await;
    let report = check(&app.insurer("319"), b"x\n".repeat(5000)).await.expect(200);
    assert_eq!(report.body["findings"].as_array().unwrap().len(), 1000);
    assert_eq!((&report.body["moreFindings"], &report.body["records"]), (&json!(4001), &json!(5000)));
}

/// SYS-03: a file is not compressed on its way, and has at most 360 MB.
#[actix_web::test]
async fn a_file_has_its_limits() {
    let app = TestApp::start().await;
    let team = team(&app, HOSPITAL_A);
    let request = || team.request(Method::POST, "/billingRecords/check");
    for request in [
        request().header("Content-Type", "text/csv"),
        request().header("Content-Type", "application/octet-stream").header("Content-Encoding", "gzip"),
    ] {
        team.send(request.body("10")).await.expect_problem(415, "unsupportedMediaType");
    }
    let announced = request().header("Content-Type", "application/octet-stream").header("Content-Length", 2_u64 << 30);
    let refused = team.send(announced).await.expect_problem(413, "payloadTooLarge");
    assert_eq!(refused.body["limit"], 360_000_000);
    assert_eq!(events(&app), 0);
}

/// SYS-03: while a hospital's file trickles in, its next one waits and those of others are checked. A connection that
/// is cut leaves nothing, and the place is free.
#[actix_web::test]
async fn a_cut_connection_leaves_nothing() {
    let app = TestApp::start_with(Room { share: Share { files: 1, ..Share::default() }, ..Room::default() }).await;
    let team = team(&app, HOSPITAL_A);
    let free = || app.state.shares.requests.free(HOSPITAL_A);
    let (all, before) = (free(), app.dump());
    let bytes = file([invoice(42, &data::niss(1), sensor("20240000004241"))]);
    let mut slow = TcpStream::connect(app.state.public_url.strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "POST /insula/v1/billingRecords/check HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/octet-stream\r\nContent-Length: 3000000\r\n\r\n",
        team.token.as_deref().unwrap(),
    );
    slow.write_all(head.as_bytes()).unwrap();
    // A piece and a half.
    slow.write_all(&bytes.repeat(900)[..1_500_000]).unwrap();
    until("it is in hand", || free() == all - 1).await;
    check(&app.role(Role::ConventionTeam, HOSPITAL_B), bytes.clone()).await.expect(200);
    assert_eq!(events(&app), 1);
    let next = {
        let (team, bytes) = (team.clone(), bytes.clone());
        actix_web::rt::spawn(async move { check(&team, bytes).await })
    };
    until("the next one waits", || free() == all - 2).await;
    drop(slow);
    next.await.unwrap().expect(200);
    until("all is free", || free() == all).await;
    assert_eq!((events(&app), app.dump()), (2, before));
}

/// The most memory a process ever had, in KiB.
fn peak(process: u32) -> i64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// BIL-05, TRA-02: a file of 50 MB with a code in each invoice is checked in the memory of a few pieces.
#[actix_web::test]
async fn a_large_file_takes_little_memory() {
    let folder = Folder::new("large-invoice-file");
    let insula = Insula::serve(&folder, &[]);
    let insurer = insula.role(Role::InsurerBilling, "319");
    let (niss, nobodys) = (data::niss(1), nobodys());
    let sent = |count| file((1..=count).map(|number| invoice(number, &niss, sensor(&nobodys))));
    let (small, bytes) = (sent(2000), sent(48_000));
    assert!(bytes.len() > 50_000_000);
    check(&insurer, small).await.expect(200);
    let before = peak(insula.pid());
    let report = check(&insurer, bytes).await.expect(200);
    let more = peak(insula.pid()) - before;
    println!("{more} KiB more for {} records, {before} KiB before", report.body["records"]);
    assert_eq!((&report.body["records"], &report.body["invoices"]), (&json!(144_002), &json!(48_000)));
    assert_eq!((&report.body["comparedCodes"], &report.body["billableCodes"]), (&json!(48_000), &json!(0)));
    assert_eq!((found(&report).len(), &report.body["moreFindings"]), (1000, &json!(47_000)));
    assert_eq!((&report.body["refused"], &report.body["accountA"]), (&json!(false), &json!("48000000.00")));
    let told = "SELECT count(*) AS n FROM trail.events WHERE body::jsonb ->> 'operation' = 'checkBillingRecords'";
    assert_eq!(folder.count(told), 2);
    assert!(more < 20 * 1024, "{more} KiB");
}
