//! Reads of one thing: whether an object exists, a log, what a kubelet says, the server's version.

use ::http::Request;
use kube::api::GetParams;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::connect::Connection;
use super::kind::meta::or_default;
use super::read::{Asked, Resource, is_name};
use crate::model::{Access, Presence, Seen, Timestamp, Unread, Version, Why};

#[derive(Deserialize)]
struct Changed {
    metadata: ChangedMeta,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangedMeta {
    creation_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "or_default")]
    managed_fields: Vec<ChangedFields>,
}

/// A server notes who changed which fields, and when.
#[derive(Deserialize)]
struct ChangedFields {
    time: Option<Timestamp>,
}

impl ChangedMeta {
    fn last_change(&self) -> Option<Timestamp> {
        self.managed_fields.iter().filter_map(|it| it.time).max().or(self.creation_timestamp)
    }
}

/// What `/version` says.
#[derive(Deserialize)]
struct VersionInfo {
    #[serde(rename = "gitVersion")]
    git: String,
}

impl Connection {
    /// Whether an object exists: only its metadata is asked for, so that nothing of a Secret is on the way.
    pub async fn presence(
        &self,
        of: Resource<'_>,
        namespace: Option<&str>,
        name: &str,
    ) -> Seen<Presence> {
        if !is_name(name) {
            return Ok(Presence::Missing);
        }
        let asked = Asked {
            what: format!("get {}/{name}", of.singular),
            access: of.access("get", namespace),
        };
        let request =
            kube::core::Request::new(of.path(namespace)).get_metadata(name, &GetParams::default());
        match self.read::<Changed>(request, &asked).await {
            Ok(found) => Ok(Presence::There { changed: found.metadata.last_change() }),
            Err(Unread { why: Why::Absent, .. }) => Ok(Presence::Missing),
            Err(unread) => Err(unread),
        }
    }

    /// What the kubelet of a node says under a path, through the API server.
    pub async fn of_kubelet<T: DeserializeOwned>(&self, node: &str, path: &str) -> Seen<T> {
        const NODES: Resource<'_> =
            Resource { group: "", version: "v1", plural: "nodes/proxy", singular: "node" };
        let asked =
            Asked { what: format!("ask the kubelet of {node}"), access: NODES.access("get", None) };
        let request = Request::get(format!("/api/v1/nodes/{node}/proxy/{path}")).body(Vec::new());
        self.read(request.map_err(kube::core::request::Error::BuildRequest), &asked).await
    }

    /// The last lines that a container wrote; those of its last life when `previous`.
    pub async fn log(
        &self,
        (namespace, pod): (&str, &str),
        container: &str,
        previous: bool,
        lines: u32,
    ) -> Seen<Vec<String>> {
        const LOG: Resource<'_> =
            Resource { group: "", version: "v1", plural: "pods/log", singular: "pod" };
        let asked = Asked {
            what: format!("read the log of {pod}"),
            access: LOG.access("get", Some(namespace)),
        };
        let request = Request::get(format!(
            "/api/v1/namespaces/{namespace}/pods/{pod}/log\
             ?container={container}&previous={previous}&tailLines={lines}&limitBytes=16384"
        ))
        .body(Vec::new());
        let request = request.map_err(kube::core::request::Error::BuildRequest);
        let body = self.body(request, &asked).await?;
        let text = String::from_utf8_lossy(&body);
        // A kubelet that has dropped the log says so in its place, with 200.
        if text.starts_with("unable to retrieve container logs") {
            return Err(asked.unread(Why::Absent));
        }
        Ok(text.lines().map(str::to_owned).collect())
    }

    pub async fn server_version(&self) -> Seen<Version> {
        let git = self.git_version().await?;
        Version::parse(&git).ok_or_else(|| {
            let why = Why::Unreachable(format!("it calls itself {git:?}"));
            Unread::new("get the server's version", why)
        })
    }

    /// The server's version in its own words: `v1.33.4+k3s1`.
    pub async fn git_version(&self) -> Seen<String> {
        let asked = Asked {
            what: "get the server's version".to_owned(),
            access: Access {
                verb: "get".to_owned(),
                group: String::new(),
                resource: "/version".to_owned(),
                namespace: None,
            },
        };
        let request = Request::get("/version").body(Vec::new());
        let request = request.map_err(kube::core::request::Error::BuildRequest);
        let info: VersionInfo = self.read(request, &asked).await?;
        Ok(info.git)
    }
}
