//! A node that is lost while its pods run on.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Spec, gate, same};
use crate::later::long_after;
use crate::redis::{NAME, redis};
use crate::sts::Check;

// Who drains a node meanwhile would move its pods.
pub const ALONE: &[Spec] = &[gate("kubelet-stops", |case| case.alone(|| kubelet_stops(case)))];

fn is_ready(node: &Value) -> bool {
    let conditions = node["status"]["conditions"].as_array().into_iter().flatten();
    conditions.filter(|it| it["type"] == "Ready").any(|it| it["status"] == "True")
}

/// A pod of the lost node that is deleted stays, because nobody confirms that it is gone.
fn stays(case: &Case, on_it: &BTreeSet<&str>) -> Result<Check> {
    let pod = on_it.first().context("no pod on node-2")?;
    case.kubectl(&["delete", "pod", pod, "--wait=false"])?;
    case.until_value(&["pod", pod], "/metadata/deletionTimestamp", Value::is_string)?;
    let file = long_after(case, "statefulsets,pods,nodes,services,pdb,pvc")?;
    case.check(&[NAME, "--from", &file.to_string_lossy()])
}

/// Its containers serve as before, and nobody can ask them through the API server.
fn kubelet_stops(case: &Case) -> Result<()> {
    redis().form(case)?;
    let pods = case.get(&["pods", "-l", "app=redis-cluster"])?;
    let on_it: BTreeSet<&str> = pods["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|pod| pod["spec"]["nodeName"] == "node-2")
        .filter_map(|pod| pod["metadata"]["name"].as_str())
        .collect();
    ensure!((1..6).contains(&on_it.len()), "{} of 6 pods are on node-2", on_it.len());
    case.cluster.stop("kubelet-2")?;
    let outcome = case
        .until_value(&["node", "node-2"], "", |node| !is_ready(node))
        .and_then(|()| Ok((case.check(&[NAME])?, stays(case, &on_it)?)));
    case.cluster.start("kubelet-2")?;
    case.until_value(&["node", "node-2"], "", is_ready)?;
    let (check, later) = outcome?;
    let stuck = later.set()?.finding("pod-stuck-terminating")?;
    same("why it stays", &stuck.cause.as_deref(), &Some("its node node-2 does not answer"))?;
    let set = check.has(2, "unhealthy", &["node-not-ready node/node-2"])?;
    let engine = set.engine_is("redis cluster 7.0.15", "unknown")?;
    same("slots", &engine.facts["slots"], &json!("16384/16384"))?;
    let unread = &set.finding("member-not-reached")?.evidence["members"];
    let unread = unread.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    same("members that were not reached", &unread, &on_it)?;
    ensure!(!set.has_rule("primary-down") && !set.has_rule("replica-down"), "{:?}", set.named());
    case.rolled_out(NAME)?;
    case.until_value(&["pdb", NAME], "/status/currentHealthy", |count| *count == 6)?;
    case.until("all is well again", || {
        case.check(&[NAME])?.is(0, "healthy", &[])?;
        Ok(Some(()))
    })
}
