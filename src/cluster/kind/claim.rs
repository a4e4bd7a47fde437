//! v1 PersistentVolumeClaim.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, or_default};
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
#[serde(default)]
pub struct ClaimStatus {
    pub phase: String,
    pub capacity: Storage,
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
        }
    }
}
