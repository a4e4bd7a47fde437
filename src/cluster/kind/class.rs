//! storage.k8s.io/v1 StorageClass.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::meta::or_default;
use crate::model;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StorageClass {
    pub metadata: ClassMeta,
    pub provisioner: String,
    pub volume_binding_mode: Option<String>,
}

/// The one kind whose annotations matter: they mark the default class.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassMeta {
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
}

impl StorageClass {
    pub fn to_model(&self) -> model::StorageClass {
        let is_default =
            self.metadata.annotations.get("storageclass.kubernetes.io/is-default-class");
        model::StorageClass {
            name: self.metadata.name.clone(),
            is_default: is_default.is_some_and(|value| value == "true"),
            provisioner: self.provisioner.clone(),
            waits_for_consumer: self.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"),
        }
    }
}
