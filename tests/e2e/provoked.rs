//! Which rules found something on the real cluster: every one of severity error has to, once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::cluster::Cluster;
use crate::process;
use crate::sts::Check;

/// Errors that no case provokes, and why not.
const UNPROVOKED: &[(&str, &str)] = &[];

/// Rules of severity error, as `check` lists them.
pub fn errors(cluster: &Cluster) -> Result<Vec<Value>> {
    let mut list = cluster.command(env!("CARGO_BIN_EXE_kubectl-sts"));
    let list = process::run(list.args(["check", "--list-rules", "-o", "json"]), crate::PATIENCE)?;
    let rules: Vec<Value> = serde_json::from_str(&list.ok()?)?;
    Ok(rules.into_iter().filter(|rule| rule["severity"] == "error").collect())
}

#[derive(Default)]
pub struct Provoked(Mutex<BTreeSet<String>>);

impl Provoked {
    pub fn note(&self, check: &Check) {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let findings = check.sets.iter().flat_map(|set| &set.findings);
        rules.extend(findings.map(|finding| finding.rule.clone()));
    }

    /// Fails with the errors that were to be provoked and were not.
    pub fn is_complete(&self, cluster: &Cluster) -> Result<()> {
        let rules = errors(cluster)?;
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_excused = |id: &str| UNPROVOKED.iter().any(|(rule, _)| *rule == id);
        let missing: Vec<&str> = rules
            .iter()
            .filter_map(|rule| rule["id"].as_str())
            .filter(|id| !seen.contains(*id) && !is_excused(id))
            .collect();
        ensure!(missing.is_empty(), "errors that no case provoked: {}", missing.join(", "));
        Ok(())
    }
}
