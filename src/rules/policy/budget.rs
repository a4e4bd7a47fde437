//! PodDisruptionBudgets. Only an eviction asks them: a rollout and a scale-down delete pods without.

use std::collections::BTreeMap;

use crate::model::{Budget, BudgetLimit, Intent, Labels, Operation, Phase, Pod, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const MISSING: Rule = Rule::new(
    "budget-missing",
    Severity::Warning,
    "no PodDisruptionBudget selects the pods: a node drain takes as many as it likes",
    missing,
)
.blocks(&[Operation::Drain]);

pub(super) const CONFLICT: Rule = Rule::new(
    "budget-conflict",
    Severity::Error,
    "several PodDisruptionBudgets select one pod: its eviction is refused, and a node drain fails",
    conflict,
)
.blocks(&[Operation::Drain]);

pub(super) const ALLOWS_NONE: Rule = Rule::new(
    "budget-allows-none",
    Severity::Warning,
    "a PodDisruptionBudget allows no disruption although every pod is healthy",
    allows_none,
)
.blocks(&[Operation::Rollout, Operation::Drain]);

pub(super) const EXHAUSTED: Rule = Rule::new(
    "budget-exhausted",
    Severity::Warning,
    "other pods under the same PodDisruptionBudget are unhealthy: it lets no pod of this set go",
    exhausted,
)
.blocks(&[Operation::Rollout, Operation::Drain]);

pub(super) const STALE: Rule = Rule::new(
    "budget-stale",
    Severity::Warning,
    "the controller has not computed how many pods a PodDisruptionBudget lets go",
    stale,
)
.blocks(&[Operation::Drain]);

pub(super) const HOLDS_UNREADY: Rule = Rule::new(
    "budget-holds-unready",
    Severity::Warning,
    "a PodDisruptionBudget keeps pods that are not ready on the node to be drained",
    holds_unready,
)
.blocks(&[Operation::Drain]);

/// Budgets that select pods of this set, by the template or by a label that only pods have.
fn budgets(now: &Snapshot) -> Seen<Vec<&Budget>> {
    let all = now.shared.budgets.as_ref().map_err(Clone::clone)?;
    let pods = now.pods()?;
    let is_its = |budget: &&Budget| {
        let mut labels = pods.iter().map(|pod| &pod.labels).chain([&now.set.template.labels]);
        budget.namespace == now.set.namespace && labels.any(|it| selects(budget, it))
    };
    Ok(all.iter().filter(is_its).collect())
}

fn selects(budget: &Budget, labels: &Labels) -> bool {
    budget.selector.as_ref().is_some_and(|selector| selector.matches(labels))
}

/// Those whose numbers are of now.
fn current(now: &Snapshot) -> Seen<impl Iterator<Item = &Budget>> {
    Ok(budgets(now)?.into_iter().filter(|budget| {
        budget.observed_generation >= budget.generation && budget.sync_error.is_none()
    }))
}

fn is_healthy(budget: &Budget) -> bool {
    budget.current_healthy >= budget.expected_pods
}

fn missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    if now.set.replicas < 2 || !budgets(now)?.is_empty() {
        return Ok(Vec::new());
    }
    let says = "no PodDisruptionBudget selects its pods: a node drain may take several at once";
    Ok(vec![Violation::new(Object::set(&now.set.name), says)])
}

fn conflict(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let budgets = budgets(now)?;
    let mut groups: BTreeMap<Vec<&str>, Vec<String>> = BTreeMap::new();
    for pod in now.pods()? {
        let its = budgets.iter().filter(|it| selects(it, &pod.labels));
        let names = its.map(|it| it.name.as_str()).collect();
        groups.entry(names).or_default().push(pod.name.clone());
    }
    let several = groups.into_iter().filter(|(names, _)| names.len() > 1);
    let says = "PodDisruptionBudgets {budgets} all select {pods}: every eviction is refused (500), and a node drain fails";
    Ok(several
        .map(|(names, pods)| {
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            Violation::new(Object::set(&now.set.name), says)
                .with("budgets", names)
                .with("pods", pods)
                .next("keep one of them: the API allows one for each pod")
        })
        .collect())
}

