//! The operations of the contract, and for each a request that succeeds.

use std::sync::LazyLock;

use diesel::connection::SimpleConnection;
use insula_api::{database::development, server::contract};
use insula_domain::actor::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Client, Reply, TestApp, app::HOSPITAL_A, client::new_key, data, invoice_file};

/// An operation of the contract.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its `operationId`.
    pub name: String,
    /// Its method.
    pub method: Method,
    /// Its path below the base path, with `{names}`.
    pub path: String,
    /// Whether it has a body in JSON.
    pub has_body: bool,
    /// The media type of its body, if that is a file.
    pub file: Option<&'static str>,
    /// Whether `If-Match` is mandatory.
    pub needs_version: bool,
    /// Whether `Idempotency-Key` is mandatory.
    pub needs_key: bool,
    /// The names of its query parameters.
    pub query: Vec<String>,
    takes_version: bool,
}

/// The media types of files.
const FILES: [&str; 3] = ["text/csv", "application/octet-stream", "application/pdf"];

/// Every operation of the contract.
pub fn operations() -> Vec<Operation> {
    static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(read);
    OPERATIONS.clone()
}

fn read() -> Vec<Operation> {
    let document = contract::document();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let header = |name: &str| parameters.iter().find(|one| one["in"] == "header" && one["name"] == name);
            let required = |name: &str| header(name).is_some_and(|one| one["required"] == true);
            let content = &operation["requestBody"]["content"];
            let file = FILES.into_iter().find(|media| content[*media].is_object());
            let queries = parameters.iter().filter(|one| one["in"] == "query");
            found.push(Operation {
                name: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                has_body: operation["requestBody"].is_object() && file.is_none(),
                file,
                needs_version: required("If-Match"),
                needs_key: required("Idempotency-Key"),
                query: queries.map(|one| one["name"].as_str().unwrap().to_owned()).collect(),
                takes_version: header("If-Match").is_some(),
            });
        }
    }
    found
}

/// The operation with this name.
pub fn operation(name: &str) -> Operation {
    operations().into_iter().find(|operation| operation.name == name).unwrap_or_else(|| panic!("no operation {name}"))
}

/// The registers of beneficiaries and of the establishment: the kind of record, and what the names of their operations
/// contain.
pub const REGISTERS: [(&str, &str); 15] = [
    ("materialDelivery", "MaterialDeliver"),
    ("hospitalStay", "HospitalStay"),
    ("preventiveExamination", "PreventiveExamination"),
    ("pumpAssignment", "PumpAssignment"),
    ("contact", "Contact"),
    ("jointMeeting", "JointMeeting"),
    ("treatingPhysician", "TreatingPhysician"),
    ("therapyChange", "TherapyChange"),
    ("practitionerReport", "PractitionerReport"),
    ("consultationNotice", "ConsultationNotice"),
    ("infrastructureDeclaration", "InfrastructureDeclaration"),
    ("consultantFollowUp", "ConsultantFollowUp"),
    ("moveNotice", "MoveNotice"),
    ("electronicConsent", "ElectronicConsent"),
    ("accountEntry", "AccountEntr"),
];

/// The kind of record that the operation of a register is about.
pub fn register_of(operation: &str) -> Option<&'static str> {
    REGISTERS.iter().find(|(_, name)| operation.contains(name)).map(|(kind, _)| *kind)
}

/// An entry of this kind about a beneficiary, with a member of the team.
fn of_register(kind: &str, beneficiary: &str, member: &str) -> Value {
    match kind {
        "hospitalStay" => data::hospital_stay(beneficiary),
        "preventiveExamination" => data::preventive_examination(beneficiary),
        "pumpAssignment" => data::pump_assignment(beneficiary),
        "contact" => data::contact(beneficiary, member),
        "jointMeeting" => data::joint_meeting(&[member]),
        "treatingPhysician" => data::treating_physician(beneficiary),
        "therapyChange" => data::therapy_change(beneficiary),
        "practitionerReport" => data::practitioner_report(beneficiary),
        "consultationNotice" => data::consultation_notice(SITE),
        "infrastructureDeclaration" => data::infrastructure(SITE),
        "consultantFollowUp" => data::consultant_follow_up(beneficiary),
        "moveNotice" => data::move_notice(beneficiary),
        "accountEntry" => data::account_entry(),
        "electronicConsent" => data::electronic_consent(beneficiary),
        _ => data::material_delivery(beneficiary),
    }
}

