use insula_domain::exact::Exact;
use serde_json::{Map, Value, json};

use super::*;
use crate::http::problem::ApiError;
use insula_domain::{
    refusal::{Fault, Reason},
    rule::RuleId,
};

fn members(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

fn said(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| format!("{}:{}", fault.field, fault.reason.code())).collect()
}

/// Reads a body and returns its faults; none when it has values.
fn faults<T>(body: &Value, read: impl FnOnce(&mut Reader) -> Field<T>) -> Vec<String> {
    let mut reader = Reader::new(members(body));
    let field = read(&mut reader);
    match reader.end() {
        Ok(done) => {
            done.take(field);
            Vec::new()
        }
        Err(faults) => said(&faults),
    }
}

fn query_faults<T>(query: &str, read: impl FnOnce(&mut Query) -> Field<T>) -> Vec<String> {
    let mut query = Query::of(query).unwrap();
    let field = read(&mut query);
    match query.finish() {
        Ok(done) => {
            done.take(field);
            Vec::new()
        }
        Err(ApiError::Faulty(faults)) => said(&faults.into_iter().map(|(_, fault)| fault).collect::<Vec<_>>()),
        Err(other) => panic!("{other}"),
    }
}

/// Whether the field read by a method has a value.
type Method = fn(&mut Reader) -> bool;

fn has<T>(field: &Field<T>) -> bool {
    field.known().is_some()
}

const COLOURS: [(&str, u8); 2] = [("red", 1), ("blue", 2)];

fn colour(number: u8) -> &'static str {
    COLOURS.iter().find(|(_, one)| *one == number).unwrap().0
}

const MANDATORY: [(&str, Method); 11] = [
    ("text", |r| has(&r.required_text("x", 5))),
    ("parsed", |r| has(&r.required_parsed("x", Reason::NotATime, |text| text.parse::<u8>().ok()))),
    ("date", |r| has(&r.required_date("x"))),
    ("person", |r| has(&r.required_person("x"))),
    ("one of", |r| has(&r.required_one_of("x", &[1, 2], colour))),
    ("some of", |r| has(&r.some_of("x", &COLOURS))),
    ("some uuids", |r| has(&r.some_uuids("x", 2))),
    ("some objects", |r| has(&r.some_objects("x", 2, |each| each.required_text("y", 5)))),
    ("decimal", |r| has(&r.required_decimal("x", 10))),
    ("whole", |r| has(&r.required_integer("x", 1..=10))),
    ("pair", |r| has(&r.required_pair("x", Reason::NotATime, |text| text.parse::<u8>().ok()))),
];

const OPTIONAL: [(&str, Method); 17] = [
    ("text", |r| has(&r.text("x", 5))),
    ("parsed", |r| has(&r.parsed("x", Reason::NotATime, |text| text.parse::<u8>().ok()))),
    ("date", |r| has(&r.date("x"))),
    ("uuid", |r| has(&r.uuid("x"))),
    ("person", |r| has(&r.person("x"))),
    ("one of", |r| has(&r.one_of("x", &[1, 2], colour))),
    ("any of", |r| has(&r.any_of("x", &COLOURS))),
    ("flag", |r| has(&r.flag("x"))),
    ("decimal", |r| has(&r.decimal("x", 10))),
    ("decimals", |r| has(&r.decimals("x", 2, 10))),
    ("whole", |r| has(&r.integer("x", 0..=10))),
    ("persons", |r| has(&r.persons("x", 2))),
    ("texts", |r| has(&r.texts("x", 2, 5))),
    ("pair", |r| has(&r.pair("x", Reason::NotATime, |text| text.parse::<u8>().ok()))),
    ("object", |r| has(&r.object("x"))),
    ("objects", |r| has(&r.objects("x", 2, |each| each.required_text("y", 5)))),
    ("part", |r| has(&r.part("x", |part| part.required_text("y", 5)))),
];

