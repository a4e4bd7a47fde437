//! `rollout` where something goes wrong, or somebody else is at work: it stops with everything below as it was, and goes on
//! once the cause is gone.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::rollout::{partition, pods, rollout, start};
use crate::case::{Case, Spec, full, same, step};
use crate::running::Running;
use crate::sets::{NAME, merged, plain, shell};
use crate::wait::pass;

pub const CASES: &[Spec] = &[
    full("rollout-crash-loop", crash_loop),
    full("rollout-not-ready", not_ready),
    full("rollout-kubectl-wedges", kubectl_wedges),
    full("rollout-mends", mends),
    full("rollout-killed", killed),
    full("rollout-template-changed", template_changed),
    full("rollout-scaled", scaled),
    full("rollout-pods-die", pods_die),
    full("rollout-two-operators", two_operators),
];

const FAST: &str = "--step-timeout=20s";
const NONE: &str = "--engine=none";

/// Stops at the first ordinal with its reason, nothing below is touched, and undo brings it back.
fn stops_and_goes_back(case: &Case, container: &Value, reason: &str) -> Result<()> {
    let before = pods(case, NAME, 3)?;
    let file = case.cluster.files.join(format!("{}-patch.yaml", case.namespace));
    std::fs::write(&file, json!({"spec": {"containers": [container]}}).to_string())?;
    let file = file.display().to_string();
    // A shell of the image of a database is none.
    let output = case.sts(&rollout("apply", NAME, &["-f", &file, "--yes", FAST, NONE]))?;
    same("exit code", &output.code, &Some(3))?;
    ensure!(output.stdout.contains(reason), "no {reason}: {}", output.stdout);
    let now = pods(case, NAME, 3)?;
    ensure!(now[..2] == before[..2] && now[2].1 != before[2].1, "{now:?}");
    same("partition", &partition(case, NAME)?, &json!(2))?;
    let output = case.sts(&rollout("undo", NAME, &["--yes", NONE]))?;
    same("undo", &output.code, &Some(0))?;
    let now = pods(case, NAME, 3)?;
    ensure!(now[..2] == before[..2] && now[2].1 == before[2].1, "{now:?}");
    same("partition", &partition(case, NAME)?, &json!(0))?;
    same("status", &case.sts(&rollout("status", NAME, &[]))?.code, &Some(0))
}

fn crash_loop(case: &Case) -> Result<()> {
    let ordered = json!({"spec": {"podManagementPolicy": "OrderedReady"}});
    plain().replicas(3).set(&ordered).container(&shell("exec sleep 1000000")).start(case)?;
    let broken = json!({"name": "main", "command": ["sh", "-c", "echo no such table; exit 1"]});
    stops_and_goes_back(case, &broken, "pod-crash-loop")
}

/// It runs, and never says that it is ready.
fn not_ready(case: &Case) -> Result<()> {
    start(case)?;
    let probe = json!({"name": "main", "readinessProbe": {
        "tcpSocket": {"host": "10.244.0.1", "port": 9}, "periodSeconds": 1,
    }});
    stops_and_goes_back(case, &probe, "Readiness probe failed")
}

/// Why undo is a command of its own: kubectl's leaves the set as it is (kubernetes/kubernetes#67250).
fn kubectl_wedges(case: &Case) -> Result<()> {
    start(case)?;
    let before = pods(case, NAME, 3)?;
    case.kubectl(&["set", "image", "statefulset", NAME, "main=no-such-image:1"])?;
    let is_new = |now: &[(String, String)]| now[2].1 != before[2].1;
    let bad = case.until("the controller has begun", || {
        Ok(pods(case, NAME, 3).ok().filter(|now| is_new(now)))
    })?;
    case.kubectl(&["rollout", "undo", "statefulset", NAME])?;
    case.until("the controller has seen it", || {
        let set = case.get(&["statefulset", NAME])?;
        Ok((set["status"]["observedGeneration"] == set["metadata"]["generation"]).then_some(()))
    })?;
    pass(Duration::from_secs(10));
    same("ten seconds later", &pods(case, NAME, 3)?[2], &bad[2])?;
    step("resume takes it out", || {
        let output = case.sts(&rollout("resume", NAME, &["--yes"]))?;
        same("exit code", &output.code, &Some(0))?;
        let now = pods(case, NAME, 3)?;
        ensure!(now[..2] == before[..2] && now[2].1 == before[2].1, "{now:?}");
        same("partition", &partition(case, NAME)?, &json!(0))
    })
}

