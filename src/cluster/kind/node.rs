//! v1 Node.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, or_default};
use super::pod::Condition;
use crate::model::{self, Timestamp};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    pub metadata: Meta,
    pub spec: NodeSpec,
    pub status: NodeStatus,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeSpec {
    pub unschedulable: bool,
    #[serde(deserialize_with = "or_default")]
    pub taints: Vec<Taint>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Taint {
    pub key: String,
    pub value: String,
    pub effect: String,
    pub time_added: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeStatus {
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
}

impl Node {
    pub fn to_model(&self) -> model::Node {
        let ready = self.status.conditions.iter().find(|condition| condition.kind == "Ready");
        let is_ready = ready.is_some_and(|condition| condition.status == "True");
        let taint = |t: &Taint| model::Taint {
            key: t.key.clone(),
            value: t.value.clone(),
            effect: t.effect.clone(),
            since: t.time_added,
        };
        let is_pressure = |it: &&Condition| it.kind.ends_with("Pressure") && it.status == "True";
        model::Node {
            name: self.metadata.name.clone(),
            labels: self.metadata.labels.clone(),
            is_ready,
            not_ready_reason: ready.filter(|_| !is_ready).and_then(|c| c.reason.clone()),
            not_ready_message: ready.filter(|_| !is_ready).and_then(|c| c.message.clone()),
            ready_changed: ready.and_then(|condition| condition.last_transition_time),
            is_unschedulable: self.spec.unschedulable,
            taints: self.spec.taints.iter().map(taint).collect(),
            pressures: self
                .status
                .conditions
                .iter()
                .filter(is_pressure)
                .map(|it| it.kind.clone())
                .collect(),
        }
    }
}
