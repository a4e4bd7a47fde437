//! The cluster of a widely read how-to (tests/cluster/manifests/redis-article.yaml), mistake by mistake: at each stage
//! the check names the cause and its cure, and the cure leads to the next one.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::redis_members::paste;
use crate::case::{Case, Spec, gate, step};
use crate::process;
use crate::redis::{NAME, pod};
use crate::sts::Check;

pub const CASES: &[Spec] = &[gate("article", article)];

const MANIFEST: &str = "tests/cluster/manifests/redis-article.yaml";
const REASON: &str = "/status/containerStatuses/0/state/waiting/reason";

fn article(case: &Case) -> Result<()> {
    case.cluster.image("redis:7.0")?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(MANIFEST);
    case.kubectl(&["apply", "-f", &path.to_string_lossy()])?;
    step("the command is a folder", || folder(case))?;
    step("one claim for all", || shared_claim(case))?;
    step("nobody has created the cluster", || not_created(case))?;
    step("a client connects by the name of the headless Service", || {
        let host = format!("{NAME}.{}.svc.cluster.local", case.namespace);
        let words = ["exec", &pod(1), "--", "redis-cli", "-c", "-h", &host, "set", "story", "told"];
        let answer = case.kubectl(&words)?;
        ensure!(answer.trim() == "OK", "{answer}");
        Ok(())
    })?;
    step("the published check fails by itself", || published_check(case))
}

/// OrderedReady stops at ordinal 0: `/conf/` cannot be executed.
fn folder(case: &Case) -> Result<()> {
    case.until_value(&["pod", &pod(0)], REASON, |reason| {
        reason == "RunContainerError" || reason == "CrashLoopBackOff"
    })?;
    let check = case.check(&[NAME])?;
    let finding = only_of_pod(&check, &pod(0), "pod-config")?;
    ensure!(finding.contains("permission denied"), "the cause is not named: {finding}");
    ensure!(finding.contains("/conf/"), "the command is not named: {finding}");
    Ok(())
}

/// With the command mended ordinal 0 runs, and the others find its nodes.conf on the one volume.
fn shared_claim(case: &Case) -> Result<()> {
    let container = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/command", "value": ["redis-server"]}]);
    replace(case, &container)?;
    case.until_value(&["pod", &pod(1)], "/status/containerStatuses/0/restartCount", |count| {
        count.as_u64().is_some_and(|count| count > 0)
    })?;
    // Between two lives it runs for a moment, and a kubelet may have lost the log of the one before.
    let check = case.until("its last words are told", || {
        let check = case.check(&[NAME])?;
        let finding = only_of_pod(&check, &pod(1), "pod-crash-loop")?;
        let words = "already used by a different Redis Cluster node";
        ensure!(finding.contains(words), "they are not: {finding}");
        Ok(Some(check))
    })?;
    ensure!(check.set()?.has_rule("claim-shared"), "{:?}", check.set()?.named());
    Ok(())
}

/// With claims of their own all are Ready, and no slot has an owner.
fn not_created(case: &Case) -> Result<()> {
    case.kubectl(&["delete", "statefulset", NAME, "--wait"])?;
    case.kubectl(&["wait", "--for=delete", "pod", "-l", "app=redis-cluster", "--timeout=60s"])?;
    let mut set = set(case)?;
    set["spec"]["template"]["spec"]["containers"][0]["command"] = json!(["redis-server"]);
    set["spec"]["template"]["spec"]["volumes"] =
        json!([{"name": "conf", "configMap": {"name": "redis-cluster-conf"}}]);
    set["spec"]["volumeClaimTemplates"] = json!([crate::sets::claim_template("standard")]);
    case.apply(&[set])?;
    case.rolled_out(NAME)?;
    let check = case.check(&[NAME])?;
    ensure!(check.output.code == Some(1), "exit {:?}", check.output.code);
    let errors: Vec<&str> = check
        .set()?
        .findings
        .iter()
        .filter(|it| it.severity == "error")
        .map(|it| it.rule.as_str())
        .collect();
    ensure!(errors == ["cluster-never-created"], "{errors:?}");
    step("what it gives to paste creates the cluster", || {
        paste(case)?;
        case.until("the cluster is formed", || {
            let check = case.check(&[NAME])?;
            ensure!(check.output.code == Some(0), "{:?}", check.set()?.named());
            Ok(Some(()))
        })
    })
}

/// `redis-cli --cluster check :6379`, as it is printed there.
fn published_check(case: &Case) -> Result<()> {
    let mut kubectl = case.cluster.command("kubectl");
    kubectl.args(["-n", &case.namespace, "exec", &pod(0), "--"]);
    let output = process::run(
        kubectl.args(["redis-cli", "--cluster", "check", ":6379"]),
        Duration::from_secs(30),
    )?;
    case.note(&output);
    ensure!(output.code != Some(0), "it does not fail");
    let words = format!("{}{}", output.stdout, output.stderr);
    ensure!(words.contains("Could not connect to Redis at :6379"), "{words}");
    Ok(())
}

/// All that is said of a finding, as text.
fn only_of_pod(check: &Check, pod: &str, rule: &str) -> Result<String> {
    let set = check.set()?;
    ensure!(check.output.code == Some(1), "exit {:?}: {:?}", check.output.code, set.named());
    let of_pod: Vec<_> =
        set.findings.iter().filter(|it| it.object.name == pod && it.severity == "error").collect();
    let rules: Vec<&str> = of_pod.iter().map(|it| it.rule.as_str()).collect();
    ensure!(rules == [rule], "{rules:?} of {pod}");
    Ok(format!("{of_pod:?}"))
}

/// Changes the template; the pod that stands in the way of the change is taken out of it.
fn replace(case: &Case, patch: &Value) -> Result<()> {
    let set = format!("statefulset/{NAME}");
    case.kubectl(&["patch", &set, "--type=json", "-p", &patch.to_string()])?;
    case.kubectl(&["delete", "pod", &pod(0), "--wait"]).map(drop)
}

/// The set of the manifest, as it was applied.
fn set(case: &Case) -> Result<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(MANIFEST);
    let path = path.to_string_lossy();
    let words = ["create", "--dry-run=client", "-o", "json", "-f", &path];
    let text = case.kubectl(&words)?;
    let documents = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let mut all = documents.collect::<serde_json::Result<Vec<_>>>()?;
    all.retain(|it| it["kind"] == "StatefulSet");
    all.pop().ok_or_else(|| anyhow::anyhow!("no set in {MANIFEST}"))
}
