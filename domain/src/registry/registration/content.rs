//! The content of a registration: the form a value must have to be saved at all, and the typed view that the rules
//! read.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    DeviceKind, RegistrationType,
    dictionary::{Dictionary, Field, FieldKind},
};
use crate::{
    identifier::{NihdiNumber, implant_code_is_valid},
    names::Setting,
    parties::beneficiary::holds_national_number,
    refusal::{Fault, Reason},
    rule::RuleId,
    text::{decimal, last_day_if_zero, parse_date, text_reason},
    udi,
};

/// The typed content of a registration. Every field is optional: a draft can be saved however incomplete (CGM-04).
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Content {
    /// NIHDI number of the responsible physician.
    pub responsible_physician: Option<String>,
    /// The date of the event.
    pub event_date: Option<NaiveDate>,
    /// The setting.
    pub setting: Option<Setting>,
    /// The reimbursed pair (CGM-01).
    pub nomenclature_pair: Option<String>,
    /// The charged code of the pair.
    pub nomenclature_code: Option<String>,
    /// The implanted devices.
    pub devices: Vec<Device>,
    /// The year of diagnosis.
    pub diagnosis_year: Option<i32>,
    /// The last HbA1c.
    pub hba1c: Option<Hba1c>,
    /// The first implantation it refers to.
    pub earlier_registration_id: Option<Uuid>,
    /// Why the first implantation is not in the hospital's registry.
    pub earlier_elsewhere: Option<String>,
    /// The kinds of device replaced.
    pub replaced: Vec<DeviceKind>,
    /// The day the replaced device was removed.
    pub removal_date: Option<NaiveDate>,
}

/// The fields of a device that the rules read.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Device {
    /// Sensor or transmitter.
    pub kind: Option<DeviceKind>,
    /// UDI-DI.
    pub udi_di: Option<String>,
    /// Implant identification code, zone 43.
    pub implant_identification_code: Option<String>,
    /// Notification code, zones 55-56.
    pub notification_code: Option<String>,
}

/// The fields of an HbA1c that the rules read.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Hba1c {
    /// The day it was measured.
    pub date: Option<NaiveDate>,
}

impl Content {
    /// The typed view of a content that [`form_faults`] has checked. A content that cannot be read counts as empty.
    pub fn of(content: &Map<String, Value>) -> Content {
        serde_json::from_value(Value::Object(content.clone())).unwrap_or_default()
    }

    /// The kinds of the stated devices.
    pub fn device_kinds(&self) -> impl Iterator<Item = DeviceKind> {
        self.devices.iter().filter_map(|device| device.kind)
    }
}

/// CGM-03: the content without the empty values of fields that only other types have: `null`, empty lists and objects.
/// Clients generated from the contract may send them for every field.
pub fn without_foreign(
    dictionary: &Dictionary,
    registration_type: RegistrationType,
    content: Map<String, Value>,
) -> Map<String, Value> {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    let is_foreign = |name: &String| {
        let field = dictionary.fields.iter().find(|field| &field.name == name);
        field.is_some_and(|field| !field.applies_to(registration_type))
    };
    content.into_iter().filter(|(name, value)| !(is_foreign(name) && is_empty(value))).collect()
}

/// CGM-04: the faults that keep a content from being saved: fields that the type does not have and values of the wrong
/// form. [`super::submit`] checks for absent and implausible values.
pub fn form_faults(
    dictionary: &Dictionary,
    registration_type: RegistrationType,
    content: &Map<String, Value>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let fields = dictionary.fields.iter().filter(|field| field.applies_to(registration_type));
    object_form(dictionary, &fields.collect::<Vec<_>>(), content, "", &mut faults);
    faults
}

fn object_form(
    dictionary: &Dictionary,
    fields: &[&Field],
    object: &Map<String, Value>,
    path: &str,
    faults: &mut Vec<Fault>,
) {
    for (name, value) in object {
        let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match fields.iter().find(|field| &field.name == name) {
            Some(field) => value_form(dictionary, field, value, &here, faults),
            None => faults.push(Fault::new(here, Reason::UnknownField, RuleId::Cgm03)),
        }
    }
}

