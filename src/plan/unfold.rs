//! The plan that is shown.

use std::collections::BTreeSet;

use super::{Consent, Next, Planner, Step};
use crate::model::{Access, Seen};
use crate::rules::{Finding, Judged};

/// `next` unfolded over each step's forecast.
pub struct Plan<N> {
    pub steps: Vec<Box<dyn Step<N>>>,
    /// Why it ends before it is done; empty for a plan that can run.
    pub refused: Vec<Finding>,
    /// What was judged before its first step; None where nothing was.
    pub guards: Option<Judged>,
}

/// More steps than any plan has: a planner that never comes to an end is stopped.
const MOST: usize = 100_000;

/// Unfolds a plan over a copy of what was seen. What it waits for has happened at once.
///
/// # Errors
/// When something that it decides on was not read.
pub fn plan<N: Clone>(now: &N, planner: &dyn Planner<N>) -> Seen<Plan<N>> {
    let mut now = now.clone();
    let mut plan = Plan { steps: Vec::new(), refused: Vec::new(), guards: None };
    let mut has_waited = false;
    let mut last = String::new();
    while plan.steps.len() < MOST {
        match planner.next(&now)? {
            Next::Do(step) => {
                // A forecast that changes nothing would come to no end.
                let words = format!("{step:?}");
                if words == last {
                    break;
                }
                last = words;
                step.forecast(&mut now);
                plan.steps.push(step);
                has_waited = false;
            }
            Next::Wait(_) if !has_waited => {
                planner.settle(&mut now);
                has_waited = true;
            }
            Next::Refuse(findings) => {
                plan.refused = findings;
                break;
            }
            Next::Wait(_) | Next::Done => break,
        }
    }
    Ok(plan)
}

impl<N> Plan<N> {
    /// What a person approves with it.
    pub fn consents(&self) -> BTreeSet<Consent> {
        self.steps.iter().map(|step| step.consent()).collect()
    }

    /// What RBAC has to allow, each once.
    pub fn rights(&self) -> Vec<Access> {
        let mut rights: Vec<Access> = Vec::new();
        for right in self.steps.iter().flat_map(|step| step.rights()) {
            if !rights.contains(&right) {
                rights.push(right);
            }
        }
        rights
    }
}
