//! Deployment, ReplicaSet, ReplicationController, DaemonSet, Job, CronJob: of each only which claims its pods name.

use serde::{Deserialize, Serialize};

use super::meta::{Meta, or_default};
use super::pod::ClaimSource;
use crate::model;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Workload {
    pub metadata: Meta,
    pub spec: WorkloadSpec,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkloadSpec {
    pub template: Template,
    /// Of a CronJob.
    pub job_template: JobTemplate,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JobTemplate {
    pub spec: JobSpec,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JobSpec {
    pub template: Template,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Template {
    pub spec: TemplateSpec,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateSpec {
    #[serde(deserialize_with = "or_default")]
    pub volumes: Vec<Volume>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Volume {
    pub persistent_volume_claim: Option<ClaimSource>,
}

impl Workload {
    /// `kind` is not in the items of a list.
    pub fn to_model(&self, kind: &str) -> model::Workload {
        let templates = [&self.spec.template, &self.spec.job_template.spec.template];
        let volumes = templates.into_iter().flat_map(|it| &it.spec.volumes);
        let claims = volumes.filter_map(|it| it.persistent_volume_claim.as_ref());
        model::Workload {
            namespace: self.metadata.namespace.clone(),
            kind: kind.to_owned(),
            name: self.metadata.name.clone(),
            is_owned: self.metadata.controller().is_some(),
            claims: claims.map(|it| it.claim_name.clone()).collect(),
        }
    }
}
