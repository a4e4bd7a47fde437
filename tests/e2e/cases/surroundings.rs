//! What surrounds a set: its Service, its budget, its rollout, its owner.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::case::{Case, Spec, gate, step};
use crate::sets::{NAME, idle, merged, plain};

pub const CASES: &[Spec] = &[
    gate("service", service),
    gate("budget", budget),
    gate("partitioned-rollout", partitioned_rollout),
    gate("owned-by-operator", owned_by_operator),
];

fn service(case: &Case) -> Result<()> {
    plain().start(case)?;
    step("with a selector for other pods", || {
        case.patch("service/web", &json!({"spec": {"selector": {"app": "other"}}}))?;
        case.check(&[NAME])?.is(1, "unhealthy", &["service-selector service/web"]).map(drop)
    })?;
    step("missing", || {
        case.kubectl(&["delete", "service", "web"])?;
        case.check(&[NAME])?.is(1, "unhealthy", &["service-missing service/web"]).map(drop)
    })?;
    step("not headless", || {
        let with_address = plain().service(&json!({"spec": {"clusterIP": null}}));
        case.apply(&[with_address.service])?;
        case.check(&[NAME])?.is(0, "degraded", &["service-not-headless service/web"]).map(drop)
    })
}

fn budget(case: &Case) -> Result<()> {
    plain().start(case)?;
    step("that allows none", || {
        let patch = json!({"spec": {"maxUnavailable": 0}});
        case.patch("pdb/web", &patch)?;
        case.until("the budget is computed anew", || {
            let budget = case.get(&["pdb", "web"])?;
            let is_current =
                budget["status"]["observedGeneration"] == budget["metadata"]["generation"];
            Ok((is_current && budget["status"]["disruptionsAllowed"] == 0).then_some(()))
        })?;
        case.check(&[NAME])?.is(0, "degraded", &["budget-allows-none pdb/web"]).map(drop)
    })?;
    step("missing", || {
        case.kubectl(&["delete", "pdb", "web"])?;
        case.check(&[NAME])?.is(0, "degraded", &["budget-missing statefulset/web"]).map(drop)
    })
}

/// Ordinals 1 to 4, of which the partition leaves the first two alone: 3 and 4 are due, and 4 never gets ready.
fn partitioned_rollout(case: &Case) -> Result<()> {
    let shifted = plain().replicas(4).set(&json!({"spec": {
        "ordinals": {"start": 1},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}},
    }}));
    shifted.start(case)?;
    case.check(&[NAME])?.is(0, "healthy", &["partition-left statefulset/web"])?;

    let probe = json!({"tcpSocket": {"host": "10.244.0.1", "port": 1}, "periodSeconds": 1});
    let container = merged(idle(), &json!({"readinessProbe": probe}));
    shifted.container(&container).apply(case)?;
    let before = |pod: &str| case.get(&["pod", pod]).map(|pod| revision(&pod));
    let old = before("web-1")?;
    case.until("web-4 runs the new revision", || {
        let pod = case.get(&["pod", "web-4"])?;
        let runs = pod.pointer("/status/containerStatuses/0/state/running").is_some();
        Ok((revision(&pod) != old && runs).then_some(()))
    })?;
    // Before its probe has failed it only starts.
    case.until("the probe of web-4 has failed", || {
        let selector = "involvedObject.name=web-4,reason=Unhealthy";
        let events = case.get(&["events", "--field-selector", selector])?;
        Ok(events["items"].as_array().is_some_and(|it| !it.is_empty()).then_some(()))
    })?;
    let check = case.check(&[NAME])?;
    let findings = ["pod-not-ready pod/web-4", "rollout-in-progress statefulset/web"];
    let set = check.is(1, "unhealthy", &findings)?;
    let rollout = set.finding("rollout-in-progress")?;
    ensure!(rollout.evidence["behind"] == json!(["3"]), "{rollout:?}");
    ensure!(rollout.evidence["due"] == 2, "{rollout:?}");
    Ok(())
}

fn revision(pod: &serde_json::Value) -> String {
    pod["metadata"]["labels"]["controller-revision-hash"].as_str().unwrap_or_default().to_owned()
}

fn owned_by_operator(case: &Case) -> Result<()> {
    case.kubectl(&["create", "configmap", "operator"])?;
    let owner = case.get(&["configmap", "operator"])?;
    let uid = owner["metadata"]["uid"].as_str().context("no uid")?;
    let owners = json!([{
        "apiVersion": "v1", "kind": "ConfigMap", "name": "operator", "uid": uid, "controller": true,
    }]);
    plain().set(&json!({"metadata": {"ownerReferences": owners}})).start(case)?;
    let check = case.check(&[NAME])?;
    let set = check.is(0, "healthy", &["owned-by-operator statefulset/web"])?;
    ensure!(set.findings[0].severity == "info", "{:?}", set.findings);
    let refused = case.sts(&["scale", NAME, "--replicas=1", "--yes"])?;
    ensure!(refused.code == Some(1), "exit {:?}: {}", refused.code, refused.stdout);
    ensure!(refused.stdout.contains("owned-by-operator"), "{}", refused.stdout);
    let allowed = ["scale", NAME, "--replicas=1", "--yes", "--allow", "owned-by-operator"];
    ensure!(case.sts(&allowed)?.code == Some(0), "it is allowed, and did not go");
    Ok(())
}