/// What an operation needs of an object that it reads, beside its existence.
pub fn need_of(operation: &str) -> &'static str {
    match operation {
        "reopenRegistration" => "submitted",
        name if name.contains("Summary") => "summed",
        name if name.contains("Invoice") || name == "explainPumpDay" => "billed",
        _ => "",
    }
}

/// A day of the beneficiary that is on a line of an invoice file, where objects are billed.
const BILLED: &str = "2026-05-20";
/// The site of every establishment: that of the examples.
const SITE: &str = "0198c1de-8c00-7d11-9a00-6d2f8b7c5e10";
/// A day long ago whose night was run.
const NIGHT: &str = "2026-01-15";
const RUN: &str = "INSERT INTO insula.counter_runs (day, arrivals_before, run_at, trace_id, snapshot, kept, taken,
    exceeded)
    VALUES ('2026-01-15', '2026-01-15T23:00:00Z', '2026-01-15T23:30:00Z', gen_random_uuid(), pg_current_snapshot(), 0,
        0, 0)
    ON CONFLICT DO NOTHING";

/// One object of each kind; the creator decides whether it exists.
#[derive(Debug, Clone)]
pub struct Objects {
    /// A registration.
    pub registration: String,
    /// Its beneficiary.
    pub beneficiary: String,
    /// The number of the invented person behind the beneficiary.
    pub person: u32,
    /// The code of the registration, if it was validated.
    pub code: String,
    /// The hospital.
    pub hospital: String,
    /// A registry grant at the hospital.
    pub grant: String,
    /// A webhook subscription of the hospital, its version, and an event for it.
    pub subscription: (String, i64, String),
    /// An import of its author that waits.
    pub import: String,
    /// A threshold e-mail to the hospital.
    pub notification: String,
    /// A member of the hospital's team.
    pub member: String,
    /// A record in each of [`REGISTERS`].
    pub record: String,
    /// An application for coverage of the beneficiary: submitted if the registration is, else a draft.
    pub application: String,
    /// A period granted to the beneficiary.
    pub period: String,
    /// An invoice file.
    pub invoice_file: String,
    /// A line of it.
    pub line: String,
    /// A free sending number; where nothing is, one that a file of the caller has.
    pub sending: i64,
    /// The sending number of the file.
    pub sent: i64,
    /// The number of the next model of a report; where nothing is, one that is taken.
    pub model: i64,
    /// A pump convention.
    pub convention: String,
    /// A merger of the hospital.
    pub merger: String,
    /// A year with stated staffing.
    pub year: &'static str,
    /// The version for a change, if needed.
    pub version: Option<i64>,
    /// A calendar feed of obligations: its identifier and its token.
    pub feed: (String, String),
    /// A counter.
    pub counter: &'static str,
    /// A day whose night was run.
    pub night: &'static str,
    /// A rule.
    pub rule: &'static str,
    /// The code of a problem type.
    pub problem: &'static str,
    /// A form of the contract.
    pub file: &'static str,
}

impl Objects {
    /// Absent objects with well-formed codes and numbers.
    pub fn absent(app: &TestApp, person: u32) -> Objects {
        let id = || app.db.ids.opaque_uuid().to_string();
        Objects {
            registration: id(),
            beneficiary: id(),
            person,
            code: insula_domain::registry::registration::code::RegistrationCode::from_digits(987_654_321_012)
                .unwrap()
                .to_string(),
            hospital: "71099911".to_owned(),
            grant: id(),
            subscription: (id(), 1, id()),
            import: id(),
            notification: id(),
            member: id(),
            record: id(),
            application: id(),
            period: id(),
            invoice_file: app.db.ids.opaque_uuid().to_string(),
            line: app.db.ids.opaque_uuid().to_string(),
            sending: 1,
            sent: 1,
            model: 1,
            convention: "7.86.599.99".to_owned(),
            merger: id(),
            year: "2025",
            version: Some(1),
            feed: (id(), "0".repeat(64)),
            counter: "B-1999",
            night: "1999-12-31",
            rule: "CGM-99",
            problem: "soon",
            file: "openapi.xml",
        }
    }

