//! apps/v1 ControllerRevision, without the template that it holds.

use serde::{Deserialize, Serialize};

use super::meta::Meta;
use crate::model;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ControllerRevision {
    pub metadata: Meta,
    pub revision: i64,
}

impl ControllerRevision {
    pub fn to_model(&self) -> model::Revision {
        model::Revision {
            name: self.metadata.name.clone(),
            owner: self.metadata.controller(),
            number: self.revision,
            created: self.metadata.creation_timestamp,
        }
    }
}
