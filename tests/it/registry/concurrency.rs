//! Concurrent requests: the result is that of one after the other.

use std::future::Future;

use insula_api::worker::{self, destination::CodedStore};
use insula_persistence::Login;
use insula_tests::{Client, Reply, TestApp, data};
use serde_json::json;

const ROUNDS: u32 = 10;
const COMMANDS: [&str; 5] = ["PUT", "PATCH", "submit", "reopen", "DELETE"];

async fn send(client: &Client, command: &str, registration: &Reply) -> Reply {
    let path = format!("/registrations/{}", registration.id());
    match command {
        "PUT" => {
            let body = json!({"beneficiaryId": registration.body["beneficiaryId"], "content": data::follow_up(None)});
            client.put(&path, &body, registration.version()).await
        }
        "PATCH" => client.change(registration, json!({"content": {"remark": "seen"}})).await,
        "submit" => client.submit(registration).await,
        "reopen" => client.reopen(registration).await,
        _ => client.remove(registration, Some("other")).await,
    }
}

/// The number of successful replies; all others must be refusals with these statuses.
#[track_caller]
fn winners(replies: &[&Reply], refusals: &[u16]) -> usize {
    for reply in replies {
        assert!(reply.status < 300 || refusals.contains(&reply.status), "{}", reply.text);
    }
    replies.iter().filter(|reply| reply.status < 300).count()
}

/// Both requests, while these registrations are locked until both wait for the lock.
async fn both<T>(
    app: &TestApp,
    locked: &[&Reply],
    one: impl Future<Output = T>,
    other: impl Future<Output = T>,
) -> (T, T) {
    let ids: Vec<_> = locked.iter().map(|registration| format!("'{}'", registration.id())).collect();
    let lock = format!("SELECT 1 FROM insula.registrations WHERE id IN ({})", ids.join(", "));
    let ((), one, other) = tokio::join!(app.hold(&lock, Login::Hospital, 2), one, other);
    (one, other)
}

/// CGM-12, INV-K7: of any two concurrent commands on one registration with the same If-Match exactly one succeeds.
#[actix_web::test]
async fn of_two_commands_at_once_exactly_one_happens() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let who = lead.enter_beneficiary(1).await;
    for (index, one) in COMMANDS.into_iter().enumerate() {
        for other in &COMMANDS[index..] {
            for _ in 0..ROUNDS {
                // Only a follow-up is independent of other registrations, so rounds do not interfere.
                let mut registration = lead.draft("followUp", Some(&who), &data::follow_up(None)).await;
                if [one, *other].contains(&"reopen") {
                    registration = lead.submit_and_deliver(&app, &registration).await;
                }
                let (first, second) = (send(&lead, one, &registration), send(&lead, other, &registration));
                let (first, second) = both(&app, &[&registration], first, second).await;
                assert_eq!(
                    winners(&[&first, &second], &[409, 412]),
                    1,
                    "{one} {other}: {} {}",
                    first.text,
                    second.text
                );
                assert_eq!(lead.again(&registration).await.version(), registration.version() + 1, "{one} {other}");
            }
        }
    }
    app.assert_invariants();
}

/// CGM-12: a reopening concurrent with an acknowledgement waits for it or is refused.
#[actix_web::test]
async fn an_acknowledgement_and_a_reopening_at_once_are_in_order() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let who = lead.enter_beneficiary(1).await;
    for round in 0..2 * ROUNDS {
        let draft = lead.draft("followUp", Some(&who), &data::follow_up(None)).await;
        let sending = lead.submit(&draft).await.expect(200);
        let db = app.db.clone();
        let delivery = tokio::task::spawn_blocking(move || worker::deliver(&db, &CodedStore(db.clone())).unwrap());
        let path = format!("/registrations/{}/reopen", draft.id());
        let expected = sending.version() + i64::from(round % 2);
        let (settled, reopened) = tokio::join!(delivery, lead.command(&path, expected));
        assert_eq!(settled.unwrap(), 1);
        let won = winners(&[&reopened], &[409, 412]);
        let now = lead.again(&draft).await;
        assert_eq!(now.body["status"], if won == 1 { "open" } else { "submitted" });
        assert_eq!(now.version(), sending.version() + 1 + i64::try_from(won).unwrap());
    }
}

