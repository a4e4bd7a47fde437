//! `scale`: one ordinal at a time, one run at a time, and nothing while something stands in the way.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Spec, gate, same, step};
use crate::held::Held;
use crate::redis;
use crate::running::Running;
use crate::sets::{NAME, plain};

pub const CASES: &[Spec] = &[
    gate("scale", down_and_up),
    gate("scale-guards", guards),
    gate("scale-interrupted", interrupted),
    gate("scale-lease", one_at_a_time),
];

pub fn scale<'a>(to: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["scale", NAME, "--replicas", to][..], more].concat()
}

pub fn replicas(case: &Case) -> Result<u64> {
    case.get(&["statefulset", NAME])?["spec"]["replicas"].as_u64().context("no replicas")
}

fn pods(case: &Case) -> Result<Vec<String>> {
    let list = case.get(&["pods", "-l", "app=web"])?;
    let names = list["items"].as_array().into_iter().flatten();
    Ok(names.filter_map(|it| it["metadata"]["name"].as_str().map(str::to_owned)).collect())
}

pub fn is_real_patch(line: &str) -> bool {
    line.starts_with("PATCH ") && line.contains("/statefulsets/") && !line.contains("dryRun")
}

/// Of a Parallel set, which Kubernetes itself scales all at once.
fn down_and_up(case: &Case) -> Result<()> {
    plain().replicas(4).claims("standard").start(case)?;
    step("without approval", || {
        let output = case.sts(&scale("2", &[]))?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("4 -> 2 ordinals"), "{}", output.stdout);
        same("exit code", &case.sts(&scale("2", &["--dry-run=server"]))?.code, &Some(0))?;
        case.sts(&scale("2", &["--yes", "--current-replicas=3"]))?.is_refused("expects 3")?;
        same("writes", &case.writes()?, &Vec::new())
    })?;
    step("the second waits for the first", || {
        let held = Held::start(case, is_real_patch)?;
        let running = Running::start(case, &scale("2", &["--yes"]), Some(&held))?;
        held.wait()?;
        same("pods", &pods(case)?.len(), &4)?;
        held.release();
        held.wait()?;
        // Three are asked for, three are there, and all of them are ready.
        same("replicas", &replicas(case)?, &3)?;
        same("pods", &pods(case)?, &["web-0", "web-1", "web-2"].map(str::to_owned).to_vec())?;
        same("ready", &case.get(&["statefulset", NAME])?["status"]["readyReplicas"], &json!(3))?;
        held.release();
        let (code, text) = running.end()?;
        same("exit code", &code, &Some(0))?;
        ensure!(text.contains("web has 2 replicas."), "{text}");
        same("pods", &pods(case)?.len(), &2)
    })?;
    let writes = case.writes()?;
    let patches = writes.iter().filter(|it| it.contains("statefulsets")).count();
    same("patches", &patches, &2)?;
    ensure!(case.get(&["lease", "kubectl-sts-web"]).is_err(), "the lease is given back");
    step("up again", || {
        let output = case.sts(&scale("4", &["--yes"]))?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("claim-left-behind"), "{}", output.stdout);
        let output =
            case.sts(&scale("3", &["--yes", "--allow", "claim-left-behind", "-o", "json"]))?;
        same("exit code", &output.code, &Some(0))?;
        let last: Value = serde_json::from_str(output.stdout.lines().last().unwrap_or_default())?;
        same("end", &last["end"], &json!("done"))?;
        same("ready", &case.get(&["statefulset", NAME])?["status"]["readyReplicas"], &json!(3))
    })?;
    let output = case.sts(&scale("3", &["--yes"]))?;
    same("nothing to do", &output.code, &Some(0))
}

