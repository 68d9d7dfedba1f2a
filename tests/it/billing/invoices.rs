//! Invoice files: foreseen, made, answered.

use aws_lc_rs::digest;
use diesel::RunQueryDsl;
use insula_domain::{
    actor::Role,
    billing::file::{check::Checker, settings::Settings},
};
use insula_tests::app::HOSPITAL_A;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    fixtures::{
        P2, PUMP_CODE, accounts, all, another, answered, bytes, covered, file, handed_over, insured, lines, make,
        preview, ready, text, told, told_lines, with,
    },
    pump_days::record,
};
use crate::convention::coverage::{Scene, applied, c_01, decide, favourable, of_h1};

/// BIL-01, BIL-02, BIL-05, B-01: a plain month: line, zones, totals and account agree; the bytes pass the
/// check of anybody's file and have the digest that the file names.
#[actix_web::test]
async fn b_01_a_plain_month() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-05-02");
    let team = scene.h1();
    record(&team, &p1, &["2026-04-01/2026-04-30"]).await.expect(200);
    let foreseen = preview(&team, &file("2026-04", 17)).await;
    assert_eq!(all(&foreseen["lines"], told), ["319>300 2026-04-01/2026-04-30 30 309.00"]);
    assert_eq!((&foreseen["going"], &foreseen["atRisk"], &foreseen["heldBack"]), (&json!(1), &json!(0), &json!(0)));
    let made = make(&team, &file("2026-04", 17)).await;
    let id = made.id();
    assert_eq!(told_lines(&team, &id).await, ["319>300 2026-04-01/2026-04-30 30 309.00"]);
    assert_eq!(accounts(&made.body), "made 309.00 0.00 0.00 0.00 309.00");
    let bytes = bytes(&team, &id).await;
    assert_eq!(bytes.len(), 350 * 5);
    let digest = digest::digest(&digest::SHA256, &bytes);
    let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, text(&made.body, "sha256"));
    let settings = Settings::inferred("2026-01-01".parse().unwrap());
    let mut checker = Checker::new(&settings, 10);
    checker.feed(&bytes, &mut |_| {});
    let report = checker.finish(&mut |_| {});
    assert_eq!((report.records, report.invoices, report.findings.len()), (5, 1, 0), "{:?}", report.findings);
    let record = String::from_utf8(bytes[700..1050].to_vec()).unwrap();
    assert!(record.starts_with("30000003"), "{record}");
    for zone in ["+00000030900", "+0030", PUMP_CODE, "2026040120260430"] {
        assert!(record.contains(zone), "{zone} in {record}");
    }
    let invoices = team.get(&format!("/invoiceFiles/{id}/records?invoicesOnly=true")).await;
    assert_eq!(invoices.status, 200);
    // The days are on a line: nothing is left to bill.
    let again = team.post("/invoiceFiles", &file("2026-04", 18)).await;
    again.expect_problem(409, "nothingToBill");
}

/// BIL-03, BIL-10, B-02, B-03, B-12: a price that changes and a gap begin new lines.
#[actix_web::test]
async fn b_02_b_03_lines_are_consecutive_days_of_one_price() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-07-02");
    let team = scene.h1();
    let days = ["2026-05-01/2026-05-09", "2026-05-13/2026-05-31", "2026-06-01/2026-06-30"];
    record(&team, &p1, &days).await.expect(200);
    let made = make(&team, &file("2026-06", 17)).await;
    let expected = [
        "319>300 2026-05-01/2026-05-09 9 92.70",
        "319>300 2026-05-13/2026-05-31 19 195.70",
        "319>300 2026-06-01/2026-06-15 15 154.50",
        "319>300 2026-06-16/2026-06-30 15 154.95",
    ];
    assert_eq!(told_lines(&team, &made.id()).await, expected);
    assert_eq!(text(&made.body, "invoiced"), "597.85");
}

