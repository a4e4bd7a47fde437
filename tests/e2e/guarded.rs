//! What `check` calls an error stops a scaling before its first write: where a case has made one that stays, a scaling that
//! asks nobody is started beside it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::case::{Case, same};
use crate::cluster::Cluster;
use crate::process::Output;
use crate::provoked::errors;
use crate::redis::{Formed, NAME};
use crate::sts::{Check, Set};

/// Rules, and in which case each is tried. Those of a database are tried by `Formed::refuses`, which asks its members as well.
const TRIED: &[(&str, &str)] = &[
    ("set-terminating", "controller-stuck"),
    ("rollback-trap", "controller-stuck"),
    ("scale-down-deadlock", "controller-stuck"),
    ("controller-refused", "controller-refused"),
    ("pod-name-taken", "controller-refused"),
    ("pod-unschedulable", "unschedulable"),
    ("pod-image", "wrong-image"),
    ("pod-config", "config-missing"),
    ("pod-crash-loop", "crash-loop"),
    ("pod-out-of-memory", "out-of-memory"),
    ("pod-not-ready", "not-ready"),
    ("pod-init", "pods-held"),
    ("pod-volume", "pods-held"),
    ("pod-stuck-terminating", "pods-held"),
    ("pod-failed", "pod-failed"),
    ("pod-unknown", "node-leaving"),
    ("node-evicts-pod", "node-leaving"),
    ("node-gone", "node-leaving"),
    ("node-not-ready", "kubelet-stops"),
    ("ordinal-missing", "policy"),
    ("claim-pending", "claim-pending"),
    ("claim-terminating", "claim-terminating"),
    ("claim-shared", "claim-shared"),
    ("claim-lost", "claims-broken"),
    ("claim-missing", "claims-broken"),
    ("claim-owner-gone", "claims-broken"),
    ("claim-resize-failed", "claims-broken"),
    ("volume-attachment", "claims-broken"),
    ("volume-full", "volumes-of-nodes"),
    ("volume-nowhere", "volumes-of-nodes"),
    ("service-missing", "service"),
    ("service-selector", "service"),
    ("service-external-name", "names"),
    ("endpoint-missing", "names"),
    ("endpoint-stale", "names"),
    ("endpoint-without-name", "names"),
    ("no-grace-period", "template"),
    ("primary-down", "primary-lost"),
];

/// What a unit test alone shows of these (`src/command/guards.rs`), and why. Of the last the plan takes care itself.
const UNTRIED: &[(&str, &str)] = &[
    ("rollout-stalled", "an error after an hour"),
    ("cluster-state-fail", "over within seconds"),
    ("write-denied", "in scale-as-user, of tier full"),
    ("primary-leaves", "its slots move first"),
];

/// By rule: whether a scaling was refused for it, or what happened instead.
#[derive(Default)]
pub struct Guarded(Mutex<BTreeMap<String, Result<(), String>>>);

impl Guarded {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Result<(), String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Once for each rule. A case may ask again and again until all is as it expects: what went wrong once stays wrong.
    ///
    /// # Errors
    /// When a finding that is to be tried here does not stop a scaling.
    pub fn refuse(&self, case: &Case, arguments: &[&str], check: &Check) -> Result<()> {
        let [set] = check.sets.as_slice() else { return Ok(()) };
        let is_here = |(rule, of): &&(&str, &str)| {
            case.namespace == format!("e2e-{of}") && set.has_rule(rule)
        };
        let mut new = Vec::new();
        for (rule, _) in TRIED.iter().filter(is_here) {
            match self.all().get(*rule) {
                Some(Ok(())) => {}
                Some(Err(words)) => bail!("{rule}: {words}"),
                None => new.push(*rule),
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let outcome = stops(case, arguments, check, set, &new);
        let words = outcome.as_ref().map(|()| ()).map_err(|error| format!("{error:#}"));
        self.all().extend(new.into_iter().map(|rule| (rule.to_owned(), words.clone())));
        outcome
    }

    /// # Errors
    /// With the errors that stop a scaling, and were not seen to.
    pub fn is_complete(&self, cluster: &Cluster) -> Result<()> {
        let stops = |rule: &Value| {
            rule["blocks"].as_array().is_some_and(|all| all.iter().any(|it| it == "scale-down"))
        };
        let missing: Vec<String> = errors(cluster)?
            .into_iter()
            .filter(stops)
            .filter_map(|rule| rule["id"].as_str().map(str::to_owned))
            .filter(|id| !matches!(self.all().get(id), Some(Ok(()))))
            .filter(|id| UNTRIED.iter().all(|(rule, _)| rule != id))
            .collect();
        ensure!(missing.is_empty(), "errors that stopped no scaling: {}", missing.join(", "));
        Ok(())
    }
}

/// One less than there are, by nobody who would be asked.
fn stops(case: &Case, arguments: &[&str], check: &Check, set: &Set, rules: &[&str]) -> Result<()> {
    let object = case.get(&["statefulset", &set.name])?;
    let replicas = object["spec"]["replicas"].as_u64().context("no replicas")?;
    let fewer = replicas.checked_sub(1).context("a set without replicas")?.to_string();
    let words = [&["scale"], arguments, &["--replicas", &fewer, "--yes"]].concat();
    let output = writes_nothing(case, &words, check.output.code)?;
    for rule in rules {
        // Where a member that should answer does not, that is all that is said.
        let is_named = output.stdout.contains(rule) || check.output.code == Some(2);
        ensure!(is_named, "no {rule} in {}", output.stdout);
    }
    Ok(())
}

/// It ends like this, and the audit log knows of no write.
fn writes_nothing(case: &Case, words: &[&str], code: Option<i32>) -> Result<Output> {
    let written = case.writes()?.len();
    let output = case.sts(words)?;
    same("exit code", &output.code, &code)?;
    same("writes in the audit log", &case.writes()?.len(), &written)?;
    Ok(output)
}

impl Formed<'_> {
    /// A scaling to so many is refused for this rule, and nothing is written: the audit log knows of none, and no member was
    /// told anything.
    pub fn refuses(&self, to: u32, more: &[&str], rule: &str) -> Result<()> {
        let addresses = self.addresses()?;
        let had = self.changes(&addresses)?;
        let to = to.to_string();
        let words = [&["scale", NAME, "--yes", "--replicas", &to], more].concat();
        let output = writes_nothing(self.case, &words, Some(1))?;
        ensure!(output.stdout.contains(rule), "no {rule} in {}", output.stdout);
        same("changes of any member", &self.changes(&addresses)?, &had)?;
        self.case.cluster.guarded.all().insert(rule.to_owned(), Ok(()));
        Ok(())
    }

    /// One less than there are.
    pub fn refuses_fewer(&self, rule: &str) -> Result<()> {
        self.refuses(self.redis.pods - 1, &[], rule)
    }
}
