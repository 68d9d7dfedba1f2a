//! All settings. The doc comments are the manual: `insula help serve` prints them.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use insula_domain::notices::webhook::address::Network;
use insula_persistence::Mode;

use crate::addresses::Addresses;

/// The settings, each also an environment variable. They may come before or after the command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings")]
pub struct Config {
    /// `development` or `production`. Production starts only with `--oidc-issuer`, `--keys` and `DATABASE_URL`. Without
    /// `DATABASE_URL` and `--keys` the default is development, on the private cluster; with one of them there is no default.
    #[arg(long, global = true, env = "INSULA_MODE")]
    pub mode: Option<Mode>,

    /// Folder for what Insula stores besides the database: its private cluster, development keys, the recorded head of
    /// the trail.
    #[arg(long, global = true, env = "INSULA_DATA", default_value = ".data")]
    pub data: PathBuf,

    /// PostgreSQL 15 to 18, as the owner of the database, who may create roles. Unset: a private cluster in the data
    /// folder.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// Folder of the key files (`insula keys` creates them). Default: `keys` in the data folder.
    #[arg(long, global = true, env = "INSULA_KEYS")]
    pub keys: Option<PathBuf>,

    /// The address to listen on.
    #[arg(long, global = true, env = "INSULA_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The address for Prometheus metrics; keep it off the public network. `none` disables them.
    #[arg(long, global = true, env = "INSULA_METRICS", default_value = "none")]
    pub metrics: String,

    /// The base URL of Insula for its clients, used in links. Default: `http://` and the listening address.
    #[arg(long, global = true, env = "INSULA_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Issuer of the access tokens, exactly as in their `iss`; its keys are found by OpenID Connect discovery.
    #[arg(long, global = true, env = "INSULA_OIDC_ISSUER")]
    pub oidc_issuer: Option<String>,

    /// Address of the issuer's keys (JWKS); overrides discovery.
    #[arg(long, global = true, env = "INSULA_OIDC_JWKS")]
    pub oidc_jwks: Option<String>,

    /// The only algorithm accepted from the issuer: `ES256`, `RS256` or `EdDSA`.
    #[arg(long, global = true, env = "INSULA_OIDC_ALGORITHM", default_value = "ES256")]
    pub oidc_algorithm: String,

    /// The value that `aud` of a token must contain.
    #[arg(long, global = true, env = "INSULA_AUDIENCE", default_value = "insula")]
    pub audience: String,

    /// The transport of e-mails.
    #[command(flatten)]
    pub mail: MailConfig,

    /// Serve the API only, and leave deliveries to `insula worker`.
    #[arg(long, global = true, env = "INSULA_NO_WORKERS")]
    pub no_workers: bool,

    /// Non-public networks that webhooks may be sent to: `127.0.0.1/32,10.1.0.0/16`. By default no webhook goes to a
    /// loopback, private, link-local or otherwise special address, whatever a hospital states.
    #[arg(long, global = true, env = "INSULA_WEBHOOK_ALLOW", value_delimiter = ',')]
    pub webhook_allow: Vec<Network>,

    /// Send webhooks to `http://` addresses as well as `https://` ones; for tests and closed networks.
    #[arg(long, global = true, env = "INSULA_WEBHOOK_HTTP")]
    pub webhook_http: bool,

    /// Origins whose pages may call the API from a browser: `https://ehr.example,https://portal.example`. None by default.
    #[arg(long, global = true, env = "INSULA_CORS_ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub cors_origin: Vec<String>,

    /// Maximum number of open connections; one more is closed at once.
    #[arg(long, global = true, env = "INSULA_MAX_CONNECTIONS", default_value_t = 800)]
    pub max_connections: usize,

    /// Maximum number of open connections from one address: of a client, or of a proxy with all its clients.
    #[arg(long, global = true, env = "INSULA_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 400)]
    pub max_connections_per_address: usize,

    /// Maximum number of concurrent requests; one more is answered 503 at once instead of waiting. One organisation may
    /// have a quarter of them.
    #[arg(long, global = true, env = "INSULA_MAX_REQUESTS", default_value_t = 128)]
    pub max_requests: usize,

