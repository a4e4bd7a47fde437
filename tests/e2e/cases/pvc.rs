//! `pvc`: whose is which claim. Every row is compared with what jq makes of kubectl's own output.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::rights::somebody;
use crate::case::{Case, Spec, gate, same, step};
use crate::process;
use crate::sets::{Plain, claim_template, idle, merged, named};

pub const CASES: &[Spec] = &[gate("pvc", whose), gate("pvc-rights", with_few_rights)];

const KINDS: &str =
    "statefulsets,pods,persistentvolumeclaims,deployments,replicasets,daemonsets,jobs,cronjobs";

/// What `pvc` answers.
pub fn pvc(case: &Case, exit: i32, arguments: &[&str]) -> Result<Value> {
    let mut words = vec!["pvc", "-o", "json"];
    words.extend(arguments);
    let output = case.sts(&words)?;
    same("exit code", &output.code, &Some(exit))?;
    serde_json::from_str(&output.stdout).with_context(|| format!("no report: {}", output.stderr))
}

fn volumes(report: &Value) -> &[Value] {
    report["volumes"].as_array().map_or(&[], Vec::as_slice)
}

/// The states of one claim, the most telling first.
pub fn states(report: &Value, claim: &str) -> Vec<String> {
    let found = volumes(report).iter().find(|it| it["claim"] == claim);
    let states = found.and_then(|it| it["states"].as_array()).cloned().unwrap_or_default();
    states.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

/// Our rows in the form of claims.jq: those of templates, and claims without a set.
fn ours(report: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let is_asked = |it: &&Value| {
        it["state"] != "released" && (it["source"] == "template" || it["set"].is_null())
    };
    let mut rows: Vec<String> = volumes(report)
        .iter()
        .filter(is_asked)
        .map(|it| {
            let mut users: Vec<String> =
                it["users"].as_array().into_iter().flatten().map(text).collect();
            users.sort_unstable();
            let users = if users.is_empty() { "-".to_owned() } else { users.join(",") };
            let place =
                it["states"].as_array().and_then(|it| it.last()).map(text).unwrap_or_default();
            let fields =
                ["set", "ordinal", "claim", "volume", "node"].map(|field| text(&it[field]));
            format!("{} {users} {place}", fields.join(" "))
        })
        .collect();
    rows.sort_unstable();
    rows
}

/// What jq makes of kubectl's output.
fn theirs(case: &Case) -> Result<Vec<String>> {
    let objects = case.get(&[KINDS])?;
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/claims.jq");
    let mut jq = Command::new("jq");
    let output = process::run_with_input(
        jq.args(["-r", "-f", program]),
        &objects.to_string(),
        crate::PATIENCE,
    )?;
    let mut rows: Vec<String> = output.ok()?.lines().map(str::to_owned).collect();
    rows.sort_unstable();
    Ok(rows)
}

fn with_templates(name: &str, class: &str, templates: &[&str], replicas: u32) -> Plain {
    let of = |name: &&str| merged(claim_template(class), &json!({"metadata": {"name": name}}));
    let templates: Vec<Value> = templates.iter().map(of).collect();
    named(name).replicas(replicas).set(&json!({"spec": {"volumeClaimTemplates": templates}}))
}

fn claim(name: &str, class: &str, more: &Value) -> Value {
    let kind =
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}});
    merged(merged(claim_template(class), &kind), more)
}

/// A workload that names a claim and runs nothing.
fn idle_with(name: &str, claim: &str) -> Value {
    let volume = json!({"name": "data", "persistentVolumeClaim": {"claimName": claim}});
    json!({
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [idle()], "volumes": [volume], "restartPolicy": "Always"},
    })
}

fn scale(case: &Case, set: &str, replicas: u32) -> Result<()> {
    case.kubectl(&["scale", &format!("statefulset/{set}"), &format!("--replicas={replicas}")])?;
    case.until_value(&["statefulset", set], "/status/replicas", |is| *is == replicas)
}

