//! A container's spec and status. Its command line and its environment may hold passwords: neither is ever
//! serialised, only the words of the command that show what runs.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::meta::or_default;
use crate::model::{self, EnvSource, EnvVar, KeyRef, Mount, Port, Run, Stopped, Timestamp};

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
    pub readiness_probe: Option<super::pod::Present>,
    pub restart_policy: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PortSpec {
    pub name: Option<String>,
    pub container_port: u16,
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

impl ContainerSpec {
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

/// The words of a command line that cannot be a password: names of programs, names of flags, paths of
/// configuration, and the value of a flag that is a port. An element may be a whole shell script.
fn showable<'a>(argv: impl Iterator<Item = &'a str>) -> Vec<String> {
    const VALUES_SHOWN: [&str; 3] = ["--port", "--tls-port", "--cluster-enabled"];
    let mut shown = Vec::new();
    let mut previous = "";
    let is_break =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | '|' | '(' | ')' | '`');
    for word in argv.flat_map(|element| element.split(is_break)).filter(|word| !word.is_empty()) {
        let (flag, value) = word.split_once('=').unwrap_or((word, ""));
        let is_flag = flag.len() > 2 && flag.starts_with("--");
        let follows_other_flag = previous.starts_with('-') && !VALUES_SHOWN.contains(&previous);
        if VALUES_SHOWN.contains(&flag) && !value.is_empty() {
            shown.push(flag.to_owned());
            shown.push(value.to_owned());
        } else if is_flag {
            shown.push(flag.to_owned());
        } else if VALUES_SHOWN.contains(&previous)
            || (!follows_other_flag && is_program_or_path(word))
        {
            shown.push(word.to_owned());
        }
        previous = flag;
    }
    shown
}

fn is_program_or_path(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    let is_plain =
        word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_'));
    let is_configuration = name.rsplit_once('.').is_some_and(|(_, extension)| extension == "conf");
    let is_program = ["-server", "-sentinel", "-cli"].iter().any(|suffix| name.ends_with(suffix));
    is_plain && (is_configuration || is_program)
}

impl PortSpec {
    fn to_model(&self) -> Port {
        Port { name: self.name.clone(), number: self.container_port }
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
        model::Status { ready: self.ready, restarts: self.restart_count, run, last }
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
    fn no_value_of_a_command_line_is_shown_but_ports_and_configuration() {
        for (argv, shown) in [
            (&["redis-server", "/conf/redis.conf"][..], &["redis-server", "/conf/redis.conf"][..]),
            (
                &[
                    "sh",
                    "-c",
                    "exec redis-server /conf/redis.conf --requirepass hunter2 --port 7000",
                ],
                &["redis-server", "/conf/redis.conf", "--requirepass", "--port", "7000"],
            ),
            (&["valkey-server", "--port=7000"], &["valkey-server", "--port", "7000"]),
            (&["redis-server", "--requirepass=s3cret.conf"], &["redis-server", "--requirepass"]),
            (&["redis-server", "--requirepass", "my-server"], &["redis-server", "--requirepass"]),
            (&["redis-cli", "-a", "pass-server"], &["redis-cli"]),
        ] {
            assert_eq!(showable(argv.iter().copied()), shown, "{argv:?}");
        }
    }

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
