//! Every setting there is. The doc comments are the manual: `insula help serve` prints them.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use insula_domain::notices::webhook::address::Network;

use crate::addresses::Addresses;

/// How far Insula trusts its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Makes its own keys, issues its own tokens, enters invented hospitals.
    Development,
    /// Needs keys and an external issuer of tokens, and makes nothing of its own.
    Production,
}

/// The settings, each also an environment variable. They may stand before or after the command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings")]
pub struct Config {
    /// `development` or `production`. Production starts only with `--oidc-issuer`, `--keys` and `DATABASE_URL`.
    #[arg(long, global = true, env = "INSULA_MODE", value_enum, default_value = "development")]
    pub mode: Mode,

    /// Folder for what Insula keeps beside the database: its private cluster, development keys, the noted head of the trail.
    #[arg(long, global = true, env = "INSULA_DATA", default_value = ".data")]
    pub data: PathBuf,

    /// PostgreSQL 15 to 18 as the owner of the database, who may create roles. Unset: a private cluster in the data folder.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Folder with the key files (`insula keys` makes them). Default: `keys` in the data folder.
    #[arg(long, global = true, env = "INSULA_KEYS")]
    pub keys: Option<PathBuf>,

    /// Where to listen.
    #[arg(long, global = true, env = "INSULA_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Where metrics are served, for Prometheus; keep it off the public side. `none` serves none.
    #[arg(long, global = true, env = "INSULA_METRICS", default_value = "none")]
    pub metrics: String,

    /// The address clients reach Insula at, for the links in its answers. Default: `http://` and the listening address.
    #[arg(long, global = true, env = "INSULA_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Issuer of the access tokens, exactly as in their `iss`; its keys are found by OpenID Connect discovery.
    #[arg(long, global = true, env = "INSULA_OIDC_ISSUER")]
    pub oidc_issuer: Option<String>,

    /// Address of the issuer's keys (JWKS), when discovery shall not be used.
    #[arg(long, global = true, env = "INSULA_OIDC_JWKS")]
    pub oidc_jwks: Option<String>,

    /// The one algorithm the issuer signs with: `ES256`, `RS256` or `EdDSA`.
    #[arg(long, global = true, env = "INSULA_OIDC_ALGORITHM", default_value = "ES256")]
    pub oidc_algorithm: String,

    /// What `aud` must hold in a token.
    #[arg(long, global = true, env = "INSULA_AUDIENCE", default_value = "insula")]
    pub audience: String,

    /// How e-mails leave.
    #[command(flatten)]
    pub mail: MailConfig,

    /// Serve the API only, and leave deliveries to `insula worker`.
    #[arg(long, global = true, env = "INSULA_NO_WORKERS")]
    pub no_workers: bool,

    /// Networks that webhooks may be sent to although they are not public: `127.0.0.1/32,10.1.0.0/16`. Without it no webhook
    /// goes to a loopback, private, link-local or otherwise special address, whatever a hospital states.
    #[arg(long, global = true, env = "INSULA_WEBHOOK_ALLOW", value_delimiter = ',')]
    pub webhook_allow: Vec<Network>,

    /// Send webhooks to `http://` addresses as well as to `https://` ones: for tests and closed networks.
    #[arg(long, global = true, env = "INSULA_WEBHOOK_HTTP")]
    pub webhook_http: bool,

    /// Requests in hand at once; one more is answered 503 at once instead of waiting.
    #[arg(long, global = true, env = "INSULA_MAX_REQUESTS", default_value_t = 128)]
    pub max_requests: usize,

    /// Connections to the database for hospitals; insurers get as many, authorities and worker a few.
    #[arg(long, global = true, env = "INSULA_CONNECTIONS", default_value_t = 16)]
    pub connections: u32,

    /// Threads that answer requests. Default: one per core.
    #[arg(long, global = true, env = "INSULA_THREADS")]
    pub threads: Option<usize>,

    /// Healthdata outside.
    #[command(flatten)]
    pub healthdata: HealthdataConfig,
}

/// Healthdata as a service outside (`docs/healthdata.md`). The processes that deliver need these settings, all the same ones.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Healthdata outside")]
pub struct HealthdataConfig {
    /// Base address of an external Healthdata. Unset: Insula's own coded store is the only recipient.
    #[arg(long, global = true, env = "HEALTHDATA_URL")]
    pub healthdata_url: Option<String>,

    /// Where its access tokens are asked for. Unset: found by discovery from `--healthdata-issuer`.
    #[arg(long, global = true, env = "HEALTHDATA_TOKEN_URL")]
    pub healthdata_token_url: Option<String>,

    /// Issuer of its access tokens, exactly as in its discovery document.
    #[arg(long, global = true, env = "HEALTHDATA_ISSUER")]
    pub healthdata_issuer: Option<String>,

    /// Insula's client identifier there.
    #[arg(long, global = true, env = "HEALTHDATA_CLIENT_ID")]
    pub healthdata_client_id: Option<String>,

