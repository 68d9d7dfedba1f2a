//! `insula audit verify`: checks that the trail is unaltered.

use insula_persistence::trail;

use super::serve::head_file;
use crate::{config::Config, database::Database, worker};

/// Verifies the trail and prints the result. Returns whether it is intact.
pub fn verify(config: &Config) -> Result<bool, Box<dyn std::error::Error>> {
    let database = Database::attach(config)?;
    database.check()?;
    let db = database.open_for_command(config)?;
    let noted = worker::noted_head(&head_file(config));
    let report = trail::verify(&db, noted.as_ref())?;
    println!("{} events are sealed, {} are too young to be.", report.sealed, report.unsealed);
    match &noted {
        Some(head) => println!("The head noted outside the database stands at position {}.", head.position),
        None => println!("No head is noted outside the database: a tail that was cut would not show."),
    }
    for finding in &report.findings {
        println!("FOUND: {finding}");
    }
    println!("{}", if report.findings.is_empty() { "The trail is intact." } else { "The trail is NOT intact." });
    Ok(report.findings.is_empty())
}
