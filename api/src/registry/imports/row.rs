//! One row of an import, read as the bodies of the single operations are (CGM-03, CGM-04, BEN-01, BEN-02).

use chrono::NaiveDate;
use insula_domain::{
    ids::BeneficiaryId,
    parties::beneficiary::Identity,
    refusal::{Fault, Reason},
    registry::registration::{
        RegistrationType,
        content::form_faults,
        dictionary::{CURRENT, Field, Kind},
        spreadsheet::{Cell, damage},
    },
    rule::RuleId,
};
use insula_persistence::parties::beneficiaries::SamePerson;
use serde_json::{Map, Value};

use crate::{
    http::input::Reader,
    parties::beneficiaries::dto::{identification_code, identity},
    registry::registrations::fault_in_content,
};

/// Whom a row is about.
pub enum Who {
    /// It does not say; a draft need not (CGM-04).
    Nobody,
    /// A beneficiary of this hospital.
    Known(BeneficiaryId),
    /// A beneficiary of this hospital, by the code generated for them (BEN-02).
    Code(String),
    /// Someone described; entered when not known yet (BEN-03).
    Described(Box<Described>),
}

/// A person as a row describes them.
pub struct Described {
    /// Who they are.
    pub identity: Identity,
    /// Their insurer.
    pub insurer: Option<String>,
    /// What is said of a likely duplicate.
    pub same_person: SamePerson,
    /// What is worth a second look.
    pub warnings: Vec<Fault>,
}

/// What a row says.
pub struct Stated {
    /// Its type, where that is readable.
    pub registration_type: Option<RegistrationType>,
    /// Who answers for it, where stated.
    pub author: Option<String>,
    /// Whom it is about; `None` when that is at fault.
    pub who: Option<Who>,
    /// The fields of the dictionary.
    pub content: Map<String, Value>,
    /// What is wrong in it.
    pub faults: Vec<Fault>,
}

impl Stated {
    /// Whether type and content can be judged, whatever else is wrong.
    pub fn is_judgeable(&self) -> bool {
        let judged = |fault: &Fault| fault.field.starts_with("beneficiary");
        self.registration_type.is_some() && self.faults.iter().all(judged)
    }
}

/// Reads a row. Everything that is wrong in it is told (SYS-04), and what a spreadsheet did to a value as what it is.
pub fn read(members: &Map<String, Value>, today: NaiveDate) -> Stated {
    let mut reader = Reader::new(members);
    let types: Vec<_> = RegistrationType::ALL.iter().map(|one| (one.name(), *one)).collect();
    if !members.contains_key("type") {
        reader.add(Fault::new("type", Reason::Required, RuleId::Cgm03));
    }
    let registration_type = reader.one_of("type", &types);
    let author = reader.person("author");
    let beneficiary = reader.object("beneficiary");
    let content = reader.object("content").cloned().unwrap_or_default();
    if let Some(registration_type) = registration_type {
        for fault in form_faults(&CURRENT, registration_type, &content) {
            reader.add(fault_in_content(fault));
        }
    }
    let who = match beneficiary {
        Some(beneficiary) => match who(beneficiary, today) {
            Ok(who) => Some(who),
            Err(faults) => {
                faults.into_iter().for_each(|fault| reader.add(fault.under("beneficiary")));
                None
            }
        },
        None => (!members.contains_key("beneficiary")).then_some(Who::Nobody),
    };
    let mut faults = reader.into_faults();
    let damaged = damages(members);
    faults.retain(|fault| !damaged.iter().any(|damage| damage.field == fault.field));
    // A number that is unreadable only because of a spreadsheet is not missing as well.
    let who = who.filter(|_| !damaged.iter().any(|damage| damage.field.starts_with("beneficiary.")));
    faults.extend(damaged);
    Stated { registration_type, author, who, content, faults }
}

fn who(members: &Map<String, Value>, today: NaiveDate) -> Result<Who, Vec<Fault>> {
    let mut reader = Reader::new(members);
    let known = reader.uuid("beneficiaryId").map(BeneficiaryId);
    let code = identification_code(&mut reader, "identificationCode");
    let named = members.contains_key("beneficiaryId") || members.contains_key("identificationCode");
    let described = if named {
        if members.len() > 1 {
            // Whoever names someone known describes nobody: the identity is corrected where it is kept.
            let fault = Fault::new("", Reason::ExactlyOneOf, RuleId::Ben02);
            return Err(vec![fault.with("fields", "beneficiaryId, identificationCode, niss, noNissConfirmed")]);
        }
        None
    } else {
        let (identity, insurer, warnings) = identity(&mut reader, today);
        let same_person = SamePerson {
            same_as: identification_code(&mut reader, "samePersonAs"),
            different_confirmed: reader.flag("differentPersonConfirmed"),
        };
        let warnings = warnings.into_iter().map(|fault| fault.under("beneficiary")).collect();
        Some(Described { identity, insurer, same_person, warnings })
    };
    let faults = reader.into_faults();
    match (known, code, described) {
        _ if !faults.is_empty() => Err(faults),
        (Some(known), ..) => Ok(Who::Known(known)),
        (_, Some(code), _) => Ok(Who::Code(code)),
        (.., Some(described)) => Ok(Who::Described(Box::new(described))),
        (None, None, None) => Ok(Who::Nobody),
    }
}

/// What spreadsheets did to the values of a row.
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

fn in_fields(fields: &[Field], object: &Map<String, Value>, above: &str, found: &mut Vec<Fault>) {
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

const fn cell(kind: Kind) -> Cell {
    match kind {
        Kind::Date => Cell::Date,
        Kind::UdiDi => Cell::UdiDi,
        Kind::ImplantCode => Cell::ImplantCode,
        Kind::Decimal => Cell::Decimal,
        Kind::Text => Cell::Remark,
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

    /// SYS-04, CGM-03, CGM-04, BEN-01: every fault of a row at once, and what a spreadsheet did named as that alone.
    #[test]
    fn every_fault_of_a_row_comes_at_once() {
        let row = json!({"type": "firstImplantation", "author": "",
            "beneficiary": {"niss": "6070500252", "birthDate": "02/03/1985", "insurerNumber": "001"},
            "content": {"eventDate": "46083", "timeInRange": 5, "hba1c": {"value": "7,2", "date": "2026-02-30"},
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

    /// BEN-02, BEN-03: a beneficiary is named in one way.
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
