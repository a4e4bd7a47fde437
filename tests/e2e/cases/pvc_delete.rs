//! `pvc --delete`: nothing goes that somebody may need, whatever happens in between.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::pvc::{pvc, states};
use crate::case::{Case, Spec, gate, same, step};
use crate::held::Held;
use crate::running::Running;
use crate::sets::{NAME, plain};

pub const CASES: &[Spec] = &[
    gate("pvc-delete", deletes),
    gate("pvc-delete-held", mounted_in_between),
    gate("pvc-delete-race", scaled_up_in_between),
    gate("pvc-delete-killed", killed),
];

const DELETE: [&str; 4] = ["pvc", NAME, "--delete", "left-behind"];
const APPROVED: [&str; 3] = ["--yes", "--confirm", NAME];

/// A set of one, with the claims of ordinals 1 to 3 left behind.
fn left_behind(case: &Case) -> Result<()> {
    plain().replicas(4).claims("standard").start(case)?;
    case.kubectl(&["scale", "statefulset/web", "--replicas=1"])?;
    case.until_value(&["statefulset", NAME], "/status/replicas", |is| *is == 1)
}

fn claims(case: &Case) -> Result<Vec<String>> {
    let list = case.get(&["pvc"])?;
    let names = list["items"].as_array().into_iter().flatten();
    Ok(names.filter_map(|it| it["metadata"]["name"].as_str().map(str::to_owned)).collect())
}

fn volume_of(case: &Case, claim: &str) -> Result<String> {
    let name = case.get(&["pvc", claim])?["spec"]["volumeName"].as_str().map(str::to_owned);
    name.context("no volume")
}

/// How many claims of the case we have deleted, or tried to, by the audit log.
fn deletes_asked(case: &Case) -> Result<usize> {
    let path = format!("/namespaces/{}/persistentvolumeclaims/", case.namespace);
    let is_ours = |line: &&str| {
        line.contains("\"userAgent\":\"kubectl-sts/")
            && line.contains("\"stage\":\"ResponseComplete\"")
            && line.contains("\"verb\":\"delete\"")
            && line.contains(&path)
            && !line.contains("dryRun")
    };
    Ok(case.cluster.audit()?.lines().filter(is_ours).count())
}

fn deletes(case: &Case) -> Result<()> {
    left_behind(case)?;
    let kept = volume_of(case, "data-web-3")?;
    let run = |more: &[&str]| case.sts(&[&DELETE[..], more].concat());
    step("without approval", || {
        let output = run(&[])?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("3 claims left behind"), "{}", output.stdout);
        same("exit code", &run(&["--dry-run=client"])?.code, &Some(0))?;
        same("exit code", &run(&["--dry-run=server"])?.code, &Some(0))?;
        run(&["--yes"])?.is_not_begun("--confirm")?;
        run(&["--yes", "--confirm", "other"])?.is_not_begun("nothing was deleted")?;
        same("claims", &claims(case)?.len(), &4)?;
        same("deletes", &deletes_asked(case)?, &0)
    })?;
    step("deleted", || {
        let output = run(&APPROVED)?;
        same("exit code", &output.code, &Some(0))?;
        same("deletes", &deletes_asked(case)?, &3)?;
        same("claims", &claims(case)?, &vec!["data-web-0".to_owned()])?;
        let volume = case.get(&["pv", &kept])?;
        same("phase", &volume["status"]["phase"], &"Released".into())?;
        same("reclaim", &volume["spec"]["persistentVolumeReclaimPolicy"], &"Retain".into())
    })?;
    step("once more", || {
        let output = run(&APPROVED)?;
        same("exit code", &output.code, &Some(0))?;
        ensure!(output.stdout.contains("nothing to delete"), "{}", output.stdout);
        Ok(())
    })?;
    step("parked and orphaned", || {
        case.kubectl(&["scale", "statefulset/web", "--replicas=0"])?;
        case.until_value(&["statefulset", NAME], "/status/replicas", |is| *is == 0)?;
        let output = run(&APPROVED)?;
        same("exit code", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("claim-waits"), "{}", output.stdout);
        let gone = volume_of(case, "data-web-0")?;
        let orphan =
            ["pvc", NAME, "--delete", "orphan", "--discard-data", "--yes", "--confirm", NAME];
        case.sts(&orphan)?.is_refused("its claims are no orphans")?;
        case.kubectl(&["delete", "statefulset/web", "--cascade=foreground"])?;
        let output = case.sts(&[&orphan[..], &["-o", "json"]].concat())?;
        same("exit code", &output.code, &Some(0))?;
        let lines: Vec<Value> =
            output.stdout.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let kinds: Vec<&str> = lines.iter().filter_map(|it| it["kind"].as_str()).collect();
        ensure!(kinds.starts_with(&["Plan", "Event"]) && kinds.ends_with(&["End"]), "{kinds:?}");
        same("end", &lines.last().map(|it| it["end"].clone()), &Some("done".into()))?;
        same("claims", &claims(case)?.len(), &0)?;
        case.until("the volume goes with its claim", || {
            Ok(case.admin(&["get", "pv", &gone]).is_err().then_some(()))
        })
    })
}

