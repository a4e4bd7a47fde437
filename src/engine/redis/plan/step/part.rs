//! A member that holds nothing is forgotten by all others and made empty, back to back: a reset member answers CLUSTERDOWN,
//! and one that was forgotten and still runs is met again (Valkey >= 8.1).
//!
//! It forgets the others too, so that it does not come back to them with its claim; and its data is taken from its disk: an
//! old `dump.rdb` brings old keys back, and with them it takes slots for itself (`clusterLoadConfig`).

use std::time::Duration;

use super::super::cluster::{Cluster, Node};
use super::forget::forget;
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::facts::Facts;
use crate::engine::redis::nodes::Role;
use crate::engine::redis::session::{Sessions, Ways};
use crate::model::{Record, Snapshot};
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct Part {
    node: String,
    pod: String,
    ordinal: u32,
    others: Vec<String>,
    has_functions: bool,
    record: Record,
    ways: Ways,
}

/// A save that is under way is waited for.
const SAVES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(200);

impl Part {
    pub fn new(now: &Snapshot, cluster: &Cluster, node: &Node) -> Self {
        let others = cluster.nodes.iter().filter(|it| it.id != node.id && it.has_answered);
        let mut record = now.record_or_new();
        record.forgotten = Some(now.at);
        Self {
            node: node.id.clone(),
            pod: node.name(),
            ordinal: node.ordinal(),
            others: others.map(|it| it.id.clone()).collect(),
            has_functions: node.functions.is_some_and(|it| it > 0),
            record,
            ways: cluster.ways.clone(),
        }
    }
}

impl Step<Snapshot> for Part {
    fn describe(&self) -> Description {
        let says = "forgotten on {members:member}, reset, and emptied on its disk";
        Description::new("part", Object::pod(&self.pod), says).with("members", self.others.len())
    }

    fn consent(&self) -> Consent {
        Consent::Leave(self.ordinal)
    }

    fn forecast(&self, now: &mut Snapshot) {
        now.record = Some(self.record.clone());
        Facts::change(now, |cluster| {
            cluster.forget(&self.node);
            if let Some(node) = cluster.node_mut(&self.node) {
                node.peers.clear();
                node.role = Role::Primary;
                node.primary = None;
                node.keys = 0;
                node.functions = node.functions.map(|_| 0);
            }
        });
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let all = self.others.iter().chain([&self.node]);
            let Some(mut sessions) = Sessions::open(&self.ways, all, hands).await? else {
                return Ok(());
            };
            hands.writes().remember(&self.record).await?;
            forget(&self.node, &self.others, &mut sessions, hands).await?;
            sessions.change(&self.node, Command::ResetHard, hands).await?;
            // Never anywhere but on a node that is alone by now.
            let info = sessions.one(&self.node, vec![Command::ClusterInfo], hands).await?.pop();
            let is_alone = info.as_ref().and_then(Answer::text).is_some_and(|text| {
                text.lines().any(|it| it.trim_end() == "cluster_known_nodes:1")
            });
            if !is_alone {
                return Err(sessions.refused(&self.node, info));
            }
            sessions.change(&self.node, Command::FlushAll, hands).await?;
            if self.has_functions {
                sessions.change(&self.node, Command::FunctionFlush, hands).await?;
            }
            for _ in 0..SAVES {
                match sessions.one(&self.node, vec![Command::Save], hands).await?.pop() {
                    Some(Answer::Bytes(_)) => return Ok(()),
                    Some(answer) if answer.is_error("ERR Background save") => {}
                    other => return Err(sessions.refused(&self.node, other)),
                }
                hands.reach()?.pause(PAUSE).await;
            }
            Err(Failed::Unknown(format!("{} still saves", self.pod)))
        })
    }
}
