//! The addresses in answers.

use std::collections::BTreeSet;

use insula_domain::actor::{OrganisationKind, Role};
use insula_tests::{
    Client, TestApp,
    app::HOSPITAL_A,
    operations::{Objects, operations},
};
use reqwest::Method;
use serde_json::Value;

/// SYS-04: every address that an answer gives can be read by whom it is given to.
#[actix_web::test]
async fn no_address_leads_nowhere() {
    let app = TestApp::start().await;
    let mut objects = Objects::make(&app, HOSPITAL_A, Role::StudyLead, "319", 1, true).await;
    objects.bill(&app).await;
    let mut dead = BTreeSet::new();
    for role in Role::ALL {
        let number = match role.organisation() {
            OrganisationKind::Hospital => HOSPITAL_A,
            OrganisationKind::Insurer => "319",
            _ => "",
        };
        let reader = app.role(*role, number);
        let mut read = BTreeSet::new();
        for operation in operations().into_iter().filter(|operation| operation.method == Method::GET) {
            let reply = operation.send(&reader, &objects).await;
            let mut found = BTreeSet::new();
            addresses("", &reply.body, &mut found);
            for address in found {
                if read.insert(address.clone()) && !leads_somewhere(&reader, &address).await {
                    dead.insert(format!("{role:?} from {}: {address}", operation.name));
                }
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

async fn leads_somewhere(reader: &Client, address: &str) -> bool {
    let path = address.split_once(insula_api::config::BASE_PATH).expect("an address of Insula").1;
    reader.get(path).await.status == 200
}

/// The addresses in a value: members whose name ends in `href`, and the next page.
fn addresses(name: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| addresses(name, value, found)),
        Value::Array(items) => items.iter().for_each(|item| addresses(name, item, found)),
        Value::String(text) if name == "next" || name.to_lowercase().ends_with("href") => {
            found.insert(text.clone());
        }
        _ => {}
    }
}
