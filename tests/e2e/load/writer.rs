//! The process that writes.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Barrier;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use super::client::Client;
use super::faults::Faults;
use super::ledger::{Ledger, PAIRS};
use super::log::Log;
use super::report::Report;
use super::worker::Worker;
use super::{Order, big, verify};

/// Connections that write.
pub const WORKERS: usize = 4;
/// Between two rounds of a worker: at full speed the writer would take the machine from the cluster.
const PAUSE: Duration = Duration::from_millis(5);

/// Says `ready`, then a report, each in one line; or else what went wrong.
pub fn main(order: Option<&str>) -> ExitCode {
    match run(order) {
        Ok(report) => say(&report),
        Err(error) => {
            say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) -> ExitCode {
    let written = writeln!(std::io::stdout(), "{line}");
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(order: Option<&str>) -> Result<String> {
    let order: Order = serde_json::from_str(order.context("no order")?)?;
    let mut client = Client::connect(&order)?;
    big::write(&mut client, order.hash_megabytes)?;
    let (ledgers, report) = write(&order)?;
    let mut faults = verify(&order, &ledgers)?;
    faults.add(big::verify(&mut Client::connect(&order)?, order.hash_megabytes));
    Ok(serde_json::to_string(&report.with_faults(faults))?)
}

/// Writes until stdin is closed.
fn write(order: &Order) -> Result<(Vec<Ledger>, Report)> {
    let clients = connect(order)?;
    let prepared = Barrier::new(WORKERS + 1);
    let began = Instant::now();
    let (workers, since) = std::thread::scope(|scope| {
        let (mut threads, mut stops) = (Vec::new(), Vec::new());
        for (index, client) in clients.into_iter().enumerate() {
            let (stop, stopped) = channel::<()>();
            let worker = Worker::new(order.first_worker + index, client, began);
            let prepared = &prepared;
            threads.push(scope.spawn(move || work(worker, prepared, &stopped)));
            stops.push(stop);
        }
        prepared.wait();
        say("ready");
        let since = last_line();
        drop(stops);
        let workers: Vec<Worker> = threads.into_iter().map(joined).collect::<Result<_>>()?;
        since.map(|since| (workers, since.unwrap_or(began))).context("stdin")
    })?;
    let ended = Instant::now();
    let (ledgers, logs) = workers.into_iter().map(|it| (it.ledger, it.log)).unzip();
    Ok((ledgers, Log::report(logs, since, ended)))
}

/// Waits until stdin is closed; when its last line came, from which on latencies count.
fn last_line() -> std::io::Result<Option<Instant>> {
    let mut last = None;
    for line in std::io::stdin().lines() {
        line?;
        last = Some(Instant::now());
    }
    Ok(last)
}

fn work(mut worker: Worker, prepared: &Barrier, stopped: &Receiver<()>) -> Worker {
    // While a slot is moved, a command of two keys fails if one of them is not there yet.
    for _ in 0..PAIRS {
        worker.round();
    }
    prepared.wait();
    while stopped.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
        worker.round();
    }
    worker
}

fn verify(order: &Order, ledgers: &[Ledger]) -> Result<Faults> {
    let clients = connect(order)?;
    std::thread::scope(|scope| {
        let both = clients.iter().zip(ledgers);
        let threads: Vec<_> =
            both.map(|(client, ledger)| scope.spawn(|| verify::verify(client, ledger))).collect();
        let mut faults = Faults::default();
        for thread in threads {
            faults.add(joined(thread)?);
        }
        Ok(faults)
    })
}

fn connect(order: &Order) -> Result<Vec<Client>> {
    (0..WORKERS).map(|_| Client::connect(order)).collect()
}

fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> Result<T> {
    thread.join().map_err(|_| anyhow!("a thread panicked"))
}
