//! What an unfinished run has to remember, and the cluster cannot show. It lives in the Lease of the set.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// Replicas when the first run began.
    pub replicas: u32,
    /// What the database called the usual number of copies then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas_per_shard: Option<usize>,
    /// Settings as they were, by the uid of the pod: a restart brings them back by itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// Since when those that leave hold nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drained: Option<Timestamp>,
    /// When it was last seen that nobody else moves anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watched: Option<Timestamp>,
    /// Uids of pods that a command or a request of the caller has made ready to leave.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub drained_pods: BTreeSet<String>,
    /// When the last member was forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// Who wants the run that is at work to stop before it takes its next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_by: Option<String>,
}

/// Of a rollout that is held back by its partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rollout {
    /// What the partition was before; None where there was none.
    pub partition: Option<u32>,
    /// The newest revision before the template was changed; None where somebody else changed it.
    pub revision: Option<String>,
    /// It goes back to what was before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_undo: bool,
    /// Uids of pods after which every gate was passed.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub gated: BTreeSet<String>,
}

impl Record {
    /// Of a run that begins with so many.
    pub fn of(replicas: u32) -> Self {
        Self { replicas, ..Self::default() }
    }
}