/// SYS-04: whatever is sent under a name, the field has a value or a fault, so that nothing is stored instead. An
/// absent mandatory member has a fault as well (STF-12).
#[test]
fn what_has_no_value_has_a_fault() {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(7),
        json!(-1),
        json!(1.5),
        json!(1.23456),
        json!(1e300),
        json!(1e-300),
        json!(11),
        json!(""),
        json!("7"),
        json!("red"),
        json!("2026-02-28"),
        json!("2026-02-30"),
        json!("a long text"),
        json!("85073003328"),
        json!("0198c1de-6d11-7c05-8f00-5b1f7a9e2c44"),
        json!("\u{202e}"),
        json!([]),
        json!(["red"]),
        json!(["red", "red"]),
        json!(["red", "green"]),
        json!(["1", "2"]),
        json!(["1"]),
        json!(["1", "x"]),
        json!(["1", 2]),
        json!(["1", "2", "3"]),
        json!([1, 2]),
        json!([1, 2, 3]),
        json!([null]),
        json!([{}]),
        json!([{"y": "a"}]),
        json!([{"y": "a", "z": 1}]),
        json!([{"y": "a"}, {"y": 1}]),
        json!({}),
        json!({"y": "a"}),
        json!({"y": 1}),
        json!({"y": "a", "z": 1}),
    ];
    let (mut with, mut without) = (0, 0);
    for (name, method) in MANDATORY.iter().chain(&OPTIONAL) {
        for value in &values {
            let body = json!({"x": value});
            let mut reader = Reader::new(members(&body));
            let has_value = method(&mut reader);
            assert_eq!(has_value, reader.end().is_ok(), "{name} of {value}");
            if has_value { with += 1 } else { without += 1 }
        }
    }
    assert!(with > 50 && without > 500, "{with} {without}");
    let empty = json!({});
    for (name, method) in MANDATORY {
        let mut reader = Reader::new(members(&empty));
        assert!(!method(&mut reader), "{name}");
        assert_eq!(said(&reader.end().unwrap_err()), ["x:required"], "{name}");
    }
    for (name, method) in OPTIONAL {
        let mut reader = Reader::new(members(&empty));
        assert!(method(&mut reader) && reader.end().is_ok(), "{name}");
    }
}

/// SYS-04: a finished reading gives the values as sent, and the defaults of absent ones.
#[test]
fn a_finished_reading_gives_its_values() {
    let body = json!({"from": "2026-01-01", "fte": "0.25", "active": false, "names": ["blue", "red"], "pair": ["1", "2"],
        "part": {"from": "2025-01-01"}, "parts": [{"from": "2024-01-01"}, {"from": "2023-01-01"}]});
    let mut reader = Reader::new(members(&body));
    let (from, to) = (reader.required_date("from"), reader.date("to"));
    let fte = reader.required_decimal("fte", 10);
    let active = reader.boolean("active").or(true);
    let other = reader.boolean("other").or(true);
    let names = reader.some_of("names", &COLOURS);
    let pair = reader.pair("pair", Reason::NotATime, |text| text.parse::<u8>().ok());
    let part = reader.part("part", |part| part.required_date("from"));
    let parts = reader.objects("parts", 2, |each| each.required_date("from"));
    let minutes = reader.integer("minutes", 0..=5).or_default();
    assert_eq!((to.given(), to.is_given(), from.known()), (None, false, Some(&"2026-01-01".parse().unwrap())));
    let done = reader.finish().unwrap();
    assert_eq!(done.take(from).to_string(), "2026-01-01");
    assert_eq!((done.take(to), done.take(active), done.take(other), done.take(minutes)), (None, false, true, 0));
    assert_eq!((done.take(fte), done.take(names), done.take(pair)), (Exact::ratio(1, 4), vec![2, 1], Some([1, 2])));
    assert_eq!(done.take(part).unwrap().to_string(), "2025-01-01");
    let parts: Vec<_> = done.take(parts).iter().map(ToString::to_string).collect();
    assert_eq!(parts, ["2024-01-01", "2023-01-01"]);
}

/// SYS-04: every entry of a list is read, with its faults under its own position, unknown names included.
#[test]
fn every_entry_is_read_and_tells_its_fault_under_its_place() {
    let read = |reader: &mut Reader| {
        reader.objects("lines", 5, |line| {
            let from = line.required_date("from");
            let part = line.part("part", |part| part.decimals("numbers", 2, 5));
            line.build(|done| (done.take(from), done.take(part)))
        })
    };
    let body = json!({"lines": [{"from": 1}, {"from": "2026-01-01"}, 7, {"part": {"numbers": ["1", 2], "x": 0}},
        {"from": "x", "y": 0}]});
    let expected = [
        "lines[0].from:wrongType",
        "lines[2]:wrongType",
        "lines[3].from:required",
        "lines[3].part.numbers[1]:notANumber",
        "lines[3].part.x:unknownField",
        "lines[4].from:notADate",
        "lines[4].y:unknownField",
    ];
    assert_eq!(faults(&body, read), expected);
    assert_eq!(faults(&json!({"lines": [{"from": "2026-01-01"}]}), read), [""; 0]);
}

