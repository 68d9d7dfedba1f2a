//! Why the demo stops.

/// Why the demo ended early; each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Nothing answers at the address.
    #[error(
        "nothing answers at {0}: start the service first (`make run` or `insula serve`), or say where it is with --url"
    )]
    NotThere(String),
    /// Another program answers, or the service is unhealthy.
    #[error("what answers at {url} is no healthy Insula (GET /health gave {status}): is this the right address?")]
    NotWell {
        /// The address.
        url: String,
        /// What it answered.
        status: u16,
    },
    /// The service trusts other keys.
    #[error(
        "the service does not accept this demo's tokens: give `insula demo` the same --data, --keys and --audience as `insula serve`"
    )]
    OtherKeys,
    /// No token can be made here.
    #[error("no token for the demo: {0}")]
    NoToken(String),
    /// Nothing is delivered: the worker does not run.
    #[error(
        "nothing was acknowledged for {0} seconds: does the service run with --no-workers and no `insula worker` beside it?"
    )]
    NotDelivered(u64),
    /// The service answered with another status than expected.
    #[error("the story stops here: {request} was answered {found} and not {expected}. {detail}")]
    OtherAnswer {
        /// Method and path.
        request: String,
        /// The status received.
        found: u16,
        /// The status that was expected.
        expected: u16,
        /// What the answer says.
        detail: String,
    },
    /// The clock cannot be moved.
    #[error(
        "no night can be told here: {0}. The demo moves the clock of the service's own database: give it the same --data or DATABASE_URL"
    )]
    NoNight(String),
    /// An answer lacks an expected member.
    #[error("the story stops here: an answer holds no {0}")]
    Missing(&'static str),
    /// The connection.
    #[error("the connection to the service broke: {0}")]
    Connection(#[from] reqwest::Error),
    /// The output.
    #[error("the story could not be written: {0}")]
    Output(#[from] std::io::Error),
}
