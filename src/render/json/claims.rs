//! The claims of sets, as they are promised.

use serde::Serialize;

use super::Unread;
use crate::claims::{Holding, State};
use crate::model::{ClaimPhase, RetentionPolicy};
use crate::render::claims::explain;
use crate::report::{self, ClaimMap, Fate};

/// Which claim, volume and node belongs to which ordinal, and which to nobody.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::render) struct Claims {
    /// `kubectl-sts/v1`. Another version may take fields away; this one only adds them.
    api_version: &'static str,
    /// `Claims`.
    kind: &'static str,
    /// Context of the kubeconfig in force; null where there is none.
    context: Option<String>,
    /// When it was looked at, by the API server's clock (RFC 3339).
    at: String,
    /// Whether it is known of every claim whose it is. When it is false the exit code is 2.
    complete: bool,
    /// Reads that failed.
    unread: Vec<Unread>,
    /// The sets that were asked for.
    sets: Vec<ClaimedSet>,
    /// Lowest ordinal first; what belongs to no set comes last.
    volumes: Vec<HeldVolume>,
}

/// A `StatefulSet` and what would become of its claims.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ClaimedSet {
    namespace: String,
    name: String,
    uid: String,
    /// `spec.replicas`.
    replicas: u32,
    /// `spec.ordinals.start`.
    start: u32,
    /// When its replicas are lowered by one.
    when_scaled: Outlook,
    /// When it is deleted.
    when_deleted: Outlook,
}

/// What would become of claims.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Outlook {
    /// `Retain` or `Delete`, of `spec.persistentVolumeClaimRetentionPolicy`.
    policy: &'static str,
    /// How many claims it concerns.
    claims: usize,
    /// Of them, those whose volume goes with the claim (reclaim policy `Delete`); null when volumes were not read.
    volumes: Option<usize>,
}

/// One volume of one ordinal, or a claim or volume that no pod uses.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct HeldVolume {
    namespace: String,
    /// The set that has a place for it; null where none that is there has.
    set: Option<String>,
    ordinal: Option<u32>,
    /// The pod of that ordinal; null when it is not there.
    pod: Option<String>,
    /// Node of that pod.
    node: Option<String>,
    /// `template`: a claim for each ordinal. `direct`: a claim that the template of the pods names. `ephemeral`: a claim
    /// that goes with its pod. `folder`: `emptyDir` or `hostPath`. null where no set has it.
    source: Option<&'static str>,
    /// Name of the claim template, or of the volume in the pod.
    template: Option<String>,
    /// Name of the claim, whether it is there or not; null for a folder.
    claim: Option<String>,
    /// Of the claim; null when it is not there.
    uid: Option<String>,
    /// `Pending`, `Bound` or `Lost`; null when the claim is not there.
    phase: Option<&'static str>,
    /// Bytes that the volume has.
    size: Option<u64>,
    /// Bytes that the claim asks for.
    requested: Option<u64>,
    /// Bytes in use, by the kubelet of the node (`--usage`); null where none said.
    used: Option<u64>,
    /// Bytes that the file system has, by the same.
    capacity: Option<u64>,
    class: Option<String>,
    modes: Vec<String>,
    /// Name of the volume; null where there is none.
    volume: Option<String>,
    /// `Delete`, `Retain` or `Recycle`: what becomes of the data when the claim goes; null when the volume was not read.
    reclaim: Option<String>,
    /// Pods that mount the claim and are not finished, of whoever.
    users: Vec<String>,
    /// The most telling of `states`.
    state: &'static str,
    /// All that is so: `in-use`, `waiting` (for its pod), `missing`, `left-behind`, `parked`, `orphan`, `shared`, `foreign`,
    /// `terminating`, `pending`, `lost`, `resizing`, `drifted`, `stale-owner`, `released`, `not-durable`, `unknown`,
    /// `unrelated`.
    states: Vec<&'static str>,
    /// For a person.
    message: String,
    /// Since when nobody uses the claim, where the cluster keeps that (RFC 3339).
    unused_since: Option<String>,
    /// When the claim was made (RFC 3339).
    created: Option<String>,
}

impl From<&ClaimMap<'_>> for Claims {
    fn from(map: &ClaimMap<'_>) -> Self {
        let set = |of: &report::ClaimedSet<'_>| ClaimedSet {
            namespace: of.set.namespace.clone(),
            name: of.set.name.clone(),
            uid: of.set.uid.clone(),
            replicas: of.set.replicas,
            start: of.set.start,
            when_scaled: of.when_scaled.into(),
            when_deleted: of.when_deleted.into(),
        };
        Self {
            api_version: "kubectl-sts/v1",
            kind: "Claims",
            context: map.context.clone(),
            at: map.at.to_string(),
            complete: map.is_complete(),
            unread: map.unread().into_iter().map(Unread::from).collect(),
            sets: map.sets.iter().map(set).collect(),
            volumes: map.holdings.iter().map(|it| HeldVolume::new(map, it)).collect(),
        }
    }
}

impl From<Fate> for Outlook {
    fn from(fate: Fate) -> Self {
        let policy = match fate.policy {
            RetentionPolicy::Retain => "Retain",
            RetentionPolicy::Delete => "Delete",
        };
        Self { policy, claims: fate.claims, volumes: fate.volumes }
    }
}

impl HeldVolume {
    fn new(map: &ClaimMap<'_>, holding: &Holding<'_>) -> Self {
        let claim = holding.claim;
        let volume = holding.volume.as_ref().ok().copied().flatten();
        let usage = map.usage_of(holding).filter(|_| map.with_usage);
        Self {
            namespace: holding.namespace.to_owned(),
            set: holding.set.map(|set| set.name.clone()),
            ordinal: holding.ordinal,
            pod: holding.pod.map(|pod| pod.name.clone()),
            node: holding.pod.and_then(|pod| pod.node.clone()),
            source: holding.source.kind(),
            template: holding.source.name().map(str::to_owned),
            claim: holding.name.clone(),
            uid: claim.map(|it| it.uid.clone()),
            phase: claim.map(|it| match it.phase {
                ClaimPhase::Pending => "Pending",
                ClaimPhase::Bound => "Bound",
                ClaimPhase::Lost => "Lost",
            }),
            size: claim.and_then(|it| it.capacity),
            requested: claim.and_then(|it| it.request),
            used: usage.map(|it| it.used),
            capacity: usage.map(|it| it.capacity),
            class: claim.and_then(|it| it.class.clone()),
            modes: claim.map(|it| it.modes.clone()).unwrap_or_default(),
            volume: holding.volume_name().map(str::to_owned),
            reclaim: volume.map(|it| it.reclaim.clone()),
            users: holding.users.iter().map(|it| (*it).to_owned()).collect(),
            state: holding.state().name(),
            states: holding.states.iter().map(State::name).collect(),
            message: explain(holding, map.at),
            unused_since: holding.unused_since().map(|it| it.to_string()),
            created: claim.and_then(|it| it.created).map(|it| it.to_string()),
        }
    }
}
