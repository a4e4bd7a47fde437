//! What a deletion looks at, again and again.

use std::sync::Arc;
use std::time::Duration;

use crate::claims::Ground;
use crate::cluster::{Closer, Connection, Lease, Reading, look_closer, observe};
use crate::command::pace::Pace;
use crate::execute::Observe;
use crate::model::Seen;
use crate::reach::Boxed;

/// Between two looks at the least.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) struct World<'a> {
    connection: &'a Connection,
    lease: Option<&'a Lease<'a>>,
    pace: Pace,
}

impl<'a> World<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, lease: None, pace: Pace::new(PAUSE) }
    }

    pub(super) fn keep(&mut self, lease: Option<&'a Lease<'a>>) {
        self.lease = lease;
    }
}

impl Observe<Ground> for World<'_> {
    fn observe(&mut self) -> Boxed<'_, Seen<Ground>> {
        Box::pin(async {
            self.pace.wait().await;
            if let Some(lease) = self.lease {
                // Who has lost it may look on; it is writing that needs it.
                let _ = lease.hold().await;
            }
            let namespace = Some(self.connection.namespace());
            let inputs = observe(self.connection, namespace, Reading::Storage).await;
            // Claims that nobody uses are what it is about.
            let closer = Closer { workloads: true, ..Closer::default() };
            let details = look_closer(self.connection, &[], namespace, closer).await;
            self.pace.looked();
            let at = inputs.at;
            Ok(Ground { at, shared: Arc::new(inputs.into_shared()), details: Arc::new(details) })
        })
    }
}
