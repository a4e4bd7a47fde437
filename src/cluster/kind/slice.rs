//! discovery.k8s.io/v1 EndpointSlice.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, or_default};
use crate::model;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EndpointSlice {
    pub metadata: Meta,
    #[serde(deserialize_with = "or_default")]
    pub endpoints: Vec<Endpoint>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Endpoint {
    #[serde(deserialize_with = "or_default")]
    pub addresses: Vec<String>,
    pub conditions: EndpointConditions,
    pub hostname: Option<String>,
    pub target_ref: Option<TargetRef>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EndpointConditions {
    pub ready: Option<bool>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetRef {
    pub kind: String,
    pub name: String,
    pub uid: String,
}

impl EndpointSlice {
    /// Its entries; one that belongs to no Service has none.
    pub fn to_model(&self) -> Vec<model::Endpoint> {
        let Some(service) = self.metadata.labels.get("kubernetes.io/service-name") else {
            return Vec::new();
        };
        let endpoint = |it: &Endpoint| model::Endpoint {
            namespace: self.metadata.namespace.clone(),
            service: service.clone(),
            addresses: it.addresses.clone(),
            // Unknown counts as ready (API documentation of EndpointConditions).
            is_ready: it.conditions.ready.unwrap_or(true),
            hostname: it.hostname.clone(),
            pod: it
                .target_ref
                .as_ref()
                .filter(|target| target.kind == "Pod")
                .map(|target| (target.name.clone(), target.uid.clone())),
        };
        self.endpoints.iter().map(endpoint).collect()
    }
}
