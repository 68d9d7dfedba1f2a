//! What Healthdata learns about a person: only that it is the same one (INV-T2, INV-T3, INV-T4).

use std::collections::HashSet;

use aws_lc_rs::{digest, hmac};
use insula_api::worker::healthdata::RECIPIENT;
use insula_domain::{parties::beneficiary::NationalNumber, registry::transmission::coded::Pseudonymiser};
use insula_persistence::keys::Keys;
use insula_tests::{Client, Reply, app::keys_folder, data, healthdata::Behaviour};
use serde_json::{Value, json};

use super::{Outside, reopened, sending};

fn pseudonyms(messages: &[Value]) -> Vec<String> {
    messages.iter().map(|message| message["pseudonym"].as_str().unwrap().to_owned()).collect()
}

/// A first implantation of a person with this spelling of the national number.
async fn spelt(lead: &Client, niss: &str) -> Reply {
    let person = json!({"niss": niss, "lastName": "Invented", "insurerNumber": "319"});
    let person = lead.post("/beneficiaries", &person).await.expect(201).id();
    let draft = lead.draft("firstImplantation", Some(&person), &data::first_implantation()).await;
    lead.submit(&draft).await.expect(200)
}

/// TRA-01, INV-T2: a person has one pseudonym at Healthdata, across hospitals, spellings, corrections, repetitions and
/// restarts.
#[actix_web::test]
async fn a_person_has_one_pseudonym_there() {
    let outside = Outside::start().await;
    let (lead, other) = (outside.app.lead_a(), outside.app.lead_b());
    let niss = data::niss(1);
    let first = spelt(&lead, &niss).await;
    let dotted = format!("{}.{}.{}-{}.{}", &niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
    spelt(&other, &dotted).await;
    sending(&lead, 2).await;
    outside.deliver();
    lead.submit(&reopened(&lead, &first).await).await.expect(200);
    // As after a restart: new keys in memory, read from the same files, and another client.
    outside.app.deliver_to(&outside.stand_in.destination(&outside.app, None));
    outside.forget_deliveries();
    outside.deliver();

    let there = pseudonyms(&outside.stand_in.arrivals());
    let distinct: HashSet<_> = there.iter().collect();
    assert_eq!((there.len(), distinct.len()), (8, 2), "{there:?}");
    let of_first = outside.stand_in.arrivals().into_iter().filter(|message| message["hospital"] == "71032209");
    let of_first = pseudonyms(&of_first.collect::<Vec<_>>());
    assert_eq!(there.iter().filter(|pseudonym| **pseudonym == of_first[0]).count(), 6);
    let seed = outside.app.db.keys.seed(NationalNumber::parse(&dotted).unwrap().expose());
    assert_eq!(Keys::read(&keys_folder()).unwrap().pseudonym(RECIPIENT, &seed), of_first[0]);
}

/// TRA-01, INV-T3: Healthdata and Insula's own coded store never have each other's pseudonyms, which have nothing in
/// common, but distinguish the same persons.
#[actix_web::test]
async fn the_coded_store_has_other_pseudonyms() {
    let outside = Outside::start().await;
    let (lead, other) = (outside.app.lead_a(), outside.app.lead_b());
    for n in 0..12 {
        sending(&lead, n).await;
    }
    sending(&other, 3).await;
    outside.deliver();
    let here = outside.texts("SELECT pseudonym AS t FROM coded.deliveries ORDER BY technical_id, version");
    let there = pseudonyms(&outside.stand_in.kept());
    assert_eq!((here.len(), there.len()), (13, 13));
    for (one, at) in here.iter().zip(0..) {
        for (another, place) in there.iter().zip(0..) {
            let in_common = one.bytes().zip(another.bytes()).take_while(|(one, another)| one == another).count();
            // Eight equal hexadecimal digits occur once in four thousand million by chance.
            assert!(in_common < 8, "{one} and {another}");
            assert!(!one.contains(&another[..8]) && !another.contains(&one[..8]), "{one} and {another}");
            // Both distinguish the same persons.
            let same_here = here[at] == here[place];
            assert_eq!(same_here, there[at] == there[place]);
        }
    }
    let everywhere =
        format!("{}{}", outside.app.dump(), outside.texts("SELECT body AS t FROM trail.events").join("\n"));
    for pseudonym in &there {
        assert!(!everywhere.contains(pseudonym), "what Healthdata calls a person stays there");
    }
    let sent: String = outside.stand_in.requests().iter().map(|request| request.text()).collect();
    for pseudonym in &here {
        assert!(!sent.contains(pseudonym), "the coded store's name of a person left");
    }
}

/// TRA-01, INV-T3: without the key, trying every national number identifies nobody, neither with hashes nor with
/// guessable keys.
#[actix_web::test]
async fn trying_every_national_number_identifies_nobody() {
    let outside = Outside::start().await;
    sending(&outside.app.lead_a(), 1).await;
    outside.deliver();
    let wanted = pseudonyms(&outside.stand_in.kept())[0].clone();
    let niss = data::niss(1);
    let ids = outside.texts("SELECT technical_id::text AS t FROM insula.registrations");
    let known: Vec<&str> = vec![
        "",
        "healthdata",
        RECIPIENT,
        "insula",
        "pseudonym",
        "person",
        "niss",
        "71000436",
        &ids[0],
        "key",
        "secret",
    ];
    // Everybody born on three days around the person's birth.
    let day: u64 = niss[..6].parse().unwrap();
    let numbers = (day - 1..=day + 1).flat_map(|day| (1..=998).map(move |serial| day * 1000 + serial));
    let (mut tried, mut met) = (0_u64, false);
    for base in numbers {
        let number = format!("{base:09}{:02}", 97 - base % 97);
        met |= number == niss;
        let dotted = format!("{}.{}.{}-{}.{}", &number[..2], &number[2..4], &number[4..6], &number[6..9], &number[9..]);
        let binary = number.parse::<u64>().unwrap().to_be_bytes();
        for input in [number.as_bytes(), dotted.as_bytes(), &number.as_bytes()[..9], &binary] {
            for algorithm in [&digest::SHA256, &digest::SHA512_256, &digest::SHA3_256] {
                assert!(!is_it(digest::digest(algorithm, input).as_ref(), &wanted), "a plain hash of {number}");
                tried += 1;
            }
            for key in &known {
                let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
                assert!(!is_it(hmac::sign(&key, input).as_ref(), &wanted), "a hash of {number} with a known key");
                tried += 1;
            }
        }
    }
    println!("{tried} tried");
    assert!(met, "the person was among those tried");
    // The search would find a pseudonym that is a plain hash.
    let plain = hex(digest::digest(&digest::SHA256, niss.as_bytes()).as_ref());
    assert!(is_it(digest::digest(&digest::SHA256, niss.as_bytes()).as_ref(), &plain));
    assert_eq!(wanted.len(), 64);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether these bytes are the pseudonym; its first bytes are compared first, for speed.
fn is_it(bytes: &[u8], pseudonym: &str) -> bool {
    let first = u8::from_str_radix(&pseudonym[..2], 16).unwrap();
    bytes[0] == first && hex(bytes) == pseudonym
}

/// TRA-01, BEN-04, INV-T4: nothing sent contains an identity, or an identifier by which a hospital or Insula knows the
/// person or registration.
#[actix_web::test]
async fn nothing_sent_contains_an_identity() {
    let outside = Outside::start().await;
    let lead = outside.app.lead_a();
    let niss = data::niss(7);
    let person = json!({"niss": niss, "lastName": "Quillebrandt", "firstName": "Zwaluwsteen",
        "residencePlace": "Sint-Canarius", "deceased": false, "residenceCountry": "BE", "insurerNumber": "319"});
    let person = lead.post("/beneficiaries", &person).await.expect(201).id();
    let foreign = json!({"noNissConfirmed": true, "firstName": "Ypersielle", "lastName": "Vuurvogelen",
        "birthDate": "1961-11-23", "sex": "female", "residencePlace": "Sint-Canarius", "deceased": false, "residenceCountry": "FR",
        "insurerNumber": "100"});
    let foreign = lead.post("/beneficiaries", &foreign).await.expect(201);
    let mut content = data::first_implantation();
    content["remark"] = json!("A remark on Quillebrandt");
    content["hospitalReference"] = json!("REF-4711");
    let mut secrets =
        vec![foreign.body["identificationCode"].as_str().unwrap().to_owned(), foreign.id(), person.clone()];
    for (kind, who) in [("firstImplantation", &person), ("firstImplantation", &foreign.id())] {
        let draft = lead.draft(kind, Some(who), &content).await;
        let sent = lead.submit(&draft).await.expect(200);
        outside.stand_in.next([Behaviour::Half, Behaviour::Acknowledge]);
        outside.deliver();
        outside.later(2);
        outside.deliver();
        let open = reopened(&lead, &sent).await;
        lead.delete(&format!("/registrations/{}?reason=wrongBeneficiary", open.id()), open.version()).await.expect(204);
        outside.deliver();
        let code = sent.body["code"].as_str().unwrap();
        secrets.extend([sent.id(), code.to_owned(), format!("{}-{}-{}", &code[..4], &code[4..8], &code[8..])]);
        secrets.push(sent.body["author"].as_str().unwrap().to_owned());
    }
    for column in ["id::text", "encode(pseudonym_seed, 'hex')", "encode(coalesce(niss_index, pseudonym_seed), 'hex')"] {
        secrets.extend(outside.texts(&format!("SELECT {column} AS t FROM vault.persons")));
    }
    secrets.extend(outside.texts("SELECT DISTINCT pseudonym AS t FROM coded.deliveries"));
    secrets.extend(outside.texts("SELECT trace_id::text AS t FROM insula.registration_versions"));
    let (a, b, c, d, e) = (&niss[..2], &niss[2..4], &niss[4..6], &niss[6..9], &niss[9..]);
    secrets.extend([niss.clone(), format!("{a}.{b}.{c}-{d}.{e}"), format!("19{a}-{b}-{c}"), format!("{a}{b}{c}")]);
    let names = ["Quillebrandt", "Zwaluwsteen", "Sint-Canarius", "Ypersielle", "Vuurvogelen", "1961-11-23", "REF-4711"];
    secrets.extend(names.map(str::to_owned));
    let requests = outside.stand_in.requests();
    let kept = outside.stand_in.kept();
    assert_eq!((kept.len(), kept.iter().filter(|message| message["deleted"] == true).count()), (4, 2));
    for request in &requests {
        let text = request.text().to_lowercase();
        for secret in &secrets {
            assert!(!text.contains(&secret.to_lowercase()), "{secret} left: {text}");
            let encoded: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            assert!(!text.contains(&encoded), "{secret} left in hexadecimal: {text}");
        }
    }
    // What is sent is defined by the dictionary, and does arrive.
    assert!(requests.iter().any(|request| request.body.contains("severeHypoglycaemiasLast12Months")));
    assert!(kept.iter().all(|message| message["registrationType"] == json!("firstImplantation")));
}
