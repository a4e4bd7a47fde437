//! Templates that will hurt: several sets, each with another fault, in one namespace.

use anyhow::Result;
use serde_json::json;

use crate::case::{Case, Spec, gate};
use crate::sets::{idle, merged, named};

pub const CASES: &[Spec] = &[gate("template", template)];

fn template(case: &Case) -> Result<()> {
    let of_pod = |spec: serde_json::Value| json!({"spec": {"template": {"spec": spec}}});
    let abrupt =
        named("abrupt").replicas(1).set(&of_pod(json!({"terminationGracePeriodSeconds": 0})));
    let fixed = named("fixed").replicas(1).set(&of_pod(json!({"nodeName": "node-1"})));
    let from = json!([{"configMapRef": {"name": "settings"}}]);
    let refers = named("refers")
        .replicas(1)
        .container(&merged(idle(), &json!({"envFrom": from})))
        .set(&of_pod(json!({"serviceAccountName": "runner"})));
    let careless = named("careless")
        .replicas(1)
        .claims("standard")
        .container(&merged(idle(), &json!({"resources": null})));
    case.kubectl(&["create", "configmap", "settings", "--from-literal=a=1"])?;
    case.kubectl(&["create", "serviceaccount", "runner"])?;
    let sets = [abrupt, fixed, refers, careless];
    sets.iter().try_for_each(|set| set.apply(case))?;
    sets.iter().try_for_each(|set| set.started(case))?;

    let only = |set: &str, exit: i32, verdict: &str, findings: &[&str]| {
        case.check(&[set])?.is(exit, verdict, findings).map(drop)
    };
    only("refers", 0, "healthy", &[])?;
    // The pod runs on: only the next one cannot.
    case.kubectl(&["delete", "configmap/settings", "serviceaccount/runner"])?;
    let missing =
        ["reference-missing configmap/settings", "reference-missing serviceaccount/runner"];
    only("refers", 1, "unhealthy", &missing)?;
    only("abrupt", 1, "unhealthy", &["no-grace-period statefulset/abrupt"])?;
    only("fixed", 1, "unhealthy", &["node-name-fixed statefulset/fixed"])?;
    let careless =
        ["claim-template-not-mounted statefulset/careless", "no-requests statefulset/careless"];
    only("careless", 0, "degraded", &careless)
}