    /// Creates one of each kind at a hospital: the author is the invented person of `author`, the beneficiary is
    /// insured with `insurer`. With `submitted`, the registration is submitted and acknowledged.
    pub async fn make(
        app: &TestApp,
        hospital: &str,
        author: Role,
        insurer: &str,
        person: u32,
        submitted: bool,
    ) -> Objects {
        let client = app.role(author, hospital);
        let mut body = data::beneficiary(person);
        body["insurerNumber"] = json!(insurer);
        let beneficiary = client.post("/beneficiaries", &body).await.expect(201).id();
        let content = data::first_implantation();
        let mut registration = client.draft("firstImplantation", Some(&beneficiary), &content).await;
        if submitted {
            client.submit(&registration).await.expect(200);
            app.deliver();
            registration = client.again(&registration).await;
            assert_eq!(registration.body["status"], "submitted");
        }
        app.tamper(RUN);
        let (member, record, convention, merger) = establishment(app, hospital, &beneficiary);
        let team = app.role(Role::ConventionTeam, hospital);
        let entry = json!({"beneficiaryId": beneficiary, "content": data::coverage(&convention)});
        let mut earlier = entry.clone();
        earlier["content"]["programme"] = json!({"from": "2026-05-20", "to": "2027-05-19"});
        let decided = team.post("/coverageApplications", &earlier).await.expect(201).id();
        team.command(&format!("/coverageApplications/{decided}/submit"), 1).await.expect(200);
        let adviser = app.role(Role::MedicalAdviser, insurer);
        // Ended before the convention is, which some tests denounce.
        let condition = json!({"text": "Comes to education.", "dueOn": "2026-06-09", "stopsOn": "2026-06-10"});
        let favourable =
            json!({"verdict": "favourable", "from": "2026-05-20", "to": "2026-06-20", "conditions": [condition]});
        let path = format!("/coverageApplications/{decided}/decisions");
        let period = adviser.command_with(&path, 2, &favourable).await.expect(201).body["grantedPeriodId"].clone();
        let days = json!({"beneficiaryId": beneficiary, "days": [{"from": "2026-06-03", "to": "2026-06-04"}]});
        team.post("/pumpDays", &json!({"entries": [days]})).await.expect(200);
        let application = team.post("/coverageApplications", &entry).await.expect(201).id();
        team.attach(&application, "form.pdf", "application/pdf", b"%PDF-1.7\n".to_vec()).await.expect(201);
        if submitted {
            team.command(&format!("/coverageApplications/{application}/submit"), 1).await.expect(200);
        }
        let feed = json!({"name": "Invented calendar", "language": "fr"});
        let feed = team.post(&format!("/establishments/{hospital}/obligationFeeds"), &feed).await.expect(201);
        let token = feed.body["feedHref"].as_str().unwrap().rsplit_once('/').unwrap().1.to_owned();
        let manager = app.role(Role::AccessManager, hospital);
        let grant = json!({"person": format!("someone.{person}")});
        Objects {
            registration: registration.id(),
            beneficiary,
            person,
            code: registration.body["code"].as_str().unwrap_or("none").to_owned(),
            hospital: hospital.to_owned(),
            grant: manager.post("/registryGrants", &grant).await.expect(201).id(),
            subscription: subscription(&manager).await,
            import: client
                .import("", &[json!({"rowId": format!("object {person}"), "type": "followUp"})])
                .await
                .expect(202)
                .id(),
            notification: app.notification(hospital, person),
            member,
            record,
            application,
            period: period.as_str().unwrap().to_owned(),
            invoice_file: app.db.ids.opaque_uuid().to_string(),
            line: app.db.ids.opaque_uuid().to_string(),
            sending: 999,
            sent: 999,
            model: 2,
            convention,
            merger,
            year: "2025",
            version: Some(registration.version()),
            feed: (feed.id(), token),
            counter: "A",
            night: NIGHT,
            rule: "CGM-09",
            problem: "noRecipients",
            file: "openapi.yaml",
        }
    }
}

impl Objects {
    /// Puts a day of the beneficiary on a line of an invoice file, and records another day to bill.
    pub async fn bill(&mut self, app: &TestApp) {
        let (hospital, beneficiary) = (&self.hospital, &self.beneficiary);
        let coded =
            format!("UPDATE vault.affiliations SET ct1 = '110', ct2 = '110' WHERE beneficiary_id = '{beneficiary}'");
        app.tamper(&coded);
        let files = format!("SELECT count(*) AS n FROM insula.invoice_files WHERE hospital = '{hospital}'");
        let sending = 1 + app.count(&files);
        let days = |day: &str| {
            let days = [json!({"from": day, "to": day})];
            json!({"entries": [{"beneficiaryId": beneficiary, "days": days}]})
        };
        let team = app.role(Role::ConventionTeam, hospital);
        team.post("/pumpDays", &days(BILLED)).await.expect(200);
        let body = json!({"month": "2026-05", "sendingNumber": sending, "derogation": true});
        self.invoice_file = team.post("/invoiceFiles", &body).await.expect(201).id();
        self.line = app.text(&format!(
            "SELECT l.id::text AS t FROM insula.invoice_lines l JOIN insula.invoices i ON i.id = l.invoice_id
             WHERE i.file_id = '{}' AND i.beneficiary_id = '{beneficiary}'",
            self.invoice_file
        ));
        team.post("/pumpDays", &days("2026-05-21")).await.expect(200);
        self.sent = sending;
        // No other object takes it.
        self.sending = 999 - i64::from(self.person % 800);
    }

