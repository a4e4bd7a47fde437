//! A node that nobody runs: an object that says of itself what a test needs, and pods that say they run on it.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Spec, gate, step};
use crate::sets::{NAME, plain};

pub const CASES: &[Spec] = &[gate("node-leaving", leaving)];

const NODE: &str = "e2e-leaving";

fn node() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": NODE},
        "spec": {
            "unschedulable": true,
            "taints": [{"key": "example.com/repair", "effect": "NoExecute"}],
        },
    })
}

fn status(case: &Case, object: &str, status: &Value) -> Result<()> {
    let patch = json!({"status": status}).to_string();
    case.kubectl(&["patch", object, "--subresource=status", "-p", &patch]).map(drop)
}

fn run_node(case: &Case) -> Result<()> {
    let now = case.kubectl(&[
        "get",
        "lease",
        "-n",
        "kube-node-lease",
        "node-1",
        "-o=jsonpath={.spec.renewTime}",
    ])?;
    let condition = |kind: &str, is_so: &str| json!({"type": kind, "status": is_so, "reason": "Test", "lastHeartbeatTime": now, "lastTransitionTime": now});
    let conditions = [condition("Ready", "True"), condition("MemoryPressure", "True")];
    status(case, &format!("node/{NODE}"), &json!({"conditions": conditions}))
}

fn run_pod(case: &Case, pod: &str) -> Result<()> {
    case.until("the pod is there", || Ok(case.get(&["pod", pod]).ok()))?;
    let condition = |kind: &str| json!({"type": kind, "status": "True"});
    let conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map(condition);
    let container = json!({
        "name": "main", "ready": true, "restartCount": 0, "image": "pause:1", "imageID": "",
        "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
    });
    let containers = [container];
    status(
        case,
        &format!("pod/{pod}"),
        &json!({"phase": "Running", "conditions": conditions, "containerStatuses": containers}),
    )
}

fn leaving(case: &Case) -> Result<()> {
    let delete = || case.admin(&["delete", "node", NODE, "--ignore-not-found"]);
    delete()?;
    case.apply(&[node()])?;
    let outcome = on_it(case);
    // Nobody else would confirm that they are gone.
    case.kubectl(&["delete", "statefulset", NAME, "--cascade=orphan", "--ignore-not-found"])?;
    case.kubectl(&["delete", "pods", "--all", "--force", "--grace-period=0"])?;
    delete()?;
    outcome
}

fn on_it(case: &Case) -> Result<()> {
    let tolerations = json!([
        {"key": "example.com/repair", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 3600},
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists"},
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists"},
    ]);
    let there = json!({"nodeName": NODE, "tolerations": tolerations});
    plain().set(&json!({"spec": {"template": {"spec": there}}})).apply(case)?;
    run_pod(case, "web-0")?;
    run_pod(case, "web-1")?;
    run_node(case)?;
    step("tainted, cordoned and short of memory", || {
        let check = case.check(&[NAME])?;
        let findings = [
            "all-on-one-node statefulset/web",
            "node-cordoned node/e2e-leaving",
            "node-evicts-pod pod/web-0",
            "node-evicts-pod pod/web-1",
            "node-name-fixed statefulset/web",
            "node-under-pressure node/e2e-leaving",
        ];
        let set = check.is(1, "unhealthy", &findings)?;
        let taint = &set.finding("node-evicts-pod")?.evidence["taint"];
        ensure!(taint == "example.com/repair", "{taint}");
        Ok(())
    })?;
    step("of an unknown phase", || {
        status(case, "pod/web-1", &json!({"phase": "Unknown"}))?;
        case.check(&[NAME])?.has(1, "unhealthy", &["pod-unknown pod/web-1"]).map(drop)
    })?;
    step("gone", || {
        case.admin(&["delete", "node", NODE])?;
        case.until("it is told that the node is gone", || {
            Ok(case.check(&[NAME])?.set()?.has_rule("node-gone").then_some(()))
        })
    })
}
