//! What can be wrong with a cluster, most telling first.

mod agreement;
mod ahead;
mod creation;
mod lag;
mod membership;
mod memory;
mod mode;
pub(super) mod motion;
mod persistence;
mod placement;
mod reading;
mod replication;
mod serving;
mod settings;
mod shape;
mod slots;
mod strays;
pub(super) mod words;

use super::facts::Facts;
use crate::model::Operation::{self, Drain, Rollout, ScaleDown, ScaleUp};
use crate::rules::Rule;
use crate::rules::Severity::{self, Error, Info, Warning};

/// What takes a member away, for a while or for good.
const DISRUPTIVE: &[Operation] = &[ScaleDown, Rollout, Drain];
const RESTARTING: &[Operation] = &[Rollout, Drain];
const RESIZING: &[Operation] = &[ScaleDown, ScaleUp];

pub const RULES: &[&[Rule<Facts>]] = &[TROUBLE, reading::RULES, NOTES];

const TROUBLE: &[Rule<Facts>] = &[
    rule(
        "members-know-dead-addresses",
        Error,
        "members whose every peer is known only by an address that no pod has any more",
        membership::dead_addresses,
    ),
    rule(
        "cluster-never-created",
        Error,
        "members that were started and never joined to one cluster",
        creation::never_created,
    )
    .blocks(&[]),
    rule("slots-uncovered", Error, "slots that no primary owns", slots::uncovered),
    rule(
        "primary-down",
        Error,
        "primaries that have failed, and what keeps a replica from taking over",
        serving::primary_down,
    ),
    rule(
        "cluster-state-fail",
        Error,
        "members that refuse to serve although every slot has an owner that is up",
        serving::state_fail,
    ),
    rule(
        "slots-disagree",
        Error,
        "slots that members ascribe to different owners",
        slots::disagree,
    ),
    rule("open-slot", Error, "slots left open by an interrupted move", slots::open),
    rule(
        "keys-off-owner",
        Error,
        "keys on a primary that does not own their slots",
        strays::keys_off_owner,
    ),
    rule(
        "min-replicas-unmet",
        Error,
        "primaries that refuse writes for want of replicas",
        lag::min_replicas,
    )
    .blocks(DISRUPTIVE),
    rule(
        "save-failed",
        Error,
        "members that could not write their data to disk",
        persistence::save_failed,
    )
    .blocks(DISRUPTIVE),
    rule(
        "memory-nearly-full",
        Error,
        "members near their own memory limit, or that of their container",
        memory::nearly_full,
    )
    .blocks(&[ScaleDown]),
    rule(
        "duplicate-node-id",
        Error,
        "pods that answer with the same node id",
        membership::duplicate_id,
    ),
    rule(
        "member-unknown-to-peers",
        Error,
        "members that no other member knows",
        membership::unknown_to_peers,
    ),
    rule(
        "ghost-member",
        Warning,
        "nodes that members still know and that no pod runs",
        membership::ghost,
    )
    .blocks(RESIZING),
    rule(
        "membership-disagrees",
        Warning,
        "members that do not know a member which others know",
        agreement::membership,
    )
    .blocks(RESIZING),
    rule(
        "epoch-collision",
        Warning,
        "primaries that own slots under the same epoch",
        agreement::epochs,
    )
    .blocks(RESIZING),
    rule(
        "epoch-behind",
        Warning,
        "members that have not heard of the newest epoch",
        agreement::old_epochs,
    )
    .blocks(RESIZING),
    rule("replica-down", Warning, "replicas that have failed", replication::replica_down),
    rule(
        "member-suspected",
        Warning,
        "members that some of their peers cannot reach",
        serving::suspected,
    )
    .blocks(DISRUPTIVE),
    rule(
        "shard-without-replica",
        Warning,
        "primaries without a replica, where replicas are expected",
        replication::shard_without_replica,
    )
    .blocks(DISRUPTIVE),
    rule(
        "primary-leaves",
        Error,
        "primaries that own slots and that the scale-down ahead takes away",
        ahead::primary_leaves,
    )
    .blocks(&[ScaleDown]),
    rule(
        "replicas-leave",
        Warning,
        "primaries that the scale-down ahead leaves without a replica",
        ahead::replicas_leave,
    )
    .blocks(&[ScaleDown]),
    rule(
        "shard-leaves",
        Error,
        "shards whose every member is on the node that is to be drained",
        ahead::shard_leaves,
    )
    .blocks(&[Drain]),
    rule("replica-lags", Warning, "replicas that are connected and far behind", lag::replica_lags)
        .blocks(DISRUPTIVE),
    rule(
        "replication-auth-rejected",
        Error,
        "replicas whose primary most likely rejects their password",
        replication::auth_rejected,
    ),
    rule(
        "replica-link-down",
        Warning,
        "replicas that are not connected to their primary",
        replication::link_down,
    )
    .blocks(DISRUPTIVE),
    rule(
        "too-few-primaries",
        Warning,
        "fewer primaries than a majority vote needs",
        membership::too_few_primaries,
    ),
    rule("member-loading", Warning, "members that still read their data from disk", mode::loading),
    rule(
        "shard-on-one-node",
        Warning,
        "a primary and all its replicas on one node, although there are others",
        placement::shard_on_one_node,
    )
    .blocks(&[Drain]),
    rule(
        "primaries-on-one-node",
        Warning,
        "so many primaries on one node that the rest is no majority, although there are others",
        placement::majority_on_one_node,
    )
    .blocks(&[Drain]),
    rule(
        "nodes-conf-off-claim",
        Warning,
        "members whose nodes.conf goes with their pod",
        persistence::identity_is_lost,
    )
    .blocks(RESTARTING),
    rule(
        "persistence-off",
        Warning,
        "members with a claim that write no data to it",
        persistence::off,
    )
    .blocks(RESTARTING),
    rule(
        "maxmemory-above-limit",
        Warning,
        "a maxmemory that the container does not have",
        memory::above_container,
    )
    .blocks(DISRUPTIVE),
    rule(
        "eviction-policy",
        Warning,
        "stores on a claim that drop keys when memory is full",
        memory::evicts,
    ),
    rule(
        "clients-nearly-full",
        Warning,
        "members with hardly a connection left, or that turned clients away",
        settings::clients,
    ),
    rule(
        "node-timeout-short",
        Warning,
        "a node timeout that a busy moment exceeds",
        settings::short_timeout,
    ),
    rule(
        "config-differs",
        Warning,
        "members that run with other settings or modules than the rest",
        settings::differ,
    ),
    rule("mixed-versions", Warning, "members of different versions", settings::versions),
];

