//! A primary that leaves, or is about to be replaced, hands its shard to a replica (`CLUSTER FAILOVER`, which asks the primary first).

use std::time::Duration;

use tokio::time::Instant;

use super::super::cluster::{Cluster, Node};
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::facts::Facts;
use crate::engine::redis::info::Info;
use crate::engine::redis::session::{Sessions, Ways};
use crate::model::Snapshot;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct HandOver {
    primary: String,
    pod: String,
    consent: Consent,
    heir: String,
    heir_pod: String,
    slots: usize,
    ways: Ways,
}

/// It may say OK and do nothing while its last attempt is less than four node timeouts ago: it is asked again after this.
const PATIENCE: Duration = Duration::from_secs(8);
const PAUSE: Duration = Duration::from_millis(100);

impl HandOver {
    pub fn new(cluster: &Cluster, primary: &Node, heir: &Node, consent: Consent) -> Self {
        Self {
            primary: primary.id.clone(),
            pod: primary.name(),
            consent,
            heir: heir.id.clone(),
            heir_pod: heir.name(),
            slots: primary.slots.len(),
            ways: cluster.ways.clone(),
        }
    }
}

impl Step<Snapshot> for HandOver {
    fn describe(&self) -> Description {
        let says = "its {slots:slot} to its replica {heir}: nothing is copied";
        Description::new("handover", Object::pod(&self.pod), says)
            .with("slots", self.slots)
            .with("heir", self.heir_pod.as_str())
    }

    fn consent(&self) -> Consent {
        self.consent.clone()
    }

    fn forecast(&self, now: &mut Snapshot) {
        Facts::change(now, |cluster| cluster.promote(&self.primary, &self.heir));
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let Some(mut sessions) = Sessions::open(&self.ways, [&self.heir], hands).await? else {
                return Ok(());
            };
            sessions.change(&self.heir, Command::Failover, hands).await?;
            let began = Instant::now();
            while began.elapsed() < PATIENCE {
                let asked = vec![Command::Info("replication")];
                let answer = sessions.one(&self.heir, asked, hands).await?.pop();
                let info = Info::parse(answer.as_ref().and_then(Answer::text).unwrap_or_default());
                if !info.is_replica() {
                    return Ok(());
                }
                hands.reach()?.pause(PAUSE).await;
            }
            Err(Failed::Unknown(format!("{} has not taken over yet", self.heir_pod)))
        })
    }
}
