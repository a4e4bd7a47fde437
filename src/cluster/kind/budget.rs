//! policy/v1 PodDisruptionBudget.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, or_default};
use super::pod::Condition;
use crate::model::{self, BudgetLimit, Selector};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PodDisruptionBudget {
    pub metadata: Meta,
    pub spec: BudgetSpec,
    pub status: BudgetStatus,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BudgetSpec {
    pub selector: Option<Selector>,
    pub min_available: Option<IntOrString>,
    pub max_unavailable: Option<IntOrString>,
    pub unhealthy_pod_eviction_policy: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IntOrString {
    Int(i64),
    String(String),
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BudgetStatus {
    pub observed_generation: i64,
    pub disruptions_allowed: i32,
    pub current_healthy: i32,
    pub desired_healthy: i32,
    pub expected_pods: i32,
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
}

impl PodDisruptionBudget {
    pub fn to_model(&self) -> model::Budget {
        let (spec, status) = (&self.spec, &self.status);
        let min_available =
            spec.min_available.as_ref().map(|v| BudgetLimit::MinAvailable(v.words()));
        let max_unavailable =
            spec.max_unavailable.as_ref().map(|v| BudgetLimit::MaxUnavailable(v.words()));
        model::Budget {
            namespace: self.metadata.namespace.clone(),
            name: self.metadata.name.clone(),
            selector: spec.selector.clone(),
            limit: min_available.or(max_unavailable),
            generation: self.metadata.generation,
            observed_generation: status.observed_generation,
            disruptions_allowed: status.disruptions_allowed,
            current_healthy: status.current_healthy,
            desired_healthy: status.desired_healthy,
            expected_pods: status.expected_pods,
            sync_error: status
                .conditions
                .iter()
                .find(|it| it.reason.as_deref() == Some("SyncFailed"))
                .map(|it| it.message.clone().unwrap_or_default()),
            lets_unready_go: spec.unhealthy_pod_eviction_policy.as_deref() == Some("AlwaysAllow"),
        }
    }
}

impl IntOrString {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Int(number) => number.to_string(),
            Self::String(text) => text.clone(),
        }
    }
}
