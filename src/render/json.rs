//! The machine-readable report. These structs are a contract of their own: `docs/json.md` is made from
//! their comments, fields are only ever added, and nothing else in the program takes part in it.

pub(super) mod claims;
mod controller;
mod from;
mod revisions;
#[cfg(test)]
pub(super) mod tests;
mod version;
mod written;

use std::collections::BTreeMap;

use serde::Serialize;

use self::controller::Controller;
pub use revisions::{history_json, revision_json, standing_json};
pub use version::{version_json, version_yaml};
pub(super) use written::line;
pub use written::{claims_json, claims_yaml, json, json_line, yaml};

/// What `check` found, over every set it was asked about.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct CheckReport {
    /// `kubectl-sts/v1`. Another version may take fields away; this one only adds them.
    api_version: &'static str,
    /// `CheckReport`.
    kind: &'static str,
    /// One entry a `StatefulSet`, in the order of the text.
    sets: Vec<SetReport>,
}

/// One `StatefulSet` at one moment.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct SetReport {
    /// Context of the kubeconfig in force; null where there is none.
    context: Option<String>,
    namespace: String,
    name: String,
    uid: String,
    /// When it was looked at, by the API server's clock (RFC 3339).
    at: String,
    /// `spec.replicas`.
    replicas: u32,
    /// How many of the ordinals in range have a ready pod; null when pods were not read.
    ready: Option<usize>,
    /// Whether everything that should answer was read. When it is false the exit code is 2, and what
    /// is not in this report may still be wrong.
    complete: bool,
    /// Why it is not complete: reads that failed.
    unread: Vec<Unread>,
    /// Over findings and the database's own verdict.
    verdict: Health,
    /// The database that the set was recognised as; null for none.
    engine: Option<Engine>,
    /// Every ordinal in range and every pod outside it; null when pods were not read.
    ordinals: Option<Vec<Ordinal>>,
    /// Members that belong to none of these ordinals: known to their peers without a pod, of a pod that
    /// is gone, or in another set; null when members were not read or there is no database.
    other_members: Option<Vec<Member>>,
    /// What it was judged for; null for its health alone.
    purpose: Option<Purpose>,
    /// Worst first.
    findings: Vec<Finding>,
    /// What the StatefulSet controller does next; null when that was not read.
    controller: Option<Controller>,
    /// How many rules looked at the set.
    rules_run: usize,
    /// Rules that could not look. They do not make the report incomplete.
    not_run: Vec<NotRun>,
}

/// `unhealthy`: an error is known. `unknown`: none is, and the report is not complete. `degraded`: it
/// serves, with warnings. `healthy`: nothing worse than a note.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum Health {
    Healthy,
    Degraded,
    Unhealthy,
    Unknown,
}

/// What was asked after `--for`. Severities are then weighed for it: what stands in its way is an error, and
/// nothing else is one; `verdict` follows them.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Purpose {
    /// As it was written: `scale=6`.
    #[serde(rename = "for")]
    intent: String,
    /// `scale-down`, `scale-up`, `rollout` or `drain`; null where there is nothing to do for this set.
    work: Option<&'static str>,
    /// Whether an error stands in its way.
    blocked: bool,
}

/// A read that failed.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Unread {
    /// In words: `cannot list nodes: forbidden`.
    reason: String,
    /// The right that RBAC did not give, where it is known.
    missing: Option<Right>,
}

/// One right of RBAC.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Right {
    verb: String,
    /// Empty for the core group.
    api_group: String,
    /// With its subresource after a slash: `pods/portforward`.
    resource: String,
    /// null for a resource of the cluster or for all namespaces: it takes a `ClusterRole`.
    namespace: Option<String>,
}

/// A database as it sees itself.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Engine {
    name: &'static str,
    /// Why the set is taken for this database.
    evidence: String,
    verdict: EngineVerdict,
    /// Name and version: `redis cluster 7.0.15`; null when it was not read.
    title: Option<String>,
    /// The facts of the headline, by name.
    facts: BTreeMap<&'static str, Value>,
}

/// `degraded`: it serves, and something is wrong. `down`: part of the data is served by nobody.
/// `unknown`: it could not be asked, or only in part.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum EngineVerdict {
    Ok,
    Degraded,
    Down,
    Unknown,
}

/// One ordinal with what belongs to it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "an ordinal is a number and what belongs to it")]
struct Ordinal {
    ordinal: u32,
    /// Whether the set asks for it; the controller deletes a pod that is not wanted.
    wanted: bool,
    /// Name of its pod; null when it is missing.
    pod: Option<String>,
    /// Uid of its pod.
    uid: Option<String>,
    /// Whether its pod is ready.
    ready: bool,
    /// `controller-revision-hash` of its pod, whole.
    revision: Option<String>,
    node: Option<String>,
    /// Names of the claims that its pod mounts, or that wait for a pod; null when they were not read.
    claims: Option<Vec<String>>,
    /// `ok`, or a few words for a person: not to be parsed.
    state: String,
    /// Its member of the database; null without one, or when members were not read.
    member: Option<Member>,
}

/// A member of the database.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Member {
    /// As the database names it.
    id: String,
    /// Its pod; null when it has none.
    pod: Option<PodRef>,
    /// `ok`, or a few words for a person: not to be parsed.
    state: String,
    /// Values of the engine's columns, those of `-o wide` too, by name. One that it does not have is
    /// not there.
    cells: BTreeMap<&'static str, Value>,
}

/// A pod by what does not come back.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct PodRef {
    /// Name of its `StatefulSet`.
    set: String,
    ordinal: u32,
    uid: String,
}

/// Something that breaks a rule.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding {
    /// Stable name of the rule.
    rule: &'static str,
    severity: Severity,
    /// The work that should not begin while it is so: `scale-down`, `scale-up`, `rollout`, `drain`.
    blocks: Vec<&'static str>,
    object: Object,
    /// For a person; `evidence` has the same as values.
    message: String,
    /// What was seen, by name.
    evidence: BTreeMap<&'static str, Value>,
    /// Since when it is so, where that is known (RFC 3339).
    since: Option<String>,
    /// What happened, for a person.
    cause: Option<String>,
    /// What will happen or what to look at, for a person.
    next: Option<String>,
    /// Commands that mend it, each a list of arguments, with the namespace and context in force.
    fix: Vec<Vec<String>>,
}

/// `unknown`: something that should have answered was not read.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    Info,
    Warning,
    Unknown,
    Error,
}

/// An object of the cluster.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Object {
    /// As kubectl takes it: `pod`, `pvc`, `statefulset`, `node`, …
    kind: &'static str,
    name: String,
}

/// A rule that could not look.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::render) struct NotRun {
    rule: &'static str,
    /// In words: `cannot list nodes: forbidden`.
    reason: String,
    /// The right that RBAC did not give, where it is known.
    missing: Option<Right>,
}

/// A number (a count, bytes or seconds), a text (a moment is RFC 3339), a list of texts, or a flag.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(super) enum Value {
    Number(u64),
    Seconds(i64),
    Text(String),
    List(Vec<String>),
    Flag(bool),
}
