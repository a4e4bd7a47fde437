//! A pod: its promise (spec) and its state (status) joined per container.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

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
    /// Every address, one a family.
    pub ips: Vec<String>,
    /// Both set at creation and never after: its name in DNS is `<hostname>.<subdomain>`.
    pub hostname: Option<String>,
    pub subdomain: Option<String>,
    pub conditions: Vec<Condition>,
    pub init_containers: Vec<Container>,
    pub containers: Vec<Container>,
    pub volumes: Vec<Volume>,
    pub readiness_gates: Vec<String>,
    pub scheduling_gates: Vec<String>,
    pub tolerations: Vec<Toleration>,
    /// `terminationGracePeriodSeconds`; 30 where it is not written.
    pub grace_seconds: u32,
    pub has_anti_affinity: bool,
    pub has_spread_constraints: bool,
    pub uses_host_network: bool,
    /// `Guaranteed`, `Burstable` or `BestEffort`; None in a template.
    pub qos: Option<String>,
    /// What it cannot start without.
    pub references: Vec<Reference>,
}

/// Another object that a pod names and that must exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    pub kind: ReferenceKind,
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ReferenceKind {
    ConfigMap,
    Secret,
    ServiceAccount,
    PriorityClass,
    RuntimeClass,
}

/// A toleration as the API has it: an empty key tolerates every taint, an empty effect every effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toleration {
    pub key: String,
    /// Whether it asks for the taint only (`Exists`), or for its value as well.
    pub any_value: bool,
    pub value: String,
    pub effect: String,
    /// How long it stays under a `NoExecute` taint; None for ever.
    pub seconds: Option<i64>,
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
    pub has_pre_stop: bool,
    pub requests: Resources,
    pub limits: Resources,
    /// `Always`, `IfNotPresent`, `Never`.
    pub pull_policy: String,
    /// An init container that keeps running beside the others (`restartPolicy: Always`).
    pub is_sidecar: bool,
    /// None before the kubelet has reported it.
    pub status: Option<Status>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    pub cpu_millis: Option<u64>,
    /// Bytes.
    pub memory: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    pub name: Option<String>,
    pub number: u16,
    /// Its port on the node, where it asks for one.
    pub host: Option<u16>,
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
    /// The image that runs, by its digest.
    pub image_id: String,
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

    /// Whether its containers run, are ready, and have been for so long: the controller's "available".
    pub fn is_available(&self, min_ready_seconds: u32, at: Timestamp) -> bool {
        let since = self.condition("Ready").and_then(|condition| condition.since);
        let is_long = |since| at.duration_since(since).as_secs() >= i64::from(min_ready_seconds);
        self.deleting.is_none()
            && self.is_ready()
            && (min_ready_seconds == 0 || since.is_some_and(is_long))
    }

    /// Containers that ended with an error, and whether what they wrote is the log of their previous life.
    pub fn ended_containers(&self) -> impl Iterator<Item = (&Container, bool)> {
        let all = self.init_containers.iter().chain(&self.containers);
        all.filter_map(|container| {
            let status = container.status.as_ref().filter(|status| !status.ready)?;
            match &status.run {
                Run::Stopped(end) => (end.exit_code != 0).then_some((container, false)),
                Run::Waiting { .. } | Run::Running { .. } => {
                    let end = status.last.as_ref().filter(|end| end.exit_code != 0);
                    // Without a start there is no log, and the kubelet says so with an error.
                    end.map(|_| (container, true))
                }
            }
        })
    }

    /// The claims that it mounts, its own ephemeral ones included.
    pub fn claims(&self) -> impl Iterator<Item = &str> {
        self.volumes.iter().filter_map(|volume| match &volume.source {
            VolumeSource::Claim(name) | VolumeSource::EphemeralClaim(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether nothing has happened to it for so long that everybody who watches it has noticed.
    pub fn is_settled(&self, at: Timestamp) -> bool {
        const SECONDS: i64 = 10;
        let changes = self.conditions.iter().filter_map(|condition| condition.since);
        let last = changes.chain(self.created).max();
        self.deleting.is_none() && last.is_none_or(|it| at.duration_since(it).as_secs() > SECONDS)
    }

    /// Containers that run beside each other for as long as it lives, sidecars included.
    pub fn lasting_containers(&self) -> impl Iterator<Item = &Container> {
        let sidecars = self.init_containers.iter().filter(|container| container.is_sidecar);
        self.containers.iter().chain(sidecars)
    }

    /// Whether its containers will not run again: it holds no claim any more.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }
}
