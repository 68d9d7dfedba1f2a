//! The rules named by the tests.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use insula_domain::rule::RuleId;

/// A test and the rules in its doc comment.
struct Named {
    file: PathBuf,
    line: usize,
    rules: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every test in a folder of the repository.
fn tests(folder: &Path, found: &mut Vec<Named>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let lines: Vec<_> = text.lines().map(str::trim).collect();
            for (at, _) in lines.iter().enumerate().filter(|(_, line)| is_test(line)) {
                let above = lines[..at].iter().rev().take_while(|line| line.starts_with("///"));
                let rules = above.flat_map(|line| rules_in(line)).collect();
                found.push(Named { file: path.clone(), line: at + 1, rules });
            }
        }
    }
}

fn is_test(line: &str) -> bool {
    ["#[test]", "#[rstest]", "#[actix_web::test]", "#[tokio::test]", "#[tokio::test("]
        .iter()
        .any(|test| line.starts_with(test))
}

/// Three capitals, a hyphen and two digits, not part of a longer identifier (`M-ACL-001`).
fn rules_in(line: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    line.split(|c: char| !is_part(c)).filter(|word| is_rule(word)).map(str::to_owned).collect()
}

fn is_rule(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() == 6
        && bytes[..3].iter().all(u8::is_ascii_uppercase)
        && bytes[3] == b'-'
        && bytes[4..].iter().all(u8::is_ascii_digit)
}

fn all_tests() -> Vec<Named> {
    let mut found = Vec::new();
    for folder in ["domain", "persistence", "api", "tests"] {
        tests(&root().join(folder), &mut found);
    }
    assert!(found.len() > 100, "{} tests", found.len());
    found
}

/// SYS-04: `uncovered-rules.txt` lists exactly the rules that no test names: it may only shrink.
#[test]
fn the_rules_that_no_test_names_are_listed() {
    let named: BTreeSet<_> = all_tests().into_iter().flat_map(|test| test.rules).collect();
    let uncovered = RuleId::ALL.iter().map(|rule| rule.id()).filter(|id| !named.contains(*id));
    let uncovered: String = uncovered.map(|id| format!("{id}\n")).collect();
    let listed = fs::read_to_string(root().join("tests/it/reference/uncovered-rules.txt")).unwrap();
    assert_eq!(listed, uncovered, "tests/it/reference/uncovered-rules.txt shall be:\n{uncovered}");
}

/// SYS-04: tests name only existing rules, and every integration test names one.
#[test]
fn tests_name_rules_that_exist() {
    for test in all_tests() {
        let at = format!("{}:{}", test.file.display(), test.line);
        for rule in &test.rules {
            assert!(rule.parse::<RuleId>().is_ok(), "{at} names {rule}, which is no rule");
        }
        let is_integration = test.file.starts_with(root().join("tests/it"));
        assert!(!is_integration || !test.rules.is_empty(), "{at} names no rule");
    }
}
