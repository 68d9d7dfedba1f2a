//! A story that takes two persons through every operation on beneficiaries and registrations, including refusals.

use insula_domain::actor::Role;
use insula_tests::{Client, Reply, TestApp, app::HOSPITAL_A, client::new_key, data};
use serde_json::{Value, json};

/// The national number of one of them: born on 30 July 1985.
pub const NISS: &str = "85073003328";
/// What must never be seen of the two; long enough not to occur by chance.
pub const CANARIES: [&str; 11] = [
    "Zwaluwsteen",
    "Quillebrandt",
    "Ypersiële",
    "Vuurvogelen",
    "Sint-Canarius",
    "1985-07-30",
    "1961-11-23",
    "30/07/1985",
    "23/11/1961",
    "19850730",
    "19611123",
];

/// One exchange of the story.
pub struct Told {
    /// The request.
    pub what: String,
    /// The answer.
    pub reply: Reply,
    /// Whether it is a successful read by the owner, which shows an identity.
    pub shows_identity: bool,
}

pub struct Story {
    pub app: TestApp,
    pub told: Vec<Told>,
}

/// The number in the spellings used on cards and forms, or mistyped.
pub fn spellings() -> Vec<String> {
    let (a, b, c, d, e) = (&NISS[..2], &NISS[2..4], &NISS[4..6], &NISS[6..9], &NISS[9..]);
    vec![
        NISS.to_owned(),
        format!("{a}.{b}.{c}-{d}.{e}"),
        format!("{a} {b} {c} {d} {e}"),
        format!("{a}{b}{c}-{d}.{e}"),
        format!("{a}{b}{c} {d}-{e}"),
    ]
}

fn known() -> Value {
    json!({"niss": spellings()[1], "firstName": "Zwaluwsteen", "lastName": "Quillebrandt", "birthDate": "1985-07-30",
        "sex": "male", "residencePlace": "Sint-Canarius", "deceased": false, "residenceCountry": "BE", "insurerNumber": "319"})
}

fn foreign() -> Value {
    json!({"noNissConfirmed": true, "firstName": "Ypersiële", "lastName": "Vuurvogelen", "birthDate": "1961-11-23",
        "sex": "female", "residencePlace": "Sint-Canarius", "deceased": false, "residenceCountry": "FR", "insurerNumber": "100"})
}

impl Story {
    fn keep(&mut self, what: &str, reply: Reply, shows_identity: bool) -> Reply {
        self.told.push(Told { what: what.to_owned(), reply: reply.clone(), shows_identity });
        reply
    }

    async fn post(&mut self, client: &Client, path: &str, body: &Value) -> Reply {
        let reply = client.post(path, body).await;
        let shows = path.starts_with("/beneficiaries") && reply.status < 300;
        self.keep(&format!("POST {path} {}", reply.status), reply, shows)
    }

    /// The whole story.
    pub async fn tell() -> Story {
        let mut story = Story { app: TestApp::start().await, told: Vec::new() };
        let (lead, other) = (story.app.lead_a(), story.app.lead_b());
        let person = story.beneficiaries(&lead, &other).await;
        story.refusals(&lead).await;
        story.registrations(&lead, &person).await;
        story.onlookers().await;
        story
    }

    async fn beneficiaries(&mut self, lead: &Client, other: &Client) -> String {
        let key = new_key();
        let person = lead.post_keyed("/beneficiaries", &known(), &key).await.expect(201);
        self.keep("create", person.clone(), true);
        let again = lead.post_keyed("/beneficiaries", &known(), &key).await.expect(201);
        self.keep("create again", again, true);
        for spelling in spellings() {
            let mut body = known();
            body["niss"] = json!(spelling);
            self.post(lead, "/beneficiaries", &body).await.expect(303);
            self.post(lead, "/beneficiaries/query", &json!({"niss": spelling})).await.expect(200);
            self.post(lead, "/registrations/query", &json!({"niss": spelling})).await.expect(200);
            self.post(other, "/registrations/query", &json!({"niss": spelling})).await.expect(200);
        }
        self.post(other, "/beneficiaries", &known()).await.expect(201);
        let first = self.post(lead, "/beneficiaries", &foreign()).await.expect(201);
        let path = format!("/beneficiaries/{}/affiliations", first.id());
        let numbered = json!({"affiliations": [{"insurerNumber": "100", "insurersOwnNumber": "Vuurvogelen"}]});
        let reply = lead.put(&path, &numbered, 1).await.expect(200);
        self.keep("affiliations", reply, true);
        self.post(lead, "/beneficiaries", &foreign()).await.expect(409);
        self.post(other, "/beneficiaries", &foreign()).await.expect(409);
        let mut same = foreign();
        same["samePersonAs"] = first.body["identificationCode"].clone();
        self.post(other, "/beneficiaries", &same).await.expect(201);
        let mut different = foreign();
        different["differentPersonConfirmed"] = json!(true);
        self.post(lead, "/beneficiaries", &different).await.expect(201);
        let names =
            json!({"firstName": "Ypersiële", "lastName": "Vuurvogelen", "birthDate": "1961-11-23", "sex": "female"});
        self.post(lead, "/beneficiaries/query", &names).await.expect(200);

        let path = format!("/beneficiaries/{}", person.id());
        let read = lead.get(&path).await.expect(200);
        self.keep("read", read, true);
        let mut corrected = known();
        corrected["residencePlace"] = json!("Sint-Canarius-bis");
        let reply = lead.put(&path, &corrected, 1).await.expect(200);
        self.keep("correct", reply, true);
        let refused = lead.put(&format!("{path}/affiliations"), &numbered, 2).await.expect(400);
        self.keep("number beside a national number", refused, false);
        let stale = lead.put(&path, &corrected, 1).await.expect(412);
        self.keep("stale", stale, false);
        let elsewhere = other.get(&path).await.expect(404);
        self.keep("read by another", elsewhere, false);
        person.id()
    }

