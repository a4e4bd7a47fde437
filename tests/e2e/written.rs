//! What clients wrote while a case ran, and what became of it.
//! With UPDATE=1 its row goes to docs/writes.md, with the seed and the commit; rows of cases that did not run stay.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};

use crate::chance;
use crate::load::Report;
use crate::process;

/// The page, while somebody writes it, and the commit that the run began with.
#[derive(Default)]
pub struct Written(Mutex<Option<String>>);

const HEAD: &str = "\
# Writes

What clients wrote to Redis and Valkey Clusters while an end-to-end case changed, broke or killed something under them: a client
that follows `MOVED` and `ASK`, several connections, counters, keys that expire, lists, streams, several keys at once, a large
hash. Everything that was acknowledged is read again in the end. *Failed* is what the client gave its caller as an error,
*repeated* what is there more often than it was sent: a client sends again when a connection breaks before the answer. *Gap* is
the longest time in which nothing was acknowledged on any connection. Written by the test (`UPDATE=1 make e2e-full`); what the
cases do stands in [reliability.md](reliability.md).

| case | server | acknowledged | failed | lost | repeated | gap (ms) | seed | commit |
|---|---|---:|---:|---:|---:|---:|---|---|
";

impl Written {
    /// Now, as a run that is cut off later has shown it all the same.
    pub fn add(&self, case: &str, image: &str, report: &Report) -> Result<()> {
        if std::env::var_os("UPDATE").is_none() {
            return Ok(());
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let commit = match &*known {
            Some(commit) => commit.clone(),
            None => known.insert(commit()?).clone(),
        };
        let Report { acknowledged, error_count, lost_count, repeated_count, .. } = report;
        let (gap, seed) = (report.longest_gap_ms, chance::seed()?);
        let page = std::fs::read_to_string(path()).unwrap_or_default();
        let mut lines: BTreeMap<String, String> = page.lines().filter_map(line).collect();
        let row = format!(
            "| {case} | {image} | {acknowledged} | {error_count} | {lost_count} | {repeated_count} | {gap:.0} | {seed} | {commit} |"
        );
        lines.insert(case.to_owned(), row);
        let mut page = HEAD.to_owned();
        lines.values().try_for_each(|line| writeln!(page, "{line}"))?;
        std::fs::write(path(), page).context("cannot write docs/writes.md")
    }
}

/// Of a row of the table, the case.
fn line(line: &str) -> Option<(String, String)> {
    let (case, rest) = line.strip_prefix("| ")?.split_once(" | ")?;
    (!rest.starts_with("server")).then(|| (case.to_owned(), line.to_owned()))
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/writes.md")
}

fn commit() -> Result<String> {
    let mut git = Command::new("git");
    git.args(["-C", env!("CARGO_MANIFEST_DIR"), "rev-parse", "--short", "HEAD"]);
    Ok(process::run(&mut git, crate::PATIENCE)?.ok()?.trim().to_owned())
}
