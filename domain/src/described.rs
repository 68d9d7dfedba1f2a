//! How lists of names and checked texts describe themselves in the contract
//! (docs/decisions/0030-the-domain-describes-itself.md).

use utoipa::openapi::{
    Object, ObjectBuilder, RefOr, Schema, SchemaFormat, extensions::ExtensionsBuilder, schema::Type,
};

/// Gives a type its schema in the contract, under its own name or under another.
macro_rules! described {
    ($type:ty $(as $shown:literal)? = $schema:expr;) => {
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $schema
            }
        }

        impl utoipa::ToSchema for $type {
            $(fn name() -> std::borrow::Cow<'static, str> {
                $shown.into()
            })?
        }
    };
}
pub(crate) use described;

/// A doc comment on one line.
fn line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn string(description: String) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

fn finished(object: impl Into<Object>) -> RefOr<Schema> {
    RefOr::T(Schema::Object(object.into()))
}

/// The schema of a list of names, each with its doc comment. A growing list is no `enum`: generated clients would refuse a
/// later value.
pub(crate) fn list(doc: &str, values: &[(&str, &str)], growing: bool) -> RefOr<Schema> {
    let each = values.iter().map(|(name, doc)| format!("\n- `{name}`: {}", line(doc)));
    let described = string(format!("{}\n{}", line(doc), each.collect::<String>()));
    let names = values.iter().map(|(name, _)| *name);
    if growing {
        let names: Vec<_> = names.collect();
        finished(described.extensions(Some(ExtensionsBuilder::new().add("x-extensible-enum", names).build())))
    } else {
        finished(described.enum_values(Some(names)))
    }
}

/// The schema of a text of one form.
pub(crate) fn text(doc: &str, pattern: &str) -> RefOr<Schema> {
    finished(string(line(doc)).pattern(Some(pattern)))
}

/// The schema of a number with at most so many decimals, written as text.
pub(crate) fn decimal(doc: &str, decimals: u32) -> RefOr<Schema> {
    let doc = format!("{doc} Digits, with at most {decimals} decimals after a point.");
    let pattern = format!(r"^[0-9]{{1,9}}(\.[0-9]{{1,{decimals}}})?$");
    finished(string(doc).pattern(Some(pattern)).format(Some(SchemaFormat::Custom("number".to_owned()))))
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, string::string_regex};
    use serde_json::{Value, json};
    use utoipa::PartialSchema;

    use crate::{
        convention::number::{ConventionNumber, PumpConventionNumber},
        identifier::{HospitalNumber, IdentifierError, InsurerNumber, NihdiNumber},
        names::Setting,
        nomenclature::NomenclatureCode,
        parties::{
            affiliation::EntitlementCode,
            beneficiary::{IdentificationCode, IdentificationCodeError, NationalNumber, NationalNumberError},
        },
        registry::{
            counter::CounterId,
            registration::code::{RegistrationCode, RegistrationCodeError},
        },
    };

    fn schema<T: PartialSchema>() -> Value {
        serde_json::to_value(T::schema()).unwrap()
    }

    fn texts<T: PartialSchema>() -> impl Strategy<Value = String> {
        string_regex(schema::<T>()["pattern"].as_str().unwrap().trim_matches(['^', '$'])).unwrap()
    }

    /// SYS-04: a list of names says what it is, what each name means, and whether later versions may add one.
    #[test]
    fn a_list_tells_its_values() {
        let text = "The setting of an implantation or replacement; each code of a nomenclature pair is for one setting \
            (CNT-01).\n\n- `ambulatory`: Ambulatory care: the first code of the pair.\n- `hospitalised`: Hospitalisation: \
            the second code of the pair.";
        assert_eq!(
            schema::<Setting>(),
            json!({"type": "string", "description": text, "enum": ["ambulatory", "hospitalised"]})
        );
        let growing = schema::<crate::notices::webhook::EventType>();
        assert!(growing.get("enum").is_none());
        assert!(growing["x-extensible-enum"].as_array().unwrap().contains(&json!("be.insula.webhook.test")));
    }

    proptest! {
        /// SYS-04: a text of the published pattern is never refused for its form.
        #[test]
        fn a_pattern_is_the_form_that_is_read(
            hospital in texts::<HospitalNumber>(),
            nihdi in texts::<NihdiNumber>(),
            insurer in texts::<InsurerNumber>(),
            entitlement in texts::<EntitlementCode>(),
            convention in texts::<ConventionNumber>(),
            pump in texts::<PumpConventionNumber>(),
            code in texts::<RegistrationCode>(),
            person in texts::<IdentificationCode>(),
            national in texts::<NationalNumber>(),
            nomenclature in texts::<NomenclatureCode>(),
            counter in texts::<CounterId>(),
        ) {
            prop_assert_ne!(HospitalNumber::parse(&hospital), Err(IdentifierError::Format));
            prop_assert_ne!(NihdiNumber::parse(&nihdi), Err(IdentifierError::Format));
            prop_assert!(InsurerNumber::parse(&insurer).is_ok());
            prop_assert!(EntitlementCode::parse(&entitlement).is_ok());
            prop_assert!(ConventionNumber::of_any_kind(&convention).is_ok());
            prop_assert!(PumpConventionNumber::parse(&pump).is_ok());
            prop_assert!(matches!(RegistrationCode::parse(&code), Ok(_) | Err(RegistrationCodeError::CheckDigits)));
            prop_assert_ne!(IdentificationCode::parse(&person), Err(IdentificationCodeError::Format));
            prop_assert_ne!(NationalNumber::parse(&national).err(), Some(NationalNumberError::NotElevenDigits));
            prop_assert_ne!(NomenclatureCode::parse(&nomenclature), Err(IdentifierError::Format));
            prop_assert!(counter.parse::<CounterId>().is_ok());
        }
    }
}
