//! A pod: its promise (spec) and its state (status) joined per container.

use secrecy::SecretString;

use super::{Labels, Owner, Timestamp};

#[derive(Clone, Debug, Default)]
pub struct Pod {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub labels: Labels,
    /// The controller that owns it, by `ownerReferences[controller=true]`.
    pub owner: Option<Owner>,
    pub created: Option<Timestamp>,
    /// When it is due to be gone: `deletionTimestamp` already includes the grace period.
    pub deleting: Option<Timestamp>,
    pub finalizers: Vec<String>,
    pub phase: Phase,
    /// `status.reason` and `.message`: `Evicted`, `NodeLost`, …
    pub reason: Option<String>,
    pub message: Option<String>,
    pub node: Option<String>,
    pub ip: Option<String>,
    pub conditions: Vec<Condition>,
    pub init_containers: Vec<Container>,
    pub containers: Vec<Container>,
    pub volumes: Vec<Volume>,
    pub readiness_gates: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
    #[default]
    Unknown,
}

#[derive(Clone, Debug)]
pub struct Condition {
    pub kind: String,
    /// `True`; both `False` and `Unknown` are not.
    pub holds: bool,
    pub reason: Option<String>,
    pub message: Option<String>,
    pub since: Option<Timestamp>,
}

#[derive(Clone, Debug, Default)]
pub struct Container {
    pub name: String,
    pub image: String,
    pub ports: Vec<Port>,
    /// What of `command` and `args` may be shown: programs, flag names, ports, paths of configuration.
    pub words: Vec<String>,
    /// `command` and `args` whole: they may hold a password, so they are in no capture.
    pub argv: Vec<SecretString>,
    pub env: Vec<EnvVar>,
    pub mounts: Vec<Mount>,
    pub has_readiness_probe: bool,
    /// An init container that keeps running beside the others (`restartPolicy: Always`).
    pub is_sidecar: bool,
    /// None before the kubelet has reported it.
    pub status: Option<Status>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    pub name: Option<String>,
    pub number: u16,
}

#[derive(Clone, Debug)]
pub struct EnvVar {
    pub name: String,
    pub source: EnvSource,
}

#[derive(Clone, Debug)]
pub enum EnvSource {
    /// None in a capture.
    Literal(Option<SecretString>),
    Secret(KeyRef),
    ConfigMap(KeyRef),
    Other,
}

/// A key of a Secret or ConfigMap in the pod's namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyRef {
    pub object: String,
    pub key: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub volume: String,
    pub path: String,
    pub sub_path: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    pub name: String,
    pub source: VolumeSource,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeSource {
    Claim(String),
    /// A claim of the pod's own, named `<pod>-<volume>`, which goes with the pod.
    EphemeralClaim(String),
    ConfigMap(String),
    Secret(String),
    EmptyDir,
    HostPath,
    Other,
}

#[derive(Clone, Debug)]
pub struct Status {
    pub ready: bool,
    pub restarts: u32,
    pub run: Run,
    /// How it ended the last time, if it ever did.
    pub last: Option<Stopped>,
}

#[derive(Clone, Debug)]
pub enum Run {
    Waiting { reason: String, message: Option<String> },
    Running { since: Option<Timestamp> },
    Stopped(Stopped),
}

#[derive(Clone, Debug)]
pub struct Stopped {
    pub reason: Option<String>,
    pub exit_code: i32,
    pub at: Option<Timestamp>,
}

impl Pod {
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.kind == kind)
    }

    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Running && self.condition("Ready").is_some_and(|c| c.holds)
    }

    pub fn revision(&self) -> Option<&str> {
        self.labels.get("controller-revision-hash").map(String::as_str)
    }

    /// Ready containers and containers in all, as `kubectl get pods` counts them.
    pub fn ready_containers(&self) -> (usize, usize) {
        let sidecars = self.init_containers.iter().filter(|c| c.is_sidecar);
        let counted = || self.containers.iter().chain(sidecars.clone());
        let ready = counted().filter(|c| c.status.as_ref().is_some_and(|s| s.ready)).count();
        (ready, counted().count())
    }

    /// The claims that it mounts, its own ephemeral ones included.
    pub fn claims(&self) -> impl Iterator<Item = &str> {
        self.volumes.iter().filter_map(|volume| match &volume.source {
            VolumeSource::Claim(name) | VolumeSource::EphemeralClaim(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether its containers will not run again: it holds no claim any more.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }
}
