//! `rollout` by other ways than the usual: other strategies, other flags, and somebody at another terminal.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::rollout::{partition, pods, rollout, start};
use crate::case::{Case, Spec, full, gate, same, step};
use crate::running::Running;
use crate::sets::{NAME, merged, named, plain};

pub const CASES: &[Spec] = &[
    full("rollout-strategies", strategies),
    gate("rollout-gates", gates),
    full("rollout-paused", paused),
    full("rollout-applied", applied),
    full("rollout-canary-undone", canary_undone),
];

/// Every way in which a set may say that its pods are replaced, and what its partition is in the end.
fn strategies(case: &Case) -> Result<()> {
    let strategy = |value: Value| json!({"spec": {"updateStrategy": value}});
    let rolling = |value: Value| strategy(json!({"type": "RollingUpdate", "rollingUpdate": value}));
    let ordered = json!({"spec": {"podManagementPolicy": "OrderedReady"}});
    let all = [
        ("parallel", json!({}), json!(0)),
        ("ordered", ordered.clone(), json!(0)),
        ("partition-left", rolling(json!({"partition": 2})), json!(2)),
        ("beyond", rolling(json!({"partition": 9})), json!(9)),
        ("none-given", strategy(json!({"type": "RollingUpdate", "rollingUpdate": null})), json!(0)),
        ("on-delete", strategy(json!({"type": "OnDelete", "rollingUpdate": null})), Value::Null),
        ("many-at-once", rolling(json!({"maxUnavailable": 2})), json!(0)),
        ("ordinals", json!({"spec": {"ordinals": {"start": 3}}}), json!(0)),
        ("patient", json!({"spec": {"minReadySeconds": 3}}), json!(0)),
    ];
    for (name, patch, _) in &all {
        named(name).replicas(3).set(patch).apply(case)?;
    }
    for (name, patch, after) in &all {
        case.rolled_out(name).or_else(|error| {
            // kubectl cannot tell.
            if *name == "on-delete" { Ok(()) } else { Err(error) }
        })?;
        let start = patch["spec"]["ordinals"]["start"].as_u64().unwrap_or(0);
        let before = case.until("three pods are there", || Ok(uids(case, name, start).ok()))?;
        case.until_value(&["pdb", name], "/status/currentHealthy", |healthy| *healthy == 3)?;
        step(name, || {
            let mut order = Watch::start(case, name)?;
            let output = case.sts(&rollout("restart", name, &["--yes"]))?;
            same("exit code", &output.code, &Some(0))?;
            let now = uids(case, name, start)?;
            ensure!(now.iter().zip(&before).all(|(now, before)| now != before), "{now:?}");
            same("partition", &partition(case, name)?, after)?;
            let status = case.sts(&rollout("status", name, &[]))?;
            same("status", &status.code, &Some(0))?;
            let from_top: Vec<String> =
                (start..start + 3).rev().map(|it| format!("{name}-{it}")).collect();
            same("order", &order.end()?, &from_top)
        })?;
    }
    Ok(())
}

fn uids(case: &Case, set: &str, start: u64) -> Result<Vec<String>> {
    let uid = |ordinal: u64| {
        let pod = case.get(&["pod", &format!("{set}-{ordinal}")])?;
        Ok(pod["metadata"]["uid"].as_str().context("no uid")?.to_owned())
    };
    (start..start + 3).map(uid).collect()
}

/// In which order the pods of a set came to be deleted, by a watch of kubectl's own.
struct Watch {
    child: std::process::Child,
}

impl Watch {
    fn start(case: &Case, set: &str) -> Result<Self> {
        let mut command = case.cluster.command("kubectl");
        let columns = "-o=jsonpath={.type} {.object.metadata.name}{'\\n'}";
        command.args(["-n", &case.namespace, "get", "pods", "-l", &format!("app={set}")]);
        command.args(["--watch", "--output-watch-events", columns]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
        Ok(Self { child: command.spawn()? })
    }

    fn end(&mut self) -> Result<Vec<String>> {
        self.child.kill()?;
        let mut text = String::new();
        self.child.stdout.take().context("no stdout")?.read_to_string(&mut text)?;
        self.child.wait()?;
        Ok(text
            .lines()
            .filter_map(|line| line.strip_prefix("DELETED "))
            .map(str::to_owned)
            .collect())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that answers with these, one after the other, and with the last for ever.
fn answers(all: &'static [(u16, &'static str)]) -> Result<(String, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 4096];
            let _ = client.read(&mut request);
            let (code, body) = all[count.fetch_add(1, Relaxed).min(all.len() - 1)];
            let length = body.len();
            let _ = write!(
                client,
                "HTTP/1.1 {code} x\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    Ok((address, asked))
}

const FOUND: &str = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]}}"#;

