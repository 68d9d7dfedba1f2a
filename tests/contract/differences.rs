//! What breaks a client that was made from an earlier contract.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value;

/// Something that a client relied upon and that no longer holds.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Breach {
    /// The operation or the component that it is about.
    pub subject: String,
    /// What no longer holds.
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`: {}", self.subject, self.what)
    }
}

/// Who writes what a schema describes: what a client sends must stay allowed, what it reads must stay as it was.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Way {
    Sent,
    Read,
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    breaches: BTreeSet<Breach>,
    /// Components already compared, each way.
    compared: BTreeSet<(String, Way)>,
}

/// Everything in `new` that breaks a client made from `old`, without what only adds to it. A renamed operation or
/// component breaks: generated clients name their functions and types after them.
pub fn breaches(old: &Value, new: &Value) -> BTreeSet<Breach> {
    let mut comparison = Comparison { old, new, breaches: BTreeSet::new(), compared: BTreeSet::new() };
    let components = |document: &Value| names(&document["components"]["schemas"]);
    for lost in components(old).difference(&components(new)) {
        comparison.says(lost, "is no longer a component");
    }
    if old["servers"] != new["servers"] {
        comparison.says("servers", format!("was {} and is {}", old["servers"], new["servers"]));
    }
    for (path, item) in members(&old["paths"]) {
        for (method, operation) in members(item) {
            let id = text(&operation["operationId"]);
            match new["paths"][path].get(method) {
                Some(now) => comparison.operation(id, operation, now),
                None => comparison.says(id, format!("{} {path} is gone", method.to_uppercase())),
            }
        }
    }
    comparison.breaches
}

impl<'a> Comparison<'a> {
    fn says(&mut self, subject: &str, what: impl Into<String>) {
        self.breaches.insert(Breach { subject: subject.to_owned(), what: what.into() });
    }

    /// Says which names the later list lacks.
    fn lost(&mut self, subject: &str, what: &str, old: &BTreeSet<String>, new: &BTreeSet<String>) {
        for lost in old.difference(new) {
            self.says(subject, format!("{what} {lost} is gone"));
        }
    }

    fn operation(&mut self, id: &str, old: &'a Value, new: &'a Value) {
        for key in ["operationId", "tags", "x-scope", "security"] {
            if old[key] != new[key] {
                self.says(id, format!("{key} was {} and is {}", old[key], new[key]));
            }
        }
        self.lost(id, "role", &texts(&old["x-roles"]), &texts(&new["x-roles"]));
        self.parameters(id, old, new);
        self.body(id, &old["requestBody"], &new["requestBody"], Way::Sent);
        self.answers(id, &old["responses"], &new["responses"]);
        for (name, expressions) in members(&old["callbacks"]) {
            for (expression, item) in members(expressions) {
                for (method, call) in members(item) {
                    let now = &new["callbacks"][name][expression][method];
                    self.body(id, &call["requestBody"], &now["requestBody"], Way::Read);
                }
            }
        }
    }

    fn parameters(&mut self, id: &str, old: &'a Value, new: &'a Value) {
        let by_name = |operation: &'a Value| -> BTreeMap<String, &'a Value> {
            let list = operation["parameters"].as_array().into_iter().flatten();
            list.map(|one| (format!("{} {}", text(&one["in"]), text(&one["name"])), one)).collect()
        };
        let (old, new) = (by_name(old), by_name(new));
        for (name, parameter) in &new {
            let before = old.get(name);
            if parameter["required"] == true && before.is_none_or(|before| before["required"] != true) {
                self.says(id, format!("the parameter in {name} is now required"));
            }
            if let Some(before) = before {
                self.schema(
                    id,
                    &format!("the parameter in {name}"),
                    &before["schema"],
                    &parameter["schema"],
                    Way::Sent,
                );
            }
        }
        for gone in old.keys().filter(|name| !new.contains_key(*name)) {
            self.says(id, format!("the parameter in {gone} is gone"));
        }
    }

    fn body(&mut self, id: &str, old: &'a Value, new: &'a Value, way: Way) {
        if way == Way::Sent && new["required"] == true && old["required"] != true {
            self.says(id, "its body is now required");
        }
        self.contents(id, "its body", &old["content"], &new["content"], way);
    }

    fn answers(&mut self, id: &str, old: &'a Value, new: &'a Value) {
        let successes = |answers: &'a Value| -> BTreeSet<String> {
            names(answers).into_iter().filter(|status| status.starts_with('2')).collect()
        };
        let (before, now) = (successes(old), successes(new));
        self.lost(id, "the answer", &before, &now);
        for added in now.difference(&before) {
            self.says(id, format!("the answer {added} is new"));
        }
        for status in before.intersection(&now) {
            let (old, new) = (&old[status], &new[status]);
            self.lost(id, "the header", &names(&old["headers"]), &names(&new["headers"]));
            self.contents(id, &format!("the answer {status}"), &old["content"], &new["content"], Way::Read);
        }
    }

    fn contents(&mut self, id: &str, at: &str, old: &'a Value, new: &'a Value, way: Way) {
        self.lost(id, &format!("{at} in"), &names(old), &names(new));
        for (media, content) in members(old) {
            if let Some(now) = new.get(media) {
                self.schema(id, at, &content["schema"], &now["schema"], way);
            }
        }
    }

    /// Compares two schemas; `at` says where they stand in the subject.
    fn schema(&mut self, subject: &str, at: &str, old: &'a Value, new: &'a Value, way: Way) {
        let ((old_name, old), (new_name, new)) = (resolve(self.old, old), resolve(self.new, new));
        if old_name != new_name {
            let shown = |name: Option<&str>| name.unwrap_or("no component").to_owned();
            self.says(subject, format!("{at} was {} and is {}", shown(old_name), shown(new_name)));
        }
        match new_name {
            Some(name) if !self.compared.insert((name.to_owned(), way)) => {}
            Some(name) => self.parts(name, "it", old, new, way),
            None => self.parts(subject, at, old, new, way),
        }
    }

    fn parts(&mut self, subject: &str, at: &str, old: &'a Value, new: &'a Value, way: Way) {
        for key in ["type", "format", "uniqueItems", "multipleOf"] {
            if old.get(key) != new.get(key) {
                self.says(subject, format!("{key} of {at} was {} and is {}", old[key], new[key]));
            }
        }
        if old["discriminator"]["propertyName"] != new["discriminator"]["propertyName"] {
            self.says(subject, format!("{at} is told apart by another property"));
        }
        self.values(subject, at, old, new, way);
        self.bounds(subject, at, old, new, way);
        self.variants(subject, at, old, new, way);
        self.properties(subject, at, old, new, way);
        for key in ["items", "additionalProperties"] {
            if old[key].is_object() && new[key].is_object() {
                self.schema(subject, &format!("an item of {at}"), &old[key], &new[key], way);
            }
        }
    }

    /// Which values are allowed: a list is closed (`enum`) or may grow (`x-extensible-enum`).
    fn values(&mut self, subject: &str, at: &str, old: &Value, new: &Value, way: Way) {
        let null = |schema: &Value| schema["nullable"] == true;
        match way {
            Way::Sent if null(old) && !null(new) => self.says(subject, format!("{at} may no longer be null")),
            Way::Read if null(new) && !null(old) => self.says(subject, format!("{at} may now be null")),
            _ => {}
        }
        let (closed_before, closed_now) = (!old["enum"].is_null(), !new["enum"].is_null());
        let list = |schema: &Value| -> BTreeSet<String> {
            ["enum", "x-extensible-enum"].iter().flat_map(|key| texts(&schema[*key])).collect()
        };
        let (before, now) = (list(old), list(new));
        match way {
            Way::Sent if closed_now && before.is_empty() => self.says(subject, format!("{at} is now a closed list")),
            Way::Sent => self.lost(subject, &format!("{at} as"), &before, &now),
            Way::Read if closed_before && !closed_now => {
                self.says(subject, format!("{at} is no longer a closed list"));
            }
            Way::Read if closed_before => {
                for added in now.difference(&before) {
                    self.says(subject, format!("{at} may now be {added}"));
                }
            }
            Way::Read => {}
        }
    }

    /// What a client sends must stay within bounds. Wider bounds of what it reads are no breach: they are no promise.
    fn bounds(&mut self, subject: &str, at: &str, old: &Value, new: &Value, way: Way) {
        if way == Way::Read {
            return;
        }
        let narrower = |key: &str, is_narrower: fn(f64, f64) -> bool| {
            new[key].as_f64().is_some_and(|now| old[key].as_f64().is_none_or(|before| is_narrower(now, before)))
        };
        let lower = ["minimum", "minLength", "minItems"].map(|key| (key, narrower(key, |now, before| now > before)));
        let upper = ["maximum", "maxLength", "maxItems"].map(|key| (key, narrower(key, |now, before| now < before)));
        let pattern = ("pattern", !new["pattern"].is_null() && old["pattern"] != new["pattern"]);
        for (key, _) in lower.into_iter().chain(upper).chain([pattern]).filter(|(_, narrower)| *narrower) {
            self.says(subject, format!("{key} of {at} was {} and is {}", old[key], new[key]));
        }
    }

    fn variants(&mut self, subject: &str, at: &str, old: &'a Value, new: &'a Value, way: Way) {
        for key in ["oneOf", "anyOf", "allOf"] {
            let by_name = |schema: &'a Value| -> BTreeMap<String, &'a Value> {
                let list = schema[key].as_array().into_iter().flatten();
                list.enumerate()
                    .map(|(index, one)| (one["$ref"].as_str().map_or(index.to_string(), str::to_owned), one))
                    .collect()
            };
            let (old, new) = (by_name(old), by_name(new));
            let [before, now] = [&old, &new].map(|variants| variants.keys().cloned().collect::<BTreeSet<_>>());
            let (fewer, more) = (key == "allOf" || way == Way::Sent, key == "allOf" || way == Way::Read);
            if fewer || now.is_empty() {
                self.lost(subject, &format!("{key} of {at}:"), &before, &now);
            }
            if more || before.is_empty() {
                for added in now.difference(&before) {
                    self.says(subject, format!("{key} of {at}: {added} is new"));
                }
            }
            for (name, one) in &old {
                if let Some(now) = new.get(name) {
                    self.schema(subject, at, one, now, way);
                }
            }
        }
    }

    fn properties(&mut self, subject: &str, at: &str, old: &'a Value, new: &'a Value, way: Way) {
        self.lost(subject, "the property", &names(&old["properties"]), &names(&new["properties"]));
        let (before, now) = (texts(&old["required"]), texts(&new["required"]));
        match way {
            Way::Sent => {
                for name in now.difference(&before) {
                    self.says(subject, format!("the property {name} is now required"));
                }
            }
            Way::Read => {
                for name in before.difference(&now).filter(|name| new["properties"].get(name.as_str()).is_some()) {
                    self.says(subject, format!("the property {name} may now be missing"));
                }
            }
        }
        for (name, property) in members(&old["properties"]) {
            if let Some(now) = new["properties"].get(name) {
                let at = if at == "it" { name.to_owned() } else { format!("{name} in {at}") };
                self.schema(subject, &at, property, now, way);
            }
        }
    }
}

/// The schema that is meant, and its name if it is a component. A reference with a description of its own is wrapped in
/// `allOf` in OpenAPI 3.0.
fn resolve<'a>(document: &'a Value, mut schema: &'a Value) -> (Option<&'a str>, &'a Value) {
    if let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice)
        && schema["nullable"] != true
    {
        schema = only;
    }
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/components/schemas/")) {
        Some(name) => (Some(name), &document["components"]["schemas"][name]),
        None => (None, schema),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn names(value: &Value) -> BTreeSet<String> {
    members(value).map(|(name, _)| name.to_owned()).collect()
}

fn texts(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().map(|one| text(one).to_owned()).collect()
}
