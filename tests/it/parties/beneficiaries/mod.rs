mod affiliations;
mod create;
mod create_foreign;
mod get;
mod query;
mod replace;

use serde_json::{Value, json};

/// Someone without national number, born on 2 January 1980.
fn foreign(last_name: &str) -> Value {
    json!({"noNissConfirmed": true, "firstName": "Ana", "lastName": last_name, "birthDate": "1980-01-02", "sex": "female",
           "residencePlace": "Porto", "deceased": false, "residenceCountry": "PT", "insurerNumber": "100"})
}

/// The national number with these nine first digits, of a birth before 2000 or since.
fn number(first: u64, since_2000: bool) -> String {
    let base = if since_2000 { 2_000_000_000 + first } else { first };
    format!("{first:09}{:02}", 97 - base % 97)
}