fn start(case: &Case, held: &Held) -> Result<Running> {
    Running::start(case, &[&DELETE[..], &APPROVED[..]].concat(), Some(held))
}

fn is_delete(line: &str) -> bool {
    line.starts_with("DELETE ")
        && line.contains("/persistentvolumeclaims/")
        && !line.contains("dryRun")
}

fn is_real_patch(line: &str) -> bool {
    line.starts_with("PATCH ") && line.contains("/persistentvolumes/") && !line.contains("dryRun")
}

/// A pod mounts the claim after the last look and before the delete: it is held, and everything stops.
fn mounted_in_between(case: &Case) -> Result<()> {
    left_behind(case)?;
    let held = Held::start(case, is_delete)?;
    let running = start(case, &held)?;
    let line = held.wait()?;
    ensure!(line.contains("data-web-3"), "{line}");
    let mut reader = plain().claims("standard").set["spec"]["template"]["spec"].clone();
    reader["volumes"] =
        serde_json::json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data-web-3"}}]);
    case.apply(&[serde_json::json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "reader"}, "spec": reader,
    })])?;
    case.kubectl(&["wait", "--for=condition=Ready", "pod/reader", "--timeout=60s"])?;
    held.release();
    let (code, text) = running.end()?;
    same("exit code", &code, &Some(3))?;
    ensure!(
        text.contains("claim-held") && text.contains("data-web-3") && text.contains("reader"),
        "{text}"
    );
    let report = pvc(case, 0, &[NAME])?;
    same("states", &states(&report, "data-web-3"), &vec!["terminating".into(), "in-use".into()])?;
    same("the others", &claims(case)?.len(), &4)?;
    let volume = case.get(&["pv", &volume_of(case, "data-web-3")?])?;
    same("its data is kept", &volume["spec"]["persistentVolumeReclaimPolicy"], &"Retain".into())
}

/// A scale-up takes the claims back: nothing is deleted.
fn scaled_up_in_between(case: &Case) -> Result<()> {
    left_behind(case)?;
    let before: Vec<String> = (1..4)
        .map(|ordinal| volume_of(case, &format!("data-web-{ordinal}")))
        .collect::<Result<_>>()?;
    let held = Held::start(case, is_real_patch)?;
    let running = start(case, &held)?;
    held.wait()?;
    case.kubectl(&["scale", "statefulset/web", "--replicas=4"])?;
    case.rolled_out(NAME)?;
    held.release();
    let (code, text) = running.end()?;
    same("exit code", &code, &Some(3))?;
    ensure!(text.contains("claim-in-use") && text.contains("web-3"), "{text}");
    for (ordinal, volume) in (1..4).zip(before) {
        same("volume", &volume_of(case, &format!("data-web-{ordinal}"))?, &volume)?;
    }
    Ok(())
}

/// Killed with a delete on its way, and interrupted; the same command finishes.
fn killed(case: &Case) -> Result<()> {
    left_behind(case)?;
    step("kill -9", || {
        let held = Held::start(case, is_delete)?;
        let running = start(case, &held)?;
        held.wait()?;
        running.signal("-KILL")?;
        running.end().map(drop)
    })?;
    same("claims", &claims(case)?.len(), &4)?;
    step("nobody reads what it says", || {
        let held = Held::start(case, |line| line.contains("/statefulsets"))?;
        let mut running = start(case, &held)?;
        held.wait()?;
        running.close_stdout();
        held.release();
        same("exit code", &running.end()?.0, &Some(130))?;
        same("claims", &claims(case)?.len(), &4)
    })?;
    for (signal, left) in [("-INT", 3), ("-TERM", 2), ("-HUP", 1)] {
        let held = Held::start(case, is_delete)?;
        let running = start(case, &held)?;
        held.wait()?;
        running.signal(signal)?;
        held.release();
        let (code, text) = running.end()?;
        same(signal, &code, &Some(130))?;
        ensure!(text.contains("interrupted, after") && text.contains("run it again"), "{text}");
        // What was on its way happens.
        case.until("one claim less", || Ok((claims(case)?.len() == left).then_some(())))?;
    }
    let output = case.sts(&[&DELETE[..], &APPROVED[..]].concat())?;
    same("exit code", &output.code, &Some(0))?;
    same("claims", &claims(case)?, &vec!["data-web-0".to_owned()])
}
