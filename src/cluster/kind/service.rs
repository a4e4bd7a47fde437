//! v1 Service.

use serde::{Deserialize, Serialize};

use super::budget::IntOrString;
use super::meta::{Meta, or_default};
use crate::model::{self, Labels};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    pub metadata: Meta,
    pub spec: ServiceSpec,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceSpec {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(rename = "clusterIP")]
    pub cluster_ip: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub selector: Labels,
    pub publish_not_ready_addresses: bool,
    #[serde(deserialize_with = "or_default")]
    pub ports: Vec<ServicePort>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServicePort {
    pub name: Option<String>,
    pub port: u16,
    pub target_port: Option<IntOrString>,
}

impl ServicePort {
    fn to_model(&self) -> model::ServicePort {
        model::ServicePort {
            name: self.name.clone(),
            number: self.port,
            target_name: match &self.target_port {
                Some(IntOrString::String(name)) => Some(name.clone()),
                _ => None,
            },
        }
    }
}

impl Service {
    pub fn to_model(&self) -> model::Service {
        model::Service {
            namespace: self.metadata.namespace.clone(),
            name: self.metadata.name.clone(),
            selector: self.spec.selector.clone(),
            is_headless: self.spec.cluster_ip.as_deref() == Some("None"),
            is_external_name: self.spec.kind == "ExternalName",
            publishes_not_ready: self.spec.publish_not_ready_addresses,
            ports: self.spec.ports.iter().map(ServicePort::to_model).collect(),
        }
    }
}
