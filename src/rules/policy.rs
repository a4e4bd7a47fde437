//! Rules about what else decides over the pods: budgets that a drain has to respect, who sets the replicas, quotas.

mod budget;
mod quota;
mod replicas;

use super::Rule;
#[cfg(test)]
use super::tests::Broken;

pub(super) const RULES: &[Rule] = &[
    budget::MISSING,
    budget::CONFLICT,
    budget::ALLOWS_NONE,
    budget::EXHAUSTED,
    budget::STALE,
    budget::HOLDS_UNREADY,
    replicas::AUTOSCALED,
    replicas::AUTOSCALER_FAILING,
    replicas::APPLIED,
    quota::EXCEEDED,
    quota::NO_ROOM,
];

#[cfg(test)]
pub(super) const BROKEN: &[&[Broken]] =
    &[budget::tests::BROKEN, replicas::tests::BROKEN, quota::tests::BROKEN];
