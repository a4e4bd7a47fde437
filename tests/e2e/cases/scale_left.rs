//! Ordinals that left come back with the same claims: empty and alone, and nobody knows those that they were.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::scale::is_real_patch;
use super::scale_redis::{is_whole, scale};
use crate::case::{Case, Spec, full, same, step};
use crate::held::Held;
use crate::redis::{self, Formed, NAME, Redis, pod};
use crate::running::Running;
use crate::wait::pass;

pub const CASES: &[Spec] = &[
    full("scale-left", |case| left(case, &redis::redis(), scales)),
    full("scale-left-hard", |case| left(case, &redis::hard(), scales)),
    full("scale-left-valkey", |case| left(case, &redis::valkey(), scales)),
    full("scale-left-snapshots", |case| {
        left(case, &Redis { snapshots: true, ..redis::redis() }, scales)
    }),
    full("scale-left-crashed", |case| {
        left(case, &Redis { shared_processes: true, ..redis::redis() }, scales_with_crashes)
    }),
    full("scale-left-crashed-valkey", |case| {
        left(case, &Redis { shared_processes: true, ..redis::valkey() }, scales_with_crashes)
    }),
    full("scale-left-snapshots-crashed", |case| {
        let redis = Redis { snapshots: true, shared_processes: true, ..redis::redis() };
        left(case, &redis, scales_with_crashes)
    }),
    full("scale-leaver-crash-loops", |case| crash_loops(case, redis::redis())),
    full("scale-leaver-crash-loops-valkey", |case| crash_loops(case, redis::valkey())),
];

const KEYS: u32 = 20_000;
/// What check says of a replica that ends whenever it starts.
const ALLOWED: &[&str] = &["--allow", "pod-crash-loop", "--allow", "shard-without-replica"];
/// From the top.
const LEAVERS: [u32; 2] = [7, 6];
/// Before Redis 7.2 a node that was forgotten may be heard of again after a minute.
const BAN: Duration = Duration::from_secs(65);

fn left(case: &Case, redis: &Redis, scales: fn(&Formed) -> Result<()>) -> Result<()> {
    // Ordinal 7 is a primary, and 6 a replica.
    let mut formed = Redis { pods: 8, first: &[7, 0, 1, 2], ..redis.clone() }.form(case)?;
    formed.write_keys(KEYS)?;
    formed.load_function()?;
    for ordinal in LEAVERS {
        let is_primary = formed.node(ordinal)?.primary.is_none();
        same("a primary", &is_primary, &(ordinal == 7))?;
        ensure!(formed.cli(ordinal, &["dbsize"])?.trim() != "0", "it has no data");
        if formed.redis.snapshots {
            formed.cli(ordinal, &["save"])?;
        }
    }
    let claims = uids(case)?;
    step("down", || {
        scales(&formed)?;
        is_whole(&formed, 6)
    })?;
    case.kubectl(&["scale", &format!("statefulset/{NAME}"), "--replicas=8"])?;
    case.rolled_out(NAME)?;
    same("claims", &uids(case)?, &claims)?;
    formed.redis.pods = 6;
    step("at once", || are_apart(&formed))?;
    pass(BAN);
    step("after a minute", || are_apart(&formed))?;
    formed.has_keys(KEYS)
}

/// A replica that leaves, below another that does, and does not start any more: nobody can empty its disk.
fn crash_loops(case: &Case, redis: Redis) -> Result<()> {
    let redis = Redis { pods: 8, first: &[7, 0, 1, 2], shared_processes: true, ..redis };
    let mut formed = redis.form(case)?;
    formed.write_keys(KEYS)?;
    let id = formed.node(6)?.id;
    step("it ends whenever it starts", || {
        formed.shell(6, "echo nonsense >/data/nodes.conf")?;
        formed.kill(6)?;
        let reason = "/status/containerStatuses/0/state/waiting/reason";
        case.until_value(&["pod", &pod(6)], reason, |reason| reason == "CrashLoopBackOff")
    })?;
    step("it is refused, and nothing is written", || {
        let output = case.sts(&scale("6", ALLOWED))?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("leaver-unreached"), "{}", output.stdout);
        same("replicas", &case.get(&["statefulset", NAME])?["spec"]["replicas"], &8.into())
    })?;
    step("it goes with its claims", || {
        let words = [ALLOWED, &["--delete-claims", "--confirm", NAME]].concat();
        let output = case.sts(&scale("6", &words))?;
        same("exit code", &output.code, &Some(0))?;
        is_whole(&formed, 6)
    })?;
    for ordinal in LEAVERS {
        ensure!(case.get(&["pvc", &format!("data-{}", pod(ordinal))]).is_err(), "a claim is there");
    }
    formed.redis.pods = 6;
    let views = formed.views(&[0, 1, 2, 3, 4, 5])?;
    ensure!(views.iter().all(|view| view.node(&id).is_none()), "somebody knows it: {views:?}");
    formed.has_keys(KEYS)
}

fn scales(formed: &Formed) -> Result<()> {
    same("exit code", &formed.case.sts(&scale("6", &[]))?.code, &Some(0))
}

/// The server of a leaver ends after it was reset, and before its pod is taken away: it starts again from its disk.
fn scales_with_crashes(formed: &Formed) -> Result<()> {
    let held = Held::start(formed.case, is_real_patch)?;
    let run = Running::start(formed.case, &scale("6", &[]), Some(&held))?;
    for ordinal in LEAVERS {
        held.wait()?;
        is_alone(formed, ordinal)?;
        formed.crash(ordinal)?;
        formed.case.until("it is up again, and alone", || is_alone(formed, ordinal).map(Some))?;
        held.release();
    }
    let (code, text) = run.end()?;
    ensure!(code == Some(0), "exit {code:?}: {text}");
    Ok(())
}

fn uids(case: &Case) -> Result<Vec<String>> {
    let uid = |ordinal: u32| {
        let claim = case.get(&["pvc", &format!("data-{}", pod(ordinal))])?;
        Ok(claim["metadata"]["uid"].as_str().context("no uid")?.to_owned())
    };
    (0..8).map(uid).collect()
}

fn are_apart(formed: &Formed) -> Result<()> {
    for ordinal in LEAVERS {
        is_alone(formed, ordinal)?;
    }
    let others: Vec<u32> = (0..6).collect();
    let views = formed.views(&others)?;
    same("views", &views.len(), &others.len())?;
    let are_six = views.iter().all(|view| view.is_ok && view.nodes.len() == others.len());
    ensure!(are_six, "somebody else is known: {views:?}");
    Ok(())
}

fn is_alone(formed: &Formed, ordinal: u32) -> Result<()> {
    let words = formed.cli(ordinal, &["cluster", "info"])?;
    for field in ["cluster_known_nodes:1", "cluster_slots_assigned:0"] {
        ensure!(words.lines().any(|line| line.trim_end() == field), "no {field}: {words}");
    }
    same("functions", &formed.info(ordinal, "number_of_functions")?.as_str(), &"0")?;
    same("keys", &formed.cli(ordinal, &["dbsize"])?.trim(), &"0")
}
