//! autoscaling/v2 HorizontalPodAutoscaler.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, or_default};
use super::pod::Condition;
use crate::model;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HorizontalPodAutoscaler {
    pub metadata: Meta,
    pub spec: AutoscalerSpec,
    pub status: AutoscalerStatus,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AutoscalerSpec {
    pub scale_target_ref: ScaleTarget,
    pub min_replicas: Option<u32>,
    pub max_replicas: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ScaleTarget {
    pub kind: String,
    pub name: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AutoscalerStatus {
    pub desired_replicas: Option<u32>,
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
}

impl HorizontalPodAutoscaler {
    pub fn to_model(&self) -> model::Autoscaler {
        let (spec, status) = (&self.spec, &self.status);
        model::Autoscaler {
            namespace: self.metadata.namespace.clone(),
            name: self.metadata.name.clone(),
            owner: self.metadata.controller(),
            target_kind: spec.scale_target_ref.kind.clone(),
            target_name: spec.scale_target_ref.name.clone(),
            min: spec.min_replicas.unwrap_or(1),
            max: spec.max_replicas,
            desired: status.desired_replicas,
            conditions: status.conditions.iter().map(Condition::to_model).collect(),
        }
    }
}
