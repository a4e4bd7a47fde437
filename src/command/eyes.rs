//! A look at model servers, which need a thread of their own.

use std::time::Duration;

use tokio::task::LocalSet;

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

pub(super) fn local(test: impl Future<Output = ()> + 'static) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, test);
}
