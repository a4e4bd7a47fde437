//! Claims: not bound, left behind, going, waiting for a set at 0.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::case::{Case, Spec, gate};
use crate::sets::{NAME, plain};

pub const CASES: &[Spec] = &[
    gate("claim-pending", pending),
    gate("claim-left-behind", left_behind),
    gate("claim-terminating", terminating),
    gate("parked", parked),
];

fn pending(case: &Case) -> Result<()> {
    plain().replicas(1).claims("no-such-class").apply(case)?;
    let is_so = |reason: &serde_json::Value| reason == "Unschedulable";
    case.until_value(&["pod", "web-0"], "/status/conditions/0/reason", is_so)?;
    let check = case.check(&[NAME])?;
    let findings = ["claim-pending pvc/data-web-0", "pod-unschedulable pod/web-0"];
    let set = check.is(1, "unhealthy", &findings)?;
    let why = set.finding("claim-pending")?.cause.as_deref().unwrap_or_default();
    ensure!(why.contains("no-such-class"), "cause: {why}");
    Ok(())
}

fn left_behind(case: &Case) -> Result<()> {
    plain().claims("standard").start(case)?;
    case.kubectl(&["scale", "statefulset/web", "--replicas=1"])?;
    case.kubectl(&["wait", "--for=delete", "pod/web-1", "--timeout=60s"])?;
    case.until_value(&["pdb", NAME], "/status/expectedPods", |pods| *pods == 1)?;
    let check = case.check(&[NAME])?;
    check.is(0, "degraded", &["claim-left-behind pvc/data-web-1"])?;
    Ok(())
}

fn terminating(case: &Case) -> Result<()> {
    plain().claims("standard").start(case)?;
    case.kubectl(&["delete", "pvc", "data-web-1", "--wait=false"])?;
    let check = case.check(&[NAME])?;
    let set = check.is(1, "unhealthy", &["claim-terminating pvc/data-web-1"])?;
    ensure!(set.findings[0].evidence["pods"] == json!(["web-1"]), "{:?}", set.findings);
    Ok(())
}

fn parked(case: &Case) -> Result<()> {
    plain().claims("standard").start(case)?;
    case.kubectl(&["scale", "statefulset/web", "--replicas=0"])?;
    case.kubectl(&["wait", "--for=delete", "pod/web-0", "pod/web-1", "--timeout=60s"])?;
    let check = case.check(&[NAME])?;
    check.is(0, "healthy", &["claim-parked statefulset/web"])?;
    Ok(())
}
