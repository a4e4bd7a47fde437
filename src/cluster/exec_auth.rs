//! Credential plugins: run once by us, and again only when what they issued has expired.

mod answer;
mod policy;

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use k8s_openapi::ByteString;
use kube::config::{AuthInfo, Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use secrecy::SecretString;
use serde_json::json;
use tokio::process::Command;

use super::environment::Environment;
pub(super) use policy::Policy;

/// A plugin with nobody to talk to.
const LIMIT: Duration = Duration::from_secs(60);
/// A plugin that may open a browser and wait for a person.
const LIMIT_WITH_A_PERSON: Duration = Duration::from_secs(300);

/// One way to run one plugin.
#[derive(Debug)]
pub(super) struct Plugin {
    exec: ExecConfig,
    command: String,
    /// The value of KUBERNETES_EXEC_INFO.
    info: String,
    /// It gets our stdin.
    interactive: bool,
    /// Its stderr is ours.
    speaks: bool,
    limit: Duration,
}

/// What a plugin issued.
pub(super) struct Issued {
    token: Option<SecretString>,
    /// PEM of a certificate and its key.
    certificate: Option<(String, SecretString)>,
    pub expires: Option<Timestamp>,
}

impl Plugin {
    pub fn new(
        exec: ExecConfig,
        cluster: &Cluster,
        may_ask: bool,
        env: &Environment,
    ) -> anyhow::Result<Self> {
        let command = exec.command.clone().filter(|command| !command.is_empty());
        let command = command.context("the credential plugin of this user has no command")?;
        let interactive = match exec.interactive_mode {
            Some(ExecInteractiveMode::Never) => false,
            Some(ExecInteractiveMode::Always) if !(may_ask && env.stdin_is_terminal) => {
                bail!(
                    "the credential plugin {command} has to ask you something, and stdin is not a terminal"
                )
            }
            Some(ExecInteractiveMode::Always) => true,
            Some(ExecInteractiveMode::IfAvailable) | None => may_ask && env.stdin_is_terminal,
        };
        let mut spec = json!({ "interactive": interactive });
        if exec.provide_cluster_info {
            let cluster = ExecAuthCluster::try_from(cluster)
                .context("the certificate authority of this cluster cannot be read")?;
            spec["cluster"] = serde_json::to_value(cluster)?;
        }
        let info = json!({
            "kind": "ExecCredential",
            "apiVersion": answer::version(exec.api_version.as_deref())?,
            "spec": spec,
        });
        let limit = if may_ask { LIMIT_WITH_A_PERSON } else { LIMIT };
        Ok(Self { exec, command, info: info.to_string(), interactive, speaks: true, limit })
    }

    pub fn silent(self) -> Self {
        Self { speaks: false, ..self }
    }

    pub fn command(&self) -> &str {
        &self.command
    }

    /// # Errors
    /// One sentence that holds neither its arguments nor its environment nor its output.
    pub async fn run(&self) -> anyhow::Result<Issued> {
        let name = &self.command;
        let mut command = Command::new(name);
        command
            .args(self.exec.args.iter().flatten())
            .envs(
                self.exec
                    .env
                    .iter()
                    .flatten()
                    .filter_map(|pair| pair.get("name").zip(pair.get("value"))),
            )
            .env("KUBERNETES_EXEC_INFO", &self.info)
            .stdin(if self.interactive { Stdio::inherit() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(if self.speaks { Stdio::inherit() } else { Stdio::null() })
            .kill_on_drop(true);
        let child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                match self.exec.install_hint.as_deref().map(str::trim) {
                    Some(hint) if !hint.is_empty() => {
                        bail!("the credential plugin {name} is not installed\n{hint}")
                    }
                    _ => bail!("the credential plugin {name} is not installed"),
                }
            }
            Err(error) => bail!("the credential plugin {name} cannot be run: {error}"),
        };
        let Ok(output) = tokio::time::timeout(self.limit, child.wait_with_output()).await else {
            let seconds = self.limit.as_secs();
            bail!(
                "the credential plugin {name} did not end within {seconds} s and was stopped: run it by hand"
            );
        };
        let output = output.with_context(|| format!("the credential plugin {name} broke off"))?;
        if !output.status.success() {
            bail!(
                "the credential plugin {name} failed ({}): log in again, or run it by hand",
                output.status
            );
        }
        let version = answer::version(self.exec.api_version.as_deref())?;
        answer::parse(&output.stdout, version)
            .with_context(|| format!("the credential plugin {name} gave no credential"))
    }
}

impl Issued {
    /// Puts it where `kube` looks, in place of the plugin.
    pub fn put_into(self, user: &mut AuthInfo) -> anyhow::Result<()> {
        user.exec = None;
        user.token = self.token;
        if let Some((certificate, key)) = self.certificate {
            use secrecy::ExposeSecret;
            user.client_certificate_data = Some(base64(&certificate)?);
            user.client_key_data = Some(SecretString::from(base64(key.expose_secret())?));
        }
        Ok(())
    }
}

fn base64(text: &str) -> anyhow::Result<String> {
    Ok(serde_json::from_value(serde_json::to_value(ByteString(text.as_bytes().to_vec()))?)?)
}

#[cfg(test)]
mod tests;
