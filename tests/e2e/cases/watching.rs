//! `--watch` and `--for`: a check that goes on, and one that is asked for a certain work.

use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::case::{Case, Spec, gate, same};
use crate::process;
use crate::sets::{NAME, plain};

pub const CASES: &[Spec] = &[gate("watch", watch), gate("for", purposes)];

const PATIENCE: Duration = Duration::from_secs(30);

/// A check that runs until it is told to stop, and the lines that it prints.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(case: &Case, arguments: &[&str]) -> Result<Self> {
        let mut command = case.cluster.command(env!("CARGO_BIN_EXE_kubectl-sts"));
        command.args(arguments).args(["-n", &case.namespace]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("no stdout")?;
        Ok(Self { child, lines: process::lines(stdout) })
    }

    fn report(&self) -> Result<Value> {
        let line = self.lines.recv_timeout(PATIENCE).context("no report in time")?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Reads until a report is so; those before it are other changes on the way.
    fn until(&self, is_so: impl Fn(&Value) -> bool) -> Result<Value> {
        loop {
            let report = self.report()?;
            if is_so(&report["sets"]) {
                return Ok(report);
            }
        }
    }

    /// The exit code after Ctrl-C.
    fn interrupt(mut self) -> Result<Option<i32>> {
        let pid = self.child.id().to_string();
        process::run(Command::new("kill").args(["-INT", &pid]), PATIENCE)?.ok()?;
        let code = crate::wait::until("it ends", PATIENCE, || Ok(self.child.try_wait()?))?.code();
        Ok(code)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One object a change, and none while nothing changes.
fn watch(case: &Case) -> Result<()> {
    plain().start(case)?;
    let watching = Watching::start(case, &["check", NAME, "--watch", "-o", "json"])?;
    let first = watching.report()?;
    same("ready", &first["sets"][0]["ready"], &json!(2))?;
    case.kubectl(&["scale", "statefulset/web", "--replicas=3"])?;
    let last =
        watching.until(|sets| sets[0]["replicas"] == 3 && sets[0]["verdict"] == "healthy")?;
    same("ready", &last["sets"][0]["ready"], &json!(3))?;
    case.kubectl(&["delete", "statefulset/web", "--cascade=orphan"])?;
    watching.until(|sets| *sets == json!([]))?;
    same("exit code", &watching.interrupt()?, &Some(130))
}

fn purposes(case: &Case) -> Result<()> {
    plain().claims("standard").start(case)?;
    let ask = |purpose: &str| case.check(&[NAME, "--for", purpose]);
    for purpose in ["scale=1", "scale=3", "rollout", "drain-node=node-1"] {
        let check = ask(purpose)?;
        ensure!(check.output.code == Some(0), "{purpose}: {:?}", check.set()?.named());
    }
    case.patch(
        "statefulset/web",
        &json!({"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"}}}),
    )?;
    case.patch("pdb/web", &json!({"spec": {"maxUnavailable": 0}}))?;
    case.until_value(&["pdb", NAME], "/status/disruptionsAllowed", |allowed| *allowed == 0)?;
    case.check(&[NAME])?.has(0, "degraded", &["budget-allows-none pdb/web"])?;
    ask("scale=1")?.has(1, "unhealthy", &["scale-down-deletes-claims statefulset/web"])?;
    ask("drain-node=node-1")?.has(1, "unhealthy", &["budget-allows-none pdb/web"])?;
    ensure!(ask("scale=3")?.output.code == Some(0), "a scale-up deletes nothing");
    let refused = case.sts(&["check", NAME, "--for", "drain-node=no-such-node"])?;
    refused.is_refused("there is no such node")
}
