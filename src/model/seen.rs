//! What was read, and what was not: unread is never empty.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value that was read, or why it was not. A rule uses `?` on it and is then "not run".
pub type Seen<T> = Result<T, Unread>;

/// A read that did not happen, in words that stand after "cannot".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Verb and object: `list nodes`, `connect to redis-cluster-3:6379`.
    pub what: String,
    pub why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Why {
    /// 403; holds the RBAC rule that is missing, where it is known.
    Forbidden(Option<Access>),
    /// 404, or the server does not know the kind.
    Absent,
    /// The path to it failed; holds the transport's own words.
    Unreachable(String),
    /// It did not answer in time.
    Deadline,
    /// Nobody asked: not part of this input.
    NotAsked,
}

/// One right of RBAC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    pub verb: String,
    /// API group; the core group is empty.
    pub group: String,
    /// Resource, with its subresource after a slash: `pods/portforward`.
    pub resource: String,
    /// None for a resource of the cluster or for all namespaces.
    pub namespace: Option<String>,
}

impl Access {
    /// To open a stream into a pod (`pods/exec`, `pods/portforward`). Over a web socket it is a GET, and since Kubernetes
    /// 1.35 the server asks for `create` as well.
    pub fn to_stream(resource: &str, namespace: &str) -> Vec<Self> {
        let right = |verb: &str| Self {
            verb: verb.to_owned(),
            group: String::new(),
            resource: resource.to_owned(),
            namespace: Some(namespace.to_owned()),
        };
        vec![right("get"), right("create")]
    }
}

impl Unread {
    pub fn new(what: impl Into<String>, why: Why) -> Self {
        Self { what: what.into(), why }
    }

    pub fn not_asked(what: impl Into<String>) -> Self {
        Self::new(what, Why::NotAsked)
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.what, self.why)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden(_) => f.write_str("forbidden"),
            Self::Absent => f.write_str("not found"),
            Self::Unreachable(words) => f.write_str(words),
            Self::Deadline => f.write_str("no answer in time"),
            Self::NotAsked => f.write_str("not part of the input"),
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "apiGroups: [\"{}\"], resources: [\"{}\"], verbs: [\"{}\"]",
            self.group, self.resource, self.verb
        )
    }
}
