//! apps/v1 ControllerRevision, without the template that it holds.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, or_default};
use crate::model;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ControllerRevision {
    pub metadata: RevisionMeta,
    pub revision: i64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RevisionMeta {
    #[serde(flatten)]
    pub meta: Meta,
    /// In no capture: `kubectl --record` wrote whole commands there.
    #[serde(skip_serializing, deserialize_with = "or_default")]
    pub annotations: RevisionAnnotations,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RevisionAnnotations {
    #[serde(rename = "kubernetes.io/change-cause")]
    pub cause: Option<String>,
}

impl ControllerRevision {
    pub fn to_model(&self) -> model::Revision {
        model::Revision {
            name: self.metadata.meta.name.clone(),
            owner: self.metadata.meta.controller(),
            number: self.revision,
            created: self.metadata.meta.creation_timestamp,
            cause: self.metadata.annotations.cause.clone(),
        }
    }
}
