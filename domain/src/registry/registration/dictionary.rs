//! The data dictionary: the fields of each registration type, their form, and when they are mandatory (design §4). It
//! is versioned data, served as is; the contract, saving and submitting all read it.

use std::{collections::BTreeMap, sync::LazyLock};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::RegistrationType;
use crate::{
    names::names,
    refusal::{Fault, Reason},
    rule::RuleId,
};

/// The dictionary that new registrations follow.
pub static CURRENT: LazyLock<Dictionary> = LazyLock::new(|| {
    // A dictionary that does not parse is a broken build: the tests below read it, so this never fails in a release.
    #[expect(clippy::expect_used)]
    serde_json::from_str(include_str!("../../../dictionary/registration-v1.json")).expect("the dictionary parses")
});

/// A text in the four languages of the contract (SYS-04).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = LocalizedString)]
pub struct Label {
    /// French.
    pub fr: String,
    /// Dutch.
    pub nl: String,
    /// German.
    pub de: String,
    /// English.
    pub en: String,
}

/// The dictionary: every field of a registration with its format, the registration types that have it, when it is
/// mandatory, and its name in four languages.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"version": 1, "validFrom": "2021-01-01", "codeLists": {}, "groups": [], "fields": [
    {"name": "eventDate", "kind": "date", "mandatory": true, "transmitted": true,
     "label": {"fr": "Date de l'événement", "nl": "Datum van de gebeurtenis", "de": "Datum des Ereignisses", "en": "Date of the event"}}]}))]
pub struct Dictionary {
    /// Its version; every registration states the version it follows.
    pub version: i32,
    /// The first day it applies.
    pub valid_from: NaiveDate,
    /// The code lists of its fields, by name.
    pub code_lists: BTreeMap<String, Vec<CodeListEntry>>,
    /// Conditions on several fields together.
    pub groups: Vec<Group>,
    /// Its fields, in the order of the form.
    pub fields: Vec<Field>,
}

/// One value of a code list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = DictionaryCode)]
pub struct CodeListEntry {
    /// The code in the data.
    pub code: String,
    /// The text for people.
    pub label: Label,
}

names! {
    /// The form of a field's value.
    FieldKind as "DictionaryFieldKind", growing {
        /// Free text.
        Text = "text",
        /// A maker's number, as printed on the device.
        MakersNumber = "makersNumber",
        /// One code of a list.
        Code = "code",
        /// Several codes of a list, each once.
        Codes = "codes",
        /// A day, yyyy-MM-dd.
        Date = "date",
        /// A whole number.
        Integer = "integer",
        /// A number with decimals, as text.
        Decimal = "decimal",
        /// Yes or no.
        Boolean = "boolean",
        /// An object with fields of its own.
        Object = "object",
        /// A list of objects.
        List = "list",
        /// A physician's NIHDI number.
        NihdiNumber = "nihdiNumber",
        /// A device's UDI-DI.
        UdiDi = "udiDi",
        /// An implant code: ten digits and two check digits.
        ImplantCode = "implantCode",
        /// A nomenclature pair.
        NomenclaturePair = "nomenclaturePair",
        /// A nomenclature code.
        NomenclatureCode = "nomenclatureCode",
        /// The identifier of a registration.
        RegistrationId = "registrationId",
    }
}

impl FieldKind {
    /// Whether any text may be written there.
    #[must_use]
    pub const fn is_free(self) -> bool {
        matches!(self, Self::Text | Self::MakersNumber)
    }
}

/// A field.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DictionaryField, no_recursion)]
pub struct Field {
    /// Its name in a registration's content.
    pub name: String,
    /// The form of its value.
    pub kind: FieldKind,
    /// The code list; for codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub list: Option<String>,
    /// The smallest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub min: Option<i64>,
    /// The greatest number, or the maximum number of characters or entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub max: Option<i64>,
    /// The maximum number of decimals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub decimals: Option<u32>,
    /// The unit of the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unit: Option<String>,
    /// The registration types that have the field; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub types: Option<Vec<RegistrationType>>,
    /// Whether the field is mandatory to submit.
    #[serde(default)]
    #[schema(required = true)]
    pub mandatory: bool,
    /// Mandatory only when the sibling field has this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub when: Option<When>,
    /// Whether the field is sent to Healthdata.
    #[serde(default = "yes")]
    #[schema(required = true)]
    pub transmitted: bool,
    /// The fields of the object, or of each object in the list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub fields: Vec<Field>,
    /// Conditions on several of those fields together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// The text for people.
    pub label: Label,
}

