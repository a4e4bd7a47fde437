//! What is on disk, and whether it is there after a restart.

use super::super::facts::{Facts, Seat};
use super::super::info::Info;
use super::words;
use crate::model::{Seen, Snapshot, Timestamp};
use crate::rules::{Object, Severity, Violation};

pub fn save_failed(_now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let seats = facts.look.seats.iter().filter_map(|seat| Some((seat, seat.info()?)));
    Ok(seats.filter_map(|(seat, info)| failed(seat, info)).collect())
}

fn failed(seat: &Seat, info: &Info) -> Option<Violation> {
    const LOG: &str =
        "its log says why: most often a full or read-only volume, or no memory for the fork";
    let has_failed = |field: &str| info.get(field) == Some("err");
    let set_to = |name: &str| seat.settings().and_then(|settings| settings.get(name));
    // Redis `writeCommandsDeniedByDiskError`.
    let refuses = !info.is_replica()
        && set_to("stop-writes-on-bgsave-error") == Some("yes")
        && set_to("save").is_some_and(|save| !save.is_empty());
    let (says, what, severity) = if has_failed("aof_last_write_status") {
        (
            "it cannot write its append-only file, and refuses writes until it can",
            "append-only file",
            Severity::Error,
        )
    } else if has_failed("rdb_last_bgsave_status") && refuses {
        (
            "its last save to disk failed, and it refuses writes until one succeeds",
            "save",
            Severity::Error,
        )
    } else if has_failed("rdb_last_bgsave_status") {
        ("its last save to disk failed: the file there is an old one", "save", Severity::Warning)
    } else if has_failed("aof_last_bgrewrite_status") {
        ("its append-only file could not be rewritten: it only grows", "rewrite", Severity::Warning)
    } else {
        return None;
    };
    let mut violation =
        Violation::new(Object::pod(&seat.reply.pod), says).with("failed", what).next(LOG);
    let saved = info.number("rdb_last_save_time").and_then(|it| i64::try_from(it).ok());
    if let Some(saved) = saved.and_then(|seconds| Timestamp::from_second(seconds).ok()) {
        violation = violation.with("lastSave", saved);
    }
    Some(violation.severity(severity))
}

/// A child of the server is at work, and shares its memory until either of them writes to it.
pub fn running(_now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    const WORK: &[(&str, &str, &str)] = &[
        (
            "rdb_bgsave_in_progress",
            "snapshot",
            "it writes a snapshot now, to its disk or to a replica",
        ),
        ("aof_rewrite_in_progress", "append-only file", "it rewrites its append-only file now"),
    ];
    let seats = facts.look.seats.iter().filter_map(|seat| Some((seat, seat.info()?)));
    let found = seats.flat_map(|(seat, info)| {
        let runs = WORK.iter().filter(|(field, ..)| info.get(field) == Some("1"));
        runs.map(|(_, what, says)| {
            Violation::new(Object::pod(&seat.reply.pod), says)
                .with("writes", *what)
                .next("its memory may double until that is done: what is changed meanwhile is copied (copy on write)")
        })
    });
    Ok(found.collect())
}

pub fn off(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let servers = facts.look.configured()?;
    let keeps_nothing = |settings: &Info| {
        settings.get("save") == Some("") && settings.get("appendonly") == Some("no")
    };
    let found = servers.into_iter().filter(|(seat, _, settings)| {
        keeps_nothing(settings)
            && words::is_on_claim(now, seat, settings.get("dir").unwrap_or_default())
    });
    let names: Vec<String> = found.map(|(seat, ..)| seat.reply.pod.clone()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let says = "{members} have a claim and write no data to it: a restart empties them";
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("members", names)
            .next("a primary that is back before its failover empties its replicas as well; set appendonly yes, or give up the claims"),
    ])
}

/// A node is who it is by nodes.conf.
pub fn identity_is_lost(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let servers = facts.look.configured()?;
    let found = servers.into_iter().filter(|(seat, ..)| seat.view().is_some());
    let found: Vec<(&Seat, String)> = found
        .filter_map(|(seat, _, settings)| {
            let (folder, file) = (settings.get("dir")?, settings.get("cluster-config-file")?);
            let path = if file.starts_with('/') {
                file.to_owned()
            } else {
                format!("{}/{file}", folder.trim_end_matches('/'))
            };
            (!words::outlives_pod(now, seat, &path)?).then_some((seat, path))
        })
        .collect();
    let Some((_, path)) = found.first() else { return Ok(Vec::new()) };
    let says = "{path} is on no volume that outlives the pod: a pod that is replaced comes back as a node that nobody knows";
    let names: Vec<String> = found.iter().map(|(seat, _)| seat.reply.pod.clone()).collect();
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("path", path.clone())
            .with("members", names)
            .next("put it on the claim: cluster-config-file takes a path, and dir is where it is otherwise"),
    ])
}
