//! `insula token`: a development token.

use clap::Args;
use insula_domain::{
    actor::{OrganisationKind, Role},
    clock::Clock,
};

use crate::{
    config::Config,
    database::{PATIENCE, admission, development},
    http::auth::{DevIssuer, MintRequest, OrganisationClaim},
    system::SystemClock,
};

/// For whom the token is issued.
#[derive(Debug, Clone, Args)]
pub struct Token {
    /// A hospital's INAMI number, 8 digits.
    #[arg(long, conflicts_with = "insurer")]
    pub hospital: Option<String>,
    /// An insurer's number, 3 digits.
    #[arg(long)]
    pub insurer: Option<String>,
    /// The role, as in the contract; may be given several times.
    #[arg(long, required = true, value_parser = role)]
    pub role: Vec<Role>,
    /// The person. Default: the invented person of the role.
    #[arg(long)]
    pub person: Option<String>,
    /// The lifetime of the token, in seconds.
    #[arg(long, default_value_t = 3600)]
    pub seconds: i64,
}

fn role(name: &str) -> Result<Role, String> {
    let known = Role::ALL.iter().copied().find(|role| role.name() == name);
    known.ok_or_else(|| {
        let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("no such role; the roles are {}", names.join(", "))
    })
}

/// Prints the token, unless database or keys are production's.
pub fn print(config: &Config, token: &Token) -> Result<(), Box<dyn std::error::Error>> {
    admission::of_settings(config, PATIENCE)?;
    println!("{}", mint(config, token)?);
    Ok(())
}

/// The token's text.
pub fn mint(config: &Config, token: &Token) -> Result<String, Box<dyn std::error::Error>> {
    if !config.is_development() {
        return Err("tokens are made in development mode only; in production the configured issuer makes them".into());
    }
    let first = token.role.first().copied().ok_or("a role is needed")?;
    let kind = first.organisation();
    let number = match kind {
        OrganisationKind::Hospital => Some(token.hospital.clone().ok_or("this role needs --hospital")?),
        OrganisationKind::Insurer => Some(token.insurer.clone().ok_or("this role needs --insurer")?),
        _ => None,
    };
    let issuer = DevIssuer::load_or_create(&config.keys_folder())?;
    let request = MintRequest {
        audience: config.audience.clone(),
        subject: token.person.clone().unwrap_or_else(|| development::person(first)),
        organisation: OrganisationClaim { kind: kind.name().to_owned(), number },
        roles: token.role.iter().map(|role| role.name().to_owned()).collect(),
        scopes: vec!["insula".to_owned()],
    };
    Ok(issuer.mint(&request, SystemClock.now().timestamp(), token.seconds)?)
}
