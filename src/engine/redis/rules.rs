//! What can be wrong with a cluster, most telling first.

mod membership;
mod mode;
pub(super) mod motion;
mod reading;
mod replication;
mod serving;
mod slots;
mod words;

use super::facts::Facts;
use crate::rules::{Info, Rule, Severity};

pub const RULES: &[Rule<Facts>] = &[
    rule(
        "members-know-dead-addresses",
        Severity::Error,
        "members whose every peer is known only by an address that no pod has any more",
        membership::dead_addresses,
    ),
    rule("slots-uncovered", Severity::Error, "slots that no primary owns", slots::uncovered),
    rule(
        "primary-down",
        Severity::Error,
        "primaries that have failed, and what keeps a replica from taking over",
        serving::primary_down,
    ),
    rule(
        "cluster-state-fail",
        Severity::Error,
        "members that refuse to serve although every slot has an owner that is up",
        serving::state_fail,
    ),
    rule(
        "slots-disagree",
        Severity::Error,
        "slots that members ascribe to different owners",
        slots::disagree,
    ),
    rule("open-slot", Severity::Error, "slots left open by an interrupted move", slots::open),
    rule(
        "duplicate-node-id",
        Severity::Error,
        "pods that answer with the same node id",
        membership::duplicate_id,
    ),
    rule(
        "member-unknown-to-peers",
        Severity::Error,
        "members that no other member knows",
        membership::unknown_to_peers,
    ),
    rule(
        "ghost-member",
        Severity::Warning,
        "nodes that members still know and that no pod runs",
        membership::ghost,
    ),
    rule("replica-down", Severity::Warning, "replicas that have failed", replication::replica_down),
    rule(
        "member-suspected",
        Severity::Warning,
        "members that some of their peers cannot reach",
        serving::suspected,
    ),
    rule(
        "shard-without-replica",
        Severity::Warning,
        "primaries without a replica, where replicas are expected",
        replication::shard_without_replica,
    ),
    rule(
        "replication-auth-rejected",
        Severity::Error,
        "replicas whose primary most likely rejects their password",
        replication::auth_rejected,
    ),
    rule(
        "replica-link-down",
        Severity::Warning,
        "replicas that are not connected to their primary",
        replication::link_down,
    ),
    rule(
        "too-few-primaries",
        Severity::Warning,
        "fewer primaries than a majority vote needs",
        membership::too_few_primaries,
    ),
    rule(
        "member-loading",
        Severity::Warning,
        "members that still read their data from disk",
        mode::loading,
    ),
    rule(
        "member-not-reached",
        Severity::Unknown,
        "members to which no connection could be made",
        reading::not_reached,
    ),
    rule(
        "password-missing",
        Severity::Unknown,
        "members that want a password which nothing names",
        reading::password_missing,
    ),
    rule(
        "password-rejected",
        Severity::Unknown,
        "members that reject the password we found",
        reading::password_rejected,
    ),
    rule(
        "password-unreadable",
        Severity::Unknown,
        "members whose password or certificate could not be read",
        reading::password_unreadable,
    ),
    rule(
        "connection-refused",
        Severity::Unknown,
        "members that nothing listens for on their port",
        reading::refused,
    ),
    rule(
        "connection-rejected",
        Severity::Unknown,
        "members that hang up, or answer every command with an error",
        reading::rejected,
    ),
    rule(
        "member-silent",
        Severity::Unknown,
        "members that accept a connection and do not answer",
        reading::silent,
    ),
    rule("tls-failed", Severity::Unknown, "members that TLS fails with", reading::no_tls),
    rule("not-redis", Severity::Unknown, "ports where something else answers", reading::not_redis),
    rule(
        "command-denied",
        Severity::Unknown,
        "commands that the user may not run",
        reading::command_denied,
    ),
    rule(
        "cluster-mode-off",
        Severity::Info,
        "servers that are not in cluster mode",
        mode::cluster_mode_off,
    ),
    rule("sentinel", Severity::Info, "a Sentinel that decides who is primary", mode::sentinel),
];

const fn rule(
    id: &'static str,
    severity: Severity,
    about: &'static str,
    check: fn(&crate::model::Snapshot, &Facts) -> crate::model::Seen<Vec<crate::rules::Violation>>,
) -> Rule<Facts> {
    Rule { info: Info { id, severity, about }, check }
}

#[cfg(test)]
mod tests;
