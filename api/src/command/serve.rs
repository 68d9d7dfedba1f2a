//! `insula serve` and `insula worker`.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use insula_domain::actor::Role;
use insula_persistence::Db;
use tokio::sync::Semaphore;

use super::token::{self, Token};
use crate::{
    addresses::system_look_up,
    config::{BASE_PATH, Config},
    database::{
        Database, OpenError, admission, development,
        rehearsal::{self, RehearsalClock},
    },
    http::{
        auth::{DevIssuer, OidcIssuer, TokenSource, Verifier, VerifierConfig},
        health::Health,
        metrics::Metrics,
        share::{RequestShares, Shares},
        state::AppState,
    },
    notices::mail,
    server::{self, door::Limits},
    system::{SystemClock, say},
    worker::{
        self, Worker,
        destination::{CodedStore, Destination},
        healthdata::{Healthdata, Settings},
        import, jobs,
        webhook::{self, Sender},
    },
};

type Failure = Box<dyn std::error::Error>;

/// Where the head of the trail is noted outside the database.
pub fn head_file(config: &Config) -> std::path::PathBuf {
    config.data.join("trail-head")
}

/// Who verifies tokens, by the configuration.
pub fn verifier(config: &Config) -> Result<Verifier, Failure> {
    let source = match &config.oidc_issuer {
        Some(issuer) => TokenSource::Oidc(OidcIssuer {
            issuer: issuer.clone(),
            algorithm: config.oidc_algorithm.parse()?,
            jwks_uri: config.oidc_jwks.clone(),
        }),
        None if config.is_development() => TokenSource::Development(DevIssuer::load_or_create(&config.keys_folder())?),
        None => return Err(OpenError::Missing("--oidc-issuer (INSULA_OIDC_ISSUER)").into()),
    };
    Ok(Verifier::new(VerifierConfig { audience: config.audience.clone(), source })?)
}

/// A database that is ready for use.
struct Ready {
    database: Database,
    db: Db,
    /// In development mode, the clock that can be moved.
    clock: Option<Arc<RehearsalClock>>,
}

/// Makes a database ready for use: migrated in development, checked in production.
fn ready_database(config: &Config, database: Database) -> Result<Ready, Failure> {
    database.claim_data_folder(config)?;
    if config.is_development() {
        database.migrate()?;
    }
    database.check()?;
    let (db, clock) = database.open_in_time(config, config.connections)?;
    if config.is_development() {
        development::seed(&db).map_err(|stop| format!("the invented hospitals could not be entered: {stop:?}"))?;
    }
    Ok(Ready { database, db, clock })
}

/// Serves until it is told to stop (SIGINT, SIGTERM), then finishes what it accepted.
pub fn serve(config: &Config) -> Result<(), Failure> {
    admission::of_folders(config)?;
    // What only the workers use is looked at here too: with --no-workers nobody else would say that it is wrong.
    Settings::read(&config.healthdata)?;
    mail::transport(config)?;
    mail::sender(config)?;
    let inami_mail = mail::inami(config)?;
    // Bound before the database is opened: a port that is taken is said at once.
    let listener = TcpListener::bind(config.listen)
        .map_err(|error| format!("{} cannot be listened on: {error}; choose another with --listen", config.listen))?;
    let database = Database::locate(config)?;
    // In development this makes the issuer's key: not before the database is known to be its own.
    let verifier = verifier(config)?;
    let Ready { database, db, clock } = ready_database(config, database)?;
    let metrics = Arc::new(Metrics::new()?);
    let public_url: Arc<str> = config.public_url(listener.local_addr()?).into();
    let worker = start_worker(config, &db, clock, &metrics, &public_url)?;
    let state = AppState {
        db: db.clone(),
        verifier: Arc::new(verifier),
        public_url,
        admission: Arc::new(Semaphore::new(config.max_requests)),
        shares: Arc::new(RequestShares {
            requests: Shares::new(config.max_requests / 4),
            connections: Shares::new(config.connections as usize / 2),
            within: Duration::from_millis(config.connection_timeout),
        }),
        intake: Arc::default(),
        checks: Arc::default(),
        health: Health::start(db.clone())?,
        token_clock: Arc::new(SystemClock),
        nudge: worker.nudge(),
        webhook_addresses: Arc::new(config.webhook_addresses()),
        cors_origins: config.cors_origin.clone().into(),
        inami_mail: inami_mail.into(),
        metrics: Arc::clone(&metrics),
    };
    let threads = config.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, Into::into));
    let metrics_listener = match config.metrics.as_str() {
        "none" => None,
        address => Some(TcpListener::bind(address).map_err(|error| {
            format!("{address} cannot be listened on for metrics: {error}; choose another with --metrics")
        })?),
    };
    let metrics_address = metrics_listener.as_ref().map(TcpListener::local_addr).transpose()?;
    let limits = Limits { whole: config.max_connections, of_address: config.max_connections_per_address };
    let greeting = greeting(config, &state, metrics_address)?;
    actix_web::rt::System::new().block_on(async move {
        let server = server::serve(state, listener, threads, limits)?;
        let handle = server.handle();
        let running = actix_web::rt::spawn(server);
        if let Some(listener) = metrics_listener {
            actix_web::rt::spawn(server::serve_metrics(metrics, listener)?);
        }
        let stop = stop_asked()?;
        say(greeting);
        stop.await;
        say("Stopping: what was accepted is finished first.");
        handle.stop(true).await;
        running.await.map_err(std::io::Error::other)?
    })?;
    worker.stop();
    drop(database);
    Ok(())
}

