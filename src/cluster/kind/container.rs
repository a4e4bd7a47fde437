//! A container's spec and status. Its command line and its environment may hold passwords: neither is ever
//! serialised, only the words of the command that show what runs.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::meta::or_default;
use super::words::showable;
use crate::model::{
    self, EnvSource, EnvVar, KeyRef, Mount, Port, Reference, ReferenceKind, Run, Stopped,
    Timestamp, bytes, millis,
};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerSpec {
    pub name: String,
    pub image: String,
    #[serde(skip_serializing, deserialize_with = "or_default")]
    pub command: Vec<SecretString>,
    #[serde(skip_serializing, deserialize_with = "or_default")]
    pub args: Vec<SecretString>,
    /// Only in a capture, where it stands for `command` and `args`.
    pub words: Option<Vec<String>>,
    #[serde(deserialize_with = "or_default")]
    pub ports: Vec<PortSpec>,
    #[serde(deserialize_with = "or_default")]
    pub env: Vec<EnvSpec>,
    #[serde(deserialize_with = "or_default")]
    pub volume_mounts: Vec<MountSpec>,
    #[serde(deserialize_with = "or_default")]
    pub env_from: Vec<EnvFromSpec>,
    pub readiness_probe: Option<super::pod::Present>,
    pub lifecycle: Lifecycle,
    pub resources: ResourcesSpec,
    pub image_pull_policy: String,
    pub restart_policy: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PortSpec {
    pub name: Option<String>,
    pub container_port: u16,
    pub host_port: Option<u16>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EnvSpec {
    pub name: String,
    #[serde(skip_serializing)]
    pub value: Option<SecretString>,
    pub value_from: Option<EnvFrom>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EnvFrom {
    pub secret_key_ref: Option<KeySelector>,
    pub config_map_key_ref: Option<KeySelector>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeySelector {
    pub name: String,
    pub key: String,
    pub optional: bool,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MountSpec {
    pub name: String,
    pub mount_path: String,
    pub sub_path: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerStatus {
    pub name: String,
    pub ready: bool,
    pub restart_count: u32,
    #[serde(rename = "imageID")]
    pub image_id: String,
    pub state: State,
    pub last_state: State,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    pub waiting: Option<Waiting>,
    pub running: Option<Running>,
    pub terminated: Option<Terminated>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Waiting {
    pub reason: Option<String>,
    pub message: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Running {
    pub started_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Terminated {
    pub reason: Option<String>,
    pub exit_code: i32,
    pub finished_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EnvFromSpec {
    pub secret_ref: Option<ObjectRef>,
    pub config_map_ref: Option<ObjectRef>,
}

/// A Secret or `ConfigMap` by its name; an optional one need not exist.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectRef {
    pub name: String,
    pub optional: bool,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Lifecycle {
    pub pre_stop: Option<super::pod::Present>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ResourcesSpec {
    #[serde(deserialize_with = "or_default")]
    pub requests: Amounts,
    #[serde(deserialize_with = "or_default")]
    pub limits: Amounts,
}

/// Quantities as they are written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Amounts {
    pub cpu: Option<String>,
    pub memory: Option<String>,
}

impl Amounts {
    fn to_model(&self) -> model::Resources {
        model::Resources {
            cpu_millis: self.cpu.as_deref().and_then(millis),
            memory: self.memory.as_deref().and_then(bytes),
        }
    }
}

impl ContainerSpec {
    /// The Secrets and `ConfigMap`s that its variables come from and that must exist.
    pub(super) fn references(&self) -> impl Iterator<Item = Reference> {
        let whole = self.env_from.iter().flat_map(|from| {
            let named = |kind, it: &Option<ObjectRef>| {
                let it = it.as_ref().filter(|it| !it.optional)?;
                Some(Reference { kind, name: it.name.clone() })
            };
            [
                named(ReferenceKind::Secret, &from.secret_ref),
                named(ReferenceKind::ConfigMap, &from.config_map_ref),
            ]
        });
        let keys = self.env.iter().filter_map(|it| it.value_from.as_ref()).flat_map(|from| {
            let named = |kind, it: &Option<KeySelector>| {
                let it = it.as_ref().filter(|it| !it.optional)?;
                Some(Reference { kind, name: it.name.clone() })
            };
            [
                named(ReferenceKind::Secret, &from.secret_key_ref),
                named(ReferenceKind::ConfigMap, &from.config_map_key_ref),
            ]
        });
        whole.chain(keys).flatten()
    }

    pub(super) fn to_model(&self) -> model::Container {
        let argv: Vec<SecretString> = self.command.iter().chain(&self.args).cloned().collect();
        model::Container {
            name: self.name.clone(),
            image: self.image.clone(),
            ports: self.ports.iter().map(PortSpec::to_model).collect(),
            words: self.words(),
            argv,
            env: self.env.iter().map(EnvSpec::to_model).collect(),
            mounts: self.volume_mounts.iter().map(MountSpec::to_model).collect(),
            has_readiness_probe: self.readiness_probe.is_some(),
            has_pre_stop: self.lifecycle.pre_stop.is_some(),
            requests: self.resources.requests.to_model(),
            limits: self.resources.limits.to_model(),
            pull_policy: self.image_pull_policy.clone(),
            is_sidecar: self.restart_policy.as_deref() == Some("Always"),
            status: None,
        }
    }

    /// What of the command line may be shown.
    pub(in crate::cluster) fn words(&self) -> Vec<String> {
        self.words.clone().unwrap_or_else(|| {
            showable(self.command.iter().chain(&self.args).map(ExposeSecret::expose_secret))
        })
    }
}

impl PortSpec {
    fn to_model(&self) -> Port {
        Port { name: self.name.clone(), number: self.container_port, host: self.host_port }
    }
}

impl EnvSpec {
    fn to_model(&self) -> EnvVar {
        let from = self.value_from.as_ref();
        let source = if let Some(key) = from.and_then(|f| f.secret_key_ref.as_ref()) {
            EnvSource::Secret(key.to_model())
        } else if let Some(key) = from.and_then(|f| f.config_map_key_ref.as_ref()) {
            EnvSource::ConfigMap(key.to_model())
        } else if from.is_some() {
            EnvSource::Other
        } else {
            EnvSource::Literal(self.value.clone())
        };
        EnvVar { name: self.name.clone(), source }
    }
}

impl KeySelector {
    fn to_model(&self) -> KeyRef {
        KeyRef { object: self.name.clone(), key: self.key.clone() }
    }
}

impl MountSpec {
    fn to_model(&self) -> Mount {
        Mount {
            volume: self.name.clone(),
            path: self.mount_path.clone(),
            sub_path: self.sub_path.clone(),
        }
    }
}

impl ContainerStatus {
    pub(super) fn to_model(&self) -> model::Status {
        let run = if let Some(stopped) = &self.state.terminated {
            Run::Stopped(stopped.to_model())
        } else if let Some(running) = &self.state.running {
            Run::Running { since: running.started_at }
        } else {
            let waiting = self.state.waiting.clone().unwrap_or_default();
            Run::Waiting { reason: waiting.reason.unwrap_or_default(), message: waiting.message }
        };
        let last = self.last_state.terminated.as_ref().map(Terminated::to_model);
        model::Status {
            ready: self.ready,
            restarts: self.restart_count,
            run,
            image_id: self.image_id.clone(),
            last,
        }
    }
}

impl Terminated {
    fn to_model(&self) -> Stopped {
        Stopped { reason: self.reason.clone(), exit_code: self.exit_code, at: self.finished_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serialised_container_holds_no_value() -> serde_json::Result<()> {
        let container: ContainerSpec = serde_json::from_value(serde_json::json!({
            "name": "redis",
            "command": ["redis-server", "--requirepass", "hunter2"],
            "env": [{"name": "REDIS_PASSWORD", "value": "hunter2"}],
        }))?;
        assert!(!serde_json::to_string(&container)?.contains("hunter2"));
        assert!(!format!("{container:?}").contains("hunter2"));
        Ok(())
    }
}