/// COV-04, BIL-10, B-04, R1: days of two periods are two invoices, each with its agreement date.
#[actix_web::test]
async fn b_04_a_prolongation_is_another_invoice() {
    let scene = Scene::start().await;
    ready(&scene).await;
    let p2 = another(&scene, P2, "2026-03-20", "2026-03-15", "2027-03-14").await;
    scene.on("2027-02-20");
    let mut content = of_h1("2027-02-20", "2027-03-15", "2028-03-14");
    content["kind"] = json!("prolongation");
    content["withoutExaminations"] = json!("None recorded yet.");
    let id = applied(&scene.h1(), &p2, &content).await;
    decide(&scene.adviser(), &id, 2, &favourable("2027-03-15", "2028-03-14")).await.expect(201);
    scene.on("2027-04-02");
    let team = scene.h1();
    record(&team, &p2, &["2027-03-01/2027-03-31"]).await.expect(200);
    let made = make(&team, &file("2027-03", 1)).await;
    let of = |line: &Value| format!("{} {} {}", line["invoiceNumber"], text(line, "agreedOn"), told(line));
    let found: Vec<_> = lines(&team, &made.id()).await.iter().map(of).collect();
    let expected = [
        "1000 2026-03-20 319>300 2027-03-01/2027-03-14 14 144.62",
        "1001 2027-02-20 319>300 2027-03-15/2027-03-31 17 175.61",
    ];
    assert_eq!((found, text(&made.body, "invoiced")), (expected.map(str::to_owned).to_vec(), "320.23"));
}

/// BIL-12, BIL-05, B-05, B-22, R2: a change of insurer: two destinations, ascending in the file, never in one invoice.
#[actix_web::test]
async fn b_05_two_insurers_never_share_an_invoice() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-08-03");
    let team = scene.h1();
    insured(&team, &p1, &["319 /2026-06-30", "100 2026-07-01/"]).await;
    record(&team, &p1, &["2026-06-01/2026-07-31"]).await.expect(200);
    let made = make(&team, &file("2026-07", 17)).await;
    let expected = [
        "100>100 2026-07-01/2026-07-31 31 320.23",
        "319>300 2026-06-01/2026-06-15 15 154.50",
        "319>300 2026-06-16/2026-06-30 15 154.95",
    ];
    assert_eq!(told_lines(&team, &made.id()).await, expected);
    let bytes = bytes(&team, &made.id()).await;
    let heads = bytes.as_chunks::<350>().0.iter().filter(|record| record.starts_with(b"20"));
    assert_eq!(heads.count(), 2);
}

/// BIL-08, B-10: the preview lists the days that are lost at the end of the month.
#[actix_web::test]
async fn b_10_days_that_expire_are_listed() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-06-01");
    let team = scene.h1();
    record(&team, &p1, &["2026-04-01/2026-05-31"]).await.expect(200);
    scene.on("2028-04-10");
    let foreseen = preview(&scene.h1(), &file("2028-03", 1)).await;
    let expiring = |one: &Value| format!("{}/{}", text(one, "from"), text(one, "to"));
    assert_eq!(all(&foreseen["expiring"], expiring), ["2026-04-01/2026-04-30"]);
    scene.on("2028-05-02");
    let foreseen = preview(&scene.h1(), &file("2028-04", 1)).await;
    assert_eq!(all(&foreseen["expiring"], expiring), ["2026-05-01/2026-05-31"]);
    // What is too late is held back.
    let late = &foreseen["lines"][0];
    assert_eq!((&late["goes"], text(&late["risks"][0], "ground")), (&json!(false), "tooLate"));
    let made = make(&scene.h1(), &file("2028-04", 1)).await;
    assert_eq!((&made.body["heldBack"], text(&made.body, "invoiced")), (&json!(1), "319.30"));
}

