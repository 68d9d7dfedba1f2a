//! `insula demo`: plays a story against the running service, over HTTP like any client. Every run invents new people.

mod access;
mod beneficiaries;
mod billing;
mod correcting;
mod counting;
mod deleting;
mod ending;
mod error;
mod invented;
mod looking_back;
mod registering;
mod service;
mod staffing;
mod telling;

use std::io::Write;

use chrono::TimeDelta;
use clap::Args;
use insula_domain::clock::Clock;

pub use self::error::DemoError;
use self::{
    counting::Advance,
    invented::{Cast, Mint, People},
    service::Service,
    telling::Teller,
};
use super::{
    clock,
    token::{self, Token},
};
use crate::{
    config::{BASE_PATH, Config},
    database::{PATIENCE, admission},
    system::SystemClock,
};

/// Where the service answers.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// The address of the running service. Default: where this configuration would listen.
    #[arg(long)]
    pub url: Option<String>,
}

/// Tells the story.
pub fn tell(config: &Config, demo: &Demo) -> Result<(), Box<dyn std::error::Error>> {
    if !config.is_development() {
        return Err("the demo is played in development mode only".into());
    }
    admission::of_settings(config, PATIENCE)?;
    let root = demo.url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
    let base = format!("{}{BASE_PATH}", root.trim_end_matches('/').trim_end_matches(BASE_PATH));
    let mint = |asked: &Token| token::mint(config, asked).map_err(|error| error.to_string());
    let seed = u64::try_from(SystemClock.now().timestamp_millis()).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    let advance = || clock::move_by(config, TimeDelta::days(1)).map(drop).map_err(|error| error.to_string());
    actix_web::rt::System::new().block_on(play(base, &mint, &advance, seed, &mut out))?;
    Ok(())
}

/// Plays the whole story against the service at `base`. `advance` lets a day pass. `seed` differs in each run; the
/// invented people are derived from it.
pub async fn play(
    base: String,
    mint: &Mint<'_>,
    advance: &Advance<'_>,
    seed: u64,
    out: &mut dyn Write,
) -> Result<(), DemoError> {
    let service = Service::at(base)?;
    service.check().await?;
    let people = People::new(seed);
    let cast = Cast::new(&people, mint)?;
    let mut teller = Teller::new(service, out);
    let bookmark = billing::end_of_feed(&mut teller, &cast).await?;
    teller.opening()?;

    counting::room(&mut teller, &cast, advance).await?;
    access::no_grant(&mut teller, &cast).await?;
    access::granted(&mut teller, &cast).await?;
    let patient = beneficiaries::entered(&mut teller, &cast, &people).await?;
    beneficiaries::not_doubled(&mut teller, &cast, &people, &patient).await?;
    let visitor = beneficiaries::foreign(&mut teller, &cast, &people).await?;

    let draft = registering::draft(&mut teller, &cast, &patient).await?;
    registering::missing_in_dutch(&mut teller, &cast, &draft).await?;
    let complete = registering::completed(&mut teller, &cast, &patient, &draft).await?;
    let sending = registering::submitted(&mut teller, &cast, &complete).await?;
    let first = registering::acknowledged(&mut teller, &cast, &sending).await?;

    billing::verified(&mut teller, &cast, &people, &patient, &first).await?;
    billing::unseen(&mut teller, &cast, &people, &patient, &first).await?;
    let first = correcting::corrected(&mut teller, &cast, &people, &patient, &first).await?;
    let replacement = ending::replaced(&mut teller, &cast, &patient, &first).await?;
    ending::explanted(&mut teller, &cast, &patient, &first).await?;
    let mistake = deleting::deleted(&mut teller, &cast, &visitor).await?;

    let story = [("first implantation", &first), ("replacement", &replacement), ("entered in error", &mistake)];
    looking_back::feed(&mut teller, &cast, &bookmark, &story).await?;
    looking_back::history(&mut teller, &cast, &first).await?;
    looking_back::trail(&mut teller, &cast, &first).await?;
    counting::told(&mut teller, &cast, seed, advance).await?;
    staffing::told(&mut teller, &cast.inami, &people.run, seed, mint).await?;
    teller.closing()
}
