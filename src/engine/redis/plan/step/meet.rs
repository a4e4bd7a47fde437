//! A server becomes a member: it is introduced to one, and the others hear of it.

use super::super::cluster::{Cluster, Node};
use crate::engine::redis::command::{Command, Endpoint};
use crate::engine::redis::facts::Facts;
use crate::engine::redis::session::{Sessions, Ways};
use crate::model::Snapshot;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct Meet {
    node: String,
    pod: String,
    endpoint: Endpoint,
    host: String,
    host_pod: String,
    /// They were members of one cluster before, and lost each other.
    is_again: bool,
    ways: Ways,
}

impl Meet {
    pub fn new(cluster: &Cluster, node: &Node, host: &Node) -> Self {
        Self {
            node: node.id.clone(),
            pod: node.name(),
            endpoint: node.endpoint.clone(),
            host: host.id.clone(),
            host_pod: host.name(),
            is_again: host.is_stranded,
            ways: cluster.ways.clone(),
        }
    }
}

impl Step<Snapshot> for Meet {
    fn describe(&self) -> Description {
        let says = if self.is_again {
            "{node} again: it knows only addresses that nobody has any more"
        } else {
            "until all members know it"
        };
        // Who is introduced, or who looks for the others.
        let pod = if self.is_again { &self.host_pod } else { &self.pod };
        Description::new("meet", Object::pod(pod), says)
            .with("host", self.host_pod.as_str())
            .with("node", self.pod.as_str())
    }

    fn consent(&self) -> Consent {
        Consent::Join
    }

    fn forecast(&self, now: &mut Snapshot) {
        Facts::change(now, |cluster| {
            if let Some(host) = cluster.node_mut(&self.host) {
                host.peers.insert(self.node.clone());
                host.is_stranded = false;
            }
            if let Some(node) = cluster.node_mut(&self.node) {
                node.is_meeting = !self.is_again;
                node.is_stranded = false;
            }
        });
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            // It is asked as well, so that nobody else by its address is introduced.
            let Some(mut sessions) =
                Sessions::open(&self.ways, [&self.host, &self.node], hands).await?
            else {
                return Ok(());
            };
            sessions.change(&self.host, Command::Meet(self.endpoint.clone()), hands).await
        })
    }
}