/// SYS-04: a rule runs as soon as its fields are readable, whatever else is wrong. An unreadable value does not count
/// as absent.
#[test]
fn a_rule_is_asked_once_all_it_looks_at_could_be_read() {
    let ask = |body: Value| {
        let mut reader = Reader::new(members(&body));
        let (from, to) = (reader.required_date("from"), reader.date("to"));
        let name = reader.text("name", 5);
        let given = (to.given().is_some(), to.is_given());
        let span = from.and(to);
        reader.judge(&span, |(from, to)| match to {
            Some(to) if to < from => vec![Fault::new("to", Reason::OutOfRange, RuleId::Con01)],
            _ => Vec::new(),
        });
        let name = reader.then(name, |name| match name.as_deref() {
            Some("x") => Err(vec![Fault::new("name", Reason::Empty, RuleId::Con01)]),
            name => Ok(name.map(str::len)),
        });
        let told = reader.has_fault_on("to");
        (given, told, reader.end().map(|done| done.take(name)).map_err(|faults| said(&faults)))
    };
    let both = ["to:outOfRange".to_owned(), "name:empty".to_owned()].to_vec();
    assert_eq!(ask(json!({"from": "2026-01-02", "to": "2026-01-01", "name": "x"})), ((true, true), true, Err(both)));
    let unreadable = ["to:notADate".to_owned(), "name:wrongType".to_owned()].to_vec();
    assert_eq!(ask(json!({"from": "2026-01-02", "to": "?", "name": 1})), ((false, true), true, Err(unreadable)));
    assert_eq!(ask(json!({"from": "2026-01-02", "name": "abc"})), ((false, false), false, Ok(Some(3))));
}

/// SYS-04: a name required by several rules is reported once, for the first of them.
#[test]
fn what_is_missing_is_told_once() {
    let body = json!({});
    let mut reader = Reader::new(members(&body));
    reader.require("person", RuleId::Cgm02);
    assert!(reader.has_fault_on("person") && !reader.is_faultless());
    assert!(reader.required_person("person").known().is_none());
    let faults = reader.end().unwrap_err();
    assert_eq!((said(&faults), faults[0].rule), (vec!["person:required".to_owned()], RuleId::Cgm02));
}

/// SYS-04: a parameter that may occur once and occurs twice is reported, even when a value is unreadable, and every
/// value of it is checked.
#[test]
fn a_parameter_that_is_given_twice_is_told_so() {
    let number = |query: &mut Query| query.one("n", Reason::NotInList, |text| text.parse::<u8>().ok());
    assert_eq!(query_faults("n=1", number), [""; 0]);
    assert_eq!(query_faults("n=1&n=2", number), ["n:repeated"]);
    assert_eq!(query_faults("n=x&n=2", number), ["n:notInList", "n:repeated"]);
    assert_eq!(query_faults("n=x&n=y&m=1", number), ["n:notInList", "n:notInList", "n:repeated", "m:unknownField"]);
    assert_eq!(query_faults("t=abc&t=x", |query| query.text("t", 2)), ["t:tooLong", "t:repeated"]);
    assert_eq!(query_faults("d=11&d=1", |query| query.decimal("d", 10, 0)), ["d:outOfRange", "d:repeated"]);
    assert_eq!(
        query_faults("many=1&many=x&many=2", |query| {
            query.many("many", Reason::NotInList, |text| text.parse::<u8>().ok())
        }),
        ["many:notInList"]
    );
}

/// SYS-04: the fault of a parameter names the allowed values, even when another value of it is readable.
#[test]
fn what_a_parameter_may_be_is_said() {
    let mut query = Query::of("flag=x&flag=true&year=26&pageSize=0&colour=green&d=1.5").unwrap();
    let fields = (query.flag("flag"), query.year("year"), query.page_size(), query.one_of("colour", &[1, 2], colour));
    let decimal = query.decimal("d", 10, 0);
    assert!(fields.0.known().is_none() && fields.1.known().is_none() && fields.2.known().is_none());
    assert!(fields.3.known().is_none() && decimal.known().is_none());
    let Err(ApiError::Faulty(faults)) = query.finish() else { panic!("no fault") };
    let params: Vec<String> = faults
        .iter()
        .map(|(_, fault)| {
            fault.params.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(
        params,
        ["expected=boolean", "", "min=1900 max=2200", "min=1 max=200", "allowed=red, blue", "decimals=0"]
    );
}
