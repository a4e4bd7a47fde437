//! apps/v1 StatefulSet.

use serde::{Deserialize, Serialize};

use super::budget::IntOrString;
use super::claim::ClaimSpec;
use super::meta::{Meta, or_default};
use super::pod::PodSpec;
use super::trace::SetMeta;
use crate::model::{
    ClaimTemplate, Management, Pod, Retention, RetentionPolicy, Selector, Set, Template, Update,
    bytes,
};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StatefulSet {
    pub metadata: SetMeta,
    pub spec: SetSpec,
    pub status: SetStatus,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SetSpec {
    pub replicas: Option<u32>,
    pub ordinals: Option<Ordinals>,
    pub selector: Selector,
    pub service_name: Option<String>,
    pub pod_management_policy: String,
    pub update_strategy: UpdateStrategy,
    pub min_ready_seconds: u32,
    pub revision_history_limit: Option<i32>,
    pub persistent_volume_claim_retention_policy: Option<RetentionSpec>,
    #[serde(deserialize_with = "or_default")]
    pub volume_claim_templates: Vec<TemplateOfClaim>,
    pub template: TemplateOfPod,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ordinals {
    pub start: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UpdateStrategy {
    #[serde(rename = "type")]
    pub kind: String,
    pub rolling_update: Option<RollingUpdate>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RollingUpdate {
    pub partition: Option<u32>,
    pub max_unavailable: Option<IntOrString>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RetentionSpec {
    pub when_deleted: String,
    pub when_scaled: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateOfClaim {
    pub metadata: Meta,
    pub spec: ClaimSpec,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateOfPod {
    pub metadata: Meta,
    pub spec: PodSpec,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SetStatus {
    pub observed_generation: i64,
    pub current_revision: Option<String>,
    pub update_revision: Option<String>,
    pub current_replicas: u32,
}

impl TemplateOfPod {
    pub fn to_model(&self) -> Pod {
        let mut pod = Pod { labels: self.metadata.labels.clone(), ..Pod::default() };
        self.spec.fill(&mut pod);
        pod
    }
}

impl StatefulSet {
    pub fn to_model(&self) -> Set {
        let spec = &self.spec;
        let retention = spec.persistent_volume_claim_retention_policy.as_ref();
        let pod = spec.template.to_model();
        let meta = &self.metadata.meta;
        Set {
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
            uid: meta.uid.clone(),
            created: meta.creation_timestamp,
            deleting: meta.deletion_timestamp,
            labels: meta.labels.clone(),
            finalizers: meta.finalizers.clone(),
            owner: meta.controller(),
            management_trace: self.metadata.trace(),
            generation: meta.generation,
            observed_generation: self.status.observed_generation,
            replicas: spec.replicas.unwrap_or(1),
            start: spec.ordinals.as_ref().map_or(0, |ordinals| ordinals.start),
            selector: spec.selector.clone(),
            service: spec.service_name.clone().filter(|name| !name.is_empty()),
            management: match spec.pod_management_policy.as_str() {
                "Parallel" => Management::Parallel,
                _ => Management::OrderedReady,
            },
            update: spec.update_strategy.to_model(),
            min_ready_seconds: spec.min_ready_seconds,
            retention: Retention {
                when_deleted: policy(retention.map(|r| r.when_deleted.as_str())),
                when_scaled: policy(retention.map(|r| r.when_scaled.as_str())),
            },
            claim_templates: spec
                .volume_claim_templates
                .iter()
                .map(TemplateOfClaim::to_model)
                .collect(),
            template: Template { labels: spec.template.metadata.labels.clone(), pod },
            history_limit: spec.revision_history_limit.unwrap_or(10),
            update_revision: self.status.update_revision.clone(),
            current_revision: self.status.current_revision.clone(),
            current_replicas: self.status.current_replicas,
        }
    }
}

impl UpdateStrategy {
    fn to_model(&self) -> Update {
        match self.kind.as_str() {
            "" | "RollingUpdate" => Update::RollingUpdate {
                partition: self.rolling_update.as_ref().map(|r| r.partition.unwrap_or(0)),
                max_unavailable: self
                    .rolling_update
                    .as_ref()
                    .and_then(|r| Some(r.max_unavailable.as_ref()?.words())),
            },
            "OnDelete" => Update::OnDelete,
            other => Update::Other(other.to_owned()),
        }
    }
}

impl TemplateOfClaim {
    fn to_model(&self) -> ClaimTemplate {
        ClaimTemplate {
            name: self.metadata.name.clone(),
            class: self.spec.storage_class_name.clone(),
            request: self.spec.resources.requests.storage.as_deref().and_then(bytes),
            modes: self.spec.access_modes.clone(),
            volume_mode: self.spec.mode(),
        }
    }
}

fn policy(word: Option<&str>) -> RetentionPolicy {
    if word == Some("Delete") { RetentionPolicy::Delete } else { RetentionPolicy::Retain }
}
