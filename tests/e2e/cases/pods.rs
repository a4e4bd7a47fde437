//! Pods that do not come up, each for another reason.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Spec, gate};
use crate::sets::{NAME, idle, merged, plain, shell};
use crate::sts::Check;

pub const CASES: &[Spec] = &[
    gate("healthy", healthy),
    gate("crash-loop", crash_loop),
    gate("wrong-image", wrong_image),
    gate("out-of-memory", out_of_memory),
    gate("unschedulable", unschedulable),
    gate("config-missing", config_missing),
    gate("not-ready", not_ready),
    gate("probe-missing", probe_missing),
];

const STATUS: &str = "/status/containerStatuses/0";

fn healthy(case: &Case) -> Result<()> {
    plain().claims("standard").start(case)?;
    let check = case.check(&[NAME])?;
    let set = check.is(0, "healthy", &[])?;
    ensure!(set.engine.is_none(), "it was taken for {:?}", set.engine);
    ensure!(set.not_run.is_empty(), "not run: {:?}", set.not_run);
    let text = case.sts(&["check", "statefulset.apps/web"])?;
    ensure!(text.code == Some(0), "exit {:?}", text.code);
    ensure!(text.stdout.contains("No problems found"), "{}", text.stdout);
    Ok(())
}

/// One pod, which does not come up: what is said of it, by rule, cause and exit code.
fn broken(
    case: &Case,
    container: &Value,
    pointer: &str,
    is_so: impl Fn(&Value) -> bool,
    rule: &str,
    arguments: &[&str],
) -> Result<Check> {
    plain().replicas(1).container(container).apply(case)?;
    case.until_value(&["pod", "web-0"], pointer, is_so)?;
    let check = case.check(&[&[NAME], arguments].concat())?;
    check.is(1, "unhealthy", &[&format!("{rule} pod/web-0")])?;
    Ok(check)
}

fn crash_loop(case: &Case) -> Result<()> {
    case.cluster.image("redis:7.0")?;
    let waiting = format!("{STATUS}/state/waiting/reason");
    let check = broken(
        case,
        &shell("echo cannot serve; echo bye; exit 3"),
        &waiting,
        |reason| reason == "CrashLoopBackOff",
        "pod-crash-loop",
        &["--engine", "none"],
    )?;
    let finding = check.set()?.finding("pod-crash-loop")?;
    ensure!(finding.evidence["exit"] == 3, "{finding:?}");
    let cause = finding.cause.as_deref().unwrap_or_default();
    ensure!(cause.contains("last words: \"cannot serve\""), "cause: {cause}");
    Ok(())
}

fn wrong_image(case: &Case) -> Result<()> {
    let waiting = format!("{STATUS}/state/waiting/reason");
    let container = merged(idle(), &json!({"image": "127.0.0.1:1/no/such:1"}));
    let is_so = |reason: &Value| reason == "ErrImagePull" || reason == "ImagePullBackOff";
    broken(case, &container, &waiting, is_so, "pod-image", &[]).map(drop)
}

fn out_of_memory(case: &Case) -> Result<()> {
    case.cluster.image("redis:7.0")?;
    let container =
        merged(shell("exec tail /dev/zero"), &json!({"resources": {"limits": {"memory": "32Mi"}}}));
    let waiting = format!("{STATUS}/state/waiting/reason");
    let arguments = ["--engine", "none"];
    let is_so = |reason: &Value| reason == "CrashLoopBackOff";
    let check = broken(case, &container, &waiting, is_so, "pod-out-of-memory", &arguments)?;
    ensure!(check.set()?.findings[0].evidence["exit"] == 137, "{:?}", check.set()?.findings);
    Ok(())
}

fn unschedulable(case: &Case) -> Result<()> {
    let container = merged(idle(), &json!({"resources": {"requests": {"cpu": "1000"}}}));
    let is_so = |reason: &Value| reason == "Unschedulable";
    broken(case, &container, "/status/conditions/0/reason", is_so, "pod-unschedulable", &[])
        .map(drop)
}

fn config_missing(case: &Case) -> Result<()> {
    case.kubectl(&["create", "configmap", "settings", "--from-literal=other=1"])?;
    let from = json!({"configMapKeyRef": {"name": "settings", "key": "wanted"}});
    let container = merged(idle(), &json!({"env": [{"name": "WANTED", "valueFrom": from}]}));
    let waiting = format!("{STATUS}/state/waiting/reason");
    let is_so = |reason: &Value| reason == "CreateContainerConfigError";
    let check = broken(case, &container, &waiting, is_so, "pod-config", &[])?;
    let message = &check.set()?.findings[0].message;
    ensure!(message.contains("wanted"), "the key is not named: {message}");
    Ok(())
}

fn not_ready(case: &Case) -> Result<()> {
    let probe = json!({"tcpSocket": {"host": "10.244.0.1", "port": 1}, "periodSeconds": 1});
    let container = merged(idle(), &json!({"readinessProbe": probe}));
    plain().replicas(2).container(&container).apply(case)?;
    for pod in ["web-0", "web-1"] {
        let reason = format!("involvedObject.name={pod},reason=Unhealthy");
        case.until("a probe has failed", || {
            let events = case.get(&["events", "--field-selector", &reason])?;
            Ok(events["items"].as_array().is_some_and(|it| !it.is_empty()).then_some(()))
        })?;
    }
    let check = case.check(&[NAME])?;
    let set = check.is(1, "unhealthy", &["pod-not-ready pod/web-0", "pod-not-ready pod/web-1"])?;
    let why = set.findings[0].cause.as_deref().unwrap_or_default();
    ensure!(why.contains("Readiness probe failed"), "cause: {why}");
    Ok(())
}

fn probe_missing(case: &Case) -> Result<()> {
    plain().container(&merged(idle(), &json!({"readinessProbe": null}))).start(case)?;
    let check = case.check(&[NAME])?;
    check.is(0, "degraded", &["readiness-probe-missing statefulset/web"])?;
    let strict = case.check(&[NAME, "--fail-on", "warning"])?;
    strict.is(1, "degraded", &["readiness-probe-missing statefulset/web"])?;
    Ok(())
}