/// PMP-04, BIL-11, B-11: days in hospital with the pump are due; the preview names the likely refusal; a refusal is
/// contested on the article, the days stay claimed, and the insurer may answer once more.
#[actix_web::test]
async fn b_11_a_refusal_for_a_stay_is_contested() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-06-01");
    let team = scene.h1();
    let stay = json!({"beneficiaryId": p1, "from": "2026-05-04", "to": "2026-05-08", "hospitalNumber": "71010037",
        "pumpContinued": true, "linkedToDiabetes": false});
    team.post(&format!("/establishments/{HOSPITAL_A}/hospitalStays"), &stay).await.expect(201);
    record(&team, &p1, &["2026-05-01/2026-05-31"]).await.expect(200);
    let foreseen = preview(&team, &file("2026-05", 3)).await;
    let risk = &foreseen["lines"][0]["risks"][0];
    let said = ["ground", "remedy", "from", "to", "rule"].map(|name| text(risk, name));
    assert_eq!(said, ["inHospital", "contest", "2026-05-04", "2026-05-08", "BIL-11"]);
    assert_eq!(risk["codes"], json!(["300545", "300645"]));
    assert_eq!((text(&foreseen, "shareAtRisk"), &foreseen["wouldFellTheFile"]), ("100.00", &json!(true)));
    let id = make(&team, &file("2026-05", 3)).await.id();
    let line = text(&lines(&team, &id).await[0], "id").to_owned();
    handed_over(&team, &id, "2026-06-01").await;
    let refused = json!({"on": "2026-06-01", "lines": [{"lineId": line, "codes": ["300545"]}]});
    let answer = answered(&team, &id, &refused).await.expect(200);
    assert_eq!(accounts(&answer.body), "refused 319.30 0.00 0.00 319.30 0.00");
    let contest = format!("/invoiceLines/{line}/contest");
    let contested = team.post(&contest, &Value::Null).await.expect(200);
    assert_eq!((text(&contested.body, "contestedBy"), text(&contested.body, "contestedOn")), ("C 3 §3", "2026-06-01"));
    assert_eq!(text(&contested.body["codes"][0], "zone"), "05");
    let listed = team.get("/invoiceLines?contested=true").await.expect(200);
    assert_eq!(listed.body["items"][0]["id"], json!(line));
    let days = team.get("/pumpDays?state=contested&pageSize=200").await.expect(200);
    assert_eq!(days.body["items"].as_array().unwrap().len(), 31);
    team.post(&contest, &Value::Null).await.expect_problem(409, "nothingToContest");
    let accepted = json!({"on": "2026-06-01", "lines": [{"lineId": line, "codes": []}]});
    let answer = answered(&team, &id, &accepted).await.expect(200);
    assert_eq!(accounts(&answer.body), "settled 319.30 0.00 319.30 0.00 0.00");
    answered(&team, &id, &accepted).await.expect_problem(409, "invoiceFileTransitionNotPossible");
}

