//! What is said of sets whose controller does not get on, and whether the commands that are offered mend it.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::controller::{NO_SUCH_IMAGE, break_pods};
use crate::case::{Case, Spec, gate, same, step};
use crate::later::long_after;
use crate::sets::{Plain, idle, merged, plain};

pub const CASES: &[Spec] = &[
    gate("controller-stuck", stuck),
    gate("controller-revisions", revisions),
    gate("controller-refused", refused),
];

/// `plain` under another name, one pod at a time.
fn named(name: &str, replicas: u32, spec: &Value) -> Result<Plain> {
    let rename = |value: &Value| {
        serde_json::from_str(&value.to_string().replace("\"web\"", &format!("{name:?}")))
    };
    let ordered = merged(json!({"podManagementPolicy": "OrderedReady"}), spec);
    let plain = plain().replicas(replicas).set(&json!({"spec": ordered}));
    let (set, service, budget) =
        (rename(&plain.set)?, rename(&plain.service)?, rename(&plain.budget)?);
    Ok(Plain { set, service, budget })
}

fn with_image(image: &str) -> Value {
    let container = merged(idle(), &json!({"image": image}));
    json!({"template": {"spec": {"containers": [container]}}})
}

fn ready(case: &Case, set: &str, replicas: u32) -> Result<()> {
    case.until_value(&["statefulset", set], "/status/readyReplicas", |it| *it == replicas)?;
    case.until_value(&["pdb", set], "/status/currentHealthy", |it| *it == replicas)
}

fn change(case: &Case, set: &str, spec: &Value) -> Result<()> {
    case.patch(&format!("statefulset/{set}"), &json!({"spec": spec}))
}

/// Waits until exactly this is said.
fn says(case: &Case, set: &str, exit: i32, verdict: &str, findings: &[&str]) -> Result<()> {
    case.until(set, || case.check(&[set])?.is(exit, verdict, findings).map(|_| Some(())))
}

/// Runs the command that a finding offers.
fn mend(case: &Case, set: &str, rule: &str) -> Result<()> {
    let check = case.check(&[set])?;
    let fix = &check.set()?.finding(rule)?.fix;
    ensure!(fix.len() == 1, "{fix:?}");
    let words: Vec<&str> = fix[0].iter().map(String::as_str).collect();
    match words[..] {
        ["kubectl", "sts", ..] => {
            let output = case.sts(&[&words[2..], &["--yes"]].concat())?;
            same("exit code", &output.code, &Some(0))
        }
        _ => case.kubectl(&words[1..]).map(drop),
    }
}

fn stuck(case: &Case) -> Result<()> {
    named("trap", 1, &with_image(NO_SUCH_IMAGE))?.apply(case)?;
    named("deadlock", 3, &json!({}))?.apply(case)?;
    named("going", 1, &json!({}))?.apply(case)?;
    case.until_value(&["pod", "trap-0"], "/status/phase", Value::is_string)?;
    change(case, "trap", &with_image("pause:1"))?;
    step("a pod of nobody that looks like one of the set", || {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "trap-9", "labels": {"app": "trap"}},
            "spec": {"containers": [idle()], "terminationGracePeriodSeconds": 1},
        });
        case.apply(&[pod])?;
        let findings =
            ["pod-image pod/trap-0", "pod-out-of-range pod/trap-9", "rollback-trap pod/trap-0"];
        says(case, "trap", 1, "unhealthy", &findings)
    })?;
    step("the way out of the trap", || {
        mend(case, "trap", "rollback-trap")?;
        case.kubectl(&["wait", "--for=delete", "pod/trap-9", "--timeout=60s"])?;
        ready(case, "trap", 1)?;
        says(case, "trap", 0, "healthy", &[])
    })?;
    step("two pods that keep each other from going", || {
        ready(case, "deadlock", 3)?;
        break_pods(case, &["deadlock-1", "deadlock-2"])?;
        change(case, "deadlock", &json!({"replicas": 1}))?;
        says(case, "deadlock", 1, "unhealthy", &["scale-down-deadlock pod/deadlock-2"])?;
        mend(case, "deadlock", "scale-down-deadlock")?;
        case.kubectl(&["wait", "--for=delete", "pod/deadlock-1", "--timeout=60s"])?;
        case.until_value(&["pdb", "deadlock"], "/status/expectedPods", |it| *it == 1)?;
        says(case, "deadlock", 0, "healthy", &[])
    })?;
    step("a set that goes and is held", || {
        ready(case, "going", 1)?;
        let held = |finalizers: Value| json!({"metadata": {"finalizers": finalizers}});
        case.patch("statefulset/going", &held(json!(["example.com/held"])))?;
        case.kubectl(&["delete", "statefulset", "going", "--cascade=foreground", "--wait=false"])?;
        let gone = case.kubectl(&["wait", "--for=delete", "pod/going-0", "--timeout=60s"]);
        let said = says(case, "going", 1, "unhealthy", &["set-terminating statefulset/going"]);
        case.patch("statefulset/going", &held(Value::Null))?;
        gone.and(said)
    })
}

