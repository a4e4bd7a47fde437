//! v1 PersistentVolume, and storage.k8s.io/v1 VolumeAttachment.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, or_default};
use crate::model::{self, ClaimRef, Expression, Operator, Timestamp};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PersistentVolume {
    pub metadata: Meta,
    pub spec: VolumeSpec,
    pub status: VolumeStatus,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VolumeSpec {
    pub persistent_volume_reclaim_policy: String,
    pub claim_ref: Option<ClaimReference>,
    pub storage_class_name: Option<String>,
    pub node_affinity: NodeAffinity,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimReference {
    pub namespace: String,
    pub name: String,
    pub uid: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeAffinity {
    pub required: Option<NodeSelector>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeSelector {
    #[serde(deserialize_with = "or_default")]
    pub node_selector_terms: Vec<NodeSelectorTerm>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NodeSelectorTerm {
    #[serde(deserialize_with = "or_default")]
    pub match_expressions: Vec<Requirement>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Requirement {
    pub key: String,
    pub operator: String,
    #[serde(deserialize_with = "or_default")]
    pub values: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeStatus {
    pub phase: String,
    pub message: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeAttachment {
    pub metadata: Meta,
    pub spec: AttachmentSpec,
    pub status: AttachmentStatus,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AttachmentSpec {
    pub node_name: String,
    pub source: AttachmentSource,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AttachmentSource {
    pub persistent_volume_name: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AttachmentStatus {
    pub attached: bool,
    pub attach_error: Option<VolumeError>,
    pub detach_error: Option<VolumeError>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeError {
    pub message: Option<String>,
    pub time: Option<Timestamp>,
}

impl PersistentVolume {
    pub fn to_model(&self) -> model::PersistentVolume {
        let spec = &self.spec;
        let claim = |it: &ClaimReference| ClaimRef {
            namespace: it.namespace.clone(),
            name: it.name.clone(),
            uid: it.uid.clone(),
        };
        model::PersistentVolume {
            name: self.metadata.name.clone(),
            uid: self.metadata.uid.clone(),
            deleting: self.metadata.deletion_timestamp,
            phase: self.status.phase.clone(),
            message: self.status.message.clone().filter(|text| !text.is_empty()),
            reclaim: spec.persistent_volume_reclaim_policy.clone(),
            claim: spec.claim_ref.as_ref().map(claim),
            nodes: spec.node_affinity.required.as_ref().map(NodeSelector::to_model),
            class: spec.storage_class_name.clone(),
        }
    }
}

impl NodeSelector {
    /// A requirement that we cannot judge (`Gt`, `Lt`) excludes no node.
    fn to_model(&self) -> Vec<Vec<Expression>> {
        let term = |it: &NodeSelectorTerm| {
            it.match_expressions.iter().filter_map(Requirement::to_model).collect()
        };
        self.node_selector_terms.iter().map(term).collect()
    }
}

impl Requirement {
    fn to_model(&self) -> Option<Expression> {
        let operator = match self.operator.as_str() {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            _ => return None,
        };
        Some(Expression { key: self.key.clone(), operator, values: self.values.clone() })
    }
}

impl VolumeAttachment {
    /// None for one of an inline volume, which has no PersistentVolume.
    pub fn to_model(&self) -> Option<model::Attachment> {
        let error =
            |it: &Option<VolumeError>| it.as_ref().map(|it| it.message.clone().unwrap_or_default());
        Some(model::Attachment {
            name: self.metadata.name.clone(),
            volume: self.spec.source.persistent_volume_name.clone()?,
            node: self.spec.node_name.clone(),
            created: self.metadata.creation_timestamp,
            deleting: self.metadata.deletion_timestamp,
            is_attached: self.status.attached,
            attach_error: error(&self.status.attach_error),
            detach_error: error(&self.status.detach_error),
        })
    }
}