    /// File with the private key that Insula signs its assertions with: PEM (PKCS#8), P-256 for ES256 or RSA for RS256.
    #[arg(long, global = true, env = "HEALTHDATA_KEY")]
    pub healthdata_key: Option<PathBuf>,

    /// The `kid` of that key, when it was registered under one.
    #[arg(long, global = true, env = "HEALTHDATA_KEY_ID")]
    pub healthdata_key_id: Option<String>,

    /// The scope to ask for.
    #[arg(long, global = true, env = "HEALTHDATA_SCOPE")]
    pub healthdata_scope: Option<String>,

    /// The audience of Insula's assertions. Default: the issuer, else the token endpoint.
    #[arg(long, global = true, env = "HEALTHDATA_AUDIENCE")]
    pub healthdata_audience: Option<String>,

    /// Allow plain http to another machine, as behind a proxy that adds TLS. To this machine it is always allowed.
    #[arg(long, global = true, env = "HEALTHDATA_PLAIN_HTTP")]
    pub healthdata_plain_http: bool,
}

/// How e-mails go (NOT-02, CON-08). Without a host they are put into `maildir` in the data folder and leave nowhere.
#[derive(Debug, Clone, Args)]
pub struct MailConfig {
    /// Mail server that e-mails are handed to. Unset: they are put into `maildir` in the data folder.
    #[arg(long, global = true, env = "INSULA_SMTP_HOST")]
    pub smtp_host: Option<String>,

    /// Its port. Default: 465 with `--smtp-tls implicit`, 587 with `required`, 25 with `none`.
    #[arg(long, global = true, env = "INSULA_SMTP_PORT")]
    pub smtp_port: Option<u16>,

    /// `required`: STARTTLS, and nothing without it. `implicit`: TLS from the first byte. `none`: no TLS, and no password.
    #[arg(long, global = true, env = "INSULA_SMTP_TLS", value_enum, default_value = "required")]
    pub smtp_tls: SmtpTls,

    /// Certificates (PEM) that the mail server's may be signed by, besides those the system trusts.
    #[arg(long, global = true, env = "INSULA_SMTP_CA")]
    pub smtp_ca: Option<PathBuf>,

    /// User at the mail server, if it asks for one.
    #[arg(long, global = true, env = "INSULA_SMTP_USER")]
    pub smtp_user: Option<String>,

    /// Their password; better in a file.
    #[arg(long, global = true, env = "INSULA_SMTP_PASSWORD", hide_env_values = true)]
    pub smtp_password: Option<String>,

    /// File that holds their password.
    #[arg(long, global = true, env = "INSULA_SMTP_PASSWORD_FILE")]
    pub smtp_password_file: Option<PathBuf>,

    /// Seconds one attempt may take in all, from connecting to the last answer.
    #[arg(long, global = true, env = "INSULA_SMTP_TIMEOUT", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub smtp_timeout: u64,

    /// Address that the e-mails come from. Mandatory with a mail server.
    #[arg(long, global = true, env = "INSULA_MAIL_FROM")]
    pub mail_from: Option<String>,

    /// What stands after the `@` of every Message-ID, and what Insula calls itself at the mail server. It must never change.
    /// Default: the domain of `--mail-from`.
    #[arg(long, global = true, env = "INSULA_MAIL_DOMAIN")]
    pub mail_domain: Option<String>,

    /// Addresses at INAMI that are told of each change in a list of prescribers, separated by commas. In development mode an invented
    /// one unless stated; in production such e-mails are parked while none is set.
    #[arg(long, global = true, env = "INSULA_INAMI_MAIL", value_delimiter = ',')]
    pub inami_mail: Vec<String>,
}

/// How the way to the mail server is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SmtpTls {
    /// Not at all.
    None,
    /// By STARTTLS.
    Required,
    /// From the first byte.
    Implicit,
}

/// Below this path stands every resource.
pub const BASE_PATH: &str = "/insula/v1";

/// A request body longer than this is refused (413).
pub const MAX_BODY: usize = 256 * 1024;

/// The file of an import longer than this is refused (413).
pub const MAX_IMPORT: usize = 10 * 1024 * 1024;

impl Config {
    /// The folder of the key files.
    pub fn keys_folder(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.data.join("keys"))
    }

    /// Whether Insula may make keys, tokens and hospitals of its own.
    pub fn is_development(&self) -> bool {
        self.mode == Mode::Development
    }

    /// Where webhooks may be sent.
    pub fn webhook_addresses(&self) -> Addresses {
        Addresses::new(self.webhook_allow.clone(), self.webhook_http)
    }

    /// Where links in answers begin, without the base path and without a slash at the end.
    pub fn public_url(&self, listen: SocketAddr) -> String {
        let url = self.public_url.clone().unwrap_or_else(|| format!("http://{listen}"));
        url.trim_end_matches('/').to_owned()
    }
}