/// BIL-05, B-15: of 32 lines one is refused: the file is partly refused, the days are free, and the corrected line
/// refers to the first invoice.
#[actix_web::test]
async fn b_15_partly_refused_and_corrected() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    let p2 = another(&scene, P2, "2026-04-20", "2026-04-15", "2027-04-14").await;
    scene.on("2026-06-02");
    let team = scene.h1();
    record(&team, &p2, &["2026-05-01/2026-05-31"]).await.expect(200);
    // Single days are lines of their own: 31 of them.
    let odd = |month: u32, last: u32| (1..=last).step_by(2).map(move |day| format!("2026-{month:02}-{day:02}"));
    let single: Vec<String> = odd(4, 30).chain(odd(5, 31)).collect();
    record(&team, &p1, &single.iter().map(String::as_str).collect::<Vec<_>>()).await.expect(200);
    let made = make(&team, &file("2026-05", 17)).await;
    let id = made.id();
    let all_lines = lines(&team, &id).await;
    assert_eq!(all_lines.len(), 32);
    handed_over(&team, &id, "2026-06-02").await;
    let told_of = |line: &Value| {
        let refused = text(line, "beneficiaryId") == p2;
        json!({"lineId": line["id"], "codes": if refused { vec!["300645"] } else { vec![] }, "reference": "R-7"})
    };
    let body = json!({"on": "2026-06-02", "lines": all_lines.iter().map(told_of).collect::<Vec<_>>()});
    let answer = answered(&team, &id, &body).await.expect(200);
    assert_eq!(accounts(&answer.body), "partlyRefused 638.60 0.00 319.30 319.30 0.00");
    let refused = team.get(&format!("/invoiceLines?invoiceFileId={id}&state=refused")).await.expect(200).body;
    let code = &refused["items"][0]["codes"][0];
    assert_eq!((text(code, "code"), text(code, "zone")), ("300645", "06"));
    assert!(text(code, "detail").contains("hospital"), "{code}");
    answered(&team, &id, &body).await.expect_problem(409, "invoiceFileTransitionNotPossible");
    // The cause: in hospital since the 21st, the pump stopped.
    let stay = json!({"beneficiaryId": p2, "from": "2026-05-21", "hospitalNumber": "71010037", "pumpContinued": false,
        "linkedToDiabetes": false});
    team.post(&format!("/establishments/{HOSPITAL_A}/hospitalStays"), &stay).await.expect(201);
    let reply = record(&team, &p2, &["2026-05-01/2026-05-31"]).await.expect(200);
    assert_eq!(reply.body["recorded"], 20);
    let second = make(&team, &file("2026-05", 18)).await;
    assert_eq!(told_lines(&team, &second.id()).await, ["319>300 2026-05-01/2026-05-20 20 206.00"]);
    let written = bytes(&team, &second.id()).await;
    let head = String::from_utf8(written[350..700].to_vec()).unwrap();
    assert!(head.contains("R-7"), "{head}");
}

/// BIL-05, B-16: a whole file refused: its days are free, its number stays used.
#[actix_web::test]
async fn b_16_the_whole_file_is_refused() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-05-02");
    let team = scene.h1();
    record(&team, &p1, &["2026-04-01/2026-04-30"]).await.expect(200);
    let id = make(&team, &file("2026-04", 17)).await.id();
    let whole = json!({"on": "2026-05-02", "wholeFileRefused": true, "lines": []});
    answered(&team, &id, &whole).await.expect_problem(409, "invoiceFileTransitionNotPossible");
    handed_over(&team, &id, "2026-05-02").await;
    let twice = team.post(&format!("/invoiceFiles/{id}/handOver"), &json!({"on": "2026-05-02"})).await;
    twice.expect_problem(409, "invoiceFileTransitionNotPossible");
    let answer = answered(&team, &id, &whole).await.expect(200);
    assert_eq!(accounts(&answer.body), "refused 309.00 0.00 0.00 309.00 0.00");
    record(&team, &p1, &["2026-04-01/2026-04-30"]).await.expect(200);
    let again = team.post("/invoiceFiles", &file("2026-04", 17)).await.expect_problem(400, "badRequest");
    assert_eq!(again.faults(), ["sendingNumber:sendingUsed"]);
    let foreseen = preview(&team, &file("2026-04", 17)).await;
    assert_eq!(text(&foreseen["fileRisks"][0], "ground"), "sendingUsed");
    let second = make(&team, &file("2026-04", 18)).await;
    assert_eq!(text(&second.body, "invoiced"), "309.00");
    record(&team, &p1, &["2026-04-01/2026-04-30"]).await.expect(200);
    let third = team.post("/invoiceFiles", &file("2026-04", 19)).await.expect_problem(400, "badRequest");
    assert_eq!(third.faults(), ["month:thirdFile"]);
}

