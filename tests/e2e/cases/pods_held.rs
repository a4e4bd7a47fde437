//! Pods that something holds: a finalizer, a gate, a volume, a command that is no program, a pod before them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Spec, gate, step};
use crate::sets::{NAME, Plain, idle, merged, plain, shell};
use crate::wait::until;

pub const CASES: &[Spec] = &[gate("pods-held", held), gate("pod-failed", failed)];

/// A set of one pod by another name than the usual one.
fn called(name: &str) -> Result<Plain> {
    let rename = |value: &Value| -> Result<Value> {
        let text = value.to_string().replace(&format!("{NAME:?}"), &format!("{name:?}"));
        serde_json::from_str(&text).context("renamed")
    };
    let Plain { set, service, budget } = plain().replicas(1);
    Ok(Plain { set: rename(&set)?, service: rename(&service)?, budget: rename(&budget)? })
}

fn template(spec: &Value) -> Value {
    json!({"spec": {"template": {"spec": spec}}})
}

fn finalizers(case: &Case, finalizers: &Value) -> Result<()> {
    case.patch("pod/stuck-0", &json!({"metadata": {"finalizers": finalizers}}))
}

/// One that does not go is told after a minute: meanwhile the others are looked at.
fn held(case: &Case) -> Result<()> {
    case.cluster.image("redis:7.0")?;
    called("stuck")?.apply(case)?;
    case.rolled_out("stuck")?;
    finalizers(case, &json!(["example.com/hold"]))?;
    // Without its finalizer it goes, and so does the namespace.
    let deleted = Instant::now();
    let outcome = case
        .kubectl(&["delete", "pod", "stuck-0", "--wait=false"])
        .and_then(|_| all_held(case))
        .and_then(|()| stuck(case, deleted));
    finalizers(case, &Value::Null)?;
    outcome
}

fn all_held(case: &Case) -> Result<()> {
    let check = case.check(&["stuck"])?;
    check.is(0, "degraded", &["pod-terminating pod/stuck-0"])?;

    case.kubectl(&["create", "configmap", "settings", "--from-literal=other=1"])?;
    let items = json!({"name": "settings", "items": [{"key": "wanted", "path": "wanted"}]});
    let mount = json!({"name": "settings", "mountPath": "/settings"});
    let volume = template(&json!({
        "volumes": [{"name": "settings", "configMap": items}],
        "containers": [merged(idle(), &json!({"volumeMounts": [mount]}))],
    }));
    called("mounting")?.set(&volume).apply(case)?;
    let gates = template(&json!({"schedulingGates": [{"name": "example.com/wait"}]}));
    called("gated")?.set(&gates).apply(case)?;
    let init = merged(
        shell("echo cannot open the licence; echo bye; exit 3"),
        &json!({
            "name": "prepare", "readinessProbe": null,
        }),
    );
    called("preparing")?.set(&template(&json!({"initContainers": [init]}))).apply(case)?;
    let folder = merged(idle(), &json!({"command": ["/dev/"]}));
    called("commanding")?.container(&folder).apply(case)?;

    step("a volume", || volume_does_not_mount(case))?;
    step("a gate", || {
        case.until_value(&["pod", "gated-0"], "/status/conditions/0/reason", |reason| {
            reason == "SchedulingGated"
        })?;
        let check = case.check(&["gated"])?;
        let set = check.is(0, "degraded", &["pod-gated pod/gated-0"])?;
        ensure!(set.findings[0].evidence["gates"] == json!(["example.com/wait"]));
        Ok(())
    })?;
    step("an init container", || init_fails(case))?;
    step("a command", || command_is_a_folder(case))
}

fn volume_does_not_mount(case: &Case) -> Result<()> {
    case.until("the volume is refused", || {
        let selector = "involvedObject.name=mounting-0,reason=FailedMount";
        let events = case.get(&["events", "--field-selector", selector])?;
        Ok(events["items"].as_array().is_some_and(|it| !it.is_empty()).then_some(()))
    })?;
    let check = case.check(&["mounting"])?;
    let set = check.is(1, "unhealthy", &["pod-volume pod/mounting-0"])?;
    let cause = set.findings[0].cause.as_deref().unwrap_or_default();
    ensure!(cause.contains("non-existent config key: wanted"), "cause: {cause}");
    Ok(())
}

fn init_fails(case: &Case) -> Result<()> {
    // Between two starts the kubelet may say `Error` for minutes, and never `CrashLoopBackOff`.
    case.until("it has failed", || {
        let check = case.check(&["preparing", "--engine", "none"])?;
        let set = check.is(1, "unhealthy", &["pod-init pod/preparing-0"])?;
        let cause = set.findings[0].cause.as_deref().unwrap_or_default();
        ensure!(cause.contains("last words: \"cannot open the licence\""), "cause: {cause}");
        ensure!(set.findings[0].evidence["log"] == json!(["cannot open the licence", "bye"]));
        Ok(Some(()))
    })
}

