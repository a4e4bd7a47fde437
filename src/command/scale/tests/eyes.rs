//! A look at model servers.

use std::time::Duration;

use crate::engine::redis::servers::Servers;
use crate::execute::Observe;
use crate::model::{Seen, Snapshot};
use crate::reach::{Boxed, Reach};

/// Looks at them as a command does.
pub(super) struct Eyes(pub(super) Servers);

impl Observe<Snapshot> for Eyes {
    fn observe(&mut self) -> Boxed<'_, Seen<Snapshot>> {
        Box::pin(async {
            self.0.pause(Duration::from_millis(500)).await;
            let mut now = self.0.snapshot();
            let (engine, _) = crate::engine::detect(&now).expect("Redis");
            let replies = engine.ask(&now, &self.0).await;
            engine.interpret(&mut now, replies);
            Ok(now)
        })
    }
}
