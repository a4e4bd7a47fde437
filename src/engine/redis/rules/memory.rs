//! Room for data, and what becomes of data when there is none.

use super::super::facts::{Facts, Seat};
use super::super::info::Info;
use super::words;
use crate::model::{Seen, Snapshot, Value};
use crate::rules::{Object, Severity, Violation};

/// Percent.
const NEARLY: u64 = 90;
const FULL: u64 = 98;

fn percent(part: u64, whole: u64) -> u64 {
    part.saturating_mul(100) / whole.max(1)
}

/// A limit that is set; 0 is none.
fn limit(info: &Info) -> Option<u64> {
    info.number("maxmemory").filter(|bytes| *bytes > 0)
}

pub fn nearly_full(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let seats = facts.look.seats.iter().filter_map(|seat| Some((seat, seat.info()?)));
    Ok(seats
        .filter_map(|(seat, info)| by_limit(seat, info).or_else(|| by_container(now, seat, info)))
        .collect())
}

/// Against its own limit, which only a primary heeds. A full cache is one that works.
fn by_limit(seat: &Seat, info: &Info) -> Option<Violation> {
    let limit = limit(info).filter(|_| !info.is_replica())?;
    let policy = info.get("maxmemory_policy")?;
    let uncounted = info.number("mem_not_counted_for_evict").unwrap_or(0);
    let used = info.number("used_memory")?.saturating_sub(uncounted);
    let share = percent(used, limit);
    if share < NEARLY || policy.starts_with("allkeys-") {
        return None;
    }
    let is_full = share >= FULL && policy == "noeviction";
    let violation = Violation::new(
        Object::pod(&seat.reply.pod),
        if is_full {
            "{percent} % of maxmemory is used: it refuses, or is about to refuse, every write that needs room"
        } else if policy == "noeviction" {
            "{percent} % of maxmemory is used: when all is, writes are refused"
        } else {
            "{percent} % of maxmemory is used: when all is, keys with an expiry are dropped, then writes refused"
        },
    )
    .with("percent", share)
    .with("used", Value::Bytes(used))
    .with("limit", Value::Bytes(limit))
    .with("policy", policy)
    .next("delete data, raise maxmemory within the memory of the container, or move slots to another shard");
    Some(violation.severity(if is_full { Severity::Error } else { Severity::Warning }))
}

/// Against the limit of the container, at which the kernel kills.
fn by_container(now: &Snapshot, seat: &Seat, info: &Info) -> Option<Violation> {
    let limit = words::container(now, seat)?.limits.memory?;
    let used = info.number("used_memory_rss")?;
    let share = percent(used, limit);
    (share >= NEARLY).then(|| {
        Violation::new(
            Object::pod(&seat.reply.pod),
            "its process fills {percent} % of the container's memory limit: at the limit the kernel kills it",
        )
        .with("percent", share)
        .with("used", Value::Bytes(used))
        .with("limit", Value::Bytes(limit))
        .next("a save or a full sync forks and needs more: raise the limit, or set maxmemory well below it")
        .severity(Severity::Warning)
    })
}

pub fn above_container(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let seats = facts.look.seats.iter().filter_map(|seat| {
        let own = limit(seat.info()?)?;
        let container = words::container(now, seat)?.limits.memory?;
        (own >= container).then_some((seat, own, container))
    });
    let found: Vec<_> = seats.collect();
    let Some((_, own, container)) = found.first() else { return Ok(Vec::new()) };
    let names: Vec<String> = found.iter().map(|(seat, ..)| seat.reply.pod.clone()).collect();
    let says = "maxmemory ({maxmemory}) is no less than the container's limit ({limit}): the kernel kills it before it refuses or evicts";
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("maxmemory", Value::Bytes(*own))
            .with("limit", Value::Bytes(*container))
            .with("members", names)
            .next("leave room for buffers, fragmentation and the fork of a save: maxmemory is often two thirds of the limit"),
    ])
}

/// A store that keeps what it has on a claim, and drops keys when it is full.
pub fn evicts(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let servers = facts.look.configured()?;
    let found: Vec<(&Seat, &Info)> = servers
        .into_iter()
        .filter(|(seat, info, settings)| {
            let policy = info.get("maxmemory_policy").unwrap_or("noeviction");
            let keeps = info.get("aof_enabled") == Some("1")
                || settings.get("save").is_some_and(|save| !save.is_empty());
            limit(info).is_some()
                && policy != "noeviction"
                && keeps
                && words::is_on_claim(now, seat, settings.get("dir").unwrap_or_default())
        })
        .map(|(seat, info, _)| (seat, info))
        .collect();
    let Some((_, info)) = found.first() else { return Ok(Vec::new()) };
    let policy = info.get("maxmemory_policy").unwrap_or_default();
    let evicted: u64 = found.iter().filter_map(|(_, info)| info.number("evicted_keys")).sum();
    let names: Vec<String> = found.iter().map(|(seat, _)| seat.reply.pod.clone()).collect();
    let (says, severity) = if policy.starts_with("allkeys-") {
        (
            "it keeps its data on a claim and drops any of it when memory is full ({policy})",
            Severity::Warning,
        )
    } else {
        (
            "it keeps its data on a claim and drops keys with an expiry when memory is full ({policy})",
            Severity::Info,
        )
    };
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("policy", policy)
            .with("evicted", evicted)
            .with("members", names)
            .next("{evicted:key} dropped so far; a store wants noeviction, a cache needs no persistence")
            .severity(severity),
    ])
}
