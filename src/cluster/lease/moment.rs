//! How long ago something was.

use std::time::{Duration, Instant};

use crate::model::Timestamp;

/// By two clocks: one that never goes back, and one that goes on while the machine or the process sleeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(Instant, Timestamp);

impl Moment {
    pub(super) fn now() -> Self {
        Self(Instant::now(), Timestamp::now())
    }

    pub(super) fn age(self) -> Duration {
        let by_wall = Timestamp::now().duration_since(self.1);
        self.0.elapsed().max(Duration::try_from(by_wall).unwrap_or_default())
    }
}
