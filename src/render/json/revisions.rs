//! Revisions of ordinals, as they are promised.

use serde::Serialize;

use super::line;
use crate::model::{Revision, Snapshot};
use crate::report::{self, Kept, Place};

/// Which revision each ordinal runs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::render) struct RolloutStatus {
    /// `kubectl-sts/v1`.
    api_version: &'static str,
    /// `RolloutStatus`.
    kind: &'static str,
    namespace: String,
    name: String,
    /// Every ordinal is available on the newest revision. When it is false the exit code is 1.
    complete: bool,
    /// `status.updateRevision`.
    newest: Option<String>,
    /// `status.currentRevision`.
    current: Option<String>,
    /// Below which index pods stay on the current revision; null where there is none.
    partition: Option<u32>,
    ordinals: Vec<RolloutOrdinal>,
}

/// One ordinal.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct RolloutOrdinal {
    ordinal: u32,
    pod: Option<String>,
    revision: Option<String>,
    /// The revision that it would come back on if it died now.
    reborn_on: Option<String>,
    /// `missing`, `terminating`, `not-ready`, `not-available`, `available`.
    place: &'static str,
    /// What its member says of itself, where a database is known.
    member: Option<String>,
}

/// A revision that is kept.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::render) struct RolloutHistory {
    /// `kubectl-sts/v1`.
    api_version: &'static str,
    /// `RolloutHistory`.
    kind: &'static str,
    namespace: String,
    name: String,
    /// Newest first.
    revisions: Vec<RolloutRevision>,
}

/// One of them.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct RolloutRevision {
    number: i64,
    name: String,
    /// When it was made (RFC 3339).
    created: Option<String>,
    /// `kubernetes.io/change-cause`.
    change_cause: Option<String>,
    /// Ordinals that run it.
    ordinals: Vec<u32>,
    newest: bool,
}

/// One revision with its template.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::render) struct RolloutTemplate {
    /// `kubectl-sts/v1`.
    api_version: &'static str,
    /// `RolloutTemplate`.
    kind: &'static str,
    namespace: String,
    name: String,
    number: i64,
    revision: String,
    /// `spec.template` as the revision holds it.
    template: serde_json::Value,
}

/// # Errors
/// When it cannot be written as JSON.
pub fn revision_json(
    now: &Snapshot,
    revision: &Revision,
    template: &serde_json::Value,
) -> anyhow::Result<String> {
    line(&RolloutTemplate {
        api_version: "kubectl-sts/v1",
        kind: "RolloutTemplate",
        namespace: now.set.namespace.clone(),
        name: now.set.name.clone(),
        number: revision.number,
        revision: revision.name.clone(),
        template: template.clone(),
    })
}

/// # Errors
/// When it cannot be written as JSON.
pub fn standing_json(standing: &report::Standing<'_>) -> anyhow::Result<String> {
    let set = standing.set;
    let ordinals = standing.rows.iter().map(|row| RolloutOrdinal {
        ordinal: row.ordinal,
        pod: row.pod.map(|pod| pod.name.clone()),
        revision: row.pod.and_then(|pod| pod.revision()).map(str::to_owned),
        reborn_on: row.reborn_on.map(str::to_owned),
        place: match row.place {
            Place::Missing => "missing",
            Place::Terminating => "terminating",
            Place::NotReady => "not-ready",
            Place::NotAvailable => "not-available",
            Place::Available => "available",
        },
        member: row.member.map(str::to_owned),
    });
    line(&RolloutStatus {
        api_version: "kubectl-sts/v1",
        kind: "RolloutStatus",
        namespace: set.namespace.clone(),
        name: set.name.clone(),
        complete: standing.is_complete(),
        newest: set.update_revision.clone(),
        current: set.current_revision.clone(),
        partition: match set.update {
            crate::model::Update::RollingUpdate { partition, .. } => partition,
            _ => None,
        },
        ordinals: ordinals.collect(),
    })
}

/// # Errors
/// When it cannot be written as JSON.
pub fn history_json(now: &Snapshot, kept: &[Kept<'_>]) -> anyhow::Result<String> {
    let revisions = kept.iter().map(|it| RolloutRevision {
        number: it.revision.number,
        name: it.revision.name.clone(),
        created: it.revision.created.map(|at| at.to_string()),
        change_cause: it.revision.cause.clone(),
        ordinals: it.ordinals.iter().copied().collect(),
        newest: it.is_newest,
    });
    line(&RolloutHistory {
        api_version: "kubectl-sts/v1",
        kind: "RolloutHistory",
        namespace: now.set.namespace.clone(),
        name: now.set.name.clone(),
        revisions: revisions.collect(),
    })
}