/// TRA-04, CGM-07: two concurrent workers settle every delivery once.
#[actix_web::test]
async fn two_workers_at_once_deliver_everything_once() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let who = lead.enter_beneficiary(1).await;
    let count = 30;
    for _ in 0..count {
        let draft = lead.draft("followUp", Some(&who), &data::follow_up(None)).await;
        lead.submit(&draft).await.expect(200);
    }
    let deliver = || {
        let db = app.db.clone();
        tokio::task::spawn_blocking(move || worker::deliver(&db, &CodedStore(db.clone())).unwrap())
    };
    let (one, two, three) = tokio::join!(deliver(), deliver(), deliver());
    assert_eq!(one.unwrap() + two.unwrap() + three.unwrap(), count);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM insula.registrations WHERE status = 'submitted' AND version = 3"),
        30
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM coded.deliveries"), 30);
}

/// CGM-15: of two first implantations of one person submitted concurrently exactly one is validated, however the person
/// is named.
#[actix_web::test]
async fn of_two_first_implantations_at_once_exactly_one_is_validated() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for n in 0..ROUNDS {
        let one = lead.complete_draft(n).await;
        let who = one.body["beneficiaryId"].as_str();
        let two = lead.draft("firstImplantation", who, &data::first_implantation()).await;
        let (one, two) = both(&app, &[&one, &two], lead.submit(&one), lead.submit(&two)).await;
        assert_eq!(winners(&[&one, &two], &[409]), 1);
        let refused = if one.status == 409 { one } else { two };
        assert_eq!(refused.expect_problem(409, "secondFirstImplantation").body["rule"], "CGM-15");
    }
}

/// CGM-13, CGM-15: of two explantations of one implantation submitted concurrently exactly one is validated.
#[actix_web::test]
async fn of_two_explantations_at_once_exactly_one_is_validated() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for n in 0..ROUNDS {
        let first = lead.submitted(&app, n).await;
        let (who, content) = (first.body["beneficiaryId"].as_str(), data::explantation(Some(&first.id())));
        let one = lead.draft("explantation", who, &content).await;
        let two = lead.draft("explantation", who, &content).await;
        // Both wait for the lock on the implantation.
        let (one, two) = both(&app, &[&first], lead.submit(&one), lead.submit(&two)).await;
        assert_eq!(winners(&[&one, &two], &[400]), 1, "{} {}", one.text, two.text);
        let refused = if one.status == 400 { one } else { two };
        assert_eq!(refused.faults(), ["content.earlierRegistrationId:earlierExplanted"]);
    }
}

/// CGM-13: an implantation moved to a later day and a replacement before that day, submitted concurrently: one is
/// judged by the result of the other.
#[actix_web::test]
async fn an_implantation_and_its_replacement_at_once_keep_their_order() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for n in 0..ROUNDS {
        let first = lead.submitted(&app, n).await;
        let open = lead.reopen(&first).await.expect(200);
        let moved = lead.change(&open, json!({"content": {"eventDate": "2026-06-11"}})).await.expect(200);
        let who = first.body["beneficiaryId"].as_str();
        let follower = lead.draft("replacement", who, &data::replacement(Some(&first.id()))).await;
        let both = both(&app, &[&moved, &follower], lead.submit(&moved), lead.submit(&follower)).await;
        assert_eq!(winners(&[&both.0, &both.1], &[400]), 1, "{} {}", both.0.text, both.1.text);
        let (refused, fault) = if both.0.status == 400 {
            (both.0, vec!["content.eventDate:afterFollower"])
        } else {
            let early = ["content.eventDate:beforeImplantation", "content.removalDate:beforeImplantation"];
            (both.1, early.to_vec())
        };
        assert_eq!(refused.faults(), fault);
    }
}