/// Each refuses, and nothing is written.
fn guards(case: &Case) -> Result<()> {
    case.cluster.image("redis:7.0")?;
    plain().replicas(3).claims("standard").start(case)?;
    let refuses = |label: &'static str, rule: &str| {
        step(label, || {
            let output = case.sts(&scale("2", &["--yes"]))?;
            same("exit code", &output.code, &Some(1))?;
            ensure!(output.stdout.contains(rule), "no {rule} in {}", output.stdout);
            same("writes", &case.writes()?, &Vec::new())
        })
    };
    let hpa = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": NAME},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": NAME},
            "minReplicas": 3, "maxReplicas": 5,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}],
        },
    });
    case.apply(&[hpa])?;
    refuses("an autoscaler", "autoscaler-owns-replicas")?;
    case.kubectl(&["delete", "hpa", NAME])?;
    let delete =
        json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"}}});
    case.patch("statefulset/web", &delete)?;
    refuses("claims that would go", "scale-down-deletes-claims")?;
    case.patch(
        "statefulset/web",
        &json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Retain"}}}),
    )?;
    step("a database", || {
        redis::primaries().form(case)?;
        let output = case.sts(&["scale", redis::NAME, "--replicas=2", "--yes"])?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("too-few-pods"), "{}", output.stdout);
        same("writes", &case.writes()?, &Vec::new())
    })?;
    case.sts(&scale("2", &["--allow", "no-such-rule"]))?.is_refused("there is no rule")?;
    case.sts(&["scale", "nothing", "--replicas=1"])?.is_refused("not found")
}

/// Killed and interrupted on its way, and gone on with; and changed its mind.
fn interrupted(case: &Case) -> Result<()> {
    plain().replicas(4).claims("standard").start(case)?;
    step("kill -9 with a write on its way", || {
        let held = Held::start(case, is_real_patch)?;
        let running = Running::start(case, &scale("1", &["--yes"]), Some(&held))?;
        held.wait()?;
        running.signal("-KILL")?;
        running.end().map(drop)?;
        same("replicas", &replicas(case)?, &4)
    })?;
    step("Ctrl-C; the lease of the killed run is waited out", || {
        let held = Held::start(case, is_real_patch)?;
        let running = Running::start(case, &scale("1", &["--yes"]), Some(&held))?;
        held.wait()?;
        running.signal("-INT")?;
        held.release();
        let (code, text) = running.end()?;
        same("exit code", &code, &Some(130))?;
        ensure!(
            text.contains("waiting for the lease of") && text.contains("run it again"),
            "{text}"
        );
        same("replicas", &replicas(case)?, &3)
    })?;
    step("back", || {
        // The run of before is not over: its claims are taken up again, and any count on its way is expected.
        let output = case.sts(&scale("4", &["--yes", "--current-replicas=2"]))?;
        same("exit code", &output.code, &Some(0))?;
        same("replicas", &replicas(case)?, &4)
    })?;
    let output = case.sts(&scale("1", &["--yes", "--current-replicas=4"]))?;
    same("exit code", &output.code, &Some(0))?;
    same("pods", &pods(case)?, &vec!["web-0".to_owned()])
}

/// Two runs at once; and one that slept while another took over.
fn one_at_a_time(case: &Case) -> Result<()> {
    plain().replicas(3).start(case)?;
    let finalizers = |finalizers: Value| {
        case.patch("pod/web-2", &json!({"metadata": {"finalizers": finalizers}}))
    };
    // The pod that leaves does not go: the first run waits, and keeps its lease.
    finalizers(json!(["example.com/hold"]))?;
    let first = Running::start(case, &scale("1", &["--yes"]), None)?;
    case.until("it has begun", || Ok((replicas(case)? == 2).then_some(())))?;
    let lease = case.get(&["lease", "kubectl-sts-web"])?;
    let holder = lease["spec"]["holderIdentity"].as_str().context("no holder")?;
    let back =
        scale("3", &["--yes", "--allow", "pod-out-of-range", "--allow", "pod-stuck-terminating"]);
    step("while the first is at work", || {
        let output = case.sts(&back)?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(
            output.stderr.contains(holder) && output.stderr.contains("is at work"),
            "{}",
            output.stderr
        );
        same("replicas", &replicas(case)?, &2)
    })?;
    step("while it sleeps", || {
        first.signal("-STOP")?;
        finalizers(Value::Null)?;
        case.kubectl(&["wait", "--for=delete", "pod/web-2", "--timeout=60s"])?;
        let output = case.sts(&back)?;
        same("exit code", &output.code, &Some(0))?;
        ensure!(output.stderr.contains("waiting for the lease of"), "{}", output.stderr);
        same("replicas", &replicas(case)?, &3)
    })?;
    first.signal("-CONT")?;
    let (code, text) = first.end()?;
    same("exit code", &code, &Some(3))?;
    ensure!(text.contains("another run has taken over the lease"), "{text}");
    same("replicas", &replicas(case)?, &3)
}
