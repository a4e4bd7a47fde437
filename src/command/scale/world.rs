//! What a scaling looks at, again and again; meanwhile it keeps the lease.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::claims;
use crate::cluster::{Closer, Connection, Lease, Reading, look_closer, observe};
use crate::execute::Observe;
use crate::model::{Seen, Snapshot, Unread, Why};
use crate::reach::Boxed;

/// Between two looks at the least.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) struct World<'a> {
    connection: &'a Connection,
    set: &'a str,
    lease: Option<&'a Lease<'a>>,
    last: Option<Instant>,
}

impl<'a> World<'a> {
    pub(super) fn new(connection: &'a Connection, set: &'a str) -> Self {
        Self { connection, set, lease: None, last: None }
    }

    pub(super) fn keep(&mut self, lease: &'a Lease<'a>) {
        self.lease = Some(lease);
    }

    async fn look(&self) -> Seen<Snapshot> {
        let namespace = Some(self.connection.namespace());
        let inputs = observe(self.connection, namespace, Reading::Everything).await;
        let found = inputs.snapshots()?.into_iter().find(|now| now.set.name == self.set);
        let mut now = found
            .ok_or_else(|| Unread::new(format!("find statefulset/{}", self.set), Why::Absent))?;
        let closer = Closer { pods: true, usage: true, workloads: claims::awaits_workloads(&now) };
        let details = look_closer(self.connection, std::slice::from_ref(&now), namespace, closer);
        now.details = Arc::new(details.await);
        Ok(now)
    }
}

impl Observe<Snapshot> for World<'_> {
    fn observe(&mut self) -> Boxed<'_, Seen<Snapshot>> {
        Box::pin(async {
            if let Some(last) = self.last {
                sleep_until(last + PAUSE).await;
            }
            if let Some(lease) = self.lease {
                // Who has lost it may look on; it is writing that needs it.
                let _ = lease.hold().await;
            }
            let seen = self.look().await;
            self.last = Some(Instant::now());
            seen
        })
    }
}