const fn yes() -> bool {
    true
}

/// A condition on a sibling field.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = DictionaryCondition)]
pub struct When {
    /// The sibling field.
    pub field: String,
    /// The value it must have.
    pub equals: String,
}

/// A condition on several fields together.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = DictionaryGroup)]
pub struct Group {
    /// The fields.
    pub fields: Vec<String>,
    /// How many of them are expected.
    pub rule: GroupRule,
    /// The registration types it applies to; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub types: Option<Vec<RegistrationType>>,
}

names! {
    /// How many fields of a group submitting expects.
    GroupRule as "DictionaryGroupRule" {
        /// At least one.
        AtLeastOne = "atLeastOne",
        /// Exactly one.
        ExactlyOne = "exactlyOne",
    }
}

fn holds_for(types: Option<&[RegistrationType]>, registration_type: RegistrationType) -> bool {
    types.is_none_or(|types| types.contains(&registration_type))
}

impl Field {
    /// Whether registrations of the type have the field.
    pub fn applies_to(&self, registration_type: RegistrationType) -> bool {
        holds_for(self.types.as_deref(), registration_type)
    }
}

impl Dictionary {
    /// The codes of a list; none if there is no such list.
    pub fn codes(&self, list: &str) -> impl Iterator<Item = &str> {
        self.code_lists.get(list).into_iter().flatten().map(|entry| entry.code.as_str())
    }

    /// The codes of a field's list, joined for a message.
    pub fn allowed(&self, field: &Field) -> String {
        let codes: Vec<_> = self.codes(field.list.as_deref().unwrap_or_default()).collect();
        codes.join(", ")
    }

    /// CGM-05: a fault for every absent mandatory field and every unmet condition over several fields.
    pub fn missing(&self, registration_type: RegistrationType, content: &Map<String, Value>) -> Vec<Fault> {
        let mut faults = Vec::new();
        missing_in(&self.fields, &self.groups, Some(registration_type), content, "", &mut faults);
        faults
    }

    /// Every text of a content, with its path and its field.
    pub(super) fn texts(&self, content: &Map<String, Value>, each: &mut impl FnMut(&str, &str, &Field)) {
        object_texts(&self.fields, content, "", each);
    }