    /// Brings the object of the operation, unless it is the registration, into the required state.
    pub async fn ready_for(&mut self, app: &TestApp, operation: &str) {
        if ["billed", "summed"].contains(&need_of(operation)) {
            self.bill(app).await;
        }
        if need_of(operation) == "summed" {
            // A year that is over.
            let line = &self.line;
            app.tamper(&format!(
                "UPDATE insula.invoice_lines SET first_day = '2025-05-20', last_day = '2025-05-20' WHERE id = '{line}'"
            ));
        }
        if need_of(operation) == "summed" && operation.starts_with("get") {
            let path = format!("/beneficiaries/{}/summaries/{}", self.beneficiary, self.year);
            let team = app.role(Role::ConventionTeam, &self.hospital);
            team.send(team.request(Method::POST, &path).header("Idempotency-Key", new_key())).await.expect(201);
        }
        let version = |table: &str, which: String| {
            Some(app.count(&format!("SELECT max(version)::bigint AS n FROM insula.{table} WHERE {which}")))
        };
        let path = match operation {
            "putConvention" | "denounceConvention" => {
                self.version = version("conventions", format!("number = '{}'", self.convention));
                return;
            }
            "createMerger" => {
                let body = merger(&self.hospital);
                let shown = app.role(Role::ConventionOfficer, "").post("/mergers/check", &body).await.expect(200);
                self.version = Some(shown.tag());
                return;
            }
            "createReportModel" => {
                app.tamper("DELETE FROM insula.report_models WHERE version > 1");
                return;
            }
            "sendAnnualReport" => {
                app.tamper("DELETE FROM insula.annual_reports WHERE version > 1");
                return;
            }
            "withdrawMerger" => {
                self.version = Some(1);
                return;
            }
            "putStaffingStatement" => {
                let which =
                    format!("hospital = '{}' AND kind = 'staffingStatement' AND key = '{}'", self.hospital, self.year);
                self.version = version("records", which);
                return;
            }
            "putPrescribers"
            | "putSites"
            | "putAvailability"
            | "putPumps"
            | "putOtherConventions"
            | "putBillingIdentity" => {
                let kind = operation.trim_start_matches("put");
                let which = format!("hospital = '{}' AND lower(kind) = lower('{kind}')", self.hospital);
                self.version = version("records", which);
                return;
            }
            "replaceTeamMember" | "withdrawTeamMember" => {
                self.version = version("records", format!("key = '{}'", self.member));
                return;
            }
            name if register_of(name).is_some() => {
                self.version = Some(1);
                return;
            }
            "replaceCoverageApplication" | "deleteCoverageApplication" | "submitCoverageApplication" => {
                self.version = Some(1);
                return;
            }
            "withdrawCoverageApplication" => {
                let team = app.role(Role::ConventionTeam, &self.hospital);
                let submit = format!("/coverageApplications/{}/submit", self.application);
                self.version = Some(team.command(&submit, 1).await.expect(200).version());
                return;
            }
            "answerCoverageQuestion" => {
                let team = app.role(Role::ConventionTeam, &self.hospital);
                let path = format!("/coverageApplications/{}", self.application);
                let submitted = team.command(&format!("{path}/submit"), 1).await.expect(200);
                let adviser = app.role(Role::MedicalAdviser, submitted.body["insurerNumber"].as_str().unwrap());
                let question = json!({"text": "Which were the last two values?"});
                adviser.command_with(&format!("{path}/questions"), 2, &question).await.expect(201);
                self.version = Some(3);
                return;
            }
            "createCoverageDecision" | "createCoverageQuestion" => {
                self.version = Some(2);
                return;
            }
            "answerInvoiceFile" | "importInvoiceAnswer" | "contestInvoiceLine" => {
                let team = app.role(Role::ConventionTeam, &self.hospital);
                let path = format!("/invoiceFiles/{}", self.invoice_file);
                let on = "2026-06-12";
                team.post(&format!("{path}/handOver"), &json!({"on": on})).await.expect(200);
                if operation == "contestInvoiceLine" {
                    let refused = json!({"on": on, "lines": [{"lineId": self.line, "codes": ["300444"]}]});
                    team.post(&format!("{path}/answers"), &refused).await.expect(200);
                }
                return;
            }
            "withdrawPumpDays" => {
                let days =
                    json!({"beneficiaryId": self.beneficiary, "days": [{"from": "2026-06-01", "to": "2026-06-02"}]});
                let team = app.role(Role::ConventionTeam, &self.hospital);
                team.post("/pumpDays", &json!({"entries": [days]})).await.expect(200);
                return;
            }
            "endGrantedPeriod" | "meetCoverageCondition" => {
                self.version = Some(1);
                return;
            }
            "putHospital" => format!("/hospitals/{}", self.hospital),
            "putMailRecipients" => format!("/hospitals/{}/mailRecipients", self.hospital),
            "sendNotification" => return app.park(&self.notification),
            _ => return,
        };
        self.version = Some(app.role(Role::Inspector, "").get(&path).await.expect(200).version());
    }
}