fn value_form(dictionary: &Dictionary, field: &Field, value: &Value, here: &str, faults: &mut Vec<Fault>) {
    let fault = |reason| Fault::new(here, reason, RuleId::Cgm04);
    let wrong = |expected| fault(Reason::WrongType).with("expected", expected);
    let length = usize::try_from(field.max.unwrap_or(i64::MAX)).unwrap_or(usize::MAX);
    match field.kind {
        FieldKind::Boolean if !value.is_boolean() => faults.push(wrong("boolean")),
        FieldKind::Boolean => {}
        FieldKind::Integer => {
            let (min, max) = (field.min.unwrap_or(i64::MIN), field.max.unwrap_or(i64::MAX));
            match value.as_i64() {
                None => faults.push(wrong("integer")),
                Some(number) if !(min..=max).contains(&number) => {
                    faults.push(fault(Reason::OutOfRange).with("min", min).with("max", max));
                }
                Some(_) => {}
            }
        }
        FieldKind::Decimal => {
            let (max, decimals) = (field.max.unwrap_or(i64::MAX), field.decimals.unwrap_or(0));
            match value.as_str().map(|text| decimal(text, max, decimals, RuleId::Cgm04)) {
                None => faults.push(fault(Reason::NotANumber)),
                Some(read) => faults.extend(read.err().map(|fault| fault.under(here))),
            }
        }
        FieldKind::Object => match value.as_object() {
            Some(inner) => {
                object_form(dictionary, &field.fields.iter().collect::<Vec<_>>(), inner, here, faults);
            }
            None => faults.push(wrong("object")),
        },
        FieldKind::List | FieldKind::Codes => {
            let Some(entries) = value.as_array() else {
                return faults.push(wrong("array"));
            };
            if entries.len() > length {
                faults.push(fault(Reason::TooMany).with("max", length));
            }
            let mut seen = HashSet::new();
            for (index, entry) in entries.iter().enumerate().take(length) {
                let at = format!("{here}[{index}]");
                match (field.kind, entry.as_object(), entry.as_str()) {
                    (FieldKind::List, Some(inner), _) => {
                        object_form(dictionary, &field.fields.iter().collect::<Vec<_>>(), inner, &at, faults);
                    }
                    (FieldKind::Codes, _, Some(code)) => {
                        text_form(dictionary, field, code, &at, faults);
                        if !seen.insert(code) {
                            faults.push(Fault::new(at, Reason::Repeated, RuleId::Cgm04));
                        }
                    }
                    (kind, ..) => {
                        let expected = if kind == FieldKind::List { "object" } else { "string" };
                        faults.push(Fault::new(at, Reason::WrongType, RuleId::Cgm04).with("expected", expected));
                    }
                }
            }
        }
        _ => match value.as_str() {
            Some(text) => text_form(dictionary, field, text, here, faults),
            None => faults.push(wrong("string")),
        },
    }
}

fn text_form(dictionary: &Dictionary, field: &Field, text: &str, here: &str, faults: &mut Vec<Fault>) {
    let fault = |reason| Fault::new(here, reason, RuleId::Cgm04);
    match field.kind {
        FieldKind::Code | FieldKind::Codes => {
            if !dictionary.codes(field.list.as_deref().unwrap_or_default()).any(|code| code == text) {
                faults.push(fault(Reason::NotInList).with("allowed", dictionary.allowed(field)));
            }
        }
        FieldKind::Date => {
            if parse_date(text).is_none() {
                // A label may give an expiry by month only.
                let last = (field.name == "expiryDate").then(|| last_day_if_zero(text)).flatten();
                faults.push(match last {
                    Some(last) => fault(Reason::DayZero).with("day", last),
                    None => fault(Reason::NotADate),
                });
            }
        }
        FieldKind::RegistrationId => {
            // Only the canonical spelling: references to a registration are looked up by this exact text.
            if !Uuid::parse_str(text).is_ok_and(|id| id.to_string() == text) {
                faults.push(fault(Reason::NotAnIdentifier));
            }
        }
        FieldKind::UdiDi if udi::is_barcode(text) => faults.push(fault(Reason::WholeBarcode)),
        _ => {
            let max = field.max.and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX);
            if let Some(reason) = text_reason(text, max) {
                faults.push(fault(reason).with("max", max));
            } else if !is_identifier(field.kind, text) && holds_national_number(text) {
                faults.push(Fault::new(here, Reason::NationalNumber, RuleId::Ben04));
            }
        }
    }
}