fn gates(case: &Case) -> Result<()> {
    start(case)?;
    let before = pods(case, NAME, 3)?;
    step("one that passes, at the second time at first", || {
        let (http, asked) = answers(&[(503, "not yet"), (200, "ok")])?;
        let (prom, queried) = answers(&[(200, FOUND)])?;
        let gates =
            [format!("--gate=http://{http}/ok"), format!("--gate=prom:http://{prom}?up > 0")];
        let output = case.sts(&rollout("restart", NAME, &["--yes", &gates[0], &gates[1]]))?;
        same("exit code", &output.code, &Some(0))?;
        same("asked", &(asked.load(Relaxed), queried.load(Relaxed)), &(4, 3))
    })?;
    let before = pods(case, NAME, 3).map(|now| {
        assert!(now.iter().zip(&before).all(|(now, before)| now.0 != before.0));
        now
    })?;
    step("one that does not", || {
        let (http, _) = answers(&[(500, "no leader")])?;
        let gate = format!("--gate=http://{http}/ok");
        let output = case.sts(&rollout("restart", NAME, &["--yes", &gate, "--gate-timeout=6s"]))?;
        same("exit code", &output.code, &Some(3))?;
        ensure!(output.stdout.contains("answers 500: no leader"), "{}", output.stdout);
        let now = pods(case, NAME, 3)?;
        ensure!(now[..2] == before[..2] && now[2].0 != before[2].0, "{now:?}");
        same("partition", &partition(case, NAME)?, &json!(2))
    })?;
    step("and back", || {
        let output = case.sts(&rollout("undo", NAME, &["--yes"]))?;
        same("exit code", &output.code, &Some(0))?;
        let now = pods(case, NAME, 3)?;
        ensure!(now[..2] == before[..2] && now[2].1 == before[2].1, "{now:?}");
        Ok(())
    })?;
    step("a command that fails in the pod, and it is undone at once", || {
        let flags = ["--yes", "--gate=exec:exit 7", "--gate-timeout=0s", "--on-failure=undo"];
        let output = case.sts(&rollout("restart", NAME, &flags))?;
        same("exit code", &output.code, &Some(3))?;
        let now = pods(case, NAME, 3)?;
        ensure!(now[..2] == before[..2] && now[2].1 == before[2].1, "{now:?}");
        same("partition", &partition(case, NAME)?, &json!(0))
    })
}

/// From another terminal.
fn paused(case: &Case) -> Result<()> {
    let slow = json!({"spec": {"podManagementPolicy": "OrderedReady", "minReadySeconds": 5}});
    plain().replicas(3).set(&slow).start(case)?;
    let before = pods(case, NAME, 3)?;
    step("a run that is at work stops", || {
        let run = Running::start(case, &rollout("restart", NAME, &["--yes"]), None)?;
        case.until("it is the turn of the first", || {
            Ok((partition(case, NAME)? == json!(2)).then_some(()))
        })?;
        let output = case.sts(&rollout("pause", NAME, &["--yes"]))?;
        same("pause", &output.code, &Some(0))?;
        ensure!(output.stderr.contains("stops before the next ordinal"), "{}", output.stderr);
        let (code, text) = run.end()?;
        same("exit code", &code, &Some(3))?;
        ensure!(text.contains("paused"), "{text}");
        let now = pods(case, NAME, 3)?;
        ensure!(now[..2] == before[..2] && now[2].0 != before[2].0, "{now:?}");
        same("partition", &partition(case, NAME)?, &json!(2))?;
        let output = case.sts(&rollout("resume", NAME, &["--yes"]))?;
        same("exit code", &output.code, &Some(0))?;
        same("partition", &partition(case, NAME)?, &json!(0))
    })?;
    let before = pods(case, NAME, 3)?;
    step("what the controller does by itself stops", || {
        case.kubectl(&["rollout", "restart", "statefulset", NAME])?;
        case.until("it has begun", || {
            Ok((pods(case, NAME, 3).is_ok_and(|now| now[2].0 != before[2].0)).then_some(()))
        })?;
        let output = case.sts(&rollout("pause", NAME, &["--yes"]))?;
        same("pause", &output.code, &Some(0))?;
        case.until_value(&["pdb", NAME], "/status/currentHealthy", |healthy| *healthy == 3)?;
        let now = pods(case, NAME, 3)?;
        ensure!(now[0] == before[0], "{now:?}");
        let output = case.sts(&rollout("pause", NAME, &["--yes"]))?;
        ensure!(output.stdout.contains("nothing to do"), "{}", output.stdout);
        let output = case.sts(&rollout("resume", NAME, &["--yes"]))?;
        same("exit code", &output.code, &Some(0))?;
        same("partition", &partition(case, NAME)?, &json!(0))?;
        let now = pods(case, NAME, 3)?;
        ensure!(now.iter().all(|it| it.1 == now[0].1 && it.1 != before[0].1), "{now:?}");
        Ok(())
    })
}

