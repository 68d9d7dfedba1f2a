//! Attempts to derive a small group from the answers about others.

use std::collections::{BTreeMap, BTreeSet};

use insula_tests::{
    Client, Reply, TestApp,
    app::{HOSPITAL_A, HOSPITAL_B},
};
use serde_json::Value;

use super::group;
use crate::registry::coded_data::data_manager;

/// Every answer to every question with these dimensions and filters: figures by group and question.
async fn ask_everything(client: &Client) -> BTreeMap<String, i64> {
    let dimensions = ["year", "type", "setting", "therapy", "diabetesType", "hospital"];
    let mut questions: Vec<String> = dimensions.iter().map(|one| format!("groupBy={one}")).collect();
    for (at, one) in dimensions.iter().enumerate() {
        questions.extend(dimensions[at + 1..].iter().map(|other| format!("groupBy={one}&groupBy={other}")));
    }
    let mut figures = BTreeMap::new();
    for question in questions {
        for filter in ["", "&fromYear=2025", "&toYear=2025", "&fromYear=2026&toYear=2026", "&type=firstImplantation"] {
            let reply = client.get(&format!("/statistics?{question}{filter}")).await.expect(200);
            let items = reply.body["items"].as_array().unwrap();
            for item in items.iter().chain(reply.body.get("total").filter(|total| total.is_object())) {
                let group: &Value = &item["group"];
                figures.insert(format!("{question}{filter} {group}"), item["beneficiaries"].as_i64().unwrap());
            }
        }
    }
    figures
}

/// Two countries that differ only in the number of beneficiaries of 2026 who inject: one or four.
async fn country(small: u32) -> (TestApp, BTreeMap<String, i64>) {
    let app = TestApp::start().await;
    let pump = r#"{"setting": "ambulatory", "therapy": "pump", "diabetesType": "type1"}"#;
    let injections = r#"{"setting": "ambulatory", "therapy": "injections", "diabetesType": "type1"}"#;
    group(&app, HOSPITAL_A, "firstImplantation", 2025, 1, 30, pump);
    group(&app, HOSPITAL_A, "firstImplantation", 2025, 100, 25, injections);
    group(&app, HOSPITAL_A, "firstImplantation", 2026, 200, 40, pump);
    group(&app, HOSPITAL_A, "firstImplantation", 2026, 300, small, injections);
    let figures = ask_everything(&data_manager(&app)).await;
    (app, figures)
}

/// TRA-03: the differences of all answers to all questions reveal no exact figure of the small group. All are multiples
/// of five, so that 1 and 4 look alike; the group itself is in no answer; and the figures of the same beneficiaries
/// agree in all questions, so that averaging does not help.
#[actix_web::test]
async fn differences_of_answers_reveal_no_small_group() {
    for small in [1, 4] {
        let (_app, figures) = country(small).await;
        assert!(figures.len() > 100, "{}", figures.len());
        for (what, figure) in &figures {
            assert!(figure % 5 == 0 && *figure >= 5, "{what}: {figure}");
            let is_small = what.contains(r#""therapy":"injections""#) && what.contains(r#""year":2026"#);
            assert!(!is_small, "{what}");
        }
        for (one, a) in &figures {
            for (other, b) in &figures {
                assert_eq!((a - b) % 5, 0, "{one} less {other}");
            }
        }
        // The same beneficiaries, in many questions.
        let of_2025: Vec<_> = figures.iter().filter(|(what, _)| what.contains("&toYear=2025 {}")).collect();
        assert!(of_2025.len() > 5);
        assert!(of_2025.iter().all(|(_, figure)| **figure == *of_2025[0].1), "{of_2025:?}");
    }
}

/// TRA-03: a hospital adds registrations of its own, one after the other, and reads the figures with and without a small
/// group of others each time. Seventy-five readings say of the others what the first said: there is nothing to average.
#[actix_web::test]
async fn seventy_five_readings_are_as_one() {
    let pump = r#"{"therapy": "pump", "diabetesType": "type1"}"#;
    let injections = r#"{"therapy": "injections", "diabetesType": "type1"}"#;
    for small in [1, 4] {
        let app = TestApp::start().await;
        let lead = app.lead_a();
        group(&app, HOSPITAL_B, "firstImplantation", 2025, 1, 40, pump);
        group(&app, HOSPITAL_B, "firstImplantation", 2025, 100, small, injections);
        let mut told = BTreeSet::new();
        for own in 1..=75 {
            group(
                &app,
                HOSPITAL_A,
                "firstImplantation",
                2025,
                1000 + own,
                1,
                if own % 2 == 0 { pump } else { injections },
            );
            let reply = lead.get("/statistics?groupBy=therapy").await.expect(200);
            let items = reply.body["items"].as_array().unwrap();
            assert_eq!(items.len(), 1, "the small group is not shown: {}", reply.text);
            let nearest = |own: u32| i64::from((own + 2) / 5 * 5);
            let of = |item: &Value, own| {
                ["beneficiaries", "registrations"].map(|figure| item[figure].as_i64().unwrap() - nearest(own))
            };
            told.insert([of(&reply.body["total"], own), of(&items[0], own / 2)]);
        }
        assert_eq!(told.len(), 1, "{small}: {told:?}");
    }
}

/// TRA-03: nor do seventy-five questions: the figures of ever more years and types, each with the small group and without it,
/// differ by one and the same number and their rounding.
#[actix_web::test]
async fn seventy_five_questions_are_as_one() {
    let app = TestApp::start().await;
    let injections = r#"{"therapy": "injections", "diabetesType": "type1"}"#;
    for year in 2001..=2025 {
        for (at, kind) in ["firstImplantation", "replacement", "followUp"].into_iter().enumerate() {
            let from = u32::try_from(year).unwrap() * 1000 + u32::try_from(at).unwrap() * 100;
            group(&app, HOSPITAL_B, kind, year, from, 12 + from % 5, injections);
        }
    }
    group(&app, HOSPITAL_B, "firstImplantation", 2026, 1, 4, injections);
    let client = data_manager(&app);
    let mut differences = Vec::new();
    for from in 2001..=2025 {
        for types in ["", "&type=replacement", "&type=followUp"] {
            let ask = |to: i32| {
                let more = if types.is_empty() { "" } else { "&type=firstImplantation" };
                format!("/statistics?groupBy=therapy&fromYear={from}&toYear={to}{types}{more}")
            };
            let (with, without) = (client.get(&ask(2026)).await.expect(200), client.get(&ask(2025)).await.expect(200));
            let of = |reply: &Reply| reply.body["items"][0]["beneficiaries"].as_i64().unwrap();
            differences.push(of(&with) - of(&without));
        }
    }
    let (least, most) = (differences.iter().min().unwrap(), differences.iter().max().unwrap());
    assert_eq!(differences.len(), 75);
    assert!(most - least <= 5, "{differences:?}");
}
