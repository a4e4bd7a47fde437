//! A client that writes while a case changes the cluster, and says afterwards whether all that was acknowledged is there.
//!
//! It is a process of its own, this program in the cluster's network: the addresses of pods do not answer on the host.
//!
//! ```text
//! Load::start -> writer (prepare, write until stdin is closed, verify) -> Report
//! worker: one connection, and what it writes in turn    ledger: what was acknowledged, and what may be there
//! verify, big: reads all of it                          faults: what is wrong with it
//! log: latencies, gaps and errors
//! ```

mod big;
mod client;
mod faults;
pub mod keys;
mod ledger;
mod log;
mod report;
mod verify;
mod worker;
mod writer;

use std::path::PathBuf;
use std::process::{Child, ExitCode, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::process;
use crate::redis::{Formed, certificates};
pub use report::Report;
use writer::WORKERS;

/// The first argument of the writer; what it is told is the second.
const WRITER: &str = "load-writer";
const PASSWORD: &str = "LOAD_PASSWORD";
/// To write the big values, or to read everything.
const PATIENCE: Duration = Duration::from_secs(180);

/// What the writer is told.
#[derive(Serialize, Deserialize)]
struct Order {
    seeds: Vec<String>,
    /// The folder with the certificate that it shows.
    certificates: Option<PathBuf>,
    hash_megabytes: u32,
    /// Workers of other writers are below it: each has keys of its own, and finds none of what another has written.
    #[serde(default)]
    first_worker: usize,
}

#[derive(Clone, Copy)]
pub struct Options {
    /// The size of the one big hash.
    pub hash_megabytes: u32,
}

pub struct Load<'a> {
    case: &'a Case<'a>,
    image: &'static str,
    writer: Child,
    lines: Receiver<String>,
}

/// Does the writer's work if this process was started as one.
pub fn writer() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    (arguments.next()? == WRITER).then(|| writer::main(arguments.next().as_deref()))
}

impl<'a> Load<'a> {
    /// Starts to write, and waits until the initial values are there.
    pub fn start(redis: &Formed<'a>, options: Options) -> Result<Self> {
        Self::start_nth(redis, options, 0)
    }

    /// Where others have written before, as many as this.
    pub fn start_nth(redis: &Formed<'a>, options: Options, nth: usize) -> Result<Self> {
        let case = redis.case;
        let order = Order {
            seeds: redis.endpoints(),
            certificates: redis.redis.tls.then(|| certificates(case)),
            hash_megabytes: options.hash_megabytes,
            first_worker: nth * WORKERS,
        };
        let mut command = case.cluster.command_in_network(&std::env::current_exe()?);
        command.arg(WRITER).arg(serde_json::to_string(&order)?);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(password) = redis.redis.password {
            command.env(PASSWORD, password);
        }
        let mut writer = command.spawn()?;
        let stdout = writer.stdout.take().context("no stdout")?;
        let lines = process::lines(stdout);
        let load = Self { case, image: redis.redis.image, writer, lines };
        let line = load.line()?;
        ensure!(line == "ready", "the writer: {line}");
        Ok(load)
    }

    /// Stops to write, reads everything, and puts down what became of it.
    pub fn end(self) -> Result<Report> {
        let (case, image) = (self.case, self.image);
        let report = self.read()?;
        case.cluster.written.add(case.namespace.trim_start_matches("e2e-"), image, &report)?;
        Ok(report)
    }

    /// Stops to write, and reads everything.
    pub fn read(mut self) -> Result<Report> {
        drop(self.writer.stdin.take());
        let line = self.line()?;
        serde_json::from_str(&line).with_context(|| format!("the writer: {line}"))
    }

    fn line(&self) -> Result<String> {
        self.lines.recv_timeout(PATIENCE).context("the writer says nothing")
    }
}

impl Drop for Load<'_> {
    fn drop(&mut self) {
        let _ = self.writer.kill();
        let _ = self.writer.wait();
    }
}
