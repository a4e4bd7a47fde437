//! What others run: the sets of the Kubernetes tutorials, and those that well-known charts make. They are healthy,
//! and a check that finds much in them cries wolf.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde_json::Value;

use crate::case::{Case, Spec, gate};
use crate::sts::Check;

pub const CASES: &[Spec] = &[gate("tutorials", tutorials), gate("charts", charts)];

const MOST_WARNINGS: usize = 3;

fn tutorials(case: &Case) -> Result<()> {
    let checks = checks(case, "tutorial-")?;
    let errors = |check: &Check| check.output.code != Some(0);
    ensure!(!checks.iter().any(errors), "errors:\n{}", told(&checks));
    Ok(())
}

fn charts(case: &Case) -> Result<()> {
    let checks = checks(case, "chart-")?;
    let cries_wolf = |check: &Check| {
        let findings = check.sets.iter().flat_map(|set| &set.findings);
        let warnings = findings.filter(|finding| finding.severity == "warning");
        check.output.code != Some(0) || warnings.count() > MOST_WARNINGS
    };
    ensure!(!checks.iter().any(cries_wolf), "errors, or too many warnings:\n{}", told(&checks));
    Ok(())
}

/// One for each set, once all are up.
fn checks(case: &Case, prefix: &str) -> Result<Vec<Check>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/manifests");
    let mut sets = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with(prefix) {
            let made = case.kubectl(&["apply", "-f", &path.to_string_lossy(), "-o", "name"])?;
            let set = made.lines().find_map(|line| line.strip_prefix("statefulset.apps/"));
            sets.push(set.with_context(|| format!("no set in {name}"))?.to_owned());
        }
    }
    sets.sort_unstable();
    for set in &sets {
        // `kubectl rollout status` refuses a set that is updated by hand.
        let replicas = case.get(&["statefulset", set])?["spec"]["replicas"].clone();
        let ready = "/status/readyReplicas";
        case.until_value(&["statefulset", set], ready, |ready| *ready == replicas)?;
    }
    case.until("the budgets are computed", || {
        let budgets = case.get(&["pdb"])?;
        let items = budgets["items"].as_array().context("no list")?;
        let is_met = |it: &Value| it["status"]["currentHealthy"] == it["status"]["expectedPods"];
        Ok(items.iter().all(is_met).then_some(()))
    })?;
    case.until("every pod has been ready for a while", || {
        Ok(has_settled(&case.get(&["pods"])?).then_some(()))
    })?;
    sets.iter().map(|set| case.check(&[set])).collect()
}

/// Some rules give a pod ten seconds before they speak.
fn has_settled(pods: &Value) -> bool {
    let conditions = |pod: &Value| pod["status"]["conditions"].as_array().cloned();
    let mut conditions =
        pods["items"].as_array().into_iter().flatten().filter_map(conditions).flatten();
    conditions.all(|it| {
        let since = it["lastTransitionTime"].as_str().and_then(|text| text.parse().ok());
        since.is_some_and(|since: Timestamp| Timestamp::now().duration_since(since).as_secs() > 10)
    })
}

fn told(checks: &[Check]) -> String {
    checks.iter().map(Check::summary).collect()
}