fn whose(case: &Case) -> Result<()> {
    // Made by hand before its set: it is taken as it is.
    case.apply(&[claim("data-adopts-0", "retain", &json!({}))])?;
    let shared = json!({"name": "all", "persistentVolumeClaim": {"claimName": "everything"}});
    case.apply(&[claim("everything", "standard", &json!({}))])?;
    let sets = [
        with_templates("two", "standard", &["data", "log"], 3),
        with_templates("start", "standard", &["data"], 2).set(&json!({"spec": {"ordinals": {"start": 5}}})),
        with_templates("b-c", "standard", &["a"], 2),
        with_templates("c", "standard", &["a-b"], 1),
        with_templates("adopts", "standard", &["data"], 1),
        with_templates("zero", "standard", &["data"], 1),
        with_templates("deletes", "standard", &["data"], 2)
            .set(&json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete", "whenDeleted": "Retain"}}})),
        with_templates("kept", "retain", &["data"], 1),
        with_templates("gone", "standard", &["data"], 2),
        with_templates("left", "standard", &["data"], 1),
        named("share").replicas(3).set(&json!({"spec": {"template": {"spec": {"volumes": [shared]}}}})),
    ];
    sets.iter().try_for_each(|set| set.apply(case))?;
    sets.iter().try_for_each(|set| set.started(case))?;
    with_templates("classless", "", &["data"], 1).apply(case)?;
    // Its pod waits for a volume; the claim comes just before the pod.
    let is_waiting = |reason: &Value| reason == "Unschedulable";
    case.until_value(&["pod", "classless-0"], "/status/conditions/0/reason", is_waiting)?;
    step("as they are made", || same("rows", &ours(&pvc(case, 0, &[])?), &theirs(case)?))?;

    for (set, replicas) in
        [("two", 2), ("start", 1), ("b-c", 1), ("zero", 0), ("deletes", 1), ("kept", 0)]
    {
        scale(case, set, replicas)?;
    }
    case.kubectl(&["delete", "pvc", "data-kept-0"])?;
    scale(case, "kept", 1)?;
    case.rolled_out("kept")?;
    case.kubectl(&["delete", "pvc", "data-two-0", "--wait=false"])?;
    case.kubectl(&["delete", "statefulset", "gone", "--cascade=foreground"])?;
    case.kubectl(&["delete", "statefulset", "left", "--cascade=orphan"])?;
    case.kubectl(&["wait", "--for=delete", "pvc/data-deletes-1", "--timeout=60s"])?;
    not_of_sets(case)?;
    case.until("no pod is on its way out", || {
        let pods = case.get(&["pods"])?;
        let mut pods = pods["items"].as_array().into_iter().flatten();
        Ok(pods.all(|it| it["metadata"]["deletionTimestamp"].is_null()).then_some(()))
    })?;

    let report = pvc(case, 0, &[])?;
    step("every row", || same("rows", &ours(&report), &theirs(case)?))?;
    for (claim, expected) in [
        ("data-two-0", &["terminating", "in-use"][..]),
        ("log-two-2", &["left-behind"]),
        ("data-start-6", &["left-behind"]),
        ("a-b-c-0", &["shared", "in-use"]),
        ("a-b-c-1", &["left-behind"]),
        ("data-adopts-0", &["drifted", "in-use"]),
        ("data-zero-0", &["parked"]),
        ("data-gone-0", &["orphan"]),
        ("data-left-0", &["in-use"]),
        ("everything", &["shared", "in-use"]),
        ("data-classless-0", &["pending", "in-use"]),
        ("data-dep-0", &["foreign"]),
        ("data-cron-0", &["foreign"]),
        ("data-cr-0", &["foreign"]),
    ] {
        same(
            claim,
            &states(&report, claim),
            &expected.iter().map(|it| (*it).to_owned()).collect(),
        )?;
    }
    ensure!(states(&report, "data-deletes-1").is_empty(), "whenScaled: Delete took it");
    other_ways_round(case, &report)
}

/// Claims with the name of a set's claim that are something else's: none is offered for deletion.
fn not_of_sets(case: &Case) -> Result<()> {
    let owner = json!([{"apiVersion": "example.com/v1", "kind": "Backup", "name": "nightly", "uid": "0-1-2"}]);
    let job = json!({"template": merged(idle_with("cron", "data-cron-0"), &json!({"spec": {"restartPolicy": "Never"}}))});
    case.apply(&[
        claim("data-dep-0", "standard", &json!({})),
        claim("data-cron-0", "standard", &json!({})),
        claim("data-cr-0", "standard", &json!({"metadata": {"ownerReferences": owner}})),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "dep"}, "spec": {
            "replicas": 0, "selector": {"matchLabels": {"app": "dep"}}, "template": idle_with("dep", "data-dep-0"),
        }}),
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "cron"}, "spec": {
            "schedule": "0 0 1 1 *", "suspend": true, "jobTemplate": {"spec": job},
        }}),
    ])?;
    for set in ["dep", "cron", "cr"] {
        let output = case.sts(&["pvc", set, "--delete", "orphan", "--yes", "--confirm", set])?;
        same("exit code", &output.code, &Some(0))?;
        ensure!(output.stdout.contains("nothing to delete"), "{}", output.stdout);
    }
    Ok(())
}

