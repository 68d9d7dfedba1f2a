//! Canaries: identities that are searched for wherever they must not be.

use base64::{Engine, engine::general_purpose};
use insula_tests::{TestApp, app::keys_folder};

use super::story::{CANARIES, Story, spellings};

/// The encodings in which a text could be hidden.
fn encodings(text: &str) -> Vec<String> {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let escaped = |text: &str| {
        let escape = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", c as u32) };
        text.chars().map(escape).collect::<String>()
    };
    let percent = |text: &str| {
        let escape =
            |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        text.bytes().map(escape).collect::<String>()
    };
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut ways = vec![
        text.to_owned(),
        text.to_uppercase(),
        text.to_lowercase(),
        text.chars().rev().collect(),
        escaped(text),
        percent(text),
        hex(text),
        hex(&text.to_lowercase()),
        hex(text).to_uppercase(),
        plain.to_lowercase(),
        plain.to_lowercase().replace('ë', "e"),
    ];
    // The Base64 of a text depends on its offset: its middle at all three offsets.
    for before in ["", "x", "xx"] {
        let coded = general_purpose::STANDARD_NO_PAD.encode(format!("{before}{text}"));
        ways.push(coded[4..coded.len() - coded.len() % 4].to_owned());
    }
    ways.sort();
    ways.dedup();
    ways
}

fn all() -> Vec<String> {
    let mut all: Vec<_> =
        spellings().iter().chain(&CANARIES.map(str::to_owned)).flat_map(|text| encodings(text)).collect();
    // Short forms, such as a reversed birth date without separators, would match by chance.
    all.retain(|way| way.len() >= 8);
    all.sort();
    all.dedup();
    all
}

#[track_caller]
fn is_clean(what: &str, text: &str) {
    for canary in all() {
        if let Some(at) = text.find(&canary) {
            let from = (0..=at.saturating_sub(150)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            panic!("{what} holds {canary:?}: …{}", text[from..].chars().take(400).collect::<String>());
        }
    }
}

fn dump(app: &TestApp) -> Vec<(String, String)> {
    let dump = app.dump();
    let tables = dump.split("== ").skip(1).map(|table| {
        let (name, rows) = table.split_once('\n').unwrap();
        (name.to_owned(), rows.to_owned())
    });
    let trail = ["trail.events", "trail.seals"].map(|name| {
        let sql = format!("SELECT coalesce(string_agg(t::text, E'\\n'), '') AS t FROM {name} t");
        (name.to_owned(), super::trail::texts(app, &sql).join("\n"))
    });
    tables.chain(trail).collect()
}

/// BEN-04, SYS-01: after every operation and refusal no table contains an identity in any encoding, including the
/// trail, the coded store, the outbox, the feed and the stored answers; the vault contains ciphertext.
#[actix_web::test]
async fn no_table_holds_an_identity() {
    let story = Story::tell().await;
    while insula_persistence::trail::seal(&story.app.db).unwrap().is_some() {}
    let tables = dump(&story.app);
    for name in [
        "trail.events",
        "coded.deliveries",
        "insula.outbox",
        "insula.code_changes",
        "insula.idempotency_keys",
        "insula.registrations",
        "insula.registration_versions",
        "vault.affiliations",
        "vault.beneficiaries",
        "vault.beneficiary_versions",
        "vault.persons",
    ] {
        let rows = tables.iter().find(|(table, _)| table == name).map(|(_, rows)| rows.trim());
        assert!(rows.is_some_and(|rows| !rows.is_empty()), "the story left nothing in {name}");
    }
    for (table, rows) in &tables {
        is_clean(table, rows);
    }
}

/// BEN-04: only successful reads by the owner return an identity; no header or address ever contains one.
#[actix_web::test]
async fn no_answer_holds_an_identity_but_the_owners_reading() {
    let story = Story::tell().await;
    assert!(story.told.iter().filter(|told| told.shows_identity).count() > 10);
    assert!(story.told.iter().filter(|told| told.reply.status >= 400).count() > 80);
    for told in &story.told {
        let headers: Vec<_> = told.reply.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        is_clean(&told.what, &headers.join("\n"));
        if told.shows_identity {
            is_clean(&told.what, &addresses(&told.reply.body));
            let shown = [told.reply.text.contains("Quillebrandt"), told.reply.text.contains("Vuurvogelen")];
            assert!(shown.contains(&true), "{}: what is excused here must show an identity", told.what);
        } else {
            is_clean(&told.what, &told.reply.text);
        }
    }
}

fn addresses(body: &serde_json::Value) -> String {
    match body {
        serde_json::Value::Object(members) => {
            let own = ["href", "next"].iter().filter_map(|name| members.get(*name)).map(ToString::to_string);
            own.chain(members.values().map(addresses)).collect::<Vec<_>>().join("\n")
        }
        serde_json::Value::Array(items) => items.iter().map(addresses).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

/// BEN-04: neither PostgreSQL's log nor its statistics of running statements contain one.
#[actix_web::test]
async fn the_databases_log_holds_no_identity() {
    let story = Story::tell().await;
    let log = keys_folder().join("../pg-cluster/log");
    is_clean("PostgreSQL's log", &std::fs::read_to_string(log).unwrap());
    let statements = "SELECT query AS t FROM pg_stat_activity WHERE datname = current_database()";
    is_clean("pg_stat_activity", &super::trail::texts(&story.app, statements).join("\n"));
    is_clean("the metrics", &story.app.state.metrics.text());
}
