//! v1 Pod, and the pod spec that a template holds as well.

use serde::{Deserialize, Serialize};

use super::container::{ContainerSpec, ContainerStatus};
use super::meta::{Meta, or_default};
use crate::model::{self, Phase, Timestamp, VolumeSource};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pod {
    pub metadata: Meta,
    pub spec: PodSpec,
    pub status: PodStatus,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodSpec {
    pub node_name: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub init_containers: Vec<ContainerSpec>,
    #[serde(deserialize_with = "or_default")]
    pub containers: Vec<ContainerSpec>,
    #[serde(deserialize_with = "or_default")]
    pub volumes: Vec<Volume>,
    #[serde(deserialize_with = "or_default")]
    pub readiness_gates: Vec<ReadinessGate>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReadinessGate {
    pub condition_type: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Volume {
    pub name: String,
    pub persistent_volume_claim: Option<ClaimSource>,
    pub ephemeral: Option<Present>,
    pub config_map: Option<NamedSource>,
    pub secret: Option<SecretSource>,
    pub empty_dir: Option<Present>,
    pub host_path: Option<Present>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClaimSource {
    pub claim_name: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NamedSource {
    pub name: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SecretSource {
    pub secret_name: String,
}

/// A source of which only the kind matters.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Present {}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PodStatus {
    pub phase: String,
    pub reason: Option<String>,
    pub message: Option<String>,
    #[serde(rename = "podIP")]
    pub pod_ip: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
    #[serde(deserialize_with = "or_default")]
    pub init_container_statuses: Vec<ContainerStatus>,
    #[serde(deserialize_with = "or_default")]
    pub container_statuses: Vec<ContainerStatus>,
}

/// The condition of a pod or node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Condition {
    #[serde(rename = "type")]
    pub kind: String,
    pub status: String,
    pub reason: Option<String>,
    pub message: Option<String>,
    pub last_transition_time: Option<Timestamp>,
}

impl Pod {
    pub fn to_model(&self) -> model::Pod {
        let (meta, status) = (&self.metadata, &self.status);
        let mut pod = model::Pod {
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
            uid: meta.uid.clone(),
            labels: meta.labels.clone(),
            owner: meta.controller(),
            created: meta.creation_timestamp,
            deleting: meta.deletion_timestamp,
            finalizers: meta.finalizers.clone(),
            phase: phase(&status.phase),
            reason: status.reason.clone(),
            message: status.message.clone(),
            ip: status.pod_ip.clone(),
            conditions: status.conditions.iter().map(Condition::to_model).collect(),
            ..model::Pod::default()
        };
        self.spec.fill(&mut pod);
        join(&mut pod.init_containers, &status.init_container_statuses);
        join(&mut pod.containers, &status.container_statuses);
        pod
    }
}

impl PodSpec {
    /// Fills in what the spec says; the pod's name is set already where it has one.
    pub(super) fn fill(&self, pod: &mut model::Pod) {
        pod.node.clone_from(&self.node_name);
        pod.init_containers = self.init_containers.iter().map(ContainerSpec::to_model).collect();
        pod.containers = self.containers.iter().map(ContainerSpec::to_model).collect();
        pod.volumes = self.volumes.iter().map(|volume| volume.to_model(&pod.name)).collect();
        pod.readiness_gates =
            self.readiness_gates.iter().map(|gate| gate.condition_type.clone()).collect();
    }
}

impl Volume {
    fn to_model(&self, pod: &str) -> model::Volume {
        let source = if let Some(claim) = &self.persistent_volume_claim {
            VolumeSource::Claim(claim.claim_name.clone())
        } else if self.ephemeral.is_some() {
            VolumeSource::EphemeralClaim(format!("{pod}-{}", self.name))
        } else if let Some(config_map) = &self.config_map {
            VolumeSource::ConfigMap(config_map.name.clone())
        } else if let Some(secret) = &self.secret {
            VolumeSource::Secret(secret.secret_name.clone())
        } else if self.empty_dir.is_some() {
            VolumeSource::EmptyDir
        } else if self.host_path.is_some() {
            VolumeSource::HostPath
        } else {
            VolumeSource::Other
        };
        model::Volume { name: self.name.clone(), source }
    }
}

impl Condition {
    fn to_model(&self) -> model::Condition {
        model::Condition {
            kind: self.kind.clone(),
            holds: self.status == "True",
            reason: self.reason.clone(),
            message: self.message.clone(),
            since: self.last_transition_time,
        }
    }
}

fn join(containers: &mut [model::Container], statuses: &[ContainerStatus]) {
    for container in containers {
        container.status =
            statuses.iter().find(|s| s.name == container.name).map(ContainerStatus::to_model);
    }
}

fn phase(word: &str) -> Phase {
    match word {
        "Pending" => Phase::Pending,
        "Running" => Phase::Running,
        "Succeeded" => Phase::Succeeded,
        "Failed" => Phase::Failed,
        _ => Phase::Unknown,
    }
}
