//! The one line about the database.

use std::collections::BTreeSet;

use super::container;
use super::facts::{Facts, Heard, Look};
use super::info::{Info, Product};
use super::members::{alone_role, view_of};
use super::nodes::Role;
use super::rules::{RULES, motion};
use super::slots::SLOTS;
use crate::model::{Headline, Snapshot, Value, Verdict};
use crate::rules::Severity;

type Fact = (&'static str, &'static str, Value);

pub fn headline(now: &Snapshot, facts: &Facts) -> Headline {
    let look = &facts.look;
    let mut shown = if look.is_cluster() { cluster_facts(facts) } else { alone_facts(look) };
    let unread = look.seats.iter().filter(|seat| seat.reply.outcome.is_unread()).count();
    if unread > 0 {
        let read = look.seats.len() - unread;
        shown.push(("read", "members read", format!("{read}/{}", look.seats.len()).into()));
    }
    Headline { title: title(now, look), verdict: verdict(now, facts), facts: shown }
}

/// `redis cluster 7.0.15`; every version when they are mixed.
fn title(now: &Snapshot, look: &Look) -> String {
    let infos: Vec<&Info> = look.seats.iter().filter_map(super::facts::Seat::info).collect();
    let mut products: BTreeSet<Product> = infos.iter().map(|info| info.product()).collect();
    if products.is_empty() {
        products.insert(product_by_evidence(now));
    }
    let mut words: Vec<String> =
        vec![products.iter().map(|product| product.name()).collect::<Vec<_>>().join("+")];
    let is_sentinel = infos.iter().any(|info| info.is_sentinel())
        || now.pods().unwrap_or_default().iter().any(|pod| container::sentinel(pod).is_some());
    if infos.iter().any(|info| info.is_cluster()) {
        words.push("cluster".to_owned());
    } else if is_sentinel {
        words.push("sentinel".to_owned());
    } else if !infos.is_empty() {
        words.push("standalone".to_owned());
    }
    let versions: BTreeSet<&str> = infos.iter().filter_map(|info| info.version()).collect();
    if !versions.is_empty() {
        words.push(versions.into_iter().collect::<Vec<_>>().join(", "));
    }
    words.join(" ")
}

fn product_by_evidence(now: &Snapshot) -> Product {
    let pods = now.pods().unwrap_or_default();
    let template = &now.set.template.pod;
    let evidence = pods.iter().map(AsRef::as_ref).chain([template]).find_map(container::server);
    match evidence {
        Some((_, words)) if words.contains("valkey") => Product::Valkey,
        _ => Product::Redis,
    }
}

fn cluster_facts(facts: &Facts) -> Vec<Fact> {
    let topology = &facts.look.topology;
    let unserved = facts.steady(|look| look.topology.unserved().iter().collect()).len();
    let served = usize::from(SLOTS).saturating_sub(unserved);
    let mut shown: Vec<Fact> = vec![
        ("slots", "slots", format!("{served}/{SLOTS}").into()),
        ("shards", "shards", topology.shards.len().into()),
    ];
    // A sum with a part missing is no sum.
    let keys: Option<u64> = topology
        .shards
        .iter()
        .map(|shard| view_of(topology.peers.get(shard.primary)?, &facts.look)?.info.keys())
        .sum();
    shown.extend(keys.map(|keys| ("keys", "keys", Value::from(keys))));
    shown
}

fn alone_facts(look: &Look) -> Vec<Fact> {
    let infos: Vec<&Info> = look
        .seats
        .iter()
        .filter_map(|seat| match &seat.heard {
            Heard::Alone(info) => Some(info),
            _ => None,
        })
        .collect();
    if infos.is_empty() {
        return Vec::new();
    }
    let count = |role| infos.iter().filter(|info| alone_role(info) == Some(role)).count();
    vec![
        ("primaries", "primaries", count(Role::Primary).into()),
        ("replicas", "replicas", count(Role::Replica).into()),
    ]
}

/// No member can find another: it may take them the node timeout to notice.
fn is_scattered(facts: &Facts) -> bool {
    let stranded = facts.steady(motion::stranded).len();
    stranded > 1 && stranded == facts.look.views().count()
}

fn verdict(now: &Snapshot, facts: &Facts) -> Verdict {
    let look = &facts.look;
    let is_anybody_there = look.seats.iter().any(|seat| seat.info().is_some());
    let is_unread = look.seats.iter().any(|seat| seat.reply.outcome.is_unread());
    let is_down = look.is_cluster()
        && (!facts.steady(|look| look.topology.unserved().iter().collect()).is_empty()
            || !facts.steady(motion::refusing).is_empty()
            || is_scattered(facts));
    let worst = RULES
        .iter()
        .copied()
        .flatten()
        .filter_map(|rule| Some((rule.info.severity, (rule.check)(now, facts).ok()?)))
        .flat_map(|(severity, found)| {
            found.into_iter().map(move |v| v.severity.unwrap_or(severity))
        })
        .max();
    match worst {
        _ if is_down || !(is_anybody_there || is_unread) => Verdict::Down,
        _ if is_unread => Verdict::Unknown,
        Some(Severity::Warning | Severity::Unknown | Severity::Error) => Verdict::Degraded,
        Some(Severity::Info) | None => Verdict::Ok,
    }
}

#[cfg(test)]
mod tests;