/// A hospital without any convention, which merges with another.
const WITHOUT: &str = "71010037";

/// The merger of a hospital with one that has no convention.
fn merger(hospital: &str) -> Value {
    json!({"kind": "merger", "hospitals": [hospital, WITHOUT], "hospital": hospital, "effective": "2026-01-01"})
}

/// A convention of each kind, a merger, stated years, a new team member and a record in each register of that hospital:
/// returns member, record, pump convention and merger.
fn establishment(app: &TestApp, hospital: &str, beneficiary: &str) -> (String, String, String, String) {
    let [member, record, merger] = [(); 3].map(|()| app.db.ids.opaque_uuid().to_string());
    let convention = format!("7.86.5{}.{}", &hospital[4..6], &hospital[6..8]);
    let managed = format!("7.40.{}.{}", &hospital[3..6], &hospital[6..8]);
    let stated = json!({"merger": {"hospitals": [hospital, WITHOUT], "hospital": hospital, "effective": "2020-01-01",
        "kept": null,
        "letter": null}});
    let plan = json!({"merger": {"hospital": hospital, "effective": "2020-01-01", "kept": convention,
        "keptLastDay": null,
        "ending": null, "handedOver": []}});
    let assignment = json!({"function": "secretariat", "convention": "pump", "responsible": false, "fte": "0.1",
        "exemptedMinutes": 0,
        "wardCareMinutes": 0, "timetable": [], "from": "2015-01-01"});
    let said = json!({"id": member, "name": "An Invented", "qualification": "secretary", "employment": "1",
        "enteredService": "2015-01-01", "assignments": [assignment]});
    let prescriber = json!({"number": data::PHYSICIAN, "name": "Dr Invented", "qualification": "endocrinologist",
        "span": {"from": "2021-01-01"}});
    let site = json!({"id": SITE, "site": {"name": "An Invented site", "address": "Rue Inventée 1",
        "span": {"from": "2021-01-01"}, "selfManagement": [{"from": "2015-01-01"}], "halfDays": []}});
    let identity = json!({"enterpriseNumber": "0406798006", "iban": "BE68539007547034", "bic": "KREDBEBB",
        "firstInvoiceNumber": 1, "lastInvoiceNumber": 999_999});
    let sent = json!({"hospitalNumber": hospital, "version": 1, "sentOn": "2026-02-02", "model": 1,
        "report": {"year": 2025, "types": [{"manufacturer": "Invented Devices", "model": "Mini 7", "beneficiaries": 1}],
            "beneficiaries": 1, "parts": []}, "sentAt": "2026-02-02T08:00:00Z", "sentBy": "x"});
    let made = format!(
        "INSERT INTO insula.conventions (number, kind, valid_from, new_establishment, version, updated_at)
         VALUES ('{managed}', 'selfManagement', '2015-01-01', false, 1, now()),
                ('{convention}', 'pump', '2021-01-01', false, 1, now()) ON CONFLICT DO NOTHING;
         INSERT INTO insula.convention_holders (number, ordinal, kind, hospital, held_from)
         VALUES ('{managed}', 0, 'selfManagement', '{hospital}', '2015-01-01'),
                ('{convention}', 0, 'pump', '{hospital}', '2021-01-01') ON CONFLICT DO NOTHING;
         INSERT INTO insula.mergers (id, kind, hospitals, effective, anew, stated, plan, changed, version, recorded_at,
             recorded_by)
         VALUES ('{merger}', 'merger', ARRAY['{hospital}', '{WITHOUT}', '{hospital}'], '2020-01-01', false, '{stated}',
             '{plan}', '[]', 1, '2020-01-01', 'x');
         INSERT INTO insula.records (hospital, kind, key, version, content, year, recorded_at, recorded_by)
         SELECT '{hospital}', kind, key, 1, content, year, '2020-01-01', 'x' FROM (
             SELECT 'staffingStatement', year::text, jsonb_build_object('year', year, 'patients', '58', 'grounds',
                 'a list', 'selfManagement', jsonb_build_object('education', '0.9')), year
                     FROM generate_series(2023, 2025) AS year
             UNION ALL SELECT kind, '', '[]', NULL FROM unnest(ARRAY['availability', 'pumps', 'otherConventions']) AS kind
             UNION ALL SELECT 'sites', '', '[{site}]', NULL
             UNION ALL SELECT 'billingIdentity', '', '{identity}', NULL
             UNION ALL SELECT 'prescribers', '', '[{prescriber}]', NULL
             UNION ALL SELECT 'teamMember', '{member}', '{said}', NULL) AS stated (kind, key, content, year)
         ON CONFLICT DO NOTHING;
         INSERT INTO insula.annual_reports (hospital, year, version, model, sent_at, sent_by, document, csv)
         VALUES ('{hospital}', 2025, 1, 1, '2026-02-02T08:00:00Z', 'x', '{sent}', 'year,beneficiaries')
         ON CONFLICT DO NOTHING;
         INSERT INTO insula.billing_settings (id, valid_from, name, value, source, entered_by, entered_at)
         VALUES ('00000000-0000-0000-0000-000000000001', '2021-01-01', 'pump_code', '774690', 'test data', 'x', now())
         ON CONFLICT DO NOTHING;",
    );
    app.owner().batch_execute(&made).unwrap();
    for (kind, _) in REGISTERS {
        let mut content = of_register(kind, beneficiary, &member);
        let (day, last) = if content.get("day").is_some() { ("day", "NULL") } else { ("from", "'2020-01-02'") };
        content[day] = json!("2020-01-01");
        let quantity = if kind == "materialDelivery" { "1" } else { "NULL" };
        let whom = content.get("beneficiaryId").map_or("NULL".to_owned(), |_| format!("'{beneficiary}'"));
        app.tamper(&format!(
            "INSERT INTO insula.records (hospital, kind, key, version, content, beneficiary, day, until, quantity,
                 recorded_at, recorded_by)
             VALUES ('{hospital}', '{kind}', '{record}', 1, '{content}', {whom}, '2020-01-01', {last},
                 {quantity}, '2020-01-03', 'x')"
        ));
    }
    (member, record, convention, merger)
}

