//! A slot that is open and whose keys are all with its owner: it is closed where it is.

use super::super::cluster::{Cluster, Node};
use crate::engine::redis::command::Command;
use crate::engine::redis::facts::Facts;
use crate::engine::redis::session::{Sessions, Ways};
use crate::model::{Access, Snapshot};
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct Close {
    slot: u16,
    owner: String,
    /// Those that hold it open.
    on: Vec<String>,
    ways: Ways,
}

impl Close {
    pub fn new(cluster: &Cluster, owner: &Node, slot: u16) -> Self {
        let is_open = |node: &&Node| node.open.iter().any(|open| open.slot() == slot);
        let on = cluster.nodes.iter().filter(is_open).map(|node| node.id.clone()).collect();
        Self { slot, owner: owner.name(), on, ways: cluster.ways.clone() }
    }
}

impl Step<Snapshot> for Close {
    fn describe(&self) -> Description {
        let says = "slot {slot}, which was left open, where it is";
        Description::new("close", Object::pod(&self.owner), says).with("slot", u32::from(self.slot))
    }

    fn consent(&self) -> Consent {
        Consent::Arrange
    }

    fn rights(&self) -> Vec<Access> {
        Vec::new()
    }

    fn forecast(&self, now: &mut Snapshot) {
        Facts::change(now, |cluster| {
            for node in &mut cluster.nodes {
                node.open.retain(|open| open.slot() != self.slot);
            }
        });
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let mut sessions = Sessions::open(&self.ways, &self.on, hands).await?;
            if hands.is_trial() {
                return Ok(());
            }
            for node in &self.on {
                sessions.change(node, Command::Stable { slot: self.slot }, hands).await?;
            }
            Ok(())
        })
    }
}