    /// Database connections for hospitals; insurers get as many, authorities and the worker a few. One organisation may
    /// use half of them at once.
    #[arg(long, global = true, env = "INSULA_CONNECTIONS", default_value_t = 16)]
    pub connections: u32,

    /// Milliseconds that a request waits for a free database connection before it is answered 503.
    #[arg(long, global = true, env = "INSULA_CONNECTION_TIMEOUT", default_value_t = 500, value_name = "MS")]
    pub connection_timeout: u64,

    /// Threads that answer requests. Default: one per core.
    #[arg(long, global = true, env = "INSULA_THREADS")]
    pub threads: Option<usize>,

    /// The external Healthdata service.
    #[command(flatten)]
    pub healthdata: HealthdataConfig,
}

/// The external Healthdata service (`docs/healthdata.md`). All processes that deliver need the same settings.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Healthdata outside")]
pub struct HealthdataConfig {
    /// Base address of an external Healthdata. Unset: Insula's own coded store is the only recipient.
    #[arg(long, global = true, env = "HEALTHDATA_URL")]
    pub healthdata_url: Option<String>,

    /// Token endpoint for its access tokens. Unset: found by discovery from `--healthdata-issuer`.
    #[arg(long, global = true, env = "HEALTHDATA_TOKEN_URL")]
    pub healthdata_token_url: Option<String>,

    /// Issuer of its access tokens, exactly as in its discovery document.
    #[arg(long, global = true, env = "HEALTHDATA_ISSUER")]
    pub healthdata_issuer: Option<String>,

    /// Insula's client identifier there.
    #[arg(long, global = true, env = "HEALTHDATA_CLIENT_ID")]
    pub healthdata_client_id: Option<String>,

    /// File with the private key that signs Insula's assertions: PEM (PKCS#8), P-256 for ES256 or RSA for RS256.
    #[arg(long, global = true, env = "HEALTHDATA_KEY")]
    pub healthdata_key: Option<PathBuf>,

    /// The `kid` under which that key is registered, if any.
    #[arg(long, global = true, env = "HEALTHDATA_KEY_ID")]
    pub healthdata_key_id: Option<String>,

    /// The scope to request.
    #[arg(long, global = true, env = "HEALTHDATA_SCOPE")]
    pub healthdata_scope: Option<String>,

    /// The audience of Insula's assertions. Default: the issuer, else the token endpoint.
    #[arg(long, global = true, env = "HEALTHDATA_AUDIENCE")]
    pub healthdata_audience: Option<String>,

    /// Allow plain http to another machine, for example behind a proxy that adds TLS. To this machine it is always
    /// allowed.
    #[arg(long, global = true, env = "HEALTHDATA_PLAIN_HTTP")]
    pub healthdata_plain_http: bool,
}

/// E-mail settings (NOT-02, CON-08). Without a host, e-mails are stored in `maildir` in the data folder and not sent.
#[derive(Debug, Clone, Args)]
pub struct MailConfig {
    /// Mail server for outgoing e-mails. Unset: they are stored in `maildir` in the data folder.
    #[arg(long, global = true, env = "INSULA_SMTP_HOST")]
    pub smtp_host: Option<String>,

    /// Its port. Default: 465 with `--smtp-tls implicit`, 587 with `required`, 25 with `none`.
    #[arg(long, global = true, env = "INSULA_SMTP_PORT")]
    pub smtp_port: Option<u16>,

    /// `required`: STARTTLS, or no e-mail is sent. `implicit`: TLS from the first byte. `none`: no TLS, and no
    /// password.
    #[arg(long, global = true, env = "INSULA_SMTP_TLS", value_enum, default_value = "required")]
    pub smtp_tls: SmtpTls,

    /// Certificates (PEM) to trust for the mail server, besides those of the system.
    #[arg(long, global = true, env = "INSULA_SMTP_CA")]
    pub smtp_ca: Option<PathBuf>,

