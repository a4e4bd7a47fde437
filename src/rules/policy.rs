//! Rules about the budgets that a drain has to respect.

use super::{Info, Object, Rule, Severity, Violation};
use crate::model::{BudgetLimit, Seen, Snapshot};

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: Info {
            id: "budget-missing",
            severity: Severity::Warning,
            about: "no PodDisruptionBudget selects the pods: a node drain takes as many as it likes",
        },
        check: missing,
    },
    Rule {
        info: Info {
            id: "budget-allows-none",
            severity: Severity::Warning,
            about: "a PodDisruptionBudget allows no disruption although every pod is healthy",
        },
        check: allows_none,
    },
];

fn missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    if now.set.replicas < 2 || !now.budgets()?.is_empty() {
        return Ok(Vec::new());
    }
    let says = "no PodDisruptionBudget selects its pods: a node drain may take several at once";
    Ok(vec![Violation::new(Object::set(&now.set.name), says)])
}

/// While a pod is unhealthy a budget that allows none does its work; the pod's own finding says why.
fn allows_none(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let none = now.budgets()?.into_iter().filter(|budget| {
        let is_current = budget.observed_generation >= budget.generation;
        let all_healthy =
            budget.current_healthy >= budget.expected_pods && budget.expected_pods > 0;
        is_current && all_healthy && budget.disruptions_allowed <= 0
    });
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

#[cfg(test)]
mod tests {
    use crate::model::example::healthy;
    use crate::rules::tests::{found, sentence};

    #[test]
    fn a_set_without_a_budget() {
        let mut world = healthy(3);
        world.budgets[0].selector = None;
        assert_eq!(found(&world), ["budget-missing"]);
        world.set.replicas = 1;
        world.pods.truncate(1);
        world.claims.truncate(1);
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_budget_that_allows_none() {
        let mut world = healthy(6);
        world.budgets[0].disruptions_allowed = 0;
        assert_eq!(found(&world), ["budget-allows-none"]);
        assert_eq!(
            sentence(&world),
            "maxUnavailable 1 allows no disruption of 6 healthy pods: a node drain waits for ever"
        );
        world.budgets[0].current_healthy = 5;
        assert_eq!(found(&world), [""; 0]);
    }
}
