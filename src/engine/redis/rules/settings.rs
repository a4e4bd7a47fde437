//! Settings and versions that should be the same on all members, or are short of what is safe.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{Facts, Seat};
use super::super::info::{Info, MODULES};
use crate::model::{Seen, Snapshot, Value};
use crate::rules::{Object, Severity, Violation};

/// Those that one template gives to all.
const SHARED: &[&str] = &[
    "appendfsync",
    "appendonly",
    "cluster-allow-reads-when-down",
    "cluster-allow-replica-migration",
    "cluster-migration-barrier",
    "cluster-node-timeout",
    "cluster-replica-validity-factor",
    "cluster-require-full-coverage",
    "maxclients",
    "maxmemory",
    "maxmemory-policy",
    "min-replicas-max-lag",
    "min-replicas-to-write",
    // Of `INFO`: who calls one calls it on whoever owns the slot.
    "number_of_functions",
    "save",
    "stop-writes-on-bgsave-error",
];

/// Milliseconds below which a slow command, a fork or the move of a large key counts as a failure.
const SHORT_TIMEOUT: u64 = 5000;

/// Pods of two versions of the template differ on purpose.
fn is_rolling_out(now: &Snapshot) -> Seen<bool> {
    let revisions: BTreeSet<_> = now.pods()?.iter().map(|pod| pod.revision()).collect();
    Ok(revisions.len() > 1 || now.set.update_revision != now.set.current_revision)
}

/// `7.0.15 on redis-5, 7.2.4 on the others`: the value of the most is not spelled out.
fn by_value(values: &BTreeMap<&str, Vec<&Seat>>) -> Option<String> {
    let most = values.iter().max_by_key(|(_, seats)| seats.len()).filter(|_| values.len() > 1)?;
    let shown = |value: &str| if value.is_empty() { "\"\"".to_owned() } else { value.to_owned() };
    let others = values.iter().filter(|(value, _)| *value != most.0);
    let others = others.map(|(value, seats)| {
        let pods: Vec<&str> = seats.iter().map(|seat| seat.reply.pod.as_str()).collect();
        format!("{} on {}", shown(value), pods.join(" "))
    });
    let mut parts: Vec<String> = others.collect();
    parts.push(format!("{} on the others", shown(most.0)));
    Some(parts.join(", "))
}

/// A server, what it says of itself, and its settings.
type Server<'a> = (&'a Seat, &'a Info, &'a Info);

/// What differs, and on which of them.
fn differing<'a>(
    servers: &[Server<'a>],
    value: impl Fn(&'a Info, &'a Info) -> Option<&'a str>,
) -> Option<String> {
    let mut values: BTreeMap<&str, Vec<&Seat>> = BTreeMap::new();
    for (seat, info, settings) in servers {
        if let Some(value) = value(info, settings) {
            values.entry(value).or_default().push(seat);
        }
    }
    by_value(&values)
}

pub fn differ(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let servers = facts.look.configured()?;
    let is_rolling = is_rolling_out(now)?;
    let settings = settings_differ(&servers).map(|settings| {
        let says = "members run with different settings: {settings}";
        let violation = Violation::new(Object::set(&now.set.name), says)
            .with("settings", Value::List(settings));
        if is_rolling {
            violation.severity(Severity::Info)
        } else {
            violation.cause("CONFIG SET changes one member, and only until it restarts").next(
                "which of them holds changes with each failover: set the same on all, and in the configuration file",
            )
        }
    });
    let modules = modules_differ(&servers).map(|modules| {
        let says = "members run with different modules: {modules}";
        let violation = Violation::new(Object::set(&now.set.name), says)
            .with("modules", modules)
            .next("a slot with keys of a type that a module brings cannot be restored on a member without it: load the same on all, by the configuration file");
        if is_rolling { violation.severity(Severity::Info) } else { violation }
    });
    Ok(settings.into_iter().chain(modules).collect())
}

fn settings_differ(servers: &[Server<'_>]) -> Option<Vec<String>> {
    let words = |name: &&str| {
        let value =
            differing(servers, |info, settings| settings.get(name).or_else(|| info.get(name)))?;
        Some(format!("{name} {value}"))
    };
    let settings: Vec<String> = SHARED.iter().filter_map(words).collect();
    (!settings.is_empty()).then_some(settings)
}

fn modules_differ(servers: &[Server<'_>]) -> Option<String> {
    differing(servers, |info, _| {
        info.get(MODULES).map(|loaded| if loaded.is_empty() { "none" } else { loaded })
    })
}

pub fn versions(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let mut versions: BTreeMap<&str, Vec<&Seat>> = BTreeMap::new();
    for seat in &facts.look.seats {
        if let Some(version) = seat.info().and_then(Info::version) {
            versions.entry(version).or_default().push(seat);
        }
    }
    let Some(words) = by_value(&versions) else { return Ok(Vec::new()) };
    let violation =
        Violation::new(Object::set(&now.set.name), "members run different versions: {versions}")
            .with("versions", words);
    Ok(vec![if is_rolling_out(now)? {
        violation.severity(Severity::Info)
    } else {
        violation.next("an older replica may not understand what a newer primary sends: bring all to one version")
    }])
}

pub fn short_timeout(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let servers = facts.look.configured()?;
    let timeouts = servers.iter().filter(|(seat, ..)| seat.view().is_some());
    let shortest = timeouts.filter_map(|(.., it)| it.number("cluster-node-timeout")).min();
    let short = shortest.filter(|timeout| *timeout < SHORT_TIMEOUT);
    Ok(short
        .map(|timeout| {
            let says = "cluster-node-timeout is {timeout} ms: a member that is busy for so long counts as failed";
            Violation::new(Object::set(&now.set.name), says)
                .with("timeout", timeout)
                .next("the move of a key of 100 MB, a fork or a slow command takes seconds: 15000 is the default")
        })
        .into_iter()
        .collect())
}

pub fn partial_coverage(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let servers = facts.look.configured()?;
    let members = servers.iter().filter(|(seat, ..)| seat.view().is_some());
    let is_off =
        |(.., settings): &&Server<'_>| settings.get("cluster-require-full-coverage") == Some("no");
    let names: Vec<String> =
        members.filter(is_off).map(|(seat, ..)| seat.reply.pod.clone()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let says = "cluster-require-full-coverage is no: when slots are lost, the others are served on";
    Ok(vec![Violation::new(Object::set(&now.set.name), says).with("members", names)])
}

/// Percent of `maxclients`.
const NEARLY: u64 = 90;

pub fn clients(_now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let servers = facts.look.seats.iter().filter_map(|seat| Some((seat, seat.info()?)));
    Ok(servers
        .filter_map(|(seat, info)| {
            let most = || seat.settings()?.number("maxclients");
            let most = info.number("maxclients").or_else(most)?;
            let connected = info.number("connected_clients")?;
            let rejected = info.number("rejected_connections").unwrap_or(0);
            let is_near = connected.saturating_mul(100) >= most.saturating_mul(NEARLY);
            if !is_near && rejected == 0 {
                return None;
            }
            let violation = Violation::new(
                Object::pod(&seat.reply.pod),
                if is_near {
                    "{connected} clients are connected, of {most} that it takes: more are turned away"
                } else {
                    "since its start it has turned away {rejected:connection} for want of room ({most} clients)"
                },
            )
            .with("connected", connected)
            .with("most", most)
            .with("rejected", rejected);
            Some(if is_near {
                violation.next("CLIENT LIST shows who they are; replicas and this check need a connection, too")
            } else {
                violation.severity(Severity::Info)
            })
        })
        .collect())
}