/// `insula worker`: deliveries and seals only.
pub fn work(config: &Config) -> Result<(), Failure> {
    // Beside a service that has the private cluster, the worker uses that one.
    let Ready { database, db, clock } = ready_database(config, Database::attach(config)?)?;
    let public_url = config.public_url(config.listen).into();
    let worker = start_worker(config, &db, clock, &Arc::new(Metrics::new()?), &public_url)?;
    actix_web::rt::System::new().block_on(async {
        let stop = stop_asked()?;
        say("Working. Stop with Ctrl-C.");
        stop.await;
        std::io::Result::Ok(())
    })?;
    worker.stop();
    drop(database);
    Ok(())
}

/// Starts everything that happens without being asked. Without workers, only the clock is followed.
fn start_worker(
    config: &Config,
    db: &Db,
    clock: Option<Arc<RehearsalClock>>,
    metrics: &Arc<Metrics>,
    public_url: &Arc<str>,
) -> Result<Worker, Failure> {
    let mut all: Vec<_> = clock.map(|clock| rehearsal::job(db, clock)).into_iter().collect();
    if config.no_workers {
        return Ok(Worker::start(all)?);
    }
    all.extend(jobs(db, vec![healthdata(config, db)?], head_file(config), Arc::clone(metrics)));
    all.push(import::job(db));
    all.push(worker::mail::job(db, mail::transport(config)?, mail::sender(config)?, Arc::clone(metrics)));
    let addresses = config.webhook_addresses();
    let sender =
        Sender::new(addresses, Arc::clone(public_url), Arc::new(SystemClock), webhook::TIMEOUT, system_look_up())?;
    all.extend(webhook::jobs(db, sender, Arc::clone(metrics))?);
    Ok(Worker::start(all)?)
}

/// Where coded registrations go: to Healthdata outside, and to Insula's own coded store; without the first, to the second.
fn healthdata(config: &Config, db: &Db) -> Result<Arc<dyn Destination>, Failure> {
    Ok(match Settings::read(&config.healthdata)? {
        Some(settings) => Arc::new(Healthdata::new(settings, db.clone())?),
        None => Arc::new(CodedStore(db.clone())),
    })
}

/// Listens for SIGTERM and Ctrl-C from now on, and gives what ends when one of them comes. To be called before anybody is told
/// that the process is up: who is told may stop it at once.
fn stop_asked() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Where it cannot be listened for, nobody can ask.
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// What is printed once everything answers: addresses, and in development a token and a request that works as pasted.
fn greeting(config: &Config, state: &AppState, metrics: Option<SocketAddr>) -> Result<String, Failure> {
    let base = format!("{}{BASE_PATH}", state.public_url);
    let metrics = metrics.map(|address| format!("Metrics: http://{address}/metrics\n")).unwrap_or_default();
    let mut text = format!("Insula answers at {base}\n{metrics}Documentation: {base}/\n");
    if config.is_development() && config.oidc_issuer.is_none() {
        let asked = Token {
            hospital: Some(development::HOSPITAL.to_owned()),
            insurer: None,
            role: vec![Role::StudyLead],
            person: None,
            seconds: i64::try_from(Duration::from_secs(12 * 3600).as_secs())?,
        };
        let token = token::mint(config, &asked)?;
        let key = state.db.clock.now().timestamp_micros();
        text.push_str(&format!(
            "\nA token for the study lead of hospital {}, good for twelve hours:\n{token}\n\nA request that works:\n\
             curl -i '{base}/registrations' -H 'Authorization: Bearer {token}' \\\n  -H 'Content-Type: application/json' \
             -H 'Idempotency-Key: \"first-{key}\"' -d '{{\"type\": \"firstImplantation\"}}'\n\n\
             Stop with Ctrl-C.",
            development::HOSPITAL
        ));
    }
    Ok(text)
}
