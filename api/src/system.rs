//! The real clock and the real random source, read nowhere else; and standard output.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use aws_lc_rs::rand;
use chrono::{DateTime, Utc};
use insula_domain::{clock::Clock, ids::Ids};
use uuid::Uuid;

/// Prints a line for a person; the log, on standard error, is for machines. A closed standard output is no reason to
/// stop.
pub fn say(text: impl Display) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// The computer's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that is passed in everywhere else")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// The operating system's random source.
pub struct RandomIds;

impl RandomIds {
    fn random<const N: usize>() -> [u8; N] {
        let mut bytes = [0u8; N];
        // Without randomness no identifier is safe; the process must not continue.
        #[expect(clippy::expect_used)]
        rand::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the source that is passed in everywhere else")]
impl Ids for RandomIds {
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn opaque_uuid(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn registration_digits(&self) -> u64 {
        const LOW: u64 = 100_000_000_000;
        const SPAN: u64 = 900_000_000_000;
        // The bias of the remainder of a 128-bit number is below 2^-88.
        let wide = u128::from_be_bytes(Self::random());
        LOW + u64::try_from(wide % u128::from(SPAN)).unwrap_or_default()
    }

    fn bytes(&self) -> [u8; 8] {
        Self::random()
    }
}