/// BIL-05, BEN-02, B-21: without national number the insurer's own one stands in zone 8, with entitlement codes that do
/// without; else the line is held back and the others go.
#[actix_web::test]
async fn b_21_without_national_number() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-04-20");
    let body = json!({"noNissConfirmed": true, "lastName": "Visitor", "firstName": "Anna", "birthDate": "1980-01-02",
        "sex": "female", "deceased": false, "residencePlace": "Lyon", "residenceCountry": "FR", "insurerNumber": "319"});
    let p6 = scene.app.role(Role::StudyLead, HOSPITAL_A).post("/beneficiaries", &body).await.expect(201).id();
    let id = applied(&scene.h1(), &p6, &of_h1("2026-04-20", "2026-04-15", "2027-04-14")).await;
    decide(&scene.adviser(), &id, 2, &favourable("2026-04-15", "2027-04-14")).await.expect(201);
    scene.on("2026-06-02");
    let team = scene.h1();
    for id in [&p1, &p6] {
        record(&team, id, &["2026-05-01/2026-05-31"]).await.expect(200);
    }
    let grounds = async |codes: &str, own: Option<&str>| {
        let path = format!("/beneficiaries/{p6}/affiliations");
        let mut one = json!({"insurerNumber": "319", "ct1": codes, "ct2": codes});
        if let Some(own) = own {
            one["insurersOwnNumber"] = json!(own);
        }
        let version = team.get(&path).await.expect(200).tag();
        team.put(&path, &json!({"affiliations": [one]}), version).await.expect(200);
        let foreseen = preview(&team, &file("2026-05", 1)).await;
        assert_eq!(foreseen["going"].as_i64().unwrap() + foreseen["heldBack"].as_i64().unwrap(), 2);
        let of = foreseen["lines"].as_array().unwrap().iter().find(|line| line["beneficiaryId"] == json!(p6)).unwrap();
        all(&of["risks"], |risk| text(risk, "ground").to_owned())
    };
    assert_eq!(grounds("110", None).await, ["numberMissing"]);
    assert_eq!(grounds("110", Some("4711")).await, ["numberDemanded"]);
    let officer = scene.app.role(Role::ConventionOfficer, "");
    let without = json!({"from": "2021-01-01", "name": "codes_without_number", "value": "170", "source": "test data"});
    officer.post("/billingSettings", &without).await.expect(201);
    assert_eq!(grounds("170", Some("4711")).await, [""; 0]);
    let made = make(&team, &file("2026-05", 1)).await;
    let bytes = bytes(&team, &made.id()).await;
    let heads: Vec<_> = bytes.as_chunks::<350>().0.iter().filter(|record| record.starts_with(b"20")).collect();
    let p6_head = heads.iter().find(|record| record.windows(13).any(|zone| zone == b"0000000004711"));
    assert!(p6_head.is_some());
}