/// Ordinal 1 crashes, and what is rolled out is what mends it: it comes first, and nobody else meanwhile.
fn mends(case: &Case) -> Result<()> {
    let crash = "case $HOSTNAME in *-1) [ -e /tmp/never ] || exit 1;; esac; exec sleep 1000000";
    let ordered = json!({"spec": {"podManagementPolicy": "OrderedReady"}});
    // One that ends at once is never ready, not even for a moment.
    let late = json!({"readinessProbe": {"initialDelaySeconds": 3}});
    let well = merged(shell("exec sleep 1000000"), &late);
    plain().replicas(3).set(&ordered).container(&well).start(case)?;
    // As somebody did by hand: all pods are on a template on which ordinal 1 does not start.
    let strategy = json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 1}}}});
    case.patch(&format!("statefulset/{NAME}"), &strategy)?;
    let broken =
        json!({"spec": {"template": {"spec": {"containers": [merged(shell(crash), &late)]}}}});
    case.patch(&format!("statefulset/{NAME}"), &broken)?;
    let crashes = || {
        let pod = case.get(&["pod", &format!("{NAME}-1")])?;
        let restarts = pod.pointer("/status/containerStatuses/0/restartCount").cloned();
        Ok(restarts.and_then(|it| it.as_u64()).is_some_and(|it| it > 0).then_some(()))
    };
    case.until("ordinal 1 crashes", crashes)?;
    case.patch(
        &format!("statefulset/{NAME}"),
        &json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}),
    )?;
    let before = pods(case, NAME, 3)?;
    let file = case.cluster.files.join(format!("{}-patch.yaml", case.namespace));
    let mended = json!({"name": "main", "command": ["sh", "-c", "exec sleep 2000000"]});
    std::fs::write(&file, json!({"spec": {"containers": [mended]}}).to_string())?;
    let file = file.display().to_string();
    let mut run =
        Running::start(case, &rollout("apply", NAME, &["-f", &file, "--yes", NONE]), None)?;
    case.until("ordinal 1 is another", || {
        let is_another = pods(case, NAME, 3).is_ok_and(|now| now[1].0 != before[1].0);
        Ok((is_another || run.has_ended()?).then_some(()))
    })?;
    if run.has_ended()? {
        let (code, text) = run.end()?;
        bail!("it ended before ordinal 1 was another, exit {code:?}: {text}");
    }
    let now = pods(case, NAME, 3)?;
    ensure!(now[0] == before[0] && now[2] == before[2], "it did not come first: {now:?}");
    let (code, text) = run.end()?;
    ensure!(code == Some(0), "exit {code:?}: {text}");
    let now = pods(case, NAME, 3)?;
    ensure!(now.iter().all(|it| it.1 == now[0].1), "{now:?}");
    same("partition", &partition(case, NAME)?, &json!(0))
}

/// At every turn; in the end the partition of before is back, and who dies then comes back new.
fn killed(case: &Case) -> Result<()> {
    let kept = json!({"spec": {"updateStrategy": {
        "type": "RollingUpdate", "rollingUpdate": {"partition": 9},
    }}});
    // Above every turn, so that each is seen.
    plain().replicas(4).set(&kept).start(case)?;
    let words = rollout("restart", NAME, &["--yes"]);
    for turn in [4_u64, 3, 2, 1, 0] {
        let mut run = Running::start(case, &words, None)?;
        case.until(&format!("partition {turn}, or its end"), || {
            let is_there = partition(case, NAME)?.as_u64().is_some_and(|it| it <= turn);
            Ok((is_there || run.has_ended()?).then_some(()))
        })?;
        if !run.has_ended()? {
            run.signal("-KILL")?;
        }
        let (code, text) = run.end()?;
        ensure!(code.is_none(), "before partition {turn} it ended with {code:?}: {text}");
    }
    let output = case.sts(&words)?;
    same("exit code", &output.code, &Some(0))?;
    let now = pods(case, NAME, 4)?;
    ensure!(now.iter().all(|it| it.1 == now[0].1), "{now:?}");
    same("partition", &partition(case, NAME)?, &json!(9))?;
    let history = case.get(&["controllerrevisions"])?;
    same("revisions", &history["items"].as_array().map(Vec::len), &Some(2))?;
    step("one below it that dies stays new", || {
        let first = format!("{NAME}-0");
        case.kubectl(&["delete", "pod", &first])?;
        let again = case.until("it is back", || {
            Ok(pods(case, NAME, 1).ok().filter(|it| it[0].0 != now[0].0))
        })?;
        same("revision", &again[0].1, &now[0].1)
    })
}

