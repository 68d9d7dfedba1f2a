//! Pseudonyms (TRA-01).

use std::{collections::HashSet, fs};

use aws_lc_rs::{digest, hmac};
use insula_domain::registry::transmission::coded::Pseudonymiser;
use insula_persistence::{Mode, keys::Keys};
use insula_tests::{TestApp, app::keys_folder, data};
use serde_json::json;

use super::{data_manager, get_as};

async fn pseudonyms(app: &TestApp) -> Vec<String> {
    app.deliver();
    app.when_older_transactions_ended();
    let reply = get_as(&data_manager(app), "/codedRegistrations", "application/x-ndjson").await.expect(200);
    let pseudonym =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["pseudonym"].as_str().unwrap().to_owned();
    reply.text.lines().map(pseudonym).collect()
}

/// TRA-01, BEN-01: a person has one pseudonym for all hospitals, spellings of the number, types of registration and
/// restarts.
#[actix_web::test]
async fn a_pseudonym_is_stable() {
    let app = TestApp::start().await;
    let niss = data::niss(5);
    let dotted = format!("{}.{}.{}-{}.{}", &niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
    let spaced = format!("{} {} {} {} {}", &niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
    for (client, spelling, kind, content) in [
        (app.lead_a(), &niss, "firstImplantation", data::first_implantation()),
        (app.lead_b(), &dotted, "firstImplantation", data::first_implantation()),
        (app.lead_a(), &spaced, "replacement", data::replacement(None)),
        (app.lead_b(), &niss, "followUp", data::follow_up(None)),
    ] {
        let body = json!({"niss": spelling, "lastName": "Invented", "insurerNumber": "319"});
        let entered = client.post("/beneficiaries", &body).await;
        let beneficiary = match entered.status {
            303 => entered.header("location").rsplit('/').next().unwrap().to_owned(),
            _ => entered.expect(201).id(),
        };
        let draft = client.draft(kind, Some(&beneficiary), &content).await;
        client.submit(&draft).await.expect(200);
    }
    let found = pseudonyms(&app).await;
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|one| *one == found[0]), "{found:?}");
    // Another process, or one after a restart, reads the same keys and derives the same pseudonym.
    let keys = Keys::read(&keys_folder()).unwrap();
    assert_eq!(keys.pseudonym("healthdata", &keys.seed(&niss)), found[0]);
    assert_eq!(found[0].len(), 64);
}

/// TRA-01: pseudonyms of different recipients have nothing in common beyond chance: they differ in every part.
#[test]
fn recipients_cannot_link_pseudonyms() {
    let folder = keys_folder();
    let keys = Keys::read(&folder).unwrap();
    let recipients = ["healthdata", "healthdata2", "Healthdata", "statistics", "destination", "", "elsewhere"];
    let people: Vec<_> = (0..500).map(|n| keys.seed(&data::niss(n))).collect();
    let made: Vec<Vec<String>> =
        recipients.iter().map(|to| people.iter().map(|seed| keys.pseudonym(to, seed)).collect()).collect();
    let all: HashSet<_> = made.iter().flatten().collect();
    assert_eq!(all.len(), recipients.len() * people.len(), "no two are the same");
    for (at, ours) in made.iter().enumerate() {
        for theirs in &made[at + 1..] {
            let common = |one: &str, other: &str| one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
            let longest = ours.iter().zip(theirs).map(|(one, other)| common(one, other)).max().unwrap();
            assert!(longest < 8, "{longest} common digits");
            let same = ours
                .iter()
                .zip(theirs)
                .flat_map(|(one, other)| one.bytes().zip(other.bytes()))
                .filter(|(a, b)| a == b)
                .count();
            // One digit in sixteen agrees by chance.
            let share = same as f64 / (64 * people.len()) as f64;
            assert!((share - 1.0 / 16.0).abs() < 0.01, "{share}");
        }
    }
}

/// Every valid national number of persons born in a span of years; the first `serials` numbers of each day.
fn numbers(years: std::ops::Range<u32>, serials: u32) -> impl Iterator<Item = String> {
    years.flat_map(move |year| {
        (1..=12u32).flat_map(move |month| {
            (1..=28u32).flat_map(move |day| {
                (1..=serials).map(move |serial| {
                    let base = (u64::from(year % 100) * 10_000 + u64::from(month) * 100 + u64::from(day)) * 1000
                        + u64::from(serial);
                    format!("{base:09}{:02}", 97 - base % 97)
                })
            })
        })
    })
}

/// TRA-01: without the key, trying all national numbers identifies nobody: neither with plain hashes, nor with keyed
/// ones under guessable keys, nor with the real construction under other keys. With the key the same search succeeds,
/// which shows that it could.
#[test]
fn trying_every_national_number_identifies_nobody() {
    let keys = Keys::read(&keys_folder()).unwrap();
    let victim = data::niss(0);
    let pseudonym = keys.pseudonym("healthdata", &keys.seed(&victim));
    let target = pseudonym.as_str();
    // Without the key: digests and HMACs of every candidate.
    let guesses = ["", "healthdata", "insula", "pseudonym", "secret", "0000000000000000", "person"];
    let guessed: Vec<_> = guesses.iter().map(|key| hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())).collect();
    let mut tried = 0;
    for number in numbers(85..86, 100) {
        tried += 1;
        assert_ne!(hex(digest::digest(&digest::SHA256, number.as_bytes()).as_ref()), target);
        assert_ne!(hex(digest::digest(&digest::SHA256, format!("healthdata{number}").as_bytes()).as_ref()), target);
        for key in &guessed {
            assert_ne!(hex(hmac::sign(key, number.as_bytes()).as_ref()), target);
        }
    }
    assert!(tried > 30_000 && numbers(85..86, 100).any(|number| number == victim), "the victim is among them");
    // The real construction, with other keys.
    let folder = std::env::temp_dir().join(format!("insula-other-keys-{}", std::process::id()));
    Keys::create_missing(&folder, Mode::Development).unwrap();
    let others = Keys::read(&folder).unwrap();
    let found =
        |keys: &Keys| numbers(85..86, 20).find(|number| keys.pseudonym("healthdata", &keys.seed(number)) == target);
    assert_eq!(found(&others), None);
    // One of the two secrets is not enough: with a wrong key of the seeds, then with a wrong key of the pseudonyms.
    for file in ["seed-1", "pseudonym-1"] {
        fs::copy(keys_folder().join(file), folder.join(file)).unwrap();
        let half = Keys::read(&folder).unwrap();
        if file == "seed-1" {
            assert_eq!(found(&half), None);
        } else {
            assert_eq!(found(&half), Some(victim.clone()), "with all keys it is found");
        }
    }
    fs::remove_dir_all(folder).unwrap();
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