/// A stated webhook subscription. Nobody listens at its address.
fn webhook() -> Value {
    json!({"url": "http://127.0.0.1:1999/insula", "eventTypes": ["be.insula.registration.submitted"]})
}

/// A webhook subscription of the caller's hospital and an event for it; a new one each time,
/// except that a few are left for the tests to create.
async fn subscription(manager: &Client) -> (String, i64, String) {
    let all = manager.get("/webhookSubscriptions").await.expect(200);
    let found = if all.body["total"].as_i64().unwrap() < 8 {
        manager.post("/webhookSubscriptions", &webhook()).await.expect(201).body
    } else {
        all.body["items"].as_array().unwrap().last().unwrap().clone()
    };
    let id = found["id"].as_str().unwrap().to_owned();
    let request = manager.request(Method::POST, &format!("/webhookSubscriptions/{id}/test"));
    let event = manager.send(request.header("Idempotency-Key", new_key())).await.expect(201).id();
    (id, found["version"].as_i64().unwrap(), event)
}

/// Puts these objects in the place of those of an example.
fn about(example: &mut Value, objects: &Objects) {
    match example {
        Value::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "beneficiaryId" => *value = json!(objects.beneficiary),
                    "lineId" => *value = json!(objects.line),
                    "sendingNumber" => *value = json!(objects.sending),
                    "conventionNumber" => *value = json!(objects.convention),
                    "niss" => *value = json!(data::niss(objects.person)),
                    "code" => *value = json!(objects.code),
                    "members" => *value = json!([objects.member]),
                    _ => about(value, objects),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| about(item, objects)),
        _ => {}
    }
}