    /// User at the mail server, if it requires one.
    #[arg(long, global = true, env = "INSULA_SMTP_USER")]
    pub smtp_user: Option<String>,

    /// Password of that user; a file is safer.
    #[arg(long, global = true, env = "INSULA_SMTP_PASSWORD", hide_env_values = true)]
    pub smtp_password: Option<String>,

    /// File with the password of that user.
    #[arg(long, global = true, env = "INSULA_SMTP_PASSWORD_FILE")]
    pub smtp_password_file: Option<PathBuf>,

    /// Timeout of one attempt in seconds, from connecting to the last response.
    #[arg(long, global = true, env = "INSULA_SMTP_TIMEOUT", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub smtp_timeout: u64,

    /// Sender address of the e-mails. Mandatory with a mail server.
    #[arg(long, global = true, env = "INSULA_MAIL_FROM")]
    pub mail_from: Option<String>,

    /// The domain after the `@` of every Message-ID, also Insula's name at the mail server. Must never change.
    /// Default: the domain of `--mail-from`.
    #[arg(long, global = true, env = "INSULA_MAIL_DOMAIN")]
    pub mail_domain: Option<String>,

    /// INAMI's recipients of e-mails about changed lists of prescribers, separated by commas. Default in development
    /// mode: an invented address. In production such e-mails are parked while none is set.
    #[arg(long, global = true, env = "INSULA_INAMI_MAIL", value_delimiter = ',')]
    pub inami_mail: Vec<String>,
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SmtpTls {
    /// Not at all.
    None,
    /// By STARTTLS.
    Required,
    /// From the first byte.
    Implicit,
}

/// The path prefix of every resource.
pub const BASE_PATH: &str = "/insula/v1";

/// Maximum size of a request body in bytes; a larger one is refused (413).
pub const MAX_BODY: usize = 256 * 1024;

/// Maximum size of an invoice file in bytes; a larger one is refused (413). 999 999 records of 350 positions with line
/// breaks of two bytes are 352 MB.
pub const MAX_BILLING_FILE: usize = 360_000_000;

/// Maximum size of an insurers' answer to an invoice file in bytes; a larger one is refused (413). Records of 800
/// positions with line breaks come back for those of 350.
pub const MAX_BILLING_ANSWER: usize = 820_000_000;

/// Maximum size of an import file in bytes; a larger one is refused (413).
pub const MAX_IMPORT: usize = 10 * 1024 * 1024;

/// An origin as browsers write it: scheme, host in lower case, port if it is not the scheme's own.
fn origin(text: &str) -> Result<String, String> {
    let url = text.parse::<reqwest::Url>().map_err(|error| error.to_string())?;
    let is_web = matches!(url.scheme(), "http" | "https");
    let origin = url.origin().ascii_serialization();
    if is_web && origin == text { Ok(origin) } else { Err(format!("an origin is written like {origin}")) }
}

impl Config {
    /// The folder of the key files.
    pub fn keys_folder(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.data.join("keys"))
    }

    /// Whether the mode must be said: what may be production's was named.
    pub fn needs_mode(&self) -> bool {
        self.database_url.is_some() || self.keys.is_some()
    }

    /// The mode; production where it had to be said and was not.
    pub fn mode(&self) -> Mode {
        let unsaid = if self.needs_mode() { Mode::Production } else { Mode::Development };
        self.mode.unwrap_or(unsaid)
    }

    /// Whether Insula may create its own keys, tokens and hospitals.
    pub fn is_development(&self) -> bool {
        self.mode() == Mode::Development
    }

    /// The addresses that webhooks may be sent to.
    pub fn webhook_addresses(&self) -> Addresses {
        Addresses::new(self.webhook_allow.clone(), self.webhook_http)
    }

    /// The base of links, without the base path and without a trailing slash.
    pub fn public_url(&self, listen: SocketAddr) -> String {
        let url = self.public_url.clone().unwrap_or_else(|| format!("http://{listen}"));
        url.trim_end_matches('/').to_owned()
    }
}