/// BEN-03: the same national number entered twice concurrently is one beneficiary: one answer creates it, the other
/// refers to it.
#[actix_web::test]
async fn the_same_number_entered_twice_at_once_is_one_beneficiary() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for n in 0..2 * ROUNDS {
        let body = data::beneficiary(n);
        let (one, two) = tokio::join!(lead.post("/beneficiaries", &body), lead.post("/beneficiaries", &body));
        let (made, found) = if one.status == 201 { (one, two) } else { (two, one) };
        assert_eq!(made.expect(201).header("location"), found.expect(303).header("location"));
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.persons"), i64::from(2 * ROUNDS));
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.beneficiaries"), i64::from(2 * ROUNDS));
}

/// BEN-03, SYS-02: entered concurrently at two hospitals, it is one person with a beneficiary at each.
#[actix_web::test]
async fn the_same_number_at_two_hospitals_at_once_is_one_person() {
    let app = TestApp::start().await;
    let (here, there) = (app.lead_a(), app.lead_b());
    for n in 0..2 * ROUNDS {
        let body = data::beneficiary(n);
        let (one, two) = tokio::join!(here.post("/beneficiaries", &body), there.post("/beneficiaries", &body));
        assert_ne!(one.expect(201).id(), two.expect(201).id());
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.persons"), i64::from(2 * ROUNDS));
    assert_eq!(app.count("SELECT count(*) AS n FROM vault.beneficiaries"), i64::from(4 * ROUNDS));
}

/// BEN-03: of two similar persons without national number entered concurrently, one is created and the other is a
/// likely duplicate.
#[actix_web::test]
async fn two_alike_entered_at_once_see_each_other() {
    let app = TestApp::start().await;
    let (here, there) = (app.lead_a(), app.lead_b());
    for n in 0..2 * ROUNDS {
        let body = json!({"noNissConfirmed": true, "firstName": "Ana", "lastName": format!("Invented {n}"),
            "birthDate": "1980-01-02", "sex": "female", "residencePlace": "Porto", "deceased": false, "residenceCountry": "PT"});
        let (one, two) = tokio::join!(here.post("/beneficiaries", &body), there.post("/beneficiaries", &body));
        let (made, asked) = if one.status == 201 { (one, two) } else { (two, one) };
        let asked = asked.expect_problem(409, "likelyDuplicate");
        assert_eq!(asked.body["candidates"][0]["identificationCode"], made.expect(201).body["identificationCode"]);
    }
}

/// CGM-12, BEN-01: of two corrections of a beneficiary with the same If-Match exactly one succeeds.
#[actix_web::test]
async fn of_two_corrections_at_once_exactly_one_happens() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    let path = format!("/beneficiaries/{}", lead.enter_beneficiary(1).await);
    for version in 1..=i64::from(ROUNDS) {
        let body = data::beneficiary(1);
        let (one, two) = tokio::join!(lead.put(&path, &body, version), lead.put(&path, &body, version));
        assert_eq!(winners(&[&one, &two], &[412]), 1);
        assert_eq!(lead.get(&path).await.version(), version + 1);
    }
}

/// TRA-01, BEN-03: a submit concurrent with a change of the national number: the validated registration keeps the
/// person it was validated for.
#[actix_web::test]
async fn a_submit_and_an_exchanged_number_at_once_agree_on_the_person() {
    let app = TestApp::start().await;
    let lead = app.lead_a();
    for n in 0..4 * ROUNDS {
        let draft = lead.complete_draft(n).await;
        let path = format!("/beneficiaries/{}", draft.body["beneficiaryId"].as_str().unwrap());
        let other = data::beneficiary(1000 + n);
        let (submitted, exchanged) = tokio::join!(lead.submit(&draft), lead.put(&path, &other, 1));
        submitted.expect(200);
        if exchanged.status != 200 {
            assert_eq!(exchanged.expect_problem(400, "badRequest").faults(), ["niss:identityFixed"]);
        }
    }
    let torn = "SELECT count(*) AS n FROM insula.registrations r JOIN vault.beneficiaries b ON b.id = r.beneficiary_id
        WHERE r.person_id <> b.person_id";
    assert_eq!(app.count(torn), 0);
}