/// While a pod is unhealthy a budget that allows none does its work; the pod's own finding says why.
fn allows_none(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let none = current(now)?
        .filter(|it| it.expected_pods > 0 && is_healthy(it) && it.disruptions_allowed <= 0);
    Ok(none
        .map(|budget| {
            let limit = match &budget.limit {
                Some(BudgetLimit::MinAvailable(value)) => format!("minAvailable {value}"),
                Some(BudgetLimit::MaxUnavailable(value)) => format!("maxUnavailable {value}"),
                None => "no limit".to_owned(),
            };
            let says =
                "{limit} allows no disruption of {pods} healthy pods: a node drain waits for ever";
            Violation::new(Object::budget(&budget.name), says)
                .with("limit", limit)
                .with("pods", budget.expected_pods.unsigned_abs())
                .next("set maxUnavailable: 1")
        })
        .collect())
}

/// Where this set is to blame its own pods have a finding.
fn exhausted(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let ordinals = now.ordinals()?;
    let is_well = ordinals
        .iter()
        .all(|ordinal| ordinal.pod.is_some_and(|pod| pod.is_ready() && pod.is_settled(now.at)));
    if !is_well {
        return Ok(Vec::new());
    }
    let none = current(now)?.filter(|it| !is_healthy(it) && it.disruptions_allowed <= 0);
    let says = "it counts other pods too, and only {healthy} of {pods} are healthy: it lets none of {set} go";
    Ok(none
        .map(|budget| {
            Violation::new(Object::budget(&budget.name), says)
                .with("healthy", budget.current_healthy.unsigned_abs())
                .with("pods", budget.expected_pods.unsigned_abs())
                .with("set", now.set.name.as_str())
                .next("a node drain waits until the others are healthy: give every set a budget of its own")
        })
        .collect())
}

fn stale(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    Ok(budgets(now)?.into_iter().filter_map(stale_budget).collect())
}

fn stale_budget(budget: &Budget) -> Option<Violation> {
    let object = Object::budget(&budget.name);
    if let Some(message) = &budget.sync_error {
        let says = "the controller cannot compute it, so no pod may go and a node drain waits for ever: {message}";
        return Some(Violation::new(object, says).with("message", message.as_str()));
    }
    // A moment after every change it is so.
    (budget.observed_generation < budget.generation).then(|| {
        let says = "its newest spec is not in force yet: the controller has to compute it";
        Violation::new(object, says)
            .severity(Severity::Info)
            .with("generation", budget.generation.unsigned_abs())
            .with("observed", budget.observed_generation.unsigned_abs())
    })
}

/// The eviction API lets a pod that runs and is not ready go only if enough others are healthy.
fn holds_unready(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let Some(Intent::DrainNode { node }) = &now.intent else { return Ok(Vec::new()) };
    let too_few: Vec<&Budget> = current(now)?
        .filter(|it| !it.lets_unready_go && it.current_healthy < it.desired_healthy)
        .collect();
    let is_unready =
        |pod: &Pod| pod.phase == Phase::Running && !pod.is_ready() && pod.deleting.is_none();
    let there = now.pods()?.iter().filter(|pod| pod.node.as_ref() == Some(node));
    let held = there.filter(|pod| is_unready(pod)).filter_map(|pod| {
        let budget = too_few.iter().find(|it| selects(it, &pod.labels))?;
        Some((pod, *budget))
    });
    let says = "it is not ready, and still the drain waits for it: {budget} asks for {desired} healthy pods and there are {healthy}";
    Ok(held
        .map(|(pod, budget)| {
            Violation::new(Object::pod(&pod.name), says)
                .with("budget", budget.name.as_str())
                .with("desired", budget.desired_healthy.unsigned_abs())
                .with("healthy", budget.current_healthy.unsigned_abs())
                .next("unhealthyPodEvictionPolicy: AlwaysAllow lets such pods go at any time")
        })
        .collect())
}

#[cfg(test)]
pub(super) mod tests;
