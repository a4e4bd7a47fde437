//! `scale` while a target has no room left: it refuses what it is handed, and the run says so.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::scale_faults::{Fault, TARGET, Tolerated};
use super::scale_faults_replicas::SLOWLY;
use crate::case::{Case, Spec, full};
use crate::redis::{self, Formed, Redis};
use crate::wait::until;

pub const CASES: &[Spec] = &[
    full("scale-memory-full", |case| memory_full(case, redis::redis())),
    full("scale-memory-full-hard", |case| memory_full(case, redis::hard())),
    full("scale-memory-full-valkey", |case| memory_full(case, redis::valkey())),
    full("scale-disk-full", |case| disk_full(case, redis::redis())),
    full("scale-disk-full-hard", |case| disk_full(case, redis::hard())),
    full("scale-disk-full-valkey", |case| disk_full(case, redis::valkey())),
];

/// Until a kubelet starts a container again that has ended a few times.
const LONGEST_BACKOFF: Duration = Duration::from_secs(180);

/// Less than what it is still to get.
const LITTLE: u64 = 100_000;

fn memory_full(case: &Case, redis: Redis) -> Result<()> {
    let before = RefCell::default();
    let strike = |formed: &Formed| {
        *before.borrow_mut() = formed.info(TARGET, "maxmemory")?;
        let used: u64 = formed.info(TARGET, "used_memory")?.parse()?;
        formed.set(TARGET, "maxmemory", &(used + LITTLE).to_string())
    };
    let cure = |formed: &Formed| formed.set(TARGET, "maxmemory", &before.borrow());
    Fault { flags: SLOWLY, cure: &cure, ..Fault::on(redis, &strike, Tolerated::Errors) }.run(case)
}

/// A server that cannot write refuses writes, or ends where its cluster config file is to change, and each time it is started.
fn disk_full(case: &Case, redis: Redis) -> Result<()> {
    let fault = Fault::on(Redis { small_disk: true, ..redis }, &fill, Tolerated::OfABatch);
    // Before it is told to hand keys to it, a run waits for what `check` calls an error.
    let flags = &["--throttle", "25", "--step-timeout", "40s"];
    Fault { flags, cure: &make_room, ..fault }.run(case)
}

/// Until the server of the target refuses writes, or has ended.
pub fn fill(formed: &Formed) -> Result<()> {
    // dd ends when nothing more is taken.
    in_room(formed, "dd if=/dev/zero of=/data/filling bs=64k 2>/dev/null; true")?;
    formed.case.until("it refuses writes, or has ended", || {
        let status = formed.info(TARGET, "aof_last_write_status");
        Ok(status.map_or(true, |it| it == "err").then_some(()))
    })
}

pub fn make_room(formed: &Formed) -> Result<()> {
    in_room(formed, "rm /data/filling")?;
    until("it takes writes again", LONGEST_BACKOFF, || {
        let status = formed.info(TARGET, "aof_last_write_status")?;
        ensure!(status == "ok", "it is {status}");
        Ok(Some(()))
    })
}

fn in_room(formed: &Formed, script: &str) -> Result<()> {
    let pod = redis::pod(TARGET);
    let words = ["exec", &pod, "-c", redis::ROOM, "--", "sh", "-c", script];
    formed.case.kubectl(&words).map(drop)
}
