//! What else decides over the pods: two budgets, an autoscaler, a quota, a webhook.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::case::{Case, Spec, gate, step};
use crate::sets::named;

pub const CASES: &[Spec] = &[gate("policy", policy)];

fn policy(case: &Case) -> Result<()> {
    let sets =
        [named("twice").replicas(1), named("grow").replicas(1), named("guarded").replicas(1)];
    sets.iter().try_for_each(|set| set.apply(case))?;
    sets.iter().try_for_each(|set| set.started(case))?;

    step("two budgets", || two_budgets(case))?;
    step("an autoscaler", || autoscaler(case))?;
    step("a quota", || quota(case))?;
    step("a webhook", || webhook(case))
}

/// The second comes when the first has counted: of two budgets the disruption controller tells
/// only one, an arbitrary one, that a pod has become Ready.
fn two_budgets(case: &Case) -> Result<()> {
    let mut second = named("twice").budget;
    second["metadata"]["name"] = "second".into();
    case.apply(&[second])?;
    case.until_value(&["pdb", "second"], "/status/currentHealthy", |healthy| *healthy == 1)?;
    case.check(&["twice"])?.is(1, "unhealthy", &["budget-conflict statefulset/twice"])?;
    // What the finding says is what the API server does.
    let path = format!("/api/v1/namespaces/{}/pods/twice-0/eviction", case.namespace);
    let eviction =
        json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "twice-0"}});
    let refused =
        case.kubectl_with_input(&["create", "--raw", &path, "-f", "-"], &eviction.to_string());
    let words = refused.err().context("it was evicted")?.to_string();
    ensure!(words.contains("more than one PodDisruptionBudget"), "{words}");
    Ok(())
}

fn autoscaler(case: &Case) -> Result<()> {
    case.kubectl(&["autoscale", "statefulset/grow", "--min=1", "--max=2", "--cpu=80%"])?;
    let check = case.check(&["grow"])?;
    check.is(0, "degraded", &["autoscaler-owns-replicas hpa/grow"])?;
    let scaling = case.check(&["grow", "--for=scale=2"])?;
    ensure!(scaling.output.code == Some(1), "{}", scaling.summary());
    let finding = scaling.set()?.finding("autoscaler-owns-replicas")?;
    ensure!(finding.severity == "error", "{finding:?}");
    // Whoever applied the set has written its replicas down.
    ensure!(scaling.set()?.has_rule("replicas-applied"), "{}", scaling.summary());
    case.kubectl(&["delete", "hpa", "grow"])?;
    Ok(())
}

fn quota(case: &Case) -> Result<()> {
    case.kubectl(&["create", "quota", "small", "--hard=pods=3"])?;
    case.until_value(&["quota", "small"], "/status/used/pods", |used| used == "3")?;
    case.check(&["grow"])?.is(0, "degraded", &["quota-leaves-no-room quota/small"])?;
    case.kubectl(&["scale", "statefulset/grow", "--replicas=2"])?;
    refused(case, "grow", "ordinal-missing pod/grow-1", "exceeded quota")?;
    case.kubectl(&["delete", "quota", "small"])?;
    Ok(())
}

/// It stands at an address where nobody listens. It goes with the namespace, which owns it.
fn webhook(case: &Case) -> Result<()> {
    let namespace = case.get(&["namespace", &case.namespace])?;
    let uid = namespace["metadata"]["uid"].as_str().context("no uid")?;
    let name = format!("{}.example.com", case.namespace);
    case.apply(&[json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name, "ownerReferences": [
            {"apiVersion": "v1", "kind": "Namespace", "name": case.namespace, "uid": uid},
        ]},
        "webhooks": [{
            "name": name, "failurePolicy": "Fail", "sideEffects": "None", "timeoutSeconds": 1,
            "admissionReviewVersions": ["v1"], "clientConfig": {"url": "https://127.0.0.1:1/"},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": case.namespace}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"]}],
        }],
    })])?;
    case.until("the webhook is asked", || {
        let probe = ["run", "probe", "--image=pause:1", "--dry-run=server"];
        let words = case.kubectl(&probe).err().map(|error| error.to_string()).unwrap_or_default();
        Ok(words.contains("failed calling webhook").then_some(()))
    })?;
    case.kubectl(&["delete", "pod", "guarded-0"])?;
    refused(case, "guarded", "ordinal-missing pod/guarded-0", "failed calling webhook")?;
    case.kubectl(&["delete", "validatingwebhookconfiguration", &name]).map(drop)
}

/// The controller may not create a pod, and that is all that is said.
fn refused(case: &Case, set: &str, finding: &str, why: &str) -> Result<()> {
    case.until(finding, || {
        let check = case.check(&[set])?;
        let found = check.is(1, "unhealthy", &[finding])?.finding("ordinal-missing")?;
        let cause = found.cause.as_deref().unwrap_or_default();
        ensure!(cause.contains(why), "cause: {cause}");
        Ok(Some(()))
    })
}