    async fn refusals(&mut self, lead: &Client) {
        let changes: [(&str, Value); 16] = [
            ("niss", json!("85.07.30-033.29")),
            ("niss", json!(85_073_003_328_u64)),
            ("niss", json!(["85073003328"])),
            ("noNissConfirmed", json!(true)),
            ("birthDate", json!("30/07/1985")),
            ("birthDate", json!("19850730")),
            ("firstName", json!(["Zwaluwsteen"])),
            ("lastName", json!("Quillebrandt\u{0}")),
            ("lastName", json!("Quillebrandt".repeat(20))),
            ("sex", json!("Quillebrandt")),
            ("deathDate", json!("1985-07-30")),
            ("residenceCountry", json!("Sint-Canarius")),
            ("insurerNumber", json!(NISS)),
            ("samePersonAs", json!("Quillebrandt")),
            ("85.07.30-033.28", json!("Quillebrandt")),
            ("deceased", json!("Zwaluwsteen")),
        ];
        for (name, value) in &changes {
            let mut body = known();
            body[*name] = value.clone();
            self.post(lead, "/beneficiaries", &body).await.expect(400);
            self.post(lead, "/beneficiaries/query", &body).await.expect(400);
            self.post(lead, "/registrations/query", &body).await.expect(400);
        }
        let unreadable = format!("{}x", known());
        let request = lead.request(reqwest::Method::POST, "/beneficiaries").header("Idempotency-Key", new_key());
        let reply = lead.send(request.header("Content-Type", "application/json").body(unreadable)).await.expect(400);
        self.keep("unreadable", reply, false);
        for place in ["author", "type", "beneficiaryId", "85073003328"] {
            for spelling in spellings() {
                let mut body = json!({"type": "followUp"});
                body[place] = json!(spelling);
                self.post(lead, "/registrations", &body).await.expect(400);
            }
        }
        for field in ["remark", "hospitalReference"] {
            for spelling in spellings() {
                let body = json!({"type": "followUp", "content": {field: spelling}});
                self.post(lead, "/registrations", &body).await.expect(400);
            }
        }
        for path in [format!("/beneficiaries/{NISS}"), format!("/registrations?after={NISS}"), format!("/rules/{NISS}")]
        {
            let reply = lead.get(&path).await;
            assert!([400, 404].contains(&reply.status));
            self.keep("in a URL", reply, false);
        }
    }

    async fn registrations(&mut self, lead: &Client, person: &str) {
        let draft = lead.draft("firstImplantation", Some(person), &data::first_implantation()).await;
        self.keep("draft", draft.clone(), false);
        let path = format!("/registrations/{}", draft.id());
        for (what, reply) in [
            ("check", lead.get(&format!("{path}/check")).await.expect(200)),
            ("submit", lead.submit(&draft).await.expect(200)),
        ] {
            self.keep(what, reply, false);
        }
        self.app.deliver();
        let submitted = lead.again(&draft).await;
        self.keep("read", submitted.clone(), false);
        let mut exchanged = known();
        exchanged["niss"] = json!(data::niss(3));
        let refused = lead.put(&format!("/beneficiaries/{person}"), &exchanged, 2).await.expect(400);
        self.keep("exchanged", refused, false);
        let insurer = self.app.insurer("319");
        for spelling in spellings() {
            let ask = json!({"code": submitted.body["code"], "niss": spelling, "nomenclatureCode": "174370",
                "date": "2026-06-01"});
            self.post(&insurer, "/registrationCodes/verify", &ask).await.expect(200);
            let mut faulty = ask.clone();
            faulty["date"] = json!(spelling);
            self.post(&insurer, "/registrationCodes/verify", &faulty).await.expect(400);
        }
        let reopened = lead.command(&format!("{path}/reopen"), submitted.version()).await.expect(200);
        let again = lead.submit(&reopened).await.expect(200);
        self.app.deliver();
        let open = lead.command(&format!("{path}/reopen"), again.version() + 1).await.expect(200);
        let deleted = lead.delete(&format!("{path}?reason=wrongBeneficiary"), open.version()).await.expect(204);
        self.app.deliver();
        let more = [reopened, again, open, deleted, lead.get(&format!("{path}/versions")).await.expect(200)];
        for reply in more {
            self.keep("further", reply, false);
        }
    }

    /// All other callers read everything they may.
    async fn onlookers(&mut self) {
        let looks = [
            (self.app.insurer("300"), "/registrationCodes/changes?pageSize=200"),
            (self.app.insurer("100"), "/registrationCodes/changes?pageSize=200"),
            (self.app.role(Role::Auditor, ""), "/auditEvents?pageSize=200"),
            (self.app.role(Role::AccessManager, HOSPITAL_A), "/registryGrants"),
            (self.app.role(Role::Inspector, ""), "/hospitals"),
            (self.app.lead_b(), "/registrations?pageSize=200"),
        ];
        for (client, path) in looks {
            let mut next = path.to_owned();
            loop {
                let reply = client.get(&next).await.expect(200);
                let (items, following) = (reply.body["items"].as_array().unwrap().len(), reply.body["next"].clone());
                self.keep(path, reply, false);
                match following.as_str() {
                    Some(following) if items > 0 => following.clone_into(&mut next),
                    _ => break,
                }
            }
        }
    }
}