const NOTES: &[Rule<Facts>] = &[
    rule("cluster-mode-off", Info, "servers that are not in cluster mode", mode::cluster_mode_off),
    rule("failover-running", Info, "servers that hand over to a replica now", lag::failover_runs),
    rule(
        "save-running",
        Info,
        "members that write a snapshot or rewrite their append-only file now",
        persistence::running,
    ),
    rule(
        "shard-channels",
        Info,
        "clients of sharded channels whose slots the scaling ahead may move",
        ahead::shard_channels,
    ),
    rule("primary-without-slots", Info, "primaries that serve nothing", shape::idle_primary),
    rule("slots-uneven", Info, "primaries with far more slots than others", shape::uneven),
    rule(
        "announced-elsewhere",
        Info,
        "members that go by an address which is not their pod's",
        shape::announced_elsewhere,
    ),
    rule(
        "partial-coverage",
        Info,
        "clusters that serve on when some slots are lost",
        settings::partial_coverage,
    ),
    rule("sentinel", Info, "a Sentinel that decides who is primary", mode::sentinel),
];

const fn rule(
    id: &'static str,
    severity: Severity,
    about: &'static str,
    check: fn(&crate::model::Snapshot, &Facts) -> crate::model::Seen<Vec<crate::rules::Violation>>,
) -> Rule<Facts> {
    Rule::new(id, severity, about, check)
}

#[cfg(test)]
pub(crate) mod tests;
