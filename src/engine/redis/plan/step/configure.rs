//! One setting of some members, until they start again; what it was is remembered first.

use super::super::cluster::{Cluster, Node};
use super::super::layout::Layout;
use crate::engine::redis::command::Command;
use crate::engine::redis::facts::Facts;
use crate::engine::redis::session::{Sessions, Ways};
use crate::model::{Record, Snapshot};
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

const NAME: &str = "cluster-allow-replica-migration";

#[derive(Debug)]
pub struct Configure {
    /// Node id, and the value that it gets.
    values: Vec<(String, String)>,
    pods: Vec<String>,
    /// Before it is changed; None where it is put back.
    record: Option<Record>,
    ways: Ways,
}

impl Configure {
    /// So that the server leaves roles alone.
    pub fn still(now: &Snapshot, cluster: &Cluster, nodes: &[&Node], layout: &Layout) -> Self {
        let mut record = now.record_or_new();
        record.replicas_per_shard.get_or_insert(layout.replicas_per_shard);
        for place in nodes.iter().filter_map(|node| node.place.as_ref()) {
            record.settings.entry(place.uid.clone()).or_insert_with(|| "yes".to_owned());
        }
        Self {
            values: nodes.iter().map(|node| (node.id.clone(), "no".to_owned())).collect(),
            pods: nodes.iter().map(|node| node.name()).collect(),
            record: Some(record),
            ways: cluster.ways.clone(),
        }
    }

    pub fn back(cluster: &Cluster, nodes: &[(&Node, &String)]) -> Self {
        let value = |(node, value): &(&Node, &String)| (node.id.clone(), (*value).clone());
        Self {
            values: nodes.iter().map(value).collect(),
            pods: nodes.iter().map(|(node, _)| node.name()).collect(),
            record: None,
            ways: cluster.ways.clone(),
        }
    }
}

impl Step<Snapshot> for Configure {
    fn describe(&self) -> Description {
        let first = self.pods.first().map(String::as_str).unwrap_or_default();
        let says = if self.record.is_some() {
            "{setting} off on {pods} meanwhile: roles stay as they are planned"
        } else {
            "{setting} as before on {pods}"
        };
        Description::new("set", Object::pod(first), says)
            .with("setting", NAME)
            .with("pods", self.pods.clone())
    }

    fn consent(&self) -> Consent {
        Consent::Arrange
    }

    fn forecast(&self, now: &mut Snapshot) {
        if self.record.is_some() {
            now.record.clone_from(&self.record);
        }
        Facts::change(now, |cluster| {
            for (id, value) in &self.values {
                if let Some(node) = cluster.node_mut(id) {
                    node.migrates = Some(value == "yes");
                }
            }
        });
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let ids = self.values.iter().map(|(id, _)| id);
            let Some(mut sessions) = Sessions::open(&self.ways, ids, hands).await? else {
                return Ok(());
            };
            if let Some(record) = &self.record {
                hands.writes().remember(record).await?;
            }
            for (id, value) in &self.values {
                let command = Command::Configure { name: NAME, value: value.clone() };
                sessions.change(id, command, hands).await?;
            }
            Ok(())
        })
    }
}
