//! What others say of the same cluster at the same moment: `kubectl rollout status` and `redis-cli --cluster check`.
//! With UPDATE=1 the table goes to docs/compared.md.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::case::Case;
use crate::process::{self, Output};
use crate::sts::Check;

const PATIENCE: Duration = Duration::from_secs(20);
/// Seconds; it waits for the addresses of lost pods much longer.
const PATIENCE_OF_CLI: &str = "5";
/// Of many findings, so many are named.
const NAMED: usize = 4;

/// By case.
#[derive(Default)]
pub struct Compared(Mutex<BTreeMap<String, Row>>);

struct Row {
    ours: String,
    rollout_status: String,
    redis_cli: Option<String>,
}

impl Compared {
    /// Asks the others about the set of a check that has just been made.
    pub fn ask(&self, case: &Case, check: &Check) -> Result<()> {
        let worst = check.sets.iter().find(|set| set.verdict == "unhealthy");
        let set = worst.or(check.sets.first()).context("no set")?;
        let name = format!("statefulset/{}", set.name);
        let rollout = run(case, &["rollout", "status", &name, "--watch=false", "--timeout=10s"])?;
        let redis_cli = match &set.engine {
            Some(engine) if engine.name == "redis" => Some(redis_cli(case, &set.name)?),
            _ => None,
        };
        let mut rules: Vec<&str> = Vec::new();
        for finding in set.findings.iter().filter(|it| it.severity != "info") {
            if !rules.contains(&finding.rule.as_str()) {
                rules.push(&finding.rule);
            }
        }
        let more = rules.len().saturating_sub(NAMED);
        let mut words = rules.iter().take(NAMED).map(|it| format!("`{it}`")).collect::<Vec<_>>();
        if more > 0 {
            words.push(format!("{more} more"));
        }
        let row = Row {
            ours: format!("{}, {}: {}", exit(&check.output), set.verdict, words.join(", ")),
            rollout_status: said(&rollout),
            redis_cli,
        };
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.insert(case.namespace.trim_start_matches("e2e-").to_owned(), row);
        Ok(())
    }

    pub fn has(&self, case: &Case) -> bool {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.contains_key(case.namespace.trim_start_matches("e2e-"))
    }

    /// The table, as a page.
    pub fn page(&self) -> String {
        let mut page = String::from(
            "# Compared\n\n\
             What `kubectl sts check` said in each end-to-end case, and what `kubectl rollout status` and\n\
             `redis-cli --cluster check` (inside the first running pod) said of the same cluster in the same moment.\n\
             Written by the test (`UPDATE=1 make e2e`). First comes the exit code.\n\n\
             | case | kubectl sts check | kubectl rollout status | redis-cli --cluster check |\n\
             |---|---|---|---|\n",
        );
        for (case, row) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let redis_cli = row.redis_cli.as_deref().unwrap_or("-");
            let ours = row.ours.trim_end_matches([':', ' ']);
            let _ = writeln!(page, "| {case} | {ours} | {} | {redis_cli} |", row.rollout_status);
        }
        page
    }

    pub fn write(&self) -> Result<()> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/compared.md");
        std::fs::write(path, self.page()).context("cannot write docs/compared.md")
    }
}

fn run(case: &Case, words: &[&str]) -> Result<Output> {
    let mut command = case.cluster.command("kubectl");
    process::run(command.args(["-n", &case.namespace]).args(words), PATIENCE)
}

/// In the first pod that runs, as a person would.
fn redis_cli(case: &Case, set: &str) -> Result<String> {
    let pods = case.get(&["pods"])?;
    let items = pods["items"].as_array().cloned().unwrap_or_default();
    let is_running = |pod: &&serde_json::Value| {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        let owner = &pod["metadata"]["ownerReferences"][0]["name"];
        pod["status"]["phase"] == "Running" && owner == set && !name.is_empty()
    };
    let Some(pod) = items.iter().find(is_running) else { return Ok("no pod to run it in".into()) };
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    // Of the server's own address the port is what counts, and a folder of certificates means TLS.
    let script = "port=$(tr '\\0' ' ' </proc/1/cmdline | grep -o ':[0-9]*' | tail -n 1); tls=; \
                  [ -d /tls ] && tls='--tls --cacert /tls/ca.crt --cert /tls/tls.crt --key /tls/tls.key'; \
                  for cli in redis-cli valkey-cli; do \
                  command -v $cli >/dev/null && exec $cli $tls --cluster check localhost${port:-:6379}; done";
    let words = ["exec", name, "-c", "redis", "--", "timeout", PATIENCE_OF_CLI, "sh", "-c", script];
    let output = run(case, &words)?;
    Ok(match output.code {
        Some(124) => format!("no answer within {PATIENCE_OF_CLI} s"),
        _ => said(&output),
    })
}

/// Exit code, and what counts of the words: errors where there are any, otherwise the last line.
fn said(output: &Output) -> String {
    let lines: Vec<&str> =
        output.stdout.lines().chain(output.stderr.lines()).map(str::trim).collect();
    let is_error = |line: &&&str| {
        line.contains("[ERR]") || line.contains("[WARNING]") || line.contains("error:")
    };
    let errors: Vec<&str> = lines.iter().filter(is_error).take(2).copied().collect();
    let words = if errors.is_empty() {
        lines.iter().rev().find(|line| !line.is_empty()).copied().unwrap_or_default().to_owned()
    } else {
        errors.join(" ")
    };
    format!("{}: {}", exit(output), words.replace('|', "\\|"))
}

fn exit(output: &Output) -> String {
    output.code.map_or_else(|| "signal".to_owned(), |code| code.to_string())
}
