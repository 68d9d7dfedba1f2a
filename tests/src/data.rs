//! Invented people and complete registrations.

use chrono::{Days, NaiveDate};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Client, Reply, TestApp, client::new_key};

/// The n-th invented national number, of a person born in the 1980s (n below 10 000).
pub fn niss(n: u32) -> String {
    let day = 1 + n % 28;
    let month = 1 + (n / 28) % 12;
    let serial = 1 + (n / 336) * 2;
    let base = 850_000_000 + month * 100_000 + day * 1000 + serial;
    format!("{base:09}{:02}", 97 - base % 97)
}

/// A beneficiary with a national number, insured with 319.
pub fn beneficiary(n: u32) -> Value {
    json!({"niss": niss(n), "lastName": format!("Invented {n}"), "insurerNumber": "319"})
}

/// The content of a first implantation of a sensor, complete, on 1 June 2026, with pair A.
pub fn first_implantation() -> Value {
    json!({
        "responsiblePhysician": "10000106690", "eventDate": "2026-06-01", "setting": "ambulatory",
        "nomenclaturePair": "174370-174381", "diabetesType": "type1", "diagnosisYear": 1999, "therapy": "pump",
        "hba1c": {"value": "7.2", "unit": "percent", "date": "2026-05-20"}, "severeHypoglycaemiasLast12Months": 1,
        "devices": [{"kind": "sensor", "model": "Eversense E3", "udiDi": "00817870020003", "serial": "S1",
                     "expiryDate": "2027-01-01", "armSide": "left"}]
    })
}

/// The content of a replacement of a sensor, complete, on 10 June 2026.
pub fn replacement(earlier: Option<&str>) -> Value {
    let mut content = json!({
        "responsiblePhysician": "10000106690", "eventDate": "2026-06-10", "setting": "ambulatory",
        "nomenclaturePair": "174392-174403", "replaced": ["sensor"], "replacementReason": "endOfLife",
        "withinWarranty": false, "removalDate": "2026-06-10",
        "devices": [{"kind": "sensor", "model": "Eversense E3", "udiDi": "00817870020003", "serial": "S2",
                     "expiryDate": "2027-03-01", "armSide": "right"}]
    });
    refer(&mut content, earlier);
    content
}

/// The content of an explantation, complete, on 12 June 2026.
pub fn explantation(earlier: Option<&str>) -> Value {
    let mut content = json!({
        "responsiblePhysician": "10000106690", "eventDate": "2026-06-12", "setting": "ambulatory",
        "explantationReason": "beneficiaryWish"
    });
    refer(&mut content, earlier);
    content
}

/// The content of a follow-up, complete, on 11 June 2026.
pub fn follow_up(earlier: Option<&str>) -> Value {
    let mut content = json!({
        "responsiblePhysician": "10000106690", "eventDate": "2026-06-11", "setting": "ambulatory",
        "hba1c": {"value": "55", "unit": "mmolPerMol", "date": "2026-06-11"}, "timeInRange": "71.5", "timeBelowRange": "2",
        "daysWorn": "96", "severeHypoglycaemiasSinceLastContact": 0, "stillInUse": true
    });
    refer(&mut content, earlier);
    content
}

/// A delivery of a pump on 6 May 2026.
pub fn material_delivery(beneficiary: &str) -> Value {
    json!({"beneficiaryId": beneficiary, "day": "2026-05-06", "kind": "pump", "quantity": 1, "model": "Model X",
        "serial": "123"})
}

/// A stay in hospital A from 4 to 13 May 2026, linked to the diabetes, during which the pump treatment goes on.
pub fn hospital_stay(beneficiary: &str) -> Value {
    json!({"beneficiaryId": beneficiary, "from": "2026-05-04", "to": "2026-05-13", "hospitalNumber": "71000436",
        "pumpContinued": true, "linkedToDiabetes": true})
}

/// Preventive examinations on 6 May 2026.
pub fn preventive_examination(beneficiary: &str) -> Value {
    json!({"beneficiaryId": beneficiary, "day": "2026-05-06", "examined": "eyes, kidneys, feet"})
}