fn command_is_a_folder(case: &Case) -> Result<()> {
    for reason in ["RunContainerError", "CrashLoopBackOff"] {
        let waiting = "/status/containerStatuses/0/state/waiting/reason";
        case.until_value(&["pod", "commanding-0"], waiting, |it| it == reason)?;
        let check = case.check(&["commanding"])?;
        let set = check.is(1, "unhealthy", &["pod-config pod/commanding-0"])?;
        let message = &set.findings[0].message;
        ensure!(message.contains("exec: \"/dev/\": permission denied"), "{reason}: {message}");
    }
    Ok(())
}

fn stuck(case: &Case, deleted: Instant) -> Result<()> {
    let is_late = || Ok((deleted.elapsed() > Duration::from_secs(64)).then_some(()));
    until("a minute after its grace period", Duration::from_secs(90), is_late)?;
    // The kubelet deletes it once more when its containers have ended, which makes it due later.
    case.until("it is late", || {
        let check = case.check(&["stuck"])?;
        let set = check.is(1, "unhealthy", &["pod-stuck-terminating pod/stuck-0"])?;
        ensure!(set.findings[0].evidence["finalizers"] == json!(["example.com/hold"]));
        Ok(Some(()))
    })
}

const GATE: &str = "example.com/in-sync";

/// Sets conditions of a pod as something that watches over it would.
fn condition(case: &Case, pod: &str, status: &Value) -> Result<()> {
    let patch = json!({"status": status}).to_string();
    case.kubectl(&["patch", "pod", pod, "--subresource=status", "-p", &patch]).map(drop)
}

fn in_sync(case: &Case, pod: &str, is_so: bool) -> Result<()> {
    let status = if is_so { "True" } else { "False" };
    condition(case, pod, &json!({"conditions": [{"type": GATE, "status": status}]}))
}

/// The controller creates a failed pod anew only when it comes to it: a pod before it that is not ready holds it up.
fn failed(case: &Case) -> Result<()> {
    let gates = json!({"spec": {
        "podManagementPolicy": "OrderedReady",
        "template": {"spec": {"readinessGates": [{"conditionType": GATE}]}},
    }});
    plain().set(&gates).apply(case)?;
    for pod in ["web-0", "web-1"] {
        case.until("the pod is there", || Ok(case.get(&["pod", pod]).ok()))?;
        in_sync(case, pod, true)?;
    }
    case.rolled_out(NAME)?;
    case.until_value(&["pdb", NAME], "/status/currentHealthy", |healthy| *healthy == 2)?;
    case.check(&[NAME])?.is(0, "healthy", &[])?;
    step("resources that no node has", || resize(case))?;
    in_sync(case, "web-0", false)?;
    case.kubectl(&["wait", "--for=condition=Ready=false", "pod/web-0", "--timeout=60s"])?;
    condition(case, "web-1", &json!({"phase": "Failed", "reason": "Evicted"}))?;
    case.until_value(&["pod", "web-1"], "/status/phase", |phase| phase == "Failed")?;
    let check = case.check(&[NAME])?;
    check.has(1, "unhealthy", &["pod-failed pod/web-1"])?;
    let held = ["pod-not-ready pod/web-0", "pod-starting pod/web-0"];
    ensure!(check.set()?.named().iter().any(|it| held.contains(&it.as_str())));
    Ok(())
}

/// As much as the node has is not refused at once, and waits as long as another pod has some of it.
fn resize(case: &Case) -> Result<()> {
    let node = case.get(&["pod", "web-1"])?["spec"]["nodeName"].clone();
    let neighbour = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "neighbour"},
        "spec": {"nodeName": node, "terminationGracePeriodSeconds": 0, "containers": [idle()]},
    });
    case.apply(&[neighbour])?;
    case.kubectl(&["wait", "--for=condition=Ready", "pod/neighbour", "--timeout=60s"])?;
    let all = case.get(&["node", node.as_str().unwrap_or_default()])?;
    let all = all["status"]["allocatable"]["cpu"].clone();
    let resources = json!({"name": "main", "resources": {"requests": {"cpu": all}}});
    let patch = json!({"spec": {"containers": [resources]}}).to_string();
    case.kubectl(&["patch", "pod", "web-1", "--subresource=resize", "-p", &patch])?;
    let is_pending = |conditions: &Value| {
        let mut conditions = conditions.as_array().into_iter().flatten();
        conditions.any(|it| it["type"] == "PodResizePending" && it["status"] == "True")
    };
    case.until_value(&["pod", "web-1"], "/status/conditions", is_pending)?;
    case.check(&[NAME])?.is(0, "degraded", &["pod-resize-pending pod/web-1"]).map(drop)
}