/// BIL-05, BEN-05: nothing is made before the hospital's identity and the code of the pump day are entered, nor of a
/// month that is not over; every fault is named.
#[actix_web::test]
async fn nothing_is_made_before_everything_is_known() {
    let scene = Scene::start().await;
    scene.with_tariffs();
    let (p1, ..) = c_01(&scene).await;
    scene.on("2026-05-02");
    let team = scene.h1();
    insured(&team, &p1, &["319 /"]).await;
    record(&team, &p1, &["2026-04-01/2026-04-30"]).await.expect(200);
    let before = scene.app.dump();
    let body = file("2026-04", 17);
    team.post("/invoiceFiles", &body).await.expect_problem(409, "billingIdentityMissing");
    let path = format!("/establishments/{HOSPITAL_A}/billingIdentity");
    let wrong = json!({"enterpriseNumber": "0406798007", "iban": "BE68 5390 0754 7034", "bic": "x",
        "firstInvoiceNumber": 10, "lastInvoiceNumber": 9, "colour": 1});
    let wrong = team.send(team.request(Method::PUT, &path).json(&wrong)).await.expect_problem(400, "badRequest");
    let expected = ["bic:notABic", "colour:unknownField", "enterpriseNumber:notAnEnterpriseNumber", "iban:notAnIban"];
    assert_eq!(wrong.faults(), expected);
    assert_eq!(scene.app.dump(), before);
    let identity = json!({"enterpriseNumber": "0406798006", "iban": "BE68539007547034", "bic": "KREDBEBB",
        "firstInvoiceNumber": 1, "lastInvoiceNumber": 9});
    team.send(team.request(Method::PUT, &path).json(&identity)).await.expect(200);
    team.post("/invoiceFiles", &body).await.expect_problem(409, "pumpCodeMissing");
    let officer = scene.app.role(Role::ConventionOfficer, "");
    let setting = |name: &str, value: &str| json!({"from": "2021-01-01", "name": name, "value": value, "source": "x"});
    for (name, value, fault) in [("colour", "1", "name:unknownSetting"), ("pump_code", "1", "value:notASettingValue")] {
        let refused = officer.post("/billingSettings", &setting(name, value)).await.expect_problem(400, "badRequest");
        assert_eq!(refused.faults(), [fault]);
    }
    officer.post("/billingSettings", &setting("pump_code", PUMP_CODE)).await.expect(201);
    let early = team.post("/invoiceFiles", &file("2026-05", 17)).await.expect_problem(400, "badRequest");
    assert_eq!(early.faults(), ["month:monthNotOver"]);
    let faulty = json!({"month": "2026-13", "sendingNumber": 1000, "corrections": ["x"], "credits": [p1, p1]});
    let faulty = team.post("/invoiceFiles", &faulty).await.expect_problem(400, "badRequest");
    let expected =
        ["corrections[0]:notAnIdentifier", "credits[1]:repeated", "month:notAMonth", "sendingNumber:outOfRange"];
    assert_eq!(faulty.faults(), expected);
    let unknown = team.post("/invoiceFiles", &with("2026-04", 17, "credits", &[&p1])).await;
    assert_eq!(unknown.expect_problem(400, "badRequest").faults(), ["credits[0]:lineNotFound"]);
    let made = make(&team, &body).await;
    // Another hospital finds none of it.
    let other = scene.h2();
    for path in ["", "/records"] {
        other.get(&format!("/invoiceFiles/{}{path}", made.id())).await.expect_problem(404, "resourceNotFound");
    }
    assert_eq!(other.get("/invoiceLines").await.expect(200).body["items"], json!([]));
}

/// BIL-05: the database refuses what the program never writes.
#[actix_web::test]
async fn the_database_forbids() {
    let scene = Scene::start().await;
    let p1 = covered(&scene).await;
    scene.on("2026-05-02");
    let team = scene.h1();
    record(&team, &p1, &["2026-04-01/2026-04-30"]).await.expect(200);
    let id = make(&team, &file("2026-04", 17)).await.id();
    let line = text(&lines(&team, &id).await[0], "id").to_owned();
    for (statement, constraint) in [
        (format!("UPDATE insula.invoice_lines SET units = 29 WHERE id = '{line}'"), "line_adds_up"),
        (format!("UPDATE insula.invoice_files SET sending = 17, id = gen_random_uuid() WHERE id = '{id}'"), "of_file"),
        ("UPDATE insula.pump_days SET line_id = gen_random_uuid()".to_owned(), "line_of_day_stays"),
        ("UPDATE insula.pump_days SET state = 'recorded'".to_owned(), "billed_on_a_line"),
        ("DELETE FROM insula.tariffs WHERE valid_from = '2026-03-01'".to_owned(), "invoice_lines_tariff_fkey"),
        (
            format!(
                "INSERT INTO insula.invoice_files SELECT (jsonb_populate_record(f, jsonb_build_object('id',
                gen_random_uuid(), 'sending', 18))).* FROM insula.invoice_files f WHERE id = '{id}'"
            ),
            "file_adds_up",
        ),
        (
            format!(
                "INSERT INTO insula.invoice_files SELECT (jsonb_populate_record(f, jsonb_build_object('id',
                gen_random_uuid()))).* FROM insula.invoice_files f WHERE id = '{id}'"
            ),
            "sending_once",
        ),
    ] {
        let refused = diesel::sql_query(&statement).execute(&mut scene.app.owner());
        let Err(diesel::result::Error::DatabaseError(_, about)) = refused else { panic!("{statement}: {refused:?}") };
        assert_eq!(about.constraint_name(), Some(constraint), "{statement}: {}", about.message());
    }
}
