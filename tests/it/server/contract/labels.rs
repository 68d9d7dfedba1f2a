//! The labels of what the contract names.

use std::collections::{BTreeMap, BTreeSet};

use insula_api::{
    http::language::{Language, labels},
    server::contract,
};
use insula_domain::{
    nomenclature::{PAIR_A, PAIR_B},
    registry::registration::dictionary::{CURRENT, Field},
    rule::RuleId,
};
use serde_json::Value;

/// Names that only programs read: they have no place on a form.
const OF_PROGRAMS: [&str; 12] = [
    "after",
    "eventTypes",
    "file",
    "format",
    "href",
    "id",
    "knownAt",
    "mode",
    "pageSize",
    "problemCode",
    "type",
    "version",
];

/// Lists whose values are names of the contract.
const LISTS_OF_PROGRAMS: [&str; 2] = ["StatisticsDimension", "WebhookEventType"];

/// SYS-04: every field that a request can have, every value of a list in it, every rule, and the pairs and unions have a
/// label in the four languages.
#[test]
fn every_field_and_value_has_a_label() {
    let document = contract::document();
    let (mut fields, mut lists) = (BTreeSet::new(), BTreeMap::new());
    for operation in document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
    {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] != "header" {
                fields.insert(parameter["name"].as_str().unwrap().to_owned());
                collect(document, &parameter["schema"], &mut fields, &mut lists);
            }
        }
        for media in operation["requestBody"]["content"].as_object().into_iter().flat_map(|content| content.values()) {
            collect(document, &media["schema"], &mut fields, &mut lists);
        }
    }
    let mut in_dictionary = BTreeSet::new();
    names(&CURRENT.fields, &mut in_dictionary);
    let missing = |language: Language| {
        let known = labels(language);
        let fields = fields
            .iter()
            .filter(|name| !in_dictionary.contains(name.as_str()) && !OF_PROGRAMS.contains(&name.as_str()));
        let fields = fields.filter(|name| !known.field.contains_key(*name)).cloned();
        let lists = lists.iter().filter(|(list, _)| !LISTS_OF_PROGRAMS.contains(&list.as_str()));
        let values = lists.flat_map(|(list, values)| values.iter().map(move |value| (list, value)));
        let values =
            values.filter(|(list, value)| known.value.get(*list).is_none_or(|list| !list.contains_key(*value)));
        fields.chain(values.map(|(list, value)| format!("{list}.{value}"))).collect::<Vec<_>>()
    };
    for language in Language::ALL {
        assert_eq!(missing(*language), [""; 0], "{language:?}");
        let keys = |language| {
            let known = labels(language);
            (known.field.keys().collect::<Vec<_>>(), known.value.keys().collect::<Vec<_>>())
        };
        assert_eq!(keys(*language), keys(Language::En), "{language:?}");
        let known = labels(*language);
        let rules: BTreeSet<_> = RuleId::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(known.rule.keys().map(String::as_str).collect::<BTreeSet<_>>(), rules, "{language:?}");
        assert_eq!(known.pair.keys().collect::<Vec<_>>(), [PAIR_A, PAIR_B], "{language:?}");
        assert_eq!(
            known.union.keys().collect::<Vec<_>>(),
            ["100", "200", "300", "400", "500", "600", "900"],
            "{language:?}"
        );
        let all = [&known.rule, &known.pair, &known.union].map(|labels| labels.values());
        assert!(all.into_iter().flatten().all(|label| !label.is_empty()), "{language:?}");
    }
}

/// The names of a schema's members, and the lists it refers to.
fn collect(document: &Value, schema: &Value, fields: &mut BTreeSet<String>, lists: &mut BTreeMap<String, Vec<String>>) {
    if let Some(target) = schema["$ref"].as_str() {
        let (name, schema) = (target.rsplit('/').next().unwrap(), document.pointer(&target[1..]).unwrap());
        let values = schema["enum"].as_array().or(schema["x-extensible-enum"].as_array());
        if let Some(values) = values {
            let values = values.iter().map(|value| value.as_str().unwrap().to_owned());
            lists.insert(name.to_owned(), values.collect());
        }
        return collect(document, schema, fields, lists);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        fields.insert(name.clone());
        collect(document, member, fields, lists);
    }
    let parts = ["allOf", "oneOf"].into_iter().filter_map(|keyword| schema[keyword].as_array()).flatten();
    parts.chain(schema.get("items")).for_each(|part| collect(document, part, fields, lists));
}

fn names<'a>(fields: &'a [Field], found: &mut BTreeSet<&'a str>) {
    for field in fields {
        found.insert(field.name.as_str());
        names(&field.fields, found);
    }
}
