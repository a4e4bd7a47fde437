//! What is read once for all sets of a run: everything around a set that rules look at.

use std::sync::Arc;

use super::{
    Attachment, Claim, Endpoint, Labels, Owner, PersistentVolume, Pod, Seen, Selector, Service,
    Set, StorageClass, Timestamp, Toleration, Version,
};

/// Every field covers the namespaces that were asked for; rules pick what concerns their set.
#[derive(Clone, Debug)]
pub struct Shared {
    pub sets: Seen<Vec<Arc<Set>>>,
    pub pods: Seen<Vec<Arc<Pod>>>,
    pub claims: Seen<Vec<Arc<Claim>>>,
    pub services: Seen<Vec<Service>>,
    pub budgets: Seen<Vec<Budget>>,
    /// Warnings only, newest last.
    pub events: Seen<Vec<Event>>,
    pub nodes: Seen<Vec<Node>>,
    pub classes: Seen<Vec<StorageClass>>,
    pub revisions: Seen<Vec<Revision>>,
    pub endpoints: Seen<Vec<Endpoint>>,
    pub autoscalers: Seen<Vec<Autoscaler>>,
    pub quotas: Seen<Vec<Quota>>,
    pub volumes: Seen<Vec<PersistentVolume>>,
    pub attachments: Seen<Vec<Attachment>>,
    pub version: Seen<Version>,
}

#[derive(Clone, Debug)]
pub struct Budget {
    pub namespace: String,
    pub name: String,
    /// None selects nothing (policy/v1).
    pub selector: Option<Selector>,
    pub limit: Option<BudgetLimit>,
    pub generation: i64,
    pub observed_generation: i64,
    pub disruptions_allowed: i32,
    pub current_healthy: i32,
    pub desired_healthy: i32,
    pub expected_pods: i32,
    /// Why the controller cannot say how many may go (`DisruptionAllowed=False`, reason `SyncFailed`).
    pub sync_error: Option<String>,
    /// `unhealthyPodEvictionPolicy: AlwaysAllow`: pods that are not ready may go at any time.
    pub lets_unready_go: bool,
}

/// A HorizontalPodAutoscaler; one of KEDA has a ScaledObject as its owner.
#[derive(Clone, Debug)]
pub struct Autoscaler {
    pub namespace: String,
    pub name: String,
    pub owner: Option<Owner>,
    pub target_kind: String,
    pub target_name: String,
    pub min: u32,
    pub max: u32,
    pub desired: Option<u32>,
    /// `AbleToScale`, `ScalingActive`, `ScalingLimited`.
    pub conditions: Vec<super::Condition>,
}

/// A ResourceQuota: what is left of each resource is `hard - used`.
#[derive(Clone, Debug)]
pub struct Quota {
    pub namespace: String,
    pub name: String,
    pub limits: Vec<QuotaLimit>,
    /// It counts only some pods (`scopes`, `scopeSelector`).
    pub is_scoped: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaLimit {
    /// `pods`, `requests.cpu`, `requests.storage`, `persistentvolumeclaims`, …
    pub resource: String,
    /// Bytes, or pieces; of a CPU thousandths.
    pub hard: u64,
    pub used: u64,
}

/// A ControllerRevision: one version of the template.
#[derive(Clone, Debug)]
pub struct Revision {
    pub name: String,
    pub owner: Option<Owner>,
    /// Rises each time that the controller goes back to it, too.
    pub number: i64,
    pub created: Option<Timestamp>,
    /// `kubernetes.io/change-cause`.
    pub cause: Option<String>,
}

/// A number or a percentage, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BudgetLimit {
    MinAvailable(String),
    MaxUnavailable(String),
}

#[derive(Clone, Debug)]
pub struct Event {
    pub namespace: String,
    pub object_kind: String,
    pub object_name: String,
    pub object_uid: String,
    pub reason: String,
    pub message: String,
    pub count: u32,
    pub last: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub struct Node {
    pub name: String,
    pub labels: Labels,
    /// The Ready condition is True.
    pub is_ready: bool,
    pub not_ready_reason: Option<String>,
    pub not_ready_message: Option<String>,
    /// Last transition of the Ready condition.
    pub ready_changed: Option<Timestamp>,
    pub is_unschedulable: bool,
    pub taints: Vec<Taint>,
    /// `MemoryPressure`, `DiskPressure`, `PIDPressure` that hold.
    pub pressures: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    pub key: String,
    pub value: String,
    pub effect: String,
    pub since: Option<Timestamp>,
}

impl Shared {
    /// Whether a node is known not to answer.
    pub fn is_lost(&self, node: &str) -> bool {
        self.nodes.iter().flatten().any(|it| it.name == node && !it.is_ready)
    }
}

impl Node {
    /// Whether a pod that tolerates nothing special could be placed there.
    pub fn is_schedulable(&self) -> bool {
        self.is_ready
            && !self.is_unschedulable
            && !self.taints.iter().any(|t| t.effect == "NoSchedule" || t.effect == "NoExecute")
    }
}

impl Toleration {
    /// As the scheduler compares them (`ToleratesTaint`).
    pub fn tolerates(&self, taint: &Taint) -> bool {
        (self.effect.is_empty() || self.effect == taint.effect)
            && (self.key.is_empty() || self.key == taint.key)
            && (self.any_value || self.value == taint.value)
    }
}
