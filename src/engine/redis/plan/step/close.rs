//! Slots that are open and whose keys are all with their owner: they are closed where they are.

use super::super::cluster::{Cluster, Node};
use crate::engine::redis::command::Command;
use crate::engine::redis::facts::Facts;
use crate::engine::redis::nodes::Open;
use crate::engine::redis::session::{Sessions, Ways};
use crate::engine::redis::slots::Slots;
use crate::model::Snapshot;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct Close {
    slots: Slots,
    owner: String,
    /// Those that hold one open, and which.
    on: Vec<(String, u16)>,
    ways: Ways,
}

impl Close {
    pub fn new(cluster: &Cluster, owner: &Node, slots: &Slots) -> Self {
        let held = |node: &Node| {
            let open = node.open.iter().map(Open::slot).filter(|slot| slots.has(*slot));
            open.map(|slot| (node.id.clone(), slot)).collect::<Vec<_>>()
        };
        let on = cluster.nodes.iter().flat_map(held).collect();
        Self { slots: slots.clone(), owner: owner.name(), on, ways: cluster.ways.clone() }
    }
}

impl Step<Snapshot> for Close {
    fn describe(&self) -> Description {
        let says = "{slots:slot} left open, of which it has every key";
        Description::new("close", Object::pod(&self.owner), says).with("slots", self.slots.count())
    }

    fn consent(&self) -> Consent {
        Consent::Arrange
    }

    fn forecast(&self, now: &mut Snapshot) {
        Facts::change(now, |cluster| {
            for node in &mut cluster.nodes {
                node.open.retain(|open| !self.slots.has(open.slot()));
            }
        });
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let nodes = self.on.iter().map(|(id, _)| id);
            let Some(mut sessions) = Sessions::open(&self.ways, nodes, hands).await? else {
                return Ok(());
            };
            for (node, slot) in &self.on {
                sessions.change(node, Command::Stable { slot: *slot }, hands).await?;
            }
            Ok(())
        })
    }
}
