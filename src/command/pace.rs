//! How often is looked, where it is looked again and again.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

pub(super) struct Pace {
    /// Between the end of a look and the next one, at the least.
    pause: Duration,
    last: Option<Instant>,
}

impl Pace {
    pub(super) fn new(pause: Duration) -> Self {
        Self { pause, last: None }
    }

    /// The first look is taken at once.
    pub(super) async fn wait(&self) {
        if let Some(last) = self.last {
            sleep_until(last + self.pause).await;
        }
    }

    pub(super) fn looked(&mut self) {
        self.last = Some(Instant::now());
    }
}
