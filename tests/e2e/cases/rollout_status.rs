//! `rollout status` beside `kubectl rollout status`, where the latter is wrong: it counts, and does not look at the pods
//! (kubectl's pkg/polymorphichelpers/rollout_status.go).

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::rollout::rollout;
use crate::case::{Case, Spec, full, same};
use crate::process::{self, Output};
use crate::sets::named;

pub const CASES: &[Spec] = &[full("rollout-status", beside_kubectl)];

/// A situation, by what is changed of a healthy set of two and of its template.
struct Row {
    name: &'static str,
    set: Value,
    template: Value,
    /// What kubectl ends with, and says.
    kubectl: (i32, &'static str),
    /// What ours says; it ends with 1.
    says: &'static str,
}

fn rows() -> Vec<Row> {
    let annotated = json!({"metadata": {"annotations": {"a": "b"}}});
    let rolling = |value: Value| json!({"spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": value}}});
    let image = json!({"spec": {"containers": [{"name": "main", "image": "no-such-image:1"}]}});
    vec![
        Row {
            name: "canary",
            set: rolling(json!({"partition": 1})),
            template: annotated.clone(),
            kubectl: (0, "partitioned roll out complete"),
            says: "1 of 2 ordinals run",
        },
        Row {
            name: "never-began",
            set: rolling(json!({"partition": 2})),
            template: annotated.clone(),
            kubectl: (0, "partitioned roll out complete"),
            says: "0 of 2 ordinals run",
        },
        Row {
            name: "beyond",
            set: rolling(json!({"partition": 7})),
            template: annotated.clone(),
            kubectl: (0, "partitioned roll out complete"),
            says: "0 of 2 ordinals run",
        },
        Row {
            name: "on-delete",
            set: json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}),
            template: annotated.clone(),
            kubectl: (1, "rollout status is only available for RollingUpdate"),
            says: "0 of 2 ordinals run",
        },
        Row {
            name: "not-available",
            set: json!({"spec": {"minReadySeconds": 3000, "podManagementPolicy": "Parallel"}}),
            template: json!({}),
            kubectl: (0, "complete"),
            says: "ready, not for long enough",
        },
        Row {
            name: "broken",
            set: json!({}),
            template: image,
            kubectl: (0, "Waiting for"),
            says: "not ready",
        },
    ]
}

fn beside_kubectl(case: &Case) -> Result<()> {
    let rows = rows();
    for row in &rows {
        let set = named(row.name).set(&row.set);
        set.apply(case)?;
    }
    for row in &rows {
        case.until("its pods are ready", || {
            let set = case.get(&["statefulset", row.name])?;
            Ok((set["status"]["readyReplicas"] == json!(2)).then_some(()))
        })?;
        if row.template == json!({}) {
            continue;
        }
        let set = format!("statefulset/{}", row.name);
        let patch = json!({"spec": {"template": row.template}}).to_string();
        case.kubectl(&["patch", &set, "--type=strategic", "-p", &patch])?;
        case.until("the controller has done what it does", || {
            let it = case.get(&[&set])?;
            let is_seen = it["status"]["observedGeneration"] == it["metadata"]["generation"];
            let ours = case.sts(&rollout("status", row.name, &[]))?;
            Ok((is_seen && ours.stdout.contains(row.says)).then_some(()))
        })?;
        if row.name == "canary" {
            case.until_value(&["pdb", row.name], "/status/currentHealthy", |it| *it == 2)?;
        }
    }
    for row in &rows {
        let ours = case.sts(&rollout("status", row.name, &[]))?;
        same(row.name, &ours.code, &Some(1))?;
        ensure!(ours.stdout.contains(row.says), "{}: {}", row.name, ours.stdout);
        let theirs = kubectl(case, row.name)?;
        same(row.name, &theirs.code, &Some(row.kubectl.0))?;
        let words = format!("{}{}", theirs.stdout, theirs.stderr);
        ensure!(words.contains(row.kubectl.1), "{}: kubectl says {words}", row.name);
        let resumed: &[&str] = if row.name == "broken" { &["undo"] } else { &["resume"] };
        if row.name == "not-available" {
            continue;
        }
        let output = case.sts(&rollout(resumed[0], row.name, &["--yes"]))?;
        same("then", &output.code, &Some(0))?;
        same("complete", &case.sts(&rollout("status", row.name, &[]))?.code, &Some(0))?;
    }
    Ok(())
}

fn kubectl(case: &Case, set: &str) -> Result<Output> {
    let mut command = case.cluster.command("kubectl");
    command.args(["-n", &case.namespace, "rollout", "status", "statefulset", set]);
    command.arg("--watch=false");
    process::run(&mut command, crate::PATIENCE)
}
