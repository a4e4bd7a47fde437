//! What a run on one set looks at, again and again; meanwhile it keeps the lease.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use futures_util::future::join;

use super::cannot;
use super::nearest::did_you_mean;
use super::pace::Pace;
use crate::claims;
use crate::cluster::{
    Closer, Connection, Forwarded, Lease, Reading, Resource, look_closer, observe, unfinished,
};
use crate::engine::{self, AnyEngine};
use crate::execute::Observe;
use crate::model::{Seen, Snapshot, Unread, Why};
use crate::reach::Boxed;

/// Between two looks at the least.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) struct World<'a> {
    connection: &'a Connection,
    set: &'a str,
    /// The way to a database; None where none is looked for.
    reach: Option<&'a Forwarded<'a>>,
    lease: Option<&'a Lease<'a>>,
    /// Claims are to be deleted: whatever else may use one is read, too.
    is_about_claims: bool,
    pace: Pace,
}

impl<'a> World<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        set: &'a str,
        reach: Option<&'a Forwarded<'a>>,
        is_about_claims: bool,
    ) -> Self {
        Self { connection, set, reach, lease: None, is_about_claims, pace: Pace::new(PAUSE) }
    }

    pub(super) fn keep(&mut self, lease: &'a Lease<'a>) {
        self.lease = Some(lease);
    }

    /// The database that the pods show.
    pub(super) fn engine(&self, now: &Snapshot) -> Option<&'static dyn AnyEngine> {
        self.reach.and_then(|_| engine::detect(now)).map(|(engine, _)| engine)
    }

    /// The first look: a name that is not there may be a slip.
    pub(super) async fn begin(&mut self) -> Result<Snapshot> {
        let unread = match self.observe().await {
            Ok(now) => return Ok(now),
            Err(unread) => unread,
        };
        if unread != self.missing() {
            return Err(cannot(&unread));
        }
        let namespace = self.connection.namespace();
        let rows = self.connection.table(Resource::SETS, Some(namespace)).await.unwrap_or_default();
        let names = rows.iter().filter_map(|row| Some(row.first()?.as_str()));
        let hint = did_you_mean(self.set, names).map(|it| format!(" ({it})")).unwrap_or_default();
        Err(anyhow!("{unread} in namespace {namespace}{hint}"))
    }

    fn missing(&self) -> Unread {
        Unread::new(format!("find statefulset/{}", self.set), Why::Absent)
    }

    async fn look(&self) -> Seen<Snapshot> {
        let namespace = Some(self.connection.namespace());
        let inputs = observe(self.connection, namespace, Reading::Everything).await;
        let found = inputs.snapshots()?.into_iter().find(|now| now.set.name == self.set);
        let mut now = found.ok_or_else(|| self.missing())?;
        let workloads = self.is_about_claims || claims::awaits_workloads(&now);
        let closer = Closer { pods: true, usage: true, workloads };
        now.record = match self.lease {
            Some(lease) => lease.record(),
            None => unfinished(self.connection, self.set).await?,
        };
        let engine = self.engine(&now);
        let asking = async {
            match (engine, self.reach) {
                (Some(engine), Some(reach)) => Some((engine, engine.ask(&now, reach).await)),
                _ => None,
            }
        };
        let details = look_closer(self.connection, std::slice::from_ref(&now), namespace, closer);
        let (details, replies) = join(details, asking).await;
        now.details = Arc::new(details);
        if let Some((engine, replies)) = replies {
            engine.interpret(&mut now, replies);
        }
        Ok(now)
    }
}

impl Observe<Snapshot> for World<'_> {
    fn observe(&mut self) -> Boxed<'_, Seen<Snapshot>> {
        Box::pin(async {
            self.pace.wait().await;
            if let Some(lease) = self.lease {
                // Who has lost it may look on; it is writing that needs it.
                let _ = lease.hold().await;
            }
            let seen = self.look().await;
            self.pace.looked();
            seen
        })
    }
}
