//! End-to-end tests: the real binary against a real Kubernetes with real databases.
//!
//! One process, one cluster that `tests/cluster/cluster` boots, a namespace a case, at most three cases at once.
//! A case that breaks a node or the API server has the cluster to itself while it does.
//!
//! ```text
//! cargo test --test e2e                      the cases of tier "gate"
//! cargo test --test e2e -- open-slot         those with "open-slot" in their name
//! E2E_FULL=1                                 also those of tier "full"
//! E2E_SEED=7                                 what happens by chance once more
//! E2E_CLUSTER=name                           on a cluster of this name, beside others
//! KEEP=1                                     keep the cluster and use it again, and the namespaces of failed cases
//! UPDATE=1                                   write the captures in examples/, docs/compared.md and docs/writes.md anew
//! ```

#![expect(clippy::print_stderr, reason = "how long each case took")]

mod audit;
mod case;
mod cases;
mod chance;
mod cluster;
mod compared;
mod guarded;
mod held;
mod later;
mod load;
mod process;
mod provoked;
mod redis;
mod running;
mod sets;
mod sts;
mod turns;
mod wait;
mod written;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use libtest_mimic::{Arguments, Failed, Trial};

use case::{Case, Tier};
use cluster::Cluster;

const AT_ONCE: usize = 3;
/// A command that does not touch the cluster.
pub const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    if let Some(exit) = load::writer() {
        return exit;
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let began = Instant::now();
    let times = Arc::new(Mutex::new(Vec::new()));
    let cluster = if arguments.list { None } else { Some(cluster()) };
    let trials = cases::all().map(|spec| {
        let (cluster, times) = (cluster.clone(), Arc::clone(&times));
        let trial = Trial::test(spec.name, move || {
            let Some(cluster) = cluster else { return Ok(()) };
            let began = Instant::now();
            let outcome = Case::run(&spec, &cluster);
            let words = outcome.map_err(|error| format!("{error:#}"));
            let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
            // What the case says of itself, and no line of what it shows.
            let own = format!("{}: ", spec.namespace());
            let reason =
                words.as_ref().err().and_then(|it| it.lines().rfind(|it| it.starts_with(&own)));
            times.push(Took {
                time: began.elapsed(),
                name: spec.name,
                reason: reason.map(str::to_owned),
            });
            words.map_err(Failed::from)
        });
        let is_run = spec.tier == Tier::Gate || is_set("E2E_FULL");
        trial.with_kind(spec.tier.name()).with_ignored_flag(!is_run)
    });
    let trials: Vec<Trial> = trials.collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let mut exit = conclusion.exit_code();
    if let Some(cluster) = cluster {
        for error in close(&cluster, arguments.filter.is_none()).into_iter().filter_map(Result::err)
        {
            eprintln!("{error:#}");
            exit = ExitCode::FAILURE;
        }
        report(&times.lock().unwrap_or_else(PoisonError::into_inner), began.elapsed());
        if !is_set("KEEP") {
            cluster.down();
        }
    }
    exit
}

/// What is written and looked at after the last case.
fn close(cluster: &Cluster, is_whole: bool) -> Vec<Result<()>> {
    if !is_whole {
        return Vec::new();
    }
    let compared = if is_set("UPDATE") { cluster.compared.write() } else { Ok(()) };
    vec![compared, cluster.provoked.is_complete(cluster), cluster.guarded.is_complete(cluster)]
}

/// # Panics
/// When there is no cluster there is nothing to run.
fn cluster() -> Arc<Cluster> {
    match Cluster::up() {
        Ok(cluster) => Arc::new(cluster),
        Err(error) => panic!("{error:#}"),
    }
}

/// How long a case took, and why it failed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Took {
    time: Duration,
    name: &'static str,
    reason: Option<String>,
}

/// Why cases failed comes last: the end of a long log is what is looked at first.
fn report(times: &[Took], all: Duration) {
    let mut times = times.to_vec();
    times.sort_unstable();
    for Took { time, name, .. } in &times {
        eprintln!("{:7.1} s  {name}", time.as_secs_f64());
    }
    eprintln!("{:7.1} s  in all, with booting the cluster", all.as_secs_f64());
    for Took { name, reason, .. } in times.iter().filter(|it| it.reason.is_some()) {
        eprintln!("failed: {name}: {}", reason.as_deref().unwrap_or_default());
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| value == "1")
}