impl Operation {
    /// The path with its parameters filled in.
    pub fn path_to(&self, objects: &Objects) -> String {
        self.path
            .replace("{registrationId}", &objects.registration)
            .replace("{beneficiaryId}", &objects.beneficiary)
            .replace("{code}", &objects.code)
            .replace("{hospitalNumber}", &objects.hospital)
            .replace("{grantId}", &objects.grant)
            .replace("{subscriptionId}", &objects.subscription.0)
            .replace("{deliveryId}", &objects.subscription.2)
            .replace("{importId}", &objects.import)
            .replace("{notificationId}", &objects.notification)
            .replace("{teamMemberId}", &objects.member)
            .replace("{materialDeliveryId}", &objects.record)
            .replace("{hospitalStayId}", &objects.record)
            .replace("{preventiveExaminationId}", &objects.record)
            .replace("{pumpAssignmentId}", &objects.record)
            .replace("{contactId}", &objects.record)
            .replace("{treatingPhysicianId}", &objects.record)
            .replace("{therapyChangeId}", &objects.record)
            .replace("{moveNoticeId}", &objects.record)
            .replace("{electronicConsentId}", &objects.record)
            .replace("{practitionerReportId}", &objects.record)
            .replace("{consultantFollowUpId}", &objects.record)
            .replace("{jointMeetingId}", &objects.record)
            .replace("{obligationFeedId}", &objects.feed.0)
            .replace("{feedToken}", &objects.feed.1)
            .replace("{accountEntryId}", &objects.record)
            .replace("{consultationNoticeId}", &objects.record)
            .replace("{infrastructureDeclarationId}", &objects.record)
            .replace("{coverageApplicationId}", &objects.application)
            .replace("{grantedPeriodId}", &objects.period)
            .replace("{invoiceFileId}", &objects.invoice_file)
            .replace("{invoiceLineId}", &objects.line)
            .replace("{summaryNumber}", "1")
            .replace("{conditionNumber}", "1")
            .replace("{questionNumber}", "1")
            .replace("{attachmentNumber}", "1")
            .replace("{conventionNumber}", &objects.convention)
            .replace("{mergerId}", &objects.merger)
            .replace("{year}", objects.year)
            .replace("{version}", "1")
            .replace("{passedPivots}", "1")
            .replace("{counterId}", objects.counter)
            .replace("{day}", if self.name == "explainPumpDay" { BILLED } else { objects.night })
            .replace("{ruleId}", objects.rule)
            .replace("{problemCode}", objects.problem)
            .replace("{file}", objects.file)
    }

    /// A caller with permission for the operation, at hospital A or insurer 319.
    pub fn caller(&self, app: &TestApp) -> Client {
        match self.name.as_str() {
            "getRegistrationCode"
            | "verifyRegistrationCode"
            | "verifyRegistrationCodes"
            | "listRegistrationCodeChanges"
            | "getBillingZones"
            | "checkBillingRecords" => app.insurer("319"),
            "listHospitals"
            | "putHospital"
            | "putMailRecipients"
            | "sendNotification"
            | "putConvention"
            | "denounceConvention"
            | "checkDenunciation"
            | "createTariff"
            | "previewRegularisation"
            | "createRegularisation"
            | "createReportModel"
            | "createCoverageForm"
            | "createBillingSetting"
            | "checkMerger"
            | "createMerger"
            | "withdrawMerger" => app.role(Role::ConventionOfficer, ""),
            "listNights" | "previewNight" | "getNight" | "listNightDecisions" => app.role(Role::HealthdataOperator, ""),
            "listRegistryGrants" | "createRegistryGrant" | "getRegistryGrant" | "deleteRegistryGrant" => {
                app.role(Role::AccessManager, HOSPITAL_A)
            }
            name if name.contains("Webhook") => app.role(Role::AccessManager, HOSPITAL_A),
            "createCoverageDecision"
            | "previewCoverageDecision"
            | "createCoverageQuestion"
            | "meetCoverageCondition" => app.role(Role::MedicalAdviser, "319"),
            name if name == "explainPumpDay" || name.contains("Summary") => app.role(Role::ConventionTeam, HOSPITAL_A),
            "listAuditEvents" => app.role(Role::Auditor, ""),
            "listPrescriberChanges" => app.insurer("319"),
            _ if [
                "/establishments",
                "/mergers",
                "/reportModels",
                "/pumps",
                "/staffing",
                "/coverage",
                "/grantedPeriods",
                "/pumpDays",
                "/invoice",
                "/billingSettings",
                "/billingIncome",
            ]
            .iter()
            .any(|root| self.path.starts_with(root)) =>
            {
                app.role(Role::ConventionTeam, HOSPITAL_A)
            }
            _ => app.lead_a(),
        }
    }

