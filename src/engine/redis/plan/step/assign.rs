//! A slot that nobody owns goes to the node that has it open to receive it.

use super::super::cluster::{Cluster, Node};
use crate::engine::redis::command::Command;
use crate::engine::redis::facts::Facts;
use crate::engine::redis::session::{Sessions, Ways};
use crate::model::Snapshot;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct Assign {
    node: String,
    pod: String,
    slot: u16,
    ways: Ways,
}

impl Assign {
    pub fn new(cluster: &Cluster, node: &Node, slot: u16) -> Self {
        Self { node: node.id.clone(), pod: node.name(), slot, ways: cluster.ways.clone() }
    }
}

impl Step<Snapshot> for Assign {
    fn describe(&self) -> Description {
        let says = "slot {slot}, which nobody owns and which was on its way to it";
        Description::new("assign", Object::pod(&self.pod), says).with("slot", u32::from(self.slot))
    }

    fn consent(&self) -> Consent {
        Consent::Arrange
    }

    fn forecast(&self, now: &mut Snapshot) {
        Facts::change(now, |cluster| {
            for node in &mut cluster.nodes {
                node.open.retain(|open| open.slot() != self.slot);
                if node.id == self.node {
                    node.slots.insert(self.slot);
                    node.strays.remove(&self.slot);
                }
            }
        });
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let Some(mut sessions) = Sessions::open(&self.ways, [&self.node], hands).await? else {
                return Ok(());
            };
            let command = Command::Owner { slot: self.slot, id: self.node.clone() };
            sessions.change(&self.node, command, hands).await
        })
    }
}
