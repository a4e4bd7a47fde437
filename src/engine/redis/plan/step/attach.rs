//! A node becomes the replica of another primary.

use super::super::cluster::{Cluster, Node};
use crate::engine::redis::command::Command;
use crate::engine::redis::facts::Facts;
use crate::engine::redis::nodes::Role;
use crate::engine::redis::session::{Sessions, Ways};
use crate::model::Snapshot;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct Attach {
    node: String,
    pod: String,
    primary: String,
    primary_pod: String,
    why: Reason,
    ways: Ways,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Copy,
    /// The primary is about to get slots.
    Ahead,
    /// It is that already, and dials where its primary was.
    Again,
}

impl Attach {
    pub fn again(cluster: &Cluster, node: &Node, primary: &Node) -> Self {
        Self { why: Reason::Again, ..Self::new(cluster, node, primary) }
    }

    pub fn new(cluster: &Cluster, node: &Node, primary: &Node) -> Self {
        Self {
            node: node.id.clone(),
            pod: node.name(),
            primary: primary.id.clone(),
            primary_pod: primary.name(),
            why: if primary.slots.is_empty() { Reason::Ahead } else { Reason::Copy },
            ways: cluster.ways.clone(),
        }
    }
}

impl Step<Snapshot> for Attach {
    fn describe(&self) -> Description {
        let says = match self.why {
            Reason::Copy => "as the replica of {primary}, until it has all its data",
            Reason::Ahead => "as the replica of {primary}, before that gets slots",
            Reason::Again => "again to its primary {primary}: it dials where that was before",
        };
        Description::new("attach", Object::pod(&self.pod), says)
            .with("primary", self.primary_pod.as_str())
    }

    fn consent(&self) -> Consent {
        Consent::Arrange
    }

    fn forecast(&self, now: &mut Snapshot) {
        Facts::change(now, |cluster| {
            if let Some(node) = cluster.node_mut(&self.node) {
                node.role = Role::Replica;
                node.primary = Some(self.primary.clone());
                node.is_in_sync = true;
                node.dials = None;
            }
        });
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let Some(mut sessions) = Sessions::open(&self.ways, [&self.node], hands).await? else {
                return Ok(());
            };
            sessions.change(&self.node, Command::Replicate(self.primary.clone()), hands).await
        })
    }
}
