use insula_tests::{TestApp, app::HOSPITAL_A};
use serde_json::{Value, json};

use super::{data_manager, enter, get_as, many};

/// SYS-04: the format follows `Accept`; unsupported ones are refused (406) by every operation; operations with one
/// format always use it.
#[actix_web::test]
async fn the_form_follows_accept() {
    let app = TestApp::start().await;
    enter(&app, &many(HOSPITAL_A, 1, 2));
    let (json, ndjson, csv) = ("application/json", "application/x-ndjson", "text/csv; charset=utf-8");
    for (accept, form) in [
        ("*/*", json),
        ("", json),
        ("application/json", json),
        ("application/*", json),
        ("application/problem+json", json),
        ("application/x-ndjson", ndjson),
        ("application/x-ndjson, application/problem+json", ndjson),
        ("text/csv", csv),
        ("text/*", csv),
        ("TEXT/CSV;charset=utf-8;q=0.9, application/json;q=0.5", csv),
        ("text/csv;q=0.1, application/json;q=0.5", json),
    ] {
        let reply = get_as(&app.lead_a(), "/codedRegistrations", accept).await.expect(200);
        assert_eq!(reply.header("content-type"), form, "{accept}");
        assert!(reply.header("vary").to_lowercase().contains("accept"), "{accept}");
        assert_eq!(reply.header("cache-control"), "no-store");
    }
    for accept in ["text/html", "application/xml", "text/csv;q=0", "image/*", "yaml"] {
        get_as(&app.lead_a(), "/codedRegistrations", accept).await.expect_problem(406, "notAcceptable");
    }
    for accept in ["text/csv", "application/x-ndjson"] {
        get_as(&app.lead_a(), "/statistics", accept).await.expect_problem(406, "notAcceptable");
        get_as(&app.lead_a(), "/registrations", accept).await.expect_problem(406, "notAcceptable");
        // Refusals are in JSON, whatever is accepted.
        get_as(&app.insurer("319"), "/codedRegistrations", accept).await.expect_problem(403, "missingPermission");
        get_as(&app.client(None), "/codedRegistrations", accept).await.expect_problem(401, "noAccessToken");
    }
}

/// The cells of a line of CSV; in these tests no cell contains a line break.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (quoted, c) {
            (true, '"') if chars.peek() == Some(&'"') => cell.extend(chars.next()),
            (_, '"') => quoted = !quoted,
            (false, ',') => cells.push(std::mem::take(&mut cell)),
            (_, c) => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

fn column(text: &str, name: &str) -> Vec<String> {
    let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
    let at = cells(lines.next().unwrap()).iter().position(|cell| cell == name).unwrap_or_else(|| panic!("{name}"));
    lines.map(|line| cells(line)[at].clone()).collect()
}

fn with_model(model: &str) -> String {
    let content = json!({"devices": [{"kind": "sensor", "model": model}], "hba1c": {"value": -5, "unit": "percent"}});
    format!(
        "VALUES (gen_random_uuid(), 1, repeat('a', 64), '{HOSPITAL_A}', 'firstImplantation', '2026-06-01', NULL, 1,
             '{}', false, '2026-06-15T08:00:00Z')",
        content.to_string().replace('\'', "''")
    )
}

/// TRA-03: no cell of the CSV is a formula for a spreadsheet, or breaks out of its cell.
#[actix_web::test]
async fn formulas_are_neutralised() {
    let app = TestApp::start().await;
    let table = [
        ("=1+1", "'=1+1"),
        ("=HYPERLINK(\"http://x\",\"y\")", "'=HYPERLINK(\"http://x\",\"y\")"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(1,2)", "'@SUM(1,2)"),
        ("\t=1", "'\t=1"),
        ("-5", "-5"),
        ("5.5", "5.5"),
        ("Eversense E3", "Eversense E3"),
        ("a,\"b\",=c", "a,\"b\",=c"),
        ("', '=1", "', '=1"),
        ("é – 糖", "é – 糖"),
    ];
    for (model, _) in table {
        enter(&app, &with_model(model));
    }
    enter(&app, &with_model("\r=1"));
    let csv = get_as(&data_manager(&app), "/codedRegistrations", "text/csv").await.expect(200);
    let models = column(&csv.text.replace("\"'\r=1\"", "last"), "devices.1.model");
    let expected: Vec<_> = table.iter().map(|(_, written)| *written).chain(["last"]).collect();
    assert_eq!(models, expected);
    assert!(column(&csv.text, "hba1c.value").iter().take(13).all(|cell| cell == "-5"));
    // JSON has the unchanged text.
    let page = data_manager(&app).get("/codedRegistrations").await.expect(200);
    assert_eq!(super::models(&page)[0], "=1+1");
}

/// TRA-03: the header is the same for every reader, type and filter, and an empty result is only a header; CSV, NDJSON
/// and pages have the same contents.
#[actix_web::test]
async fn all_forms_hold_the_same() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    lead.submitted(&app, 1).await;
    enter(&app, &with_model("x"));
    let csv = get_as(&lead, "/codedRegistrations", "text/csv").await.expect(200);
    let header = csv.text.split("\r\n").next().unwrap().to_owned();
    assert!(header.starts_with("technicalId,version,pseudonym,hospital,type,eventDate,nomenclaturePair,"), "{header}");
    assert!(
        header.contains(",devices.1.model,")
            && header.contains(",devices.2.model,")
            && header.contains(",hba1c.value,")
    );
    for absent in ["remark", "hospitalReference", "earlierRegistrationId", "beneficiary", "author", "code"] {
        assert!(!cells(&header).contains(&absent.to_owned()), "{absent}");
    }
    assert!(csv.text.ends_with("\r\n") && csv.header("content-disposition").contains("codedRegistrations.csv"));
    let none = get_as(&app.lead_b(), "/codedRegistrations", "text/csv").await.expect(200);
    assert_eq!(none.text, format!("{header}\r\n"));
    let none = get_as(&app.lead_b(), "/codedRegistrations", "application/x-ndjson").await.expect(200);
    assert_eq!(none.text, "");
    for client in [lead, data_manager(&app)] {
        let page = client.get("/codedRegistrations").await.expect(200);
        let items = page.body["items"].as_array().unwrap();
        let ndjson = get_as(&client, "/codedRegistrations", "application/x-ndjson").await.expect(200);
        let lines: Vec<Value> = ndjson.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(&lines, items);
        let csv = get_as(&client, "/codedRegistrations", "text/csv").await.expect(200);
        assert_eq!(csv.text.split("\r\n").next().unwrap(), header);
        for (name, member) in [("pseudonym", "pseudonym"), ("eventDate", "eventDate"), ("technicalId", "technicalId")] {
            let expected: Vec<_> = items.iter().map(|item| item[member].as_str().unwrap_or_default()).collect();
            assert_eq!(column(&csv.text, name), expected, "{name}");
        }
        assert_eq!(column(&csv.text, "diabetesType"), ["type1", ""]);
        assert_eq!(column(&csv.text, "hba1c.value"), ["7.2", "-5"]);
    }
}
