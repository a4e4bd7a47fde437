//! A primary that is to get its first slots gets the functions that those call who use them: no server passes them on to
//! another shard.

use super::super::cluster::{Cluster, Node};
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::facts::Facts;
use crate::engine::redis::session::{Sessions, Ways};
use crate::model::Snapshot;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct Load {
    source: String,
    source_pod: String,
    target: String,
    pod: String,
    functions: u64,
    consent: Consent,
    ways: Ways,
}

impl Load {
    pub fn new(cluster: &Cluster, source: &Node, target: &Node, consent: Consent) -> Self {
        Self {
            source: source.id.clone(),
            source_pod: source.name(),
            target: target.id.clone(),
            pod: target.name(),
            functions: source.functions.unwrap_or_default(),
            consent,
            ways: cluster.ways.clone(),
        }
    }
}

impl Step<Snapshot> for Load {
    fn describe(&self) -> Description {
        let says = "the {functions:function} of {source}, before slots come to it";
        Description::new("load", Object::pod(&self.pod), says)
            .with("functions", self.functions)
            .with("source", self.source_pod.as_str())
    }

    fn consent(&self) -> Consent {
        self.consent.clone()
    }

    fn forecast(&self, now: &mut Snapshot) {
        Facts::change(now, |cluster| {
            if let Some(node) = cluster.node_mut(&self.target) {
                node.functions = Some(self.functions);
            }
        });
    }

    /// In place of what it has: an ordinal may come back with those of another time.
    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let both = [&self.source, &self.target];
            let Some(mut sessions) = Sessions::open(&self.ways, both, hands).await? else {
                return Ok(());
            };
            let answer =
                sessions.one(&self.source, vec![Command::FunctionDump], hands).await?.pop();
            let Some(Answer::Bytes(all)) = answer else {
                return Err(sessions.refused(&self.source, answer));
            };
            sessions.change(&self.target, Command::FunctionRestore(all), hands).await
        })
    }
}
