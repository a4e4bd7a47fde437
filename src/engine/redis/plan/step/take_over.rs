//! A replica takes over that is not promoted by itself (`CLUSTER FAILOVER TAKEOVER`, without a vote): what its primary has and
//! had not replicated is lost.

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
pub struct TakeOver {
    primary: String,
    primary_pod: String,
    heir: String,
    pod: String,
    slots: usize,
    ways: Ways,
}

impl TakeOver {
    pub fn new(cluster: &Cluster, primary: &Node, heir: &Node) -> Self {
        Self {
            primary: primary.id.clone(),
            primary_pod: primary.name(),
            heir: heir.id.clone(),
            pod: heir.name(),
            slots: primary.slots.len(),
            ways: cluster.ways.clone(),
        }
    }
}

impl Step<Snapshot> for TakeOver {
    fn describe(&self) -> Description {
        let says = "the {slots:slot} of {primary}, without votes: what {primary} has and had not replicated is lost";
        Description::new("takeover", Object::pod(&self.pod), says)
            .with("slots", self.slots)
            .with("primary", self.primary_pod.as_str())
    }

    fn consent(&self) -> Consent {
        Consent::Arrange
    }

    /// As if the old primary had come back as its replica.
    fn forecast(&self, now: &mut Snapshot) {
        Facts::change(now, |cluster| {
            cluster.promote(&self.primary, &self.heir);
            for node in &mut cluster.nodes {
                node.has_answered |= node.primary.as_ref() == Some(&self.heir);
            }
        });
    }

    /// Only while its primary does not answer it: one that is back is not pushed aside.
    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let Some(mut sessions) = Sessions::open(&self.ways, [&self.heir], hands).await? else {
                return Ok(());
            };
            let asked = vec![Command::Info("replication")];
            let answer = sessions.one(&self.heir, asked, hands).await?.pop();
            let info = Info::parse(answer.as_ref().and_then(Answer::text).unwrap_or_default());
            if info.get("master_link_status") != Some("down") {
                return Err(Failed::Changed);
            }
            sessions.change(&self.heir, Command::TakeOver, hands).await
        })
    }
}
