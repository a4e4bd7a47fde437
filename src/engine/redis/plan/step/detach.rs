//! A replica that is more than its shard needs becomes a primary without slots. A server gives its role up only by forgetting
//! everybody (`CLUSTER RESET SOFT`, which keeps its id): it is met again at once.

use super::super::cluster::{Cluster, Node};
use crate::engine::redis::command::{Command, Endpoint};
use crate::engine::redis::facts::Facts;
use crate::engine::redis::nodes::Role;
use crate::engine::redis::session::{Sessions, Ways};
use crate::model::Snapshot;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct Detach {
    node: String,
    pod: String,
    endpoint: Endpoint,
    host: String,
    ways: Ways,
}

impl Detach {
    pub fn new(cluster: &Cluster, node: &Node, host: &Node) -> Self {
        Self {
            node: node.id.clone(),
            pod: node.name(),
            endpoint: node.endpoint.clone(),
            host: host.id.clone(),
            ways: cluster.ways.clone(),
        }
    }
}

impl Step<Snapshot> for Detach {
    fn describe(&self) -> Description {
        let says = "from its primary, which has other replicas: it is to get slots itself";
        Description::new("detach", Object::pod(&self.pod), says)
    }

    fn consent(&self) -> Consent {
        Consent::Arrange
    }

    fn forecast(&self, now: &mut Snapshot) {
        Facts::change(now, |cluster| {
            if let Some(node) = cluster.node_mut(&self.node) {
                node.role = Role::Primary;
                node.primary = None;
                node.keys = 0;
                node.is_in_sync = false;
            }
        });
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let Some(mut sessions) =
                Sessions::open(&self.ways, [&self.host, &self.node], hands).await?
            else {
                return Ok(());
            };
            sessions.change(&self.node, Command::ResetSoft, hands).await?;
            sessions.change(&self.host, Command::Meet(self.endpoint.clone()), hands).await
        })
    }
}
