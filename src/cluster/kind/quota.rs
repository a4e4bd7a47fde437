//! v1 ResourceQuota.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::meta::{Meta, or_default};
use super::pod::Present;
use crate::model::{self, QuotaLimit, bytes, millis};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ResourceQuota {
    pub metadata: Meta,
    pub spec: QuotaSpec,
    pub status: QuotaStatus,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct QuotaSpec {
    #[serde(deserialize_with = "or_default")]
    pub scopes: Vec<String>,
    pub scope_selector: Option<Present>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QuotaStatus {
    #[serde(deserialize_with = "or_default")]
    pub hard: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub used: BTreeMap<String, String>,
}

impl ResourceQuota {
    pub fn to_model(&self) -> model::Quota {
        let status = &self.status;
        let limit = |(resource, hard): (&String, &String)| {
            let amount = |text: &str| {
                if resource.ends_with("cpu") { millis(text) } else { bytes(text) }
            };
            Some(QuotaLimit {
                resource: resource.clone(),
                hard: amount(hard)?,
                used: status.used.get(resource).and_then(|used| amount(used)).unwrap_or(0),
            })
        };
        model::Quota {
            namespace: self.metadata.namespace.clone(),
            name: self.metadata.name.clone(),
            limits: status.hard.iter().filter_map(limit).collect(),
            is_scoped: !self.spec.scopes.is_empty() || self.spec.scope_selector.is_some(),
        }
    }
}