/// Whether a text is an identifier of its field's kind with the right check digits.
fn is_identifier(kind: FieldKind, text: &str) -> bool {
    match kind {
        FieldKind::UdiDi => udi::is_valid(text),
        FieldKind::NihdiNumber => text.parse::<NihdiNumber>().is_ok(),
        FieldKind::ImplantCode => implant_code_is_valid(text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::registry::registration::dictionary::CURRENT;

    fn faults(registration_type: RegistrationType, content: Value) -> Vec<String> {
        form_faults(&CURRENT, registration_type, content.as_object().unwrap())
            .into_iter()
            .map(|fault| format!("{}:{}", fault.field, fault.reason.code()))
            .collect()
    }

    /// CGM-05, CNT-01: code lists whose values the rules read have exactly the values of the enums.
    #[test]
    fn what_rules_read_is_what_the_dictionary_lists() {
        let listed = |field: &str| -> Vec<&str> {
            let all = CURRENT.fields.iter().flat_map(|one| std::iter::once(one).chain(&one.fields));
            let field = all.into_iter().find(|one| one.name == field).unwrap();
            CURRENT.codes(field.list.as_deref().unwrap()).collect()
        };
        assert_eq!(listed("setting"), Setting::ALL.iter().map(|one| one.name()).collect::<Vec<_>>());
        assert_eq!(listed("kind"), DeviceKind::ALL.iter().map(|one| one.name()).collect::<Vec<_>>());
    }

    /// CGM-04, SYS-04: all faults of form are reported at once, each with its path.
    #[test]
    fn all_faults_of_form_come_at_once() {
        let found = faults(
            RegistrationType::FirstImplantation,
            json!({
                "eventDate": "2026-02-30", "setting": "inBed", "diagnosisYear": 1.5, "wingspan": 2, "remark": null,
                "devices": [{"kind": "pump", "udiDi": 7}, 3, {}],
                "hba1c": {"value": "7.25", "unit": "percent"}
            }),
        );
        let expected = [
            "devices:tooMany",
            "devices[0].kind:notInList",
            "devices[0].udiDi:wrongType",
            "devices[1]:wrongType",
            "diagnosisYear:wrongType",
            "eventDate:notADate",
            "hba1c.value:tooPrecise",
            "remark:wrongType",
            "setting:notInList",
            "wingspan:unknownField",
        ];
        let mut sorted = found;
        sorted.sort();
        assert_eq!(sorted, expected);
    }

    /// CGM-04: a number with decimals is text, as exact as the dictionary says, within its bounds.
    #[rstest]
    #[case(json!("7.2"), None)]
    #[case(json!(7.2), Some("notANumber"))]
    #[case(json!("7,2"), Some("decimalComma"))]
    #[case(json!("7.25"), Some("tooPrecise"))]
    #[case(json!("200.1"), Some("outOfRange"))]
    fn a_number_with_decimals_is_text(#[case] value: Value, #[case] code: Option<&str>) {
        let expected: Vec<_> = code.map(|code| format!("hba1c.value:{code}")).into_iter().collect();
        assert_eq!(faults(RegistrationType::FirstImplantation, json!({"hba1c": {"value": value}})), expected);
    }

    /// CGM-03: a field of another registration type is unknown.
    #[test]
    fn a_follow_up_has_no_devices() {
        assert_eq!(faults(RegistrationType::FollowUp, json!({"devices": []})), ["devices:unknownField"]);
    }

    /// CGM-03: empty values of another type's fields are taken as absent, and nothing else is.
    #[test]
    fn empty_values_of_other_types_are_absent() {
        let content = json!({"devices": [], "explantationReason": null, "daysWorn": null, "adverseEvents": [],
            "wingspan": null, "complications": ["infection"]});
        let own = without_foreign(&CURRENT, RegistrationType::FollowUp, content.as_object().unwrap().clone());
        assert_eq!(own.keys().collect::<Vec<_>>(), ["adverseEvents", "complications", "daysWorn", "wingspan"]);
    }

    /// CGM-04: an incomplete draft has no fault of form.
    #[rstest]
    #[case(json!({}))]
    #[case(json!({"devices": [{"kind": "sensor"}]}))]
    #[case(json!({"hba1c": {"value": "7.2"}, "remark": "two\nlines"}))]
    fn incomplete_drafts_are_saved(#[case] content: Value) {
        assert_eq!(faults(RegistrationType::FirstImplantation, content), Vec::<String>::new());
    }

    /// CGM-04: a date has a four-digit year, and an identifier has its canonical spelling.
    #[rstest]
    #[case("eventDate", "9999-12-31", true)]
    #[case("eventDate", "0001-01-01", true)]
    #[case("eventDate", "0000-12-31", false)]
    #[case("eventDate", "-0001-01-01", false)]
    #[case("eventDate", "+12026-06-01", false)]
    #[case("eventDate", "2026-6-1", false)]
    #[case("earlierRegistrationId", "0198c1de-6d11-7c05-8f00-5b1f7a9e2c44", true)]
    #[case("earlierRegistrationId", "0198C1DE-6D11-7C05-8F00-5B1F7A9E2C44", false)]
    #[case("earlierRegistrationId", "0198c1de6d117c058f005b1f7a9e2c44", false)]
    #[case("earlierRegistrationId", "urn:uuid:0198c1de-6d11-7c05-8f00-5b1f7a9e2c44", false)]
    fn days_and_identifiers_have_one_spelling(#[case] name: &str, #[case] text: &str, #[case] accepted: bool) {
        assert_eq!(faults(RegistrationType::FollowUp, json!({name: text})).is_empty(), accepted, "{text}");
    }

    /// CGM-05: a whole barcode, and a day 00, which on a label is the last of its month, are told as what they are, before
    /// a length or an invisible character.
    #[rstest]
    #[case("udiDi", "(01)00817870020003(17)270100(10)LOT1(21)S1", Some("wholeBarcode"))]
    #[case("udiDi", "0100817870020003172701001021\u{1d}S1", Some("wholeBarcode"))]
    #[case("udiDi", "00817870020003", None)]
    #[case("lot", "(01)00817870020003", None)]
    #[case("expiryDate", "2028-02-00", Some("dayZero"))]
    #[case("expiryDate", "2028-13-00", Some("notADate"))]
    #[case("warrantyEnd", "2028-02-00", Some("notADate"))]
    fn what_a_label_says_is_told_as_such(#[case] name: &str, #[case] text: &str, #[case] code: Option<&str>) {
        let content = json!({"devices": [{name: text}]});
        let expected: Vec<_> = code.map(|code| format!("devices[0].{name}:{code}")).into_iter().collect();
        assert_eq!(faults(RegistrationType::FirstImplantation, content), expected);
    }

    /// BEN-04: a national number is refused in every text, except in an identifier with the right check digits.
    #[test]
    fn a_national_number_is_refused_in_every_text() {
        let number = "85073003328";
        let device = json!({"model": number, "lot": "L85073003328", "serial": "85_07_30_033_28", "udiDi": number,
            "implantIdentificationCode": "850730-03328", "notificationCode": "999999999949"});
        let content = json!({"remark": "voir 85.07.30-033.28", "hospitalReference": "x85073003328",
            "responsiblePhysician": number, "devices": [device]});
        let mut found = faults(RegistrationType::FirstImplantation, content);
        found.sort();
        let of_device = ["implantIdentificationCode", "lot", "model", "serial", "udiDi"];
        let fields = of_device.map(|name| format!("devices[0].{name}")).into_iter();
        let fields = fields.chain(["hospitalReference", "remark", "responsiblePhysician"].map(str::to_owned));
        assert_eq!(found, fields.map(|field| format!("{field}:nationalNumber")).collect::<Vec<_>>());
    }
}
