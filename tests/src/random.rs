//! Reproducible randomness.

use std::time::Duration;

use insula_api::system::RandomIds;
use insula_domain::ids::Ids;

/// A random number generator with a seed.
pub struct Random(u64);

impl Random {
    /// A new seed, or that of `INSULA_SEED`. It is printed, so that a failed test can be reproduced.
    pub fn seeded() -> Random {
        let seed = std::env::var("INSULA_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| RandomIds.registration_digits());
        println!("INSULA_SEED={seed}");
        Random(seed)
    }

    /// Another generator, for another thread.
    pub fn split(&mut self) -> Random {
        Random(self.draw())
    }

    /// SplitMix64.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.draw() % bound as u64).unwrap()
    }

    /// One of several values.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A duration between these, in milliseconds.
    pub fn millis(&mut self, from: usize, to: usize) -> Duration {
        Duration::from_millis((from + self.below(to - from)) as u64)
    }
}
