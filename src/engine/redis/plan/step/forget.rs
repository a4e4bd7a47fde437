//! Nodes that are gone are forgotten by all who know them.

use super::super::cluster::{Cluster, Node};
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::facts::Facts;
use crate::engine::redis::members::short;
use crate::engine::redis::session::{Sessions, Ways};
use crate::model::Snapshot;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct Forget {
    ghosts: Vec<String>,
    /// Members, and whom each has to forget.
    on: Vec<(String, Vec<String>)>,
    first: String,
    ways: Ways,
}

impl Forget {
    pub fn new(cluster: &Cluster, ghosts: &[&Node]) -> Self {
        let ghosts: Vec<String> = ghosts.iter().map(|node| node.id.clone()).collect();
        let known = |node: &Node| {
            let known = ghosts.iter().filter(|id| node.peers.contains(*id)).cloned();
            (node.id.clone(), known.collect::<Vec<_>>())
        };
        let on: Vec<_> = cluster
            .nodes
            .iter()
            .filter(|node| node.has_answered)
            .map(known)
            .filter(|(_, ghosts)| !ghosts.is_empty())
            .collect();
        let first = on.first().and_then(|(id, _)| cluster.node(id)).map(Node::name);
        Self { ghosts, on, first: first.unwrap_or_default(), ways: cluster.ways.clone() }
    }
}

/// Forgets one node on several others. One that does not know it has done so already, and a replica forgets its primary only
/// with it.
pub(super) async fn forget(
    node: &str,
    on: &[String],
    sessions: &mut Sessions,
    hands: &Hands<'_>,
) -> Result<(), Failed> {
    for member in on {
        let answer =
            sessions.one(member, vec![Command::Forget(node.to_owned())], hands).await?.pop();
        match answer {
            Some(Answer::Bytes(_)) => {}
            Some(answer) if answer.is_error("ERR Unknown node") => {}
            Some(answer) if answer.is_error("ERR Can't forget my master") => {}
            other => return Err(sessions.refused(member, other)),
        }
    }
    Ok(())
}

impl Step<Snapshot> for Forget {
    fn describe(&self) -> Description {
        let ids: Vec<String> = self.ghosts.iter().map(|id| short(id).to_owned()).collect();
        let says = "{nodes}, gone for good, on {members:member}";
        Description::new("forget", Object::pod(&self.first), says)
            .with("nodes", ids)
            .with("members", self.on.len())
    }

    fn consent(&self) -> Consent {
        Consent::Arrange
    }

    fn forecast(&self, now: &mut Snapshot) {
        Facts::change(now, |cluster| {
            for ghost in &self.ghosts {
                cluster.forget(ghost);
            }
            cluster.nodes.retain(|node| !self.ghosts.contains(&node.id));
        });
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let members = self.on.iter().map(|(id, _)| id);
            let Some(mut sessions) = Sessions::open(&self.ways, members, hands).await? else {
                return Ok(());
            };
            for (member, ghosts) in &self.on {
                for ghost in ghosts {
                    forget(ghost, std::slice::from_ref(member), &mut sessions, hands).await?;
                }
            }
            Ok(())
        })
    }
}
