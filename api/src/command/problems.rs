//! `insula problems`: every problem, fault and verdict of the API, as the tables of `docs/problems.md`.

use std::collections::BTreeMap;

use insula_domain::{
    refusal::{Fault, Reason},
    rule::RuleId,
};

use crate::{
    http::{
        issue::issue,
        language::{Language, texts},
        problem::{ALL, InputPlace},
    },
    reference::rules_of_problems,
};

/// The three tables, in English.
pub fn as_markdown() -> String {
    let texts = texts(Language::En);
    let (mut text, rules) = (String::from("## Problems\n\n"), rules_of_problems());
    text.push_str("| `type` | status | rule | `title` | `detail` |\n|---|---|---|---|---|\n");
    for one in ALL {
        let (kind, status, title) = (one.uri(), one.status.as_u16(), one.title);
        let rule = rules.get(&kind).map_or("", |rule| rule.id());
        let detail = texts.problem.get(one.code).map_or("", String::as_str);
        text.push_str(&format!("| `{kind}` | {status} | {rule} | {title} | {detail} |\n"));
    }
    text.push_str("\n## Faults\n\n| `code` | `type` | `detail` |\n|---|---|---|\n");
    for reason in Reason::ALL {
        // The rule differs between faults of one reason, so the table leaves it out.
        let shown = issue(InputPlace::Body, &Fault::new("", *reason, RuleId::Sys04), Language::En);
        let kind = shown.kind.trim_start_matches("urn:problem-type:");
        let detail = texts.reason.get(reason.code()).map_or("", String::as_str);
        text.push_str(&format!("| `{}` | `{kind}` | {detail} |\n", reason.code()));
    }
    text.push_str("\n## Verdicts on a registration code\n\n| `code` | `detail` |\n|---|---|\n");
    for (code, detail) in texts.verdict.iter().collect::<BTreeMap<_, _>>() {
        text.push_str(&format!("| `{code}` | {detail} |\n"));
    }
    text
}
