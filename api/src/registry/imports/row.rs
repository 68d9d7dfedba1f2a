//! Reads one row of an import like the bodies of the single operations (CGM-03, CGM-04, BEN-01, BEN-02).

use chrono::NaiveDate;
use insula_domain::{
    ids::BeneficiaryId,
    refusal::{Fault, Reason},
    registry::registration::{
        RegistrationType,
        dictionary::{self, CURRENT, FieldKind},
        spreadsheet::{Cell, damage},
    },
    rule::RuleId,
};
use insula_persistence::parties::beneficiaries::SamePerson;
use serde_json::{Map, Value};

use crate::{
    http::input::{Field, Reader},
    parties::beneficiaries::dto::{Person, identification_code, person, same_person},
    registry::registrations::content,
};

/// The beneficiary of a row.
pub enum Who {
    /// Not named; a draft may leave it out (CGM-04).
    Nobody,
    /// A beneficiary of this hospital.
    Known(BeneficiaryId),
    /// A beneficiary of this hospital, by their generated identification code (BEN-02).
    Code(String),
    /// A described person; entered when new (BEN-03).
    Described(Box<Described>),
}

/// A person described in a row.
pub struct Described {
    /// Their identity and insurer.
    pub person: Person,
    /// The caller's answer to likely duplicates.
    pub same_person: SamePerson,
}

/// The content of a row, as far as it is readable.
pub struct StatedRow {
    /// Its type.
    pub registration_type: Field<RegistrationType>,
    /// Its author, if stated.
    pub author: Field<Option<String>>,
    who: Field<Who>,
    /// The fields of the dictionary.
    pub content: Field<Map<String, Value>>,
    /// Its faults.
    pub faults: Vec<Fault>,
}

impl StatedRow {
    /// Whether type and content can be judged despite other faults.
    pub fn is_judgeable(&self) -> bool {
        let judged = |fault: &Fault| fault.field.starts_with("beneficiary");
        self.registration_type.known().is_some() && self.faults.iter().all(judged)
    }

    /// The beneficiary; `None` when there are faults in it.
    pub fn who(&self) -> Option<&Who> {
        // A number damaged by a spreadsheet may be readable and name another person.
        self.who.known().filter(|_| !self.faults.iter().any(|fault| fault.field.starts_with("beneficiary.")))
    }
}

/// Reads a row with all its faults (SYS-04). A value damaged by a spreadsheet is reported as such.
pub fn read(members: &Map<String, Value>, today: NaiveDate) -> StatedRow {
    let mut reader = Reader::new(members);
    reader.require("type", RuleId::Cgm03);
    let registration_type = reader.required_one_of("type", RegistrationType::ALL, RegistrationType::name);
    let author = reader.person("author");
    let beneficiary = reader.object("beneficiary");
    let content = content(&mut reader, registration_type.known().copied());
    let who = reader.then(beneficiary, |beneficiary| match beneficiary {
        None => Ok(Who::Nobody),
        Some(beneficiary) => who(beneficiary, today),
    });
    let mut faults = reader.end().err().unwrap_or_default();
    let damaged = damages(members);
    // A value that a spreadsheet made unreadable is not reported as missing as well.
    faults.retain(|fault| !damaged.iter().any(|damage| damage.field == fault.field));
    faults.extend(damaged);
    StatedRow { registration_type, author, who, content, faults }
}

fn who(members: &Map<String, Value>, today: NaiveDate) -> Result<Who, Vec<Fault>> {
    let mut reader = Reader::new(members);
    let known = reader.uuid("beneficiaryId");
    let code = identification_code(&mut reader, "identificationCode");
    let is_named = known.is_given() || code.is_given();
    if is_named && members.len() > 1 {
        // A known person cannot be described: an identity is corrected in its own operation.
        let fault = Fault::new("beneficiary", Reason::ExactlyOneOf, RuleId::Ben02);
        return Err(vec![fault.with("fields", "beneficiaryId, identificationCode, niss, noNissConfirmed")]);
    }
    let described = (!is_named).then(|| (person(&mut reader, today), same_person(&mut reader)));
    let under = |faults: Vec<Fault>| faults.into_iter().map(|fault| fault.under("beneficiary")).collect::<Vec<_>>();
    let done = reader.end().map_err(under)?;
    Ok(match (done.take(known), done.take(code), described) {
        (Some(known), ..) => Who::Known(BeneficiaryId(known)),
        (_, Some(code), _) => Who::Code(code),
        (.., Some((person, same_person))) => {
            let (mut person, same_person) = (done.take(person), done.take(same_person));
            person.warnings = under(person.warnings);
            Who::Described(Box::new(Described { person, same_person }))
        }
        (None, None, None) => Who::Nobody,
    })
}