/// A pump from 6 May 2026 on.
pub fn pump_assignment(beneficiary: &str) -> Value {
    json!({"beneficiaryId": beneficiary, "from": "2026-05-06", "manufacturer": "Invented Devices", "model": "Mini 7",
        "serial": "123", "chosenBy": "10000106690", "toldOfAllTypesOn": "2019-12-01"})
}

/// A contact of a member of the team on 6 May 2026.
pub fn contact(beneficiary: &str, member: &str) -> Value {
    json!({"beneficiaryId": beneficiary, "day": "2026-05-06", "members": [member], "kind": "education", "minutes": 45,
        "note": "An invented note."})
}

/// The general practitioner of a beneficiary from 1 January 2020 on.
pub fn treating_physician(beneficiary: &str) -> Value {
    json!({"beneficiaryId": beneficiary, "from": "2020-01-01", "kind": "generalPractitioner", "name": "Dr Invented",
        "nihdiNumber": "10000106690"})
}

/// An important change of therapy on 6 May 2026.
pub fn therapy_change(beneficiary: &str) -> Value {
    json!({"beneficiaryId": beneficiary, "day": "2026-05-06", "change": "other basal rates", "important": true})
}

/// A notice of a move, given on 6 May 2026.
pub fn move_notice(beneficiary: &str) -> Value {
    json!({"beneficiaryId": beneficiary, "day": "2026-05-06", "way": "phone"})
}

/// A consent to be told electronically, from 6 May 2026 on.
pub fn electronic_consent(beneficiary: &str) -> Value {
    json!({"beneficiaryId": beneficiary, "from": "2026-05-06"})
}

/// A full report to the general practitioner on 6 May 2026.
pub fn practitioner_report(beneficiary: &str) -> Value {
    json!({"beneficiaryId": beneficiary, "day": "2026-05-06", "kind": "yearly", "sentTo": "generalPractitioner",
        "note": "An invented note."})
}

/// The consultations of a site, made known on 6 May 2026.
pub fn consultation_notice(site: &str) -> Value {
    json!({"siteId": site, "day": "2026-05-06", "way": "leaflet", "note": "An invented note."})
}

/// The infrastructure of a site from 6 May 2026 on.
pub fn infrastructure(site: &str) -> Value {
    json!({"siteId": site, "day": "2026-05-06", "rooms": "Two invented rooms.",
        "demonstrationMaterial": "Invented pumps.", "itSupport": "An invented desk."})
}

/// A podologist whom a beneficiary has to see, noted on 6 May 2026, at a consultation of 8 July.
pub fn consultant_follow_up(beneficiary: &str) -> Value {
    json!({"beneficiaryId": beneficiary, "day": "2026-05-06", "consultant": "podologist", "dueOn": "2026-07-08",
        "note": "An invented note."})
}

/// A joint meeting of these members on 6 May 2026, with a nurse of the self-management team, and its report.
pub fn joint_meeting(members: &[&str]) -> Value {
    json!({"day": "2026-05-06", "members": members, "minutes": 60, "report": "An invented report.",
        "fromSelfManagement": [{"qualification": "diabetesNurse", "persons": 1}]})
}

/// An invoice for pump material of 6 May 2026.
pub fn account_entry() -> Value {
    json!({"day": "2026-05-06", "kind": "purchase", "convention": "pump", "amount": "1250.00", "firm": "An invented firm",
        "documentNumber": "26/117", "note": "An invented note."})
}

/// The content of an application for coverage, complete, of 10 June 2026, for a programme from 1 June 2026.
pub fn coverage(convention: &str) -> Value {
    let mut content = coverage_of(convention, "2026-06-10", "2026-06-01", "2027-05-31");
    content["withoutExaminations"] = json!("None recorded yet.");
    content
}

