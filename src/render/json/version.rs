//! The version, as it is promised.

use serde::Serialize;

use super::written;
use crate::render::Client;

/// Which program this is, and which server it talks to.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "as in every document")]
pub(super) struct Version {
    /// `kubectl-sts/v1`.
    api_version: &'static str,
    /// `Version`.
    kind: &'static str,
    client: ClientVersion,
    /// null where it was not asked (`--client`) or did not say; then the exit code is 2.
    server: Option<ServerVersion>,
}

/// This program.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ClientVersion {
    version: &'static str,
    /// null where the build did not say.
    commit: Option<&'static str>,
    /// null where the build did not say.
    build_date: Option<&'static str>,
    /// Operating system and architecture: `linux/x86_64`.
    platform: String,
}

/// The API server.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ServerVersion {
    /// In its own words: `v1.33.4+k3s1`.
    version: String,
}

impl Version {
    pub(super) fn new(client: &Client, server: Option<&str>) -> Self {
        let (system, machine) = client.platform;
        Self {
            api_version: "kubectl-sts/v1",
            kind: "Version",
            client: ClientVersion {
                version: client.version,
                commit: client.commit,
                build_date: client.built,
                platform: format!("{system}/{machine}"),
            },
            server: server.map(|it| ServerVersion { version: it.to_owned() }),
        }
    }
}

/// The version as JSON.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn version_json(client: &Client, server: Option<&str>) -> anyhow::Result<String> {
    written::lines(&Version::new(client, server))
}

/// The same as YAML.
///
/// # Errors
/// When it cannot be written as YAML.
pub fn version_yaml(client: &Client, server: Option<&str>) -> anyhow::Result<String> {
    written::in_yaml(&Version::new(client, server), || version_json(client, server))
}
