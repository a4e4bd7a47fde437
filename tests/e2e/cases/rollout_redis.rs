//! `rollout` of a database where a pod is ready and its member is not: the member decides.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::rollout::{partition, pods, rollout};
use crate::case::{Case, Spec, full, same, step};
use crate::redis::{self, Formed, NAME, pod};

pub const CASES: &[Spec] = &[
    full("rollout-no-rejoin", no_rejoin),
    full("rollout-never-in-sync", never_in_sync),
    full("rollout-broken-config", broken_config),
    full("rollout-downgrade", downgrade),
];

/// The pod starts, and answers; its member has forgotten who it was.
fn no_rejoin(case: &Case) -> Result<()> {
    let formed = redis::redis().form(case)?;
    formed.write_keys(1_000)?;
    let before = pods(case, NAME, 6)?;
    let loses = json!({"spec": {"initContainers": [{
        "name": "loses", "image": "redis:7.0", "command": ["sh", "-c", "rm -f /data/nodes.conf"],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }]}});
    let output = apply(case, &loses, &["--step-timeout=30s"])?;
    same("exit code", &output.code, &Some(3))?;
    let now = pods(case, NAME, 6)?;
    ensure!(now[..5] == before[..5] && now[5].0 != before[5].0, "{now:?}");
    same("partition", &partition(case, NAME)?, &json!(5))?;
    formed.has_keys(1_000)
}

fn apply(case: &Case, patch: &Value, flags: &[&str]) -> Result<crate::process::Output> {
    let file = case.cluster.files.join(format!("{}-patch.yaml", case.namespace));
    std::fs::write(&file, patch.to_string())?;
    let file = file.display().to_string();
    case.sts(&rollout("apply", NAME, &[&["-f", &file, "--yes"], flags].concat()))
}

/// A replica that cannot authenticate to its primary is ready, and has nothing; going back does not wait for it.
fn never_in_sync(case: &Case) -> Result<()> {
    let formed = redis::redis().form(case)?;
    formed.write_keys(1_000)?;
    let before = pods(case, NAME, 6)?;
    let set = case.get(&["statefulset", NAME])?;
    let mut words = set["spec"]["template"]["spec"]["containers"][0]["command"].clone();
    let all = words.as_array_mut().context("a command")?;
    // To one that wants no password it is an error.
    all.extend([json!("--masterauth"), json!("wrong")]);
    let patch = json!({"spec": {"containers": [{"name": "redis", "command": words}]}});
    let output = apply(case, &patch, &["--step-timeout=30s"])?;
    same("exit code", &output.code, &Some(3))?;
    let now = pods(case, NAME, 6)?;
    ensure!(now[..5] == before[..5] && now[5].0 != before[5].0, "{now:?}");
    same("partition", &partition(case, NAME)?, &json!(5))?;
    let output = case.sts(&rollout("undo", NAME, &["--yes"]))?;
    same("undo", &output.code, &Some(0))?;
    let now = pods(case, NAME, 6)?;
    ensure!(now[..5] == before[..5] && now[5].1 == before[5].1, "{now:?}");
    formed.has_keys(1_000)
}

/// A ConfigMap that no server starts with is in no revision: the plan names it, and going back needs it mended.
fn broken_config(case: &Case) -> Result<()> {
    let formed = redis::redis().form(case)?;
    formed.write_keys(1_000)?;
    let before = pods(case, NAME, 6)?;
    let map = case.get(&["configmap", NAME])?;
    let (key, text) = map["data"]
        .as_object()
        .and_then(|data| data.iter().find(|(key, _)| key.ends_with(".conf")))
        .context("a configuration in a ConfigMap")?;
    let text = text.as_str().context("text")?;
    let with = |text: &str| case.patch(&format!("configmap/{NAME}"), &json!({"data": {key: text}}));
    with(&format!("{text}\nno-such-directive yes\n"))?;
    step("going back by itself is refused", || {
        let output = case.sts(&rollout("restart", NAME, &["--on-failure=undo", "--yes"]))?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("undo-incomplete"), "{}", output.stdout);
        same("pods", &pods(case, NAME, 6)?, &before)
    })?;
    let output = case.sts(&rollout("restart", NAME, &["--yes", "--step-timeout=40s"]))?;
    same("exit code", &output.code, &Some(3))?;
    ensure!(output.stdout.contains("config-not-in-revision"), "{}", output.stdout);
    ensure!(output.stdout.contains("pod-crash-loop"), "{}", output.stdout);
    let now = pods(case, NAME, 6)?;
    ensure!(now[..5] == before[..5] && now[5].0 != before[5].0, "{now:?}");
    with(text)?;
    let output = case.sts(&rollout("resume", NAME, &["--yes"]))?;
    same("once it is mended", &output.code, &Some(0))?;
    formed.has_keys(1_000)
}

/// To another server, stopped halfway: what the new one wrote the old one does not read.
fn downgrade(case: &Case) -> Result<()> {
    let formed: Formed = redis::redis().form(case)?;
    formed.write_keys(1_000)?;
    case.cluster.image("valkey:9.1")?;
    let image = json!({"spec": {"containers": [{
        "name": "redis", "image": "valkey:9.1",
        "command": case.get(&["statefulset", NAME])?["spec"]["template"]["spec"]["containers"][0]["command"]
            .as_array().map(|words| words.iter().map(|word| {
                json!(word.as_str().unwrap_or_default().replace("redis-server", "valkey-server"))
            }).collect::<Vec<_>>()),
    }]}});
    let output = apply(case, &image, &["--canary=3"])?;
    same("canary", &output.code, &Some(0))?;
    let half = pods(case, NAME, 6)?;
    ensure!(formed.info(5, "redis_version")?.starts_with("7.2"), "it is no Valkey");
    step("undo is refused", || {
        let output = case.sts(&rollout("undo", NAME, &["--yes"]))?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("engine-downgrade"), "{}", output.stdout);
        same("pods", &pods(case, NAME, 6)?, &half)
    })?;
    let output = case.sts(&rollout("resume", NAME, &["--yes"]))?;
    same("forward", &output.code, &Some(0))?;
    ensure!(case.get(&["pod", &pod(0)])?["spec"]["containers"][0]["image"] == "valkey:9.1");
    formed.has_keys(1_000)
}
