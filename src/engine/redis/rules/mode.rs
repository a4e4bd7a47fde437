//! Servers that are not cluster members, or not yet.

use super::super::container;
use super::super::facts::{Facts, Heard, Seat};
use super::super::info::Info;
use crate::model::{Seen, Snapshot, Value};
use crate::rules::{Object, Violation};

pub fn loading(_now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let loading = facts.look.seats.iter().filter_map(|seat| match &seat.heard {
        Heard::Loading(info) => Some((seat, info)),
        _ => None,
    });
    Ok(loading
        .map(|(seat, info)| {
            let violation = Violation::new(
                Object::pod(&seat.reply.pod),
                "it is loading its data and serves nothing yet",
            );
            let percent = info
                .get("loading_loaded_perc")
                .and_then(|p| p.split('.').next()?.parse::<u64>().ok());
            let left = info.number("loading_eta_seconds").and_then(|left| i64::try_from(left).ok());
            match (percent, left) {
                (Some(percent), Some(left)) => violation
                    .with("percent", percent)
                    .with("left", Value::Seconds(left))
                    .next("{percent}% done, about {left} left by its own count"),
                _ => violation,
            }
        })
        .collect())
}

pub fn cluster_mode_off(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let alone: Vec<&Seat> = look
        .seats
        .iter()
        .filter(|seat| matches!(&seat.heard, Heard::Alone(info) if !info.is_sentinel()))
        .collect();
    if alone.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = alone.iter().map(|seat| seat.reply.pod.clone()).collect();
    let violation = if look.is_cluster() {
        Violation::new(
            Object::set(&now.set.name),
            "{members} are not in cluster mode, and others of the set are",
        )
        .severity(crate::rules::Severity::Error)
    } else {
        Violation::new(
            Object::set(&now.set.name),
            "not in cluster mode: roles are read, slots and shards do not exist",
        )
    };
    Ok(vec![violation.with("members", names)])
}

pub fn sentinel(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let answers = look.seats.iter().filter(|seat| seat.info().is_some_and(Info::is_sentinel));
    let mut pods: Vec<String> = answers.map(|seat| seat.reply.pod.clone()).collect();
    for pod in now.pods()? {
        if container::sentinel(pod).is_some() && !pods.contains(&pod.name) {
            pods.push(pod.name.clone());
        }
    }
    if pods.is_empty() {
        return Ok(Vec::new());
    }
    let says = "Sentinel runs in these pods and decides who is primary: its view is not read";
    Ok(vec![Violation::new(Object::set(&now.set.name), says).with("pods", pods)])
}