    /// Objects of that caller, with which the operation succeeds: new ones, unless it only reads.
    pub async fn objects(&self, app: &TestApp, person: u32) -> Objects {
        let submitted = [
            "reopenRegistration",
            "getRegistrationCode",
            "verifyRegistrationCode",
            "verifyRegistrationCodes",
            "getBillingZones",
            "createCoverageDecision",
            "previewCoverageDecision",
            "createCoverageQuestion",
        ];
        let submitted = submitted.contains(&self.name.as_str());
        let key = (submitted, need_of(&self.name));
        if self.method == Method::GET
            && let Some(objects) = app.read.lock().unwrap().get(&key)
        {
            return objects.clone();
        }
        let mut objects = Objects::make(app, HOSPITAL_A, Role::StudyLead, "319", person, submitted).await;
        objects.ready_for(app, &self.name).await;
        match self.name.as_str() {
            // What is entered must not exist yet.
            "createBeneficiary" => objects.person += 1000,
            "replaceBeneficiary" | "putAffiliations" => objects.version = Some(1),
            _ => {}
        }
        if self.method == Method::GET {
            app.read.lock().unwrap().insert(key, objects.clone());
        }
        objects
    }

    /// The top-level names of its body in the contract.
    pub fn members(&self) -> Vec<String> {
        let document = contract::document();
        let method = self.method.as_str().to_lowercase();
        let content = &document["paths"][&self.path][&method]["requestBody"]["content"];
        let Some(mut schema) = content.as_object().and_then(|media| media.values().next()).map(|one| &one["schema"])
        else {
            return Vec::new();
        };
        while let Some(target) = schema["$ref"].as_str().or(schema["oneOf"][0]["$ref"].as_str()) {
            schema = document.pointer(&target[1..]).unwrap();
        }
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    }

    /// A valid body, if the operation has one: the example of the contract, about these objects.
    pub fn body(&self, objects: &Objects) -> Option<Value> {
        if matches!(self.name.as_str(), "checkMerger" | "createMerger") {
            return Some(merger(&objects.hospital));
        }
        let mut body = self.example().filter(|_| self.has_body)?;
        about(&mut body, objects);
        if self.name == "createInvoiceFile" {
            body["derogation"] = json!(true);
        }
        if self.name == "createReportModel" {
            body["version"] = json!(objects.model);
        }
        if self.name == "createRegistration" {
            // An author for whom lead, associate and support may all register.
            body["author"] = json!(development::person(Role::StudyAssociate));
        }
        Some(body)
    }

    /// The example of its body in the contract.
    fn example(&self) -> Option<Value> {
        let document = contract::document();
        let method = self.method.as_str().to_lowercase();
        let media = document["paths"][&self.path][&method]["requestBody"]["content"].as_object()?;
        let media = self.file.map_or_else(|| media.values().next_back(), |file| media.get(file))?;
        let mut shown = media;
        if shown["example"].is_null() {
            shown = &shown["schema"];
        }
        while shown["example"].is_null() {
            shown = document.pointer(&shown["$ref"].as_str()?[1..])?;
        }
        Some(shown["example"].clone())
    }

    /// The content type of its body.
    pub fn content_type(&self) -> &'static str {
        if self.method == Method::PATCH { "application/merge-patch+json" } else { "application/json" }
    }

    /// A request with the mandatory headers and without body.
    pub fn bare(&self, client: &Client, objects: &Objects) -> RequestBuilder {
        let mut request = client.request(self.method.clone(), &self.path_to(objects));
        let of_subscription = self.path.contains("{subscriptionId}");
        let version = objects.version.map(|version| if of_subscription { objects.subscription.1 } else { version });
        if let Some(version) = version.filter(|_| self.takes_version) {
            request = request.header("If-Match", format!("\"{version}\""));
        }
        if self.file == Some("application/pdf") {
            request = request.header("Content-Disposition", "attachment; filename=\"form.pdf\"");
        }
        if self.needs_key {
            request = request.header("Idempotency-Key", format!("\"{}\"", new_key()));
        }
        request
    }

    /// A request that succeeds if the objects are the caller's.
    pub fn request(&self, client: &Client, objects: &Objects) -> RequestBuilder {
        let request = self.bare(client, objects);
        if let Some(media) = self.file {
            let file = self.example().and_then(|file| Some(file.as_str()?.to_owned()));
            let file = file.expect("the contract shows a file");
            let file = match self.name.as_str() {
                "mergeInvoiceFile" => invoice_file::of_hospital(&file, &objects.hospital, objects.sent),
                "importInvoiceAnswer" => file.replace("\n17;", &format!("\n{};", objects.sent)).into_bytes(),
                _ => file.into_bytes(),
            };
            return request.header("Content-Type", media).body(file);
        }
        match self.body(objects) {
            Some(body) => request.header("Content-Type", self.content_type()).body(body.to_string()),
            None => request,
        }
    }

    /// Sends that request.
    pub async fn send(&self, client: &Client, objects: &Objects) -> Reply {
        client.send(self.request(client, objects)).await
    }
}
