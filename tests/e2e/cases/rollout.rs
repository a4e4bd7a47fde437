//! `rollout`: one ordinal after the other, each waited for; what fails stops it, and is undone.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Spec, full, gate, same, step};
use crate::load::{Load, Options};
use crate::redis::{self, Formed, Redis};
use crate::sets::{NAME, plain};

pub const CASES: &[Spec] = &[
    gate("rollout", from_the_top),
    gate("rollout-undo", undone),
    full("rollout-redis", |case| restarts(case, redis::redis())),
    full("rollout-valkey", |case| restarts(case, redis::valkey())),
    full("rollout-redis-hard", |case| restarts(case, redis::hard())),
];

pub fn rollout<'a>(verb: &'a str, name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["rollout", verb, name][..], more].concat()
}

/// Of each pod its uid and its revision, lowest ordinal first.
pub fn pods(case: &Case, set: &str, replicas: u32) -> Result<Vec<(String, String)>> {
    let pod = |ordinal: u32| {
        let pod = case.get(&["pod", &format!("{set}-{ordinal}")])?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let revision = text(&pod["metadata"]["labels"]["controller-revision-hash"]);
        Ok((text(&pod["metadata"]["uid"]), revision))
    };
    (0..replicas).map(pod).collect()
}

pub fn partition(case: &Case, set: &str) -> Result<Value> {
    let set = case.get(&["statefulset", set])?;
    Ok(set["spec"]["updateStrategy"]["rollingUpdate"]["partition"].clone())
}

pub fn start(case: &Case) -> Result<()> {
    let ordered = json!({"spec": {"podManagementPolicy": "OrderedReady"}});
    plain().replicas(3).set(&ordered).start(case)
}

fn from_the_top(case: &Case) -> Result<()> {
    start(case)?;
    let before = pods(case, NAME, 3)?;
    step("a dry run and nobody asked", || {
        let output = case.sts(&rollout("restart", NAME, &["--dry-run=server"]))?;
        same("exit code", &output.code, &Some(0))?;
        let output = case.sts(&rollout("restart", NAME, &[]))?;
        same("without approval", &output.code, &Some(1))?;
        same("pods", &pods(case, NAME, 3)?, &before)
    })?;
    step("a canary", || {
        let output = case.sts(&rollout("restart", NAME, &["--yes", "--canary", "1"]))?;
        same("exit code", &output.code, &Some(0))?;
        let now = pods(case, NAME, 3)?;
        ensure!(now[..2] == before[..2] && now[2] != before[2], "{now:?}");
        same("partition", &partition(case, NAME)?, &json!(2))?;
        let status = case.sts(&rollout("status", NAME, &[]))?;
        same("status", &status.code, &Some(1))?;
        ensure!(status.stdout.contains("holds back ordinals 0, 1"), "{}", status.stdout);
        // Which kubectl calls complete.
        case.kubectl(&["rollout", "status", "statefulset", NAME, "--timeout=10s"]).map(drop)
    })?;
    step("and the others", || {
        let output = case.sts(&rollout("resume", NAME, &["--yes"]))?;
        same("exit code", &output.code, &Some(0))?;
        let now = pods(case, NAME, 3)?;
        ensure!(now.iter().all(|it| it.1 == now[2].1), "{now:?}");
        same("partition", &partition(case, NAME)?, &json!(0))?;
        same("status", &case.sts(&rollout("status", NAME, &[]))?.code, &Some(0))
    })?;
    step("held, what somebody applies waits", || {
        same("hold", &case.sts(&rollout("hold", NAME, &["--yes"]))?.code, &Some(0))?;
        let annotations = json!({"metadata": {"annotations": {"a": "b"}}});
        case.patch(&format!("statefulset/{NAME}"), &json!({"spec": {"template": annotations}}))?;
        let set = format!("statefulset/{NAME}");
        case.until("the controller has seen it", || {
            let set = case.get(&[&set])?;
            Ok((set["status"]["observedGeneration"] == set["metadata"]["generation"]).then_some(()))
        })?;
        let held = pods(case, NAME, 3)?;
        let output = case.sts(&rollout("resume", NAME, &["--yes"]))?;
        same("exit code", &output.code, &Some(0))?;
        let now = pods(case, NAME, 3)?;
        ensure!(now.iter().zip(&held).all(|(now, held)| now.0 != held.0), "{now:?}");
        same("partition", &partition(case, NAME)?, &json!(0))
    })?;
    let history = case.sts(&rollout("history", NAME, &[]))?;
    ensure!(history.stdout.contains("0, 1, 2 (newest)"), "{}", history.stdout);
    ensure!(case.get(&["lease", &format!("kubectl-sts-{NAME}")]).is_err(), "the lease is left");
    Ok(())
}

/// A revision that does not start: nothing below is touched, and undo takes it back, which kubectl's own does not.
fn undone(case: &Case) -> Result<()> {
    start(case)?;
    let before = pods(case, NAME, 3)?;
    let images = ["main=no-such-image:1", "--yes"];
    let output = case.sts(&rollout("image", NAME, &images))?;
    same("exit code", &output.code, &Some(3))?;
    ensure!(output.stdout.contains("pod-image"), "no reason: {}", output.stdout);
    let now = pods(case, NAME, 3)?;
    ensure!(now[..2] == before[..2] && now[2] != before[2], "{now:?}");
    same("partition", &partition(case, NAME)?, &json!(2))?;
    let output = case.sts(&rollout("undo", NAME, &["--yes"]))?;
    same("exit code", &output.code, &Some(0))?;
    let now = pods(case, NAME, 3)?;
    ensure!(now[..2] == before[..2] && now[2].1 == before[2].1, "{now:?}");
    same("partition", &partition(case, NAME)?, &json!(0))?;
    same("status", &case.sts(&rollout("status", NAME, &[]))?.code, &Some(0))
}

/// Every pod anew while clients write.
fn restarts(case: &Case, redis: Redis) -> Result<()> {
    let formed: Formed = redis.form(case)?;
    formed.write_keys(2_000)?;
    let before = pods(case, redis::NAME, 6)?;
    let load = Load::start(&formed, Options { hash_megabytes: 5 })?;
    let output = case.sts(&rollout("restart", redis::NAME, &["--yes"]))?;
    same("exit code", &output.code, &Some(0))?;
    eprintln!("{}: restarted in {:?}", case.namespace, output.took);
    let now = pods(case, redis::NAME, 6)?;
    ensure!(now.iter().zip(&before).all(|(now, before)| now.0 != before.0), "{now:?}");
    let report = load.end()?;
    eprintln!("{}: {report:?}", case.namespace);
    same("lost", &report.lost_count, &0)?;
    formed.has_keys(2_000).context("keys of before")?;
    super::scale_redis::is_whole(&formed, 6)
}
