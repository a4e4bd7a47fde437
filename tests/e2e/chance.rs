//! Numbers by chance, the same for the same seed.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

pub struct Chance {
    pub seed: u64,
    state: u64,
}

static NEW: LazyLock<SystemTime> = LazyLock::new(SystemTime::now);

/// E2E_SEED, or else new each time; the same in all cases of a run.
pub fn seed() -> Result<u64> {
    match std::env::var("E2E_SEED") {
        Ok(seed) => seed.parse().context("E2E_SEED is no number"),
        Err(_) => Ok(NEW.duration_since(SystemTime::UNIX_EPOCH)?.as_secs()),
    }
}

impl Chance {
    pub fn new() -> Result<Self> {
        let seed = seed()?;
        Ok(Self { seed, state: seed })
    }

    /// Splitmix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Shorter than `most`, to a millisecond.
    pub fn span(&mut self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX).max(1);
        Duration::from_millis(self.next() % most)
    }
}