fn revisions(case: &Case) -> Result<()> {
    let version = |it: &str| json!({"template": {"metadata": {"annotations": {"version": it}}}});
    let strategy = |kind: &str| json!({"updateStrategy": {"type": kind}});
    let partition = |index: u32| json!({"updateStrategy": {"rollingUpdate": {"partition": index}}});
    let at_once = json!({"podManagementPolicy": "Parallel"});
    named("by-hand", 3, &merged(at_once, &strategy("OnDelete")))?.apply(case)?;
    named("parted", 2, &merged(strategy("RollingUpdate"), &partition(2)))?.apply(case)?;
    named("zero", 0, &json!({"revisionHistoryLimit": 0}))?.apply(case)?;
    ready(case, "by-hand", 3)?;
    ready(case, "parted", 2)?;
    step("a partition with nothing to roll out", || {
        says(case, "parted", 0, "healthy", &["partition-left statefulset/parted"])
    })?;
    step("a partition that lets no pod be updated", || {
        change(case, "parted", &version("b"))?;
        let finding = ["partition-beyond-replicas statefulset/parted"];
        says(case, "parted", 0, "degraded", &finding)
    })?;
    step("a canary", || {
        change(case, "parted", &partition(1))?;
        says(case, "parted", 0, "healthy", &["rollout-paused statefulset/parted"])
    })?;
    step("a rollout that waits for a pod below the partition, an hour later", || {
        break_pods(case, &["parted-0"])?;
        change(case, "parted", &version("c"))?;
        let broken = "pod-image pod/parted-0";
        let findings = [broken, "rollout-in-progress statefulset/parted"];
        says(case, "parted", 1, "unhealthy", &findings)?;
        let file = long_after(case, "statefulsets,pods,services,pdb")?;
        let check = case.check(&["parted", "--from", &file.to_string_lossy()])?;
        check.has(1, "unhealthy", &[broken, "rollout-stalled statefulset/parted"]).map(drop)
    })?;
    step("pods that somebody has to delete", || {
        change(case, "by-hand", &version("b"))?;
        let stale = "on-delete-stale statefulset/by-hand";
        says(case, "by-hand", 0, "healthy", &[stale])?;
        renew(case, "by-hand-1")?;
        change(case, "by-hand", &version("c"))?;
        renew(case, "by-hand-2")?;
        says(case, "by-hand", 0, "degraded", &[stale, "three-revisions statefulset/by-hand"])
    })?;
    step("no pods, and no way back", || {
        let findings = ["no-undo-target statefulset/zero", "scaled-to-zero statefulset/zero"];
        says(case, "zero", 0, "degraded", &findings)
    })
}

/// Deletes a pod, and waits until its successor is ready.
fn renew(case: &Case, pod: &str) -> Result<()> {
    let set = pod.rsplit_once('-').map_or(pod, |(set, _)| set);
    case.kubectl(&["delete", "pod", pod])?;
    case.until_value(&["pod", pod], "/metadata/uid", Value::is_string)?;
    ready(case, set, 3)
}

/// A policy that lets nobody change or delete pods with a certain label.
fn refused(case: &Case) -> Result<()> {
    let name = "pods-are-held.e2e.example.com";
    let inside = json!({"matchLabels": {"kubernetes.io/metadata.name": case.namespace}});
    let pods = json!([{
        "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"],
        "operations": ["UPDATE", "DELETE"],
    }]);
    let group = "admissionregistration.k8s.io/v1";
    let policy = json!({
        "apiVersion": group, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"namespaceSelector": inside, "resourceRules": pods},
            "validations": [{
                "expression": "!has(oldObject.metadata.labels) || !('held' in oldObject.metadata.labels)",
                "message": "pods with the label held stay as they are",
            }],
        },
    });
    let binding = json!({
        "apiVersion": group, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    });
    case.apply(&[policy, binding])?;
    let outcome = held(case);
    // Its pods could not be deleted.
    let kinds = "validatingadmissionpolicybinding,validatingadmissionpolicy";
    case.admin(&["delete", kinds, name])?;
    outcome
}

fn held(case: &Case) -> Result<()> {
    named("few", 2, &json!({}))?.apply(case)?;
    named("taken", 1, &json!({}))?.apply(case)?;
    named("adopting", 1, &json!({}))?.apply(case)?;
    for (set, replicas) in [("few", 2), ("taken", 1), ("adopting", 1)] {
        ready(case, set, replicas)?;
    }
    step("a pod that has the name of an ordinal", || {
        case.kubectl(&["label", "pod", "taken-0", "app=other", "--overwrite"])?;
        case.until("it is released", || {
            let check = case.check(&["taken"])?;
            check.has(1, "unhealthy", &["pod-name-taken pod/taken-0"])?;
            let words = check.set()?.controller.as_ref().map(|it| it.words());
            ensure!(words.as_deref() == Some("blocked/name-taken pod/taken-0"), "{words:?}");
            ensure!(!check.set()?.has_rule("ordinal-missing"), "told twice");
            Ok(Some(()))
        })
    })?;
    case.kubectl(&["label", "pod", "few-1", "held=yes"])?;
    case.until("the policy works", || {
        let asked = case.kubectl(&["delete", "pod", "few-1", "--dry-run=server"]);
        Ok(asked.is_err().then_some(()))
    })?;
    step("a pod that cannot be taken over", || {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "adopting-4", "labels": {"app": "adopting", "held": "yes"}},
            "spec": {"containers": [idle()], "terminationGracePeriodSeconds": 1},
        });
        case.apply(&[pod])?;
        case.until("adopting", || {
            case.check(&["adopting"])?.has(
                0,
                "degraded",
                &["pod-will-be-adopted pod/adopting-4"],
            )?;
            Ok(Some(()))
        })
    })?;
    step("a pod that cannot be deleted", || {
        change(case, "few", &json!({"replicas": 1}))?;
        let findings = ["controller-refused statefulset/few", "pod-out-of-range pod/few-1"];
        says(case, "few", 1, "unhealthy", &findings)?;
        let check = case.check(&["few"])?;
        let words = check.set()?.controller.as_ref().map(|it| it.words());
        ensure!(words.as_deref() == Some("blocked/refused pod/few-1"), "{words:?}");
        Ok(())
    })
}
