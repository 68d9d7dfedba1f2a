//! The labels of fields, values, rules, pairs and unions.

use std::sync::LazyLock;

use actix_web::{HttpResponse, get};
use insula_domain::{
    names::Language,
    registry::registration::dictionary::{CodeListEntry, Label},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::cacheable;
use crate::http::{
    caller::Caller,
    language::{Labels, labels},
    parameters::IfNoneMatch,
    problem::ApiError,
};

/// What people call the fields of requests and the values of lists, in four languages. The dictionary has those of the
/// content of a registration.
#[derive(Serialize, ToSchema)]
#[schema(as = LabelDocument)]
pub struct LabelDocument {
    /// The fields, by name.
    pub fields: Vec<CodeListEntry>,
    /// The lists, by the name of their schema.
    pub lists: Vec<LabelledList>,
    /// The rules, by identifier.
    pub rules: Vec<CodeListEntry>,
    /// The pairs of nomenclature codes that the texts describe.
    pub pairs: Vec<CodeListEntry>,
    /// The unions of insurers, by number: an insurer belongs to the union whose number begins with the same digit.
    pub unions: Vec<CodeListEntry>,
}

/// A list of names with their labels.
#[derive(Serialize, ToSchema)]
pub struct LabelledList {
    /// The name of the list's schema in the contract.
    pub name: String,
    /// Its values.
    pub values: Vec<CodeListEntry>,
}

static DOCUMENT: LazyLock<LabelDocument> = LazyLock::new(|| {
    let entry = |code: &String, text: &dyn Fn(&'static Labels) -> Option<&'static String>| {
        let of = |language| text(labels(language)).cloned().unwrap_or_default();
        let label = Label { fr: of(Language::Fr), nl: of(Language::Nl), de: of(Language::De), en: of(Language::En) };
        CodeListEntry { code: code.clone(), label }
    };
    let known = labels(Language::En);
    let fields = known.field.keys().map(|name| entry(name, &|labels| labels.field.get(name)));
    let lists = known.value.iter().map(|(list, values)| {
        let values = values.keys().map(|value| entry(value, &|labels| labels.value.get(list)?.get(value)));
        LabelledList { name: list.clone(), values: values.collect() }
    });
    let rules = known.rule.keys().map(|rule| entry(rule, &|labels| labels.rule.get(rule)));
    let pairs = known.pair.keys().map(|pair| entry(pair, &|labels| labels.pair.get(pair)));
    let unions = known.union.keys().map(|union| entry(union, &|labels| labels.union.get(union)));
    LabelDocument {
        fields: fields.collect(),
        lists: lists.collect(),
        rules: rules.collect(),
        pairs: pairs.collect(),
        unions: unions.collect(),
    }
});

/// Get labels.
///
/// What stands on a form beside each field of a request, for each value of a list, each rule, pair of nomenclature codes
/// and union of insurers, in French, Dutch, German and English. Messages about a field use the same labels (SYS-04).
#[utoipa::path(
    tag = "Reference data",
    operation_id = "getLabels",
    params(IfNoneMatch),
    responses((status = 200, description = "The labels.", body = LabelDocument))
)]
#[get("/refData/labels")]
pub async fn get_labels(caller: Caller) -> Result<HttpResponse, ApiError> {
    Ok(cacheable(&caller, &*DOCUMENT))
}