/// By `kubectl apply` or whoever: the run says so and stops, and resume brings what is there by then.
fn template_changed(case: &Case) -> Result<()> {
    let slow = json!({"spec": {"podManagementPolicy": "OrderedReady", "minReadySeconds": 5}});
    plain().replicas(3).set(&slow).start(case)?;
    let run = Running::start(case, &rollout("restart", NAME, &["--yes"]), None)?;
    case.until("it is the turn of the first", || {
        Ok((partition(case, NAME)? == json!(2)).then_some(()))
    })?;
    let annotations = json!({"metadata": {"annotations": {"changed": "by-somebody"}}});
    case.patch(&format!("statefulset/{NAME}"), &json!({"spec": {"template": annotations}}))?;
    let (code, text) = run.end()?;
    ensure!(matches!(code, Some(0 | 3)), "exit {code:?}: {text}");
    let output = case.sts(&rollout("resume", NAME, &["--yes"]))?;
    same("exit code", &output.code, &Some(0))?;
    let now = pods(case, NAME, 3)?;
    ensure!(now.iter().all(|it| it.1 == now[0].1), "{now:?}");
    let pod = case.get(&["pod", &format!("{NAME}-0")])?;
    same("template", &pod["metadata"]["annotations"]["changed"], &json!("by-somebody"))?;
    same("partition", &partition(case, NAME)?, &json!(0))
}

/// Who joins in the middle is born as the partition says, and has its turn.
fn scaled(case: &Case) -> Result<()> {
    let slow = json!({"spec": {"minReadySeconds": 4}});
    plain().replicas(3).set(&slow).start(case)?;
    let by_hand = |to: u32| {
        case.kubectl(&["scale", "statefulset", NAME, &format!("--replicas={to}")]).map(drop)
    };
    scaled_to(case, 4, || by_hand(4))?;
    scaled_to(case, 2, || by_hand(2))?;
    // It has no metrics, and holds to its least.
    scaled_to(case, 3, || {
        case.kubectl(&["autoscale", "statefulset", NAME, "--min=3", "--max=5", "--cpu=80%"])?;
        case.until_value(&["statefulset", NAME], "/spec/replicas", |count| *count == 3)
    })
}

fn scaled_to(case: &Case, to: u32, scale: impl FnOnce() -> Result<()>) -> Result<()> {
    let run = Running::start(case, &rollout("restart", NAME, &["--yes"]), None)?;
    case.until("it has begun", || {
        let set = case.get(&["statefulset", NAME])?;
        let status = &set["status"];
        Ok((status["updateRevision"] != status["currentRevision"]).then_some(()))
    })?;
    scale()?;
    let (code, text) = run.end()?;
    ensure!(matches!(code, Some(0 | 3)), "exit {code:?}: {text}");
    let output = case.sts(&rollout("resume", NAME, &["--yes"]))?;
    same("exit code", &output.code, &Some(0))?;
    let now = pods(case, NAME, to)?;
    ensure!(now.iter().all(|it| it.1 == now[0].1), "{now:?}");
    same("partition", &partition(case, NAME)?, &json!(0))
}

/// One that has not had its turn comes back as it was, one that has as it is.
fn pods_die(case: &Case) -> Result<()> {
    plain().replicas(3).start(case)?;
    let before = pods(case, NAME, 3)?;
    let output = case.sts(&rollout("restart", NAME, &["--yes", "--canary=1"]))?;
    same("canary", &output.code, &Some(0))?;
    let canary = pods(case, NAME, 3)?;
    for (ordinal, revision) in [(0, &before[0].1), (2, &canary[2].1)] {
        let name = format!("{NAME}-{ordinal}");
        let status = case.sts(&rollout("status", NAME, &["-o", "json"]))?;
        let status: Value = serde_json::from_str(&status.stdout).context("status")?;
        same("foretold", &status["ordinals"][ordinal]["rebornOn"], &json!(revision))?;
        case.kubectl(&["delete", "pod", &name])?;
        case.until("it is back", || {
            let now = pods(case, NAME, 3);
            Ok(now.ok().filter(|now| now[ordinal].0 != canary[ordinal].0))
        })?;
        same("revision", &pods(case, NAME, 3)?[ordinal].1, revision)?;
    }
    case.until_value(&["pdb", NAME], "/status/currentHealthy", |healthy| *healthy == 3)?;
    let output = case.sts(&rollout("resume", NAME, &["--yes"]))?;
    same("exit code", &output.code, &Some(0))
}

fn two_operators(case: &Case) -> Result<()> {
    let slow = json!({"spec": {"minReadySeconds": 5}});
    plain().replicas(2).set(&slow).start(case)?;
    let run = Running::start(case, &rollout("restart", NAME, &["--yes"]), None)?;
    case.until("it has the lease", || {
        Ok(case.get(&["lease", &format!("kubectl-sts-{NAME}")]).ok().map(drop))
    })?;
    case.until("it is the turn of the first", || {
        Ok((partition(case, NAME)? == json!(1)).then_some(()))
    })?;
    let output = case.sts(&rollout("resume", NAME, &["--yes"]))?;
    same("exit code", &output.code, &Some(1))?;
    ensure!(output.stderr.contains("is at work on statefulset/web"), "{}", output.stderr);
    same("the first", &run.end()?.0, &Some(0))
}
