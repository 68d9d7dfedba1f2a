//! Within each crate the dependencies between files have no cycle and never go to a higher layer.
//! `scripts/check-layers.sh` runs this, and checks the dependencies between crates.

mod graph;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
};

use graph::{Arrows, Crate};

/// The layers of each crate, highest first: a module may depend on its own layer and those below.
const LAYERS: [(&str, &[&[&str]]); 4] = [
    (
        "api",
        &[
            &["command"],
            &["server", "worker", "database"],
            &["billing", "registry", "convention", "parties", "notices", "reference"],
            &["http"],
            &["addresses", "config", "nudge", "system", "throttle"],
        ],
    ),
    (
        "persistence",
        &[
            &["billing"],
            &["registry", "convention", "parties", "notices", "outbox", "clock", "migrate", "origin"],
            &["db", "idempotency", "trail"],
            &[
                "answer",
                "constraints",
                "error",
                "keys",
                "mode",
                "owner",
                "page",
                "position",
                "private",
                "scram",
                "sql",
                "tx",
            ],
        ],
    ),
    (
        "paper",
        &[
            &["print"],
            &["blocks", "draw"],
            &["rows", "tables", "pages"],
            &["lines", "piece", "tags"],
            &["document", "font", "look"],
        ],
    ),
    (
        "domain",
        &[
            &["notices"],
            &["billing"],
            &["registry", "convention"],
            &["parties"],
            &["nomenclature", "identifier", "udi", "refusal", "actor", "text"],
            &["rule", "clock", "span", "shift", "ids", "names", "exact", "csv", "amount", "described"],
        ],
    ),
];

/// The shortest cycles of files, each with its dependencies; of cycles that share a file the shortest.
fn circles(arrows: &Arrows) -> Vec<String> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in arrows.keys() {
        next.entry(from).or_default().push(to);
    }
    let mut circles: Vec<Vec<&str>> = next.keys().filter_map(|file| way_round(&next, file)).collect();
    circles.sort_by_key(|circle| circle.len());
    let mut told = BTreeSet::new();
    circles.retain(|circle| {
        circle.iter().all(|file| !told.contains(file)) && circle.iter().all(|file| told.insert(*file))
    });
    let shown = |circle: &Vec<&str>| {
        let on = circle.iter().cycle().skip(1);
        let of_circle = circle.iter().zip(on).map(|(from, to)| ((*from).to_owned(), (*to).to_owned()));
        let lines: String = of_circle.map(|arrow| format!("\n  {}", line((&arrow, &arrows[&arrow])))).collect();
        format!("a circle of {} files:{lines}", circle.len())
    };
    circles.iter().map(shown).collect()
}

/// The shortest path from a file back to itself.
fn way_round<'a>(next: &BTreeMap<&'a str, Vec<&'a str>>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for to in next.get(way.last()?).into_iter().flatten() {
            if *to == start {
                return Some(way);
            }
            if seen.insert(*to) {
                ways.push_back([&way[..], &[*to]].concat());
            }
        }
    }
    None
}

fn line(((from, to), names): (&(String, String), &BTreeSet<String>)) -> String {
    format!("{from} -> {to}: {}", names.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
}

/// The dependencies on a higher layer, and the modules in no layer.
fn climbing(arrows: &Arrows, floors: &[&[&str]]) -> Vec<String> {
    let module = |file: &str| file.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
    let floor = |file: &str| floors.iter().position(|floor| floor.contains(&&*module(file)));
    let homeless = arrows.keys().flat_map(|(from, to)| [from, to]).filter(|file| floor(file).is_none());
    let homeless: BTreeSet<String> = homeless.map(|file| module(file)).filter(|module| module != "lib").collect();
    let up = arrows.iter().filter(|((from, to), _)| floor(to).is_some() && floor(to) < floor(from));
    let up = up.map(|arrow| format!("climbs: {}", line(arrow)));
    up.chain(homeless.iter().map(|module| format!("`{module}` stands on no floor: tests/layers/main.rs"))).collect()
}

#[test]
fn no_cycle_of_files_and_no_dependency_on_a_higher_layer() {
    let mut found = Vec::new();
    for (name, floors) in LAYERS {
        let arrows = Crate::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name).join("src")).arrows();
        let modules = floors.iter().map(|floor| floor.len()).sum::<usize>();
        assert!(arrows.len() > 2 * modules, "{name}: {} arrows", arrows.len());
        let all = circles(&arrows).into_iter().chain(climbing(&arrows, floors));
        found.extend(all.map(|one| format!("{name}: {one}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_way_to_name_a_file_is_seen() {
    let mut files = Crate::default();
    for (path, text) in [
        ("lib.rs", "mod a; mod b; pub mod wing; pub use wing::Shown;"),
        ("a.rs", "use crate::{b::{self, One}, wing::{deep as low}}; fn f() { b::two(); low::three() }"),
        ("b.rs", "pub struct One; pub fn two() -> crate::Shown { crate::wing::deep::three() } // crate::a::f"),
        ("wing/mod.rs", "pub mod deep; mod shown; pub use shown::*;"),
        ("wing/deep.rs", "use super::Shown; pub fn three() { \"crate::b::two\"; super::super::b::two() }"),
        ("wing/shown.rs", "pub struct Shown; #[cfg(test)] mod tests { use crate::a; }"),
    ] {
        files.add(path, text);
    }
    let arrows = files.arrows();
    let shown: Vec<_> = arrows.iter().map(line).collect();
    assert_eq!(
        shown,
        [
            "a.rs -> b.rs: One, b, two",
            "a.rs -> wing/deep.rs: deep, three",
            "b.rs -> wing/deep.rs: three",
            "b.rs -> wing/shown.rs: Shown",
            "wing/deep.rs -> b.rs: two",
            "wing/deep.rs -> wing/shown.rs: Shown",
        ]
    );
    assert_eq!(circles(&arrows), ["a circle of 2 files:\n  b.rs -> wing/deep.rs: three\n  wing/deep.rs -> b.rs: two"]);
    assert_eq!(climbing(&arrows, &[&["a", "wing"], &["b"]]).len(), 2);
    assert_eq!(climbing(&arrows, &[&["a"], &["b", "wing"]]), [] as [&str; 0]);
    assert_eq!(climbing(&arrows, &[&["b", "wing"]]), ["`a` stands on no floor: tests/layers/main.rs"]);
}
