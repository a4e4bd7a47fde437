//! Names that lead nowhere: several sets, each with another fault, in one namespace.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::case::{Case, Spec, gate};
use crate::sets::{Plain, named};

pub const CASES: &[Spec] = &[gate("names", names)];

fn names(case: &Case) -> Result<()> {
    let relabelled = with_role("relabelled");
    let renamed = named("renamed").replicas(1);
    let stale = named("stale").replicas(1);
    let wide = named("wide").replicas(1);
    let sets = [alias(), relabelled, renamed, stale, wide];
    sets.iter().try_for_each(|set| set.apply(case))?;
    case.apply(&[json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "clients"},
        "spec": {"selector": {"app": "wide"}, "ports": [{"port": 80, "targetPort": "sql"}]},
    })])?;
    sets.iter().try_for_each(|set| set.started(case))?;

    case.kubectl(&["label", "pod", "relabelled-1", "role=spare", "--overwrite"])?;
    case.kubectl(&["delete", "statefulset", "renamed", "--cascade=orphan"])?;
    case.kubectl(&["delete", "service", "renamed"])?;
    let mut again = named("renamed").replicas(1);
    again.set["spec"]["serviceName"] = "fresh".into();
    again.service["metadata"]["name"] = "fresh".into();
    again.apply(case)?;
    again.started(case)?;
    case.apply(&[slice_of_the_dead(), guest()])?;

    only(case, "alias", "unhealthy", "service-external-name service/alias")?;
    only(case, "renamed", "unhealthy", "endpoint-without-name service/fresh")?;
    only(case, "stale", "unhealthy", "endpoint-stale service/stale")?;
    only(case, "relabelled", "unhealthy", "endpoint-missing service/relabelled")?;
    case.kubectl(&["wait", "pod/guest", "--for=condition=Ready", "--timeout=30s"])?;
    let check = case.check(&["wide"])?;
    let findings = ["service-selects-others service/wide", "service-port-missing service/clients"];
    check.has(0, "degraded", &findings)?;
    ensure!(check.set()?.findings.iter().all(|it| it.severity == "warning"), "{}", check.summary());
    Ok(())
}

/// Waits until a set has this finding and no other: a pod is given some seconds to become an endpoint.
fn only(case: &Case, set: &str, verdict: &str, finding: &str) -> Result<()> {
    case.until(&format!("{finding} of {set}"), || {
        case.check(&[set])?.is(1, verdict, &[finding])?;
        Ok(Some(()))
    })
}

fn alias() -> Plain {
    named("alias").replicas(1).service(&json!({"spec": {
        "type": "ExternalName", "externalName": "db.example.com",
        "clusterIP": null, "selector": null, "ports": null,
    }}))
}

/// Its Service selects by a label that the set itself does not ask for, as one for primaries would.
fn with_role(name: &str) -> Plain {
    let labels = json!({"metadata": {"labels": {"role": "member"}}});
    named(name)
        .set(&json!({"spec": {"template": labels}}))
        .service(&json!({"spec": {"selector": {"role": "member"}}}))
}

/// What a controller that has stopped leaves behind: the entry of a pod that is gone.
fn slice_of_the_dead() -> serde_json::Value {
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "stale-old", "labels": {"kubernetes.io/service-name": "stale"}},
        "endpoints": [{
            "addresses": ["10.244.0.250"], "conditions": {"ready": true}, "hostname": "stale-0",
            "targetRef": {"kind": "Pod", "name": "stale-0", "uid": "00000000-0000-0000-0000-000000000000"},
        }],
        "ports": [],
    })
}

fn guest() -> serde_json::Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "guest", "labels": {"app": "wide"}},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [crate::sets::idle()]},
    })
}