/// A patch of anything, what a revision changed, and several at once.
fn applied(case: &Case) -> Result<()> {
    let budget = json!({"spec": {"maxUnavailable": 2}});
    let mut set = plain().replicas(4);
    set.budget = merged(set.budget, &budget);
    set.start(case)?;
    let file = case.cluster.files.join(format!("{}-patch.yaml", case.namespace));
    std::fs::write(&file, "spec:\n  terminationGracePeriodSeconds: 2\n")?;
    let file = file.display().to_string();
    let flags = ["-f", &file, "--yes", "--step=2"];
    let output = case.sts(&rollout("apply", NAME, &flags))?;
    same("exit code", &output.code, &Some(0))?;
    ensure!(output.stdout.contains("together with the one above"), "{}", output.stdout);
    let set = case.get(&["statefulset", NAME])?;
    same("grace", &set["spec"]["template"]["spec"]["terminationGracePeriodSeconds"], &json!(2))?;
    let output = case.sts(&rollout("apply", NAME, &flags))?;
    same("again", &output.code, &Some(0))?;
    ensure!(output.stdout.contains("nothing to do"), "{}", output.stdout);
    let history = case.sts(&rollout("history", NAME, &["--revision", "2"]))?;
    ensure!(
        history.stdout.contains("-  terminationGracePeriodSeconds: 1")
            && history.stdout.contains("+  terminationGracePeriodSeconds: 2"),
        "{}",
        history.stdout
    );
    let diff = case.sts_with(&rollout("history", NAME, &["--revision", "2"]), |command| {
        command.env("KUBECTL_EXTERNAL_DIFF", "diff -r");
    })?;
    same("a program of the caller's", &diff.code, &Some(0))?;
    ensure!(diff.stdout.contains("> "), "{}", diff.stdout);
    std::fs::write(&file, "spec:\n  containers: [{name: main, imag: x}]\n")?;
    let refused = case.sts(&rollout("apply", NAME, &flags))?;
    same("an unknown field", &refused.code, &Some(2))?;
    ensure!(refused.stderr.contains("imag"), "{}", refused.stderr);
    Ok(())
}

fn canary_undone(case: &Case) -> Result<()> {
    plain().replicas(3).start(case)?;
    let before = pods(case, NAME, 3)?;
    let output = case.sts(&rollout("restart", NAME, &["--yes", "--canary=2", "--soak=2s"]))?;
    same("canary", &output.code, &Some(0))?;
    ensure!(output.took > Duration::from_secs(4), "no soak: {:?}", output.took);
    let output = case.sts(&rollout("undo", NAME, &["--yes"]))?;
    same("undo", &output.code, &Some(0))?;
    let now = pods(case, NAME, 3)?;
    ensure!(now[0] == before[0], "{now:?}");
    ensure!(now.iter().all(|it| it.1 == before[0].1), "{now:?}");
    same("partition", &partition(case, NAME)?, &json!(0))?;
    same("status", &case.sts(&rollout("status", NAME, &[]))?.code, &Some(0))
}