    /// TRA-01: the content sent to Healthdata, without the fields that never leave the hospital.
    pub fn transmitted(&self, content: &Map<String, Value>) -> Map<String, Value> {
        let kept = |name: &str| self.fields.iter().any(|field| field.name == name && field.transmitted);
        content.iter().filter(|(name, _)| kept(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

fn missing_in(
    fields: &[Field],
    groups: &[Group],
    registration_type: Option<RegistrationType>,
    object: &Map<String, Value>,
    path: &str,
    faults: &mut Vec<Fault>,
) {
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let applies = |types: &Option<Vec<RegistrationType>>| {
        registration_type.is_none_or(|registration_type| holds_for(types.as_deref(), registration_type))
    };
    for field in fields.iter().filter(|field| applies(&field.types)) {
        let here = at(&field.name);
        match object.get(&field.name) {
            None => {
                let asked = field
                    .when
                    .as_ref()
                    .is_none_or(|when| object.get(&when.field).and_then(Value::as_str) == Some(&when.equals));
                if field.mandatory && asked {
                    faults.push(Fault::new(here, Reason::Required, RuleId::Cgm05));
                }
            }
            Some(Value::Object(inner)) => missing_in(&field.fields, &field.groups, None, inner, &here, faults),
            Some(Value::Array(entries)) => {
                if entries.is_empty() && field.mandatory {
                    faults.push(Fault::new(here.clone(), Reason::Required, RuleId::Cgm05));
                }
                for (index, entry) in entries.iter().enumerate() {
                    if let Value::Object(inner) = entry {
                        let here = format!("{here}[{index}]");
                        missing_in(&field.fields, &field.groups, None, inner, &here, faults);
                    }
                }
            }
            Some(_) => {}
        }
    }
    for group in groups.iter().filter(|group| applies(&group.types)) {
        let present = group.fields.iter().filter(|name| object.contains_key(*name)).count();
        let reason = match group.rule {
            GroupRule::AtLeastOne if present == 0 => Reason::AtLeastOneOf,
            GroupRule::ExactlyOne if present != 1 => Reason::ExactlyOneOf,
            _ => continue,
        };
        let first = group.fields.first().map_or("", String::as_str);
        faults.push(Fault::new(at(first), reason, RuleId::Cgm05).with("fields", group.fields.join(", ")));
    }
}

fn object_texts(fields: &[Field], object: &Map<String, Value>, path: &str, each: &mut impl FnMut(&str, &str, &Field)) {
    for field in fields {
        let here = if path.is_empty() { field.name.clone() } else { format!("{path}.{}", field.name) };
        match object.get(&field.name) {
            Some(Value::String(text)) => each(&here, text, field),
            Some(Value::Object(inner)) => object_texts(&field.fields, inner, &here, each),
            Some(Value::Array(entries)) => {
                for (index, entry) in entries.iter().enumerate() {
                    match entry {
                        Value::String(text) => each(&format!("{here}[{index}]"), text, field),
                        Value::Object(inner) => object_texts(&field.fields, inner, &format!("{here}[{index}]"), each),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn missing(registration_type: RegistrationType, value: Value) -> Vec<String> {
        let faults = CURRENT.missing(registration_type, &content(value));
        faults.into_iter().map(|fault| format!("{}:{}", fault.field, fault.reason.code())).collect()
    }

    /// CGM-05: an empty draft is missing every mandatory field of its type, all reported at once.
    #[test]
    fn an_empty_draft_misses_every_mandatory_field_of_its_type() {
        let first = missing(RegistrationType::FirstImplantation, serde_json::json!({}));
        assert_eq!(first.len(), 10, "{first:?}");
        assert!(first.contains(&"devices:required".to_owned()));
        let follow_up = missing(RegistrationType::FollowUp, serde_json::json!({}));
        assert!(follow_up.contains(&"earlierRegistrationId:exactlyOneOf".to_owned()), "{follow_up:?}");
        assert!(!follow_up.contains(&"devices:required".to_owned()));
    }

    /// CGM-05: the arm side is mandatory for a sensor only, and a device needs a lot or a serial number.
    #[test]
    fn conditions_within_a_device_are_asked() {
        let faults = missing(
            RegistrationType::FirstImplantation,
            serde_json::json!({"devices": [{"kind": "sensor"}, {"kind": "transmitter", "serial": "1"}]}),
        );
        assert!(faults.contains(&"devices[0].armSide:required".to_owned()));
        assert!(faults.contains(&"devices[0].lot:atLeastOneOf".to_owned()));
        assert!(!faults.contains(&"devices[1].armSide:required".to_owned()));
        assert!(!faults.contains(&"devices[1].lot:atLeastOneOf".to_owned()));
    }

    /// TRA-01: remark and reference never leave the hospital.
    #[test]
    fn the_remark_is_never_transmitted() {
        let sent = CURRENT.transmitted(&content(serde_json::json!({
            "remark": "x", "hospitalReference": "y", "earlierRegistrationId": "z", "stillInUse": true
        })));
        assert_eq!(Value::Object(sent), serde_json::json!({"stillInUse": true}));
    }

    /// SYS-04: every code list that a field names exists.
    #[test]
    fn every_list_exists() {
        let mut fields: Vec<&Field> = CURRENT.fields.iter().collect();
        while let Some(field) = fields.pop() {
            fields.extend(&field.fields);
            if let Some(list) = &field.list {
                assert!(CURRENT.codes(list).count() > 0, "{list}");
            }
        }
    }
}
