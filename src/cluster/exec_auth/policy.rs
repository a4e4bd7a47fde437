//! Which credential plugins a person allows: `credentialPluginPolicy` of kubectl's kuberc.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::cluster::environment::Environment;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Policy {
    #[serde(default)]
    credential_plugin_policy: String,
    #[serde(default)]
    credential_plugin_allowlist: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    /// `name` is what the field was called at first.
    #[serde(alias = "name")]
    command: String,
}

impl Policy {
    /// The kuberc in force; without one everything is allowed.
    pub fn read(env: &Environment) -> anyhow::Result<Self> {
        let off = env.text(&["KUBECTL_KUBERC"]) == Some("false");
        let (path, chosen) = match (env.raw("KUBERC"), &env.home) {
            _ if off => return Ok(Self::default()),
            (Some(path), _) if path == "off" => return Ok(Self::default()),
            (Some(path), _) => (PathBuf::from(path), true),
            (None, Some(home)) => (home.join(".kube").join("kuberc"), false),
            (None, None) => return Ok(Self::default()),
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                Self::parse(&text).with_context(|| format!("cannot follow {}", path.display()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !chosen => {
                Ok(Self::default())
            }
            Err(error) => bail!("cannot read {}: {error}", path.display()),
        }
    }

    /// A kuberc is a stream of documents; the first that is a kuberc holds.
    fn parse(text: &str) -> anyhow::Result<Self> {
        let documents: Vec<Self> = serde_saphyr::from_multiple(text)
            .ok()
            .context("its credentialPluginPolicy is not understood")?;
        Ok(documents.into_iter().next().unwrap_or_default())
    }

    pub fn check(&self, command: &str, env: &Environment) -> anyhow::Result<()> {
        match self.credential_plugin_policy.as_str() {
            "" | "AllowAll" => Ok(()),
            "Allowlist" => {
                let wanted = resolve(command, env);
                let allowed = wanted.is_some()
                    && self
                        .credential_plugin_allowlist
                        .iter()
                        .any(|it| resolve(&it.command, env) == wanted);
                if allowed {
                    return Ok(());
                }
                bail!(
                    "the credential plugin {command} is not in the credentialPluginAllowlist of your kuberc"
                )
            }
            "DenyAll" => {
                bail!("your kuberc denies all credential plugins, and this user needs {command}")
            }
            other => bail!("the credentialPluginPolicy {other:?} of your kuberc is not known"),
        }
    }
}

/// The file a command runs.
fn resolve(command: &str, env: &Environment) -> Option<PathBuf> {
    if command.contains(std::path::MAIN_SEPARATOR) {
        return Some(PathBuf::from(command)).filter(|path| path.is_file());
    }
    let path: &OsStr = env.raw("PATH")?;
    std::env::split_paths(path).map(|dir| dir.join(Path::new(command))).find(|path| path.is_file())
}