/// The content of an application for coverage of that date, complete, for a programme of those days. The last HbA1c is
/// of five days before, the prescriber's signature of two.
pub fn coverage_of(convention: &str, date: &str, from: &str, to: &str) -> Value {
    let day: NaiveDate = date.parse().unwrap();
    json!({
        "applicationDate": date, "introducedBy": "establishment", "conventionNumber": convention,
        "contact": {"name": "An Invented", "phone": "02 477 00 00"}, "programme": {"from": from, "to": to},
        "indication": {"targetGroup": "insufficientControl", "diabetesType": "type1", "hba1cBeforePump": "8.1"},
        "kind": "first",
        "lastHba1c": {"date": day - Days::new(5), "value": "7.9", "normalFrom": "4.0", "normalTo": "6.0"},
        "prescriber": {"nihdiNumber": PHYSICIAN, "signedOn": day - Days::new(2)},
        "information": {"day": date, "givenTo": ["beneficiary"], "ownEffort": true, "meansOffered": true,
            "endRulesInWriting": true, "practitionerAndPharmacist": true, "costOfLateness": true}
    })
}

fn refer(content: &mut Value, earlier: Option<&str>) {
    match earlier {
        Some(id) => content["earlierRegistrationId"] = json!(id),
        None => content["earlierElsewhere"] = json!("beforeRegistry"),
    }
}

impl Client {
    /// Enters the n-th invented beneficiary and returns their identifier.
    pub async fn enter_beneficiary(&self, n: u32) -> String {
        self.post("/beneficiaries", &beneficiary(n)).await.expect(201).id()
    }

    /// Creates a draft.
    pub async fn draft(&self, registration_type: &str, beneficiary: Option<&str>, content: &Value) -> Reply {
        let mut body = json!({"type": registration_type, "content": content});
        if let Some(beneficiary) = beneficiary {
            body["beneficiaryId"] = json!(beneficiary);
        }
        self.post("/registrations", &body).await.expect(201)
    }

    /// A first implantation of the n-th invented beneficiary, complete and open.
    pub async fn complete_draft(&self, n: u32) -> Reply {
        let beneficiary = self.enter_beneficiary(n).await;
        self.draft("firstImplantation", Some(&beneficiary), &first_implantation()).await
    }

    /// Posts rows to import, with this query.
    pub async fn import(&self, query: &str, rows: &[Value]) -> Reply {
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        self.import_file(query, "application/x-ndjson", lines.join("\n")).await
    }

    /// Posts a file to import, with this query.
    pub async fn import_file(&self, query: &str, content_type: &str, file: impl Into<Vec<u8>>) -> Reply {
        let request = self.request(Method::POST, &format!("/registrationImports{query}"));
        let request =
            request.header("Idempotency-Key", format!("\"{}\"", new_key())).header("Content-Type", content_type);
        self.send(request.body(file.into())).await
    }

    /// Submits the registration of a reply.
    pub async fn submit(&self, registration: &Reply) -> Reply {
        self.command(&format!("/registrations/{}/submit", registration.id()), registration.version()).await
    }

    /// Reads the registration of a reply again.
    pub async fn again(&self, registration: &Reply) -> Reply {
        self.get(&format!("/registrations/{}", registration.id())).await.expect(200)
    }

    /// A first implantation of the n-th invented beneficiary, submitted and acknowledged.
    pub async fn submitted(&self, app: &TestApp, n: u32) -> Reply {
        let draft = self.complete_draft(n).await;
        let sending = self.submit(&draft).await.expect(200);
        app.deliver();
        self.again(&sending).await
    }
}

/// The NIHDI numbers of two invented endocrinologists.
pub const PHYSICIAN: &str = "11234578580";
/// The other one.
pub const OTHER_PHYSICIAN: &str = "12345625580";

/// A statement of a team member, with this working time for each function and convention since 2020.
pub fn team_member(qualification: &str, does: &[(&str, &str, f64)]) -> Value {
    let does = does.iter().map(|(function, convention, fte)| {
        json!({"function": function, "convention": convention, "fte": fte.to_string(), "from": "2020-01-01"})
    });
    json!({"name": "An Invented", "qualification": qualification, "employment": "1", "enteredService": "2015-01-01",
        "trainingProvedOn": "2016-01-01", "assignments": does.collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use insula_domain::parties::beneficiary::NationalNumber;

    use super::niss;

    #[test]
    fn invented_numbers_are_valid_and_distinct() {
        let mut numbers: Vec<_> = (0..2000).map(niss).collect();
        assert!(numbers.iter().all(|number| NationalNumber::parse(number).is_ok()));
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), 2000);
    }
}
