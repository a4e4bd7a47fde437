//! storage.k8s.io/v1 StorageClass.

use serde::{Deserialize, Serialize};

use super::meta::or_default;
use crate::model;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StorageClass {
    pub metadata: ClassMeta,
    pub provisioner: String,
    pub volume_binding_mode: Option<String>,
    pub allow_volume_expansion: bool,
}

/// The one kind with an annotation that matters. The others stay away: what was applied last stands among them, and
/// with it the passwords that some provisioners take as parameters.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassMeta {
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub annotations: ClassAnnotations,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassAnnotations {
    #[serde(rename = "storageclass.kubernetes.io/is-default-class")]
    pub is_default: Option<String>,
}

impl StorageClass {
    pub fn to_model(&self) -> model::StorageClass {
        let is_default = self.metadata.annotations.is_default.as_ref();
        model::StorageClass {
            name: self.metadata.name.clone(),
            is_default: is_default.is_some_and(|value| value == "true"),
            provisioner: self.provisioner.clone(),
            waits_for_consumer: self.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"),
            allows_growth: self.allow_volume_expansion,
        }
    }
}
