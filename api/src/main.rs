//! The `insula` program.

use std::{process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use insula_api::{
    command::{audit, clock, demo, doctor, keys, night, problems, serve, token},
    config::Config,
    database::{Database, admission},
    server::contract,
    system::SystemClock,
    throttle::Throttle,
};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, registry, util::SubscriberInitExt};

/// Insula: registration and reimbursement of diabetes devices in Belgium.
#[derive(Parser)]
#[command(name = "insula", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    config: Config,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and run the deliveries.
    Serve,
    /// Run only the deliveries, beside an `insula serve --no-workers`.
    Worker,
    /// Run the nights that are due, or one night; preview the next one; replay a past one.
    Night(night::Asked),
    /// Move the service clock, for all processes on the database. In production only to show it, and to put back one that
    /// was moved by mistake.
    Clock {
        #[command(subcommand)]
        how: clock::Move,
    },
    /// Migrate the database to this program's schema.
    Migrate,
    /// Create the missing key files.
    Keys,
    /// Print a development token.
    Token(token::Token),
    /// Print the contract as YAML. Needs neither database nor settings.
    Openapi,
    /// Print every problem, fault and verdict the API knows, as tables.
    Problems,
    /// Run the demo against the service, with invented people.
    Demo(demo::Demo),
    /// Check everything Insula depends on.
    Doctor,
    /// Query the trail.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Check that the trail is unaltered.
    Verify,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("INSULA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = fmt::layer().json().with_writer(std::io::stderr);
    registry().with(filter).with(lines).with(Throttle::new(Arc::new(SystemClock))).init();
    // A panic's message could contain a value; its location is enough.
    std::panic::set_hook(Box::new(|info| {
        tracing::error!(location = info.location().map(ToString::to_string), "panic");
    }));
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("insula: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<bool, Box<dyn std::error::Error>> {
    let config = &cli.config;
    if !matches!(cli.command, Command::Openapi | Command::Problems) {
        admission::of_mode(config)?;
    }
    match &cli.command {
        Command::Serve => serve::serve(config)?,
        Command::Worker => serve::work(config)?,
        Command::Night(asked) => return night::run(config, asked),
        Command::Clock { how } => clock::run(config, how)?,
        Command::Migrate => Database::attach(config)?.migrate()?,
        Command::Keys => keys::make(config)?,
        Command::Token(token) => token::print(config, token)?,
        Command::Openapi => print!("{}", contract::yaml()),
        Command::Problems => print!("{}", problems::as_markdown()),
        Command::Demo(demo) => demo::tell(config, demo)?,
        Command::Doctor => return Ok(doctor::examine(config)),
        Command::Audit { command: AuditCommand::Verify } => return audit::verify(config),
    }
    Ok(true)
}
