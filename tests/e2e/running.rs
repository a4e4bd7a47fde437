//! The command under test while it runs.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::case::Case;
use crate::held::Held;
use crate::process;

/// A run may have a rollout of eight pods to wait for, one after the other, and a minute after it.
const PATIENCE: Duration = Duration::from_secs(600);

pub struct Running(Child);

/// Steps of a run, by what it prints with `-o json`.
pub struct Steps(Receiver<String>);

impl Steps {
    /// The next one that it begins: its verb. None when it ended before.
    pub fn next(&self) -> Result<Option<String>> {
        loop {
            let line = match self.0.recv_timeout(PATIENCE) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => bail!("no step in time"),
            };
            let line: Value = serde_json::from_str(&line).with_context(|| line.clone())?;
            if line["event"] == "begins" {
                return Ok(line["step"]["verb"].as_str().map(str::to_owned));
            }
        }
    }
}

impl Running {
    /// Through `held`, where what it asks is held back.
    pub fn start(case: &Case, arguments: &[&str], held: Option<&Held>) -> Result<Self> {
        let mut command = case.cluster.command(env!("CARGO_BIN_EXE_kubectl-sts"));
        command.args(arguments).args(["-n", &case.namespace]);
        if let Some(held) = held {
            command.args(["--server", &held.server]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(Self(command.spawn()?))
    }

    pub fn signal(&self, signal: &str) -> Result<()> {
        let pid = self.0.id().to_string();
        process::run(Command::new("kill").args([signal, &pid]), PATIENCE)?.ok().map(drop)
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.0.try_wait()?.is_some())
    }

    /// What it prints is read here, and no longer at its end.
    pub fn steps(&mut self) -> Result<Steps> {
        Ok(Steps(process::lines(self.0.stdout.take().context("no stdout")?)))
    }

    /// Nobody reads any more what it prints.
    pub fn close_stdout(&mut self) {
        drop(self.0.stdout.take());
    }

    /// Its exit code and all that it printed; that also where it does not end.
    pub fn end(mut self) -> Result<(Option<i32>, String)> {
        let status = crate::wait::until("it ends", PATIENCE, || Ok(self.0.try_wait()?));
        if status.is_err() {
            self.0.kill()?;
        }
        let mut text = String::new();
        if let Some(mut stdout) = self.0.stdout.take() {
            stdout.read_to_string(&mut text)?;
        }
        if let Some(mut stderr) = self.0.stderr.take() {
            stderr.read_to_string(&mut text)?;
        }
        Ok((status.with_context(|| text.clone())?.code(), text))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
