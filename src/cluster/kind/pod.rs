//! v1 Pod, and the pod spec that a template holds as well.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::container::{ContainerSpec, ContainerStatus, ObjectRef};
use super::meta::{Meta, or_default};
use crate::model::{self, Phase, Reference, ReferenceKind, Timestamp, VolumeSource};

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
    #[serde(deserialize_with = "or_default")]
    pub scheduling_gates: Vec<SchedulingGate>,
    #[serde(deserialize_with = "or_default")]
    pub tolerations: Vec<Toleration>,
    pub hostname: Option<String>,
    pub subdomain: Option<String>,
    pub termination_grace_period_seconds: Option<u32>,
    pub affinity: Affinity,
    #[serde(deserialize_with = "or_default")]
    pub topology_spread_constraints: Vec<Present>,
    pub host_network: bool,
    pub service_account_name: Option<String>,
    pub priority_class_name: Option<String>,
    pub runtime_class_name: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SchedulingGate {
    pub name: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Toleration {
    pub key: String,
    pub operator: String,
    pub value: String,
    pub effect: String,
    pub toleration_seconds: Option<i64>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Affinity {
    pub pod_anti_affinity: Option<Present>,
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
    pub config_map: Option<ObjectRef>,
    pub secret: Option<SecretSource>,
    pub empty_dir: Option<Present>,
    pub host_path: Option<Present>,
    pub projected: Option<Projected>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Projected {
    #[serde(deserialize_with = "or_default")]
    pub sources: Vec<ProjectedSource>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ProjectedSource {
    pub secret: Option<ObjectRef>,
    pub config_map: Option<ObjectRef>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClaimSource {
    pub claim_name: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SecretSource {
    pub secret_name: String,
    pub optional: bool,
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
    #[serde(rename = "podIPs", deserialize_with = "or_default")]
    pub pod_ips: Vec<PodIp>,
    pub qos_class: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
    #[serde(deserialize_with = "or_default")]
    pub init_container_statuses: Vec<ContainerStatus>,
    #[serde(deserialize_with = "or_default")]
    pub container_statuses: Vec<ContainerStatus>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PodIp {
    pub ip: String,
}

/// The condition of a pod, node, claim, budget or autoscaler.
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
            ips: status.pod_ips.iter().map(|it| it.ip.clone()).collect(),
            qos: status.qos_class.clone(),
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
        pod.scheduling_gates = self.scheduling_gates.iter().map(|gate| gate.name.clone()).collect();
        pod.tolerations = self.tolerations.iter().map(Toleration::to_model).collect();
        pod.hostname.clone_from(&self.hostname);
        pod.subdomain = self.subdomain.clone().filter(|name| !name.is_empty());
        pod.grace_seconds = self.termination_grace_period_seconds.unwrap_or(30);
        pod.has_anti_affinity = self.affinity.pod_anti_affinity.is_some();
        pod.has_spread_constraints = !self.topology_spread_constraints.is_empty();
        pod.uses_host_network = self.host_network;
        pod.references = self.references();
    }

    /// What must exist for a pod of this spec to start, each once. The default service account is not
    /// named: it is there, or on its way, in every namespace.
    fn references(&self) -> Vec<Reference> {
        let containers = self.init_containers.iter().chain(&self.containers);
        let variables = containers.flat_map(ContainerSpec::references);
        let volumes = self.volumes.iter().flat_map(Volume::references);
        let named = |kind, name: &Option<String>| {
            let name = name.clone().filter(|it| !it.is_empty() && it != "default")?;
            Some(Reference { kind, name })
        };
        let others = [
            named(ReferenceKind::ServiceAccount, &self.service_account_name),
            named(ReferenceKind::PriorityClass, &self.priority_class_name),
            named(ReferenceKind::RuntimeClass, &self.runtime_class_name),
        ];
        let all: BTreeSet<Reference> =
            variables.chain(volumes).chain(others.into_iter().flatten()).collect();
        all.into_iter().collect()
    }
}

impl Toleration {
    fn to_model(&self) -> model::Toleration {
        model::Toleration {
            key: self.key.clone(),
            any_value: self.operator == "Exists",
            value: self.value.clone(),
            effect: self.effect.clone(),
            seconds: self.toleration_seconds,
        }
    }
}

impl Volume {
    fn references(&self) -> impl Iterator<Item = Reference> {
        let sources = self.projected.iter().flat_map(|it| &it.sources);
        let maps = sources.clone().map(|it| &it.config_map).chain([&self.config_map]);
        let maps = maps.flatten().filter(|it| !it.optional);
        let maps =
            maps.map(|it| Reference { kind: ReferenceKind::ConfigMap, name: it.name.clone() });
        let secrets = sources.filter_map(|it| it.secret.as_ref()).filter(|it| !it.optional);
        let secrets = secrets.map(|it| it.name.clone());
        let secret = self.secret.iter().filter(|it| !it.optional).map(|it| it.secret_name.clone());
        let secrets = secrets.chain(secret);
        maps.chain(secrets.map(|name| Reference { kind: ReferenceKind::Secret, name }))
    }

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
    pub(super) fn to_model(&self) -> model::Condition {
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