/// The damage done by spreadsheets to the values of a row.
fn damages(members: &Map<String, Value>) -> Vec<Fault> {
    let mut found = Vec::new();
    if let Some(Value::Object(beneficiary)) = members.get("beneficiary") {
        for (name, value) in beneficiary {
            let cell = match name.as_str() {
                "niss" => Cell::Niss,
                "birthDate" | "deathDate" => Cell::Date,
                _ => Cell::Other,
            };
            told(cell, value, &format!("beneficiary.{name}"), RuleId::Ben01, &mut found);
        }
    }
    if let Some(Value::Object(content)) = members.get("content") {
        in_fields(&CURRENT.fields, content, "content", &mut found);
    }
    found
}

fn in_fields(fields: &[dictionary::Field], object: &Map<String, Value>, above: &str, found: &mut Vec<Fault>) {
    for (name, value) in object {
        let Some(field) = fields.iter().find(|field| &field.name == name) else { continue };
        let here = format!("{above}.{name}");
        match value {
            Value::Object(inner) => in_fields(&field.fields, inner, &here, found),
            Value::Array(entries) => {
                for (index, entry) in entries.iter().enumerate() {
                    if let Value::Object(inner) = entry {
                        in_fields(&field.fields, inner, &format!("{here}[{index}]"), found);
                    }
                }
            }
            value => told(cell(field.kind), value, &here, RuleId::Cgm04, found),
        }
    }
}

const fn cell(kind: FieldKind) -> Cell {
    match kind {
        FieldKind::Date => Cell::Date,
        FieldKind::UdiDi => Cell::UdiDi,
        FieldKind::ImplantCode => Cell::ImplantCode,
        FieldKind::Text => Cell::Remark,
        _ => Cell::Other,
    }
}

fn told(cell: Cell, value: &Value, field: &str, rule: RuleId, found: &mut Vec<Fault>) {
    if let Some(reason) = value.as_str().and_then(|text| damage(cell, text)) {
        found.push(Fault::new(field, reason, rule));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(row: Value) -> Vec<String> {
        let stated = read(row.as_object().unwrap(), "2026-06-15".parse().unwrap());
        let mut faults: Vec<_> =
            stated.faults.iter().map(|fault| format!("{}:{}", fault.field, fault.reason.code())).collect();
        faults.sort();
        faults
    }

    /// SYS-04, CGM-03, CGM-04, BEN-01: every fault of a row at once; spreadsheet damage is reported only as that.
    #[test]
    fn every_fault_of_a_row_comes_at_once() {
        let row = json!({"type": "firstImplantation", "author": "",
            "beneficiary": {"niss": "6070500252", "birthDate": "02/03/1985", "insurerNumber": "001"},
            "content": {"eventDate": "46083", "timeInRange": "5", "hba1c": {"value": "7,2", "date": "2026-02-30"},
                "devices": [{"serial": "1.0E+10", "udiDi": "00817870020003", "kind": "pump"}], "remark": "1.0E+10"}});
        let expected = [
            "author:empty",
            "beneficiary.birthDate:spreadsheetDate",
            "beneficiary.insurerNumber:insurerUnknown",
            "beneficiary.niss:leadingZeroLost",
            "content.devices[0].kind:notInList",
            "content.devices[0].serial:numberShortened",
            "content.eventDate:spreadsheetDate",
            "content.hba1c.date:notADate",
            "content.hba1c.value:decimalComma",
            "content.timeInRange:unknownField",
        ];
        assert_eq!(faults(row), expected);
        assert_eq!(
            faults(json!({"beneficiary": 7, "content": []})),
            ["beneficiary:wrongType", "content:wrongType", "type:required"]
        );
    }

    /// BEN-02, BEN-03: a beneficiary is named in exactly one way.
    #[test]
    fn a_beneficiary_is_named_in_one_way() {
        let row = |beneficiary: Value| faults(json!({"type": "followUp", "beneficiary": beneficiary}));
        let id = "0198c1de-6d11-7c05-8f00-5b1f7a9e2c44";
        assert_eq!(row(json!({"beneficiaryId": id})), [""; 0]);
        assert_eq!(row(json!({"niss": "85073003328", "lastName": "x", "insurerNumber": "319"})), [""; 0]);
        assert_eq!(row(json!({"beneficiaryId": id, "niss": "85073003328"})), ["beneficiary:exactlyOneOf"]);
        assert_eq!(row(json!({"beneficiaryId": "x"})), ["beneficiary.beneficiaryId:notAnIdentifier"]);
        assert_eq!(row(json!({"identificationCode": "x"})), ["beneficiary.identificationCode:checkDigit"]);
        assert_eq!(row(json!({})), ["beneficiary.niss:nissOrConfirmation"]);
    }
}
