//! What is read once for all sets of a run: everything around a set that rules look at.

use std::sync::Arc;

use super::{Claim, Labels, Pod, Seen, Selector, Set, Timestamp};

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
}

#[derive(Clone, Debug)]
pub struct Service {
    pub namespace: String,
    pub name: String,
    pub selector: Labels,
    pub is_headless: bool,
    pub is_external_name: bool,
    pub publishes_not_ready: bool,
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
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    pub key: String,
    pub effect: String,
}

#[derive(Clone, Debug)]
pub struct StorageClass {
    pub name: String,
    pub is_default: bool,
    pub provisioner: String,
    /// `volumeBindingMode: WaitForFirstConsumer`: a claim is bound only when a pod needs it.
    pub waits_for_consumer: bool,
}

impl Node {
    /// Whether a pod that tolerates nothing special could be placed there.
    pub fn is_schedulable(&self) -> bool {
        self.is_ready
            && !self.is_unschedulable
            && !self.taints.iter().any(|t| t.effect == "NoSchedule" || t.effect == "NoExecute")
    }
}
