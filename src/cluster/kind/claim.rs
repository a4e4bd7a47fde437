//! v1 PersistentVolumeClaim.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, or_default};
use super::pod::Condition;
use crate::model::{self, ClaimPhase, bytes};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PersistentVolumeClaim {
    pub metadata: Meta,
    pub spec: ClaimSpec,
    pub status: ClaimStatus,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClaimSpec {
    pub storage_class_name: Option<String>,
    pub volume_name: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub access_modes: Vec<String>,
    pub resources: Resources,
    pub volume_mode: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Resources {
    pub requests: Storage,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Storage {
    pub storage: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClaimStatus {
    pub phase: String,
    pub capacity: Storage,
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
    #[serde(deserialize_with = "or_default")]
    pub allocated_resource_statuses: Storage,
}

impl ClaimSpec {
    pub(super) fn mode(&self) -> String {
        self.volume_mode.clone().unwrap_or_else(|| "Filesystem".to_owned())
    }
}

impl PersistentVolumeClaim {
    pub fn to_model(&self) -> model::Claim {
        let (meta, spec) = (&self.metadata, &self.spec);
        model::Claim {
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
            uid: meta.uid.clone(),
            labels: meta.labels.clone(),
            owners: meta.owners(),
            controller: meta.controller(),
            created: meta.creation_timestamp,
            deleting: meta.deletion_timestamp,
            finalizers: meta.finalizers.clone(),
            phase: match self.status.phase.as_str() {
                "Bound" => ClaimPhase::Bound,
                "Lost" => ClaimPhase::Lost,
                _ => ClaimPhase::Pending,
            },
            class: spec.storage_class_name.clone(),
            volume: spec.volume_name.clone(),
            request: spec.resources.requests.storage.as_deref().and_then(bytes),
            capacity: self.status.capacity.storage.as_deref().and_then(bytes),
            modes: spec.access_modes.clone(),
            volume_mode: spec.mode(),
            conditions: self.status.conditions.iter().map(Condition::to_model).collect(),
            resize_status: self.status.allocated_resource_statuses.storage.clone(),
        }
    }
}
