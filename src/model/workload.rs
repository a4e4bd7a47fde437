//! What makes pods, besides StatefulSets: each may come back to a claim that no pod mounts now.

use serde::{Deserialize, Serialize};

/// A Deployment, ReplicaSet, ReplicationController, DaemonSet, Job or CronJob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    pub namespace: String,
    /// As kubectl takes it: `deployment`, `cronjob`, …
    pub kind: String,
    pub name: String,
    /// Whether another makes it: a ReplicaSet belongs to its Deployment, a Job to its CronJob.
    pub is_owned: bool,
    /// Claims that the template of its pods names.
    pub claims: Vec<String>,
}