/// Filters, one claim, one volume, names; and the released volume.
fn other_ways_round(case: &Case, report: &Value) -> Result<()> {
    let released: Vec<&Value> =
        volumes(report).iter().filter(|it| it["state"] == "released").collect();
    ensure!(released.len() == 1 && released[0]["claim"] == "data-kept-0", "{released:?}");
    let volume = released[0]["volume"].as_str().context("a volume")?;
    let found = pvc(case, 0, &["--volume", volume])?;
    same("whose volume", &found["volumes"][0]["set"], &json!("kept"))?;
    let found = pvc(case, 0, &["--claim", "data-gone-1"])?;
    same("whose claim", &states(&found, "data-gone-1"), &vec!["orphan".to_owned()])?;
    let names = case.sts(&["pvc", "--state", "orphan,left-behind", "-o", "name"])?;
    let mut names: Vec<&str> = names.stdout.lines().collect();
    names.sort_unstable();
    let expected =
        ["a-b-c-1", "data-gone-0", "data-gone-1", "data-start-6", "data-two-2", "log-two-2"];
    let expected: Vec<String> =
        expected.iter().map(|it| format!("persistentvolumeclaim/{it}")).collect();
    same("names", &names, &expected.iter().map(String::as_str).collect())?;
    let of_gone = pvc(case, 0, &["gone"])?;
    same("claims of a set that is gone", &volumes(&of_gone).len(), &2)?;
    case.sts(&["pvc", "nothing-of-that-name"])?.is_refused("not found")?;
    case.sts(&["pvc", "--claim", "nothing-of-that-name"])?.is_refused("not found")
}

fn with_few_rights(case: &Case) -> Result<()> {
    with_templates("web", "standard", &["data"], 2).start(case)?;
    scale(case, "web", 1)?;
    let of_namespace = [
        ("list", "apps/statefulsets"),
        ("list", "persistentvolumeclaims"),
        ("list", "pods"),
        ("delete", "persistentvolumeclaims"),
    ];
    let workloads = [
        ("list", "apps/deployments"),
        ("list", "apps/replicasets"),
        ("list", "apps/daemonsets"),
        ("list", "batch/jobs"),
        ("list", "batch/cronjobs"),
        ("list", "replicationcontrollers"),
    ];
    let lease = ["get", "create", "update", "delete"].map(|it| (it, "coordination.k8s.io/leases"));
    let few = somebody(case, "few", &of_namespace)?;
    let more = somebody(case, "more", &[&of_namespace[..], &workloads[..], &lease[..]].concat())?;
    let as_who = |who: &std::path::Path, words: &[&str]| {
        case.sts_with(words, |command| {
            command.env("KUBECONFIG", who);
        })
    };
    step("what may use a claim is not read", || {
        let output = as_who(&few, &["pvc", "web", "-o", "json"])?;
        same("exit code", &output.code, &Some(2))?;
        let report: Value = serde_json::from_str(&output.stdout)?;
        same("complete", &report["complete"], &json!(false))?;
        same("states", &states(&report, "data-web-1"), &vec!["unknown".to_owned()])?;
        let output =
            as_who(&few, &["pvc", "web", "--delete", "left-behind", "--yes", "--confirm", "web"])?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("claim-use-unknown"), "{}", output.stdout);
        Ok(())
    })?;
    step("volumes are not read", || {
        let output = as_who(&more, &["pvc", "web", "-o", "json"])?;
        same("exit code", &output.code, &Some(0))?;
        let report: Value = serde_json::from_str(&output.stdout)?;
        same("states", &states(&report, "data-web-1"), &vec!["left-behind".to_owned()])?;
        same("reclaim", &report["volumes"][0]["reclaim"], &Value::Null)?;
        let table = as_who(&more, &["pvc", "web"])?;
        ensure!(
            table.stdout.contains("unknown") && table.stdout.contains("missing right"),
            "{}",
            table.stdout
        );
        let output =
            as_who(&more, &["pvc", "web", "--delete", "left-behind", "--yes", "--confirm", "web"])?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("reclaim-unread"), "{}", output.stdout);
        Ok(())
    })?;
    let output = as_who(
        &more,
        &["pvc", "web", "--delete", "left-behind", "--discard-data", "--yes", "--confirm", "web"],
    )?;
    same("exit code", &output.code, &Some(0))?;
    ensure!(case.get(&["pvc", "data-web-1"]).is_err(), "it is still there");
    Ok(())
}
