//! What a scaling comes to, in one sentence.

use std::cmp::Ordering;

use super::guard::Guarded;
use crate::model::Snapshot;
use crate::plan::Plan;
use crate::render::fill;

/// `4 -> 2 ordinals: web-3 and web-2 leave`.
pub(super) fn says(now: &Snapshot, planner: &Guarded, plan: &Plan<Snapshot>) -> String {
    let set = &now.set;
    let (from, to, start) = (set.replicas, planner.to(), set.start);
    let shards =
        planner.of_data(now).map(|(says, evidence)| format!(", {}", fill(says, &evidence, now.at)));
    let shards = shards.unwrap_or_default();
    let pod = |index: u32| set.pod_name(start.saturating_add(index));
    let pods = |names: Vec<String>| names.join(", ");
    let blocked = if plan.refused.is_empty() { "" } else { ". Not done, see below" };
    match from.cmp(&to) {
        Ordering::Equal if !plan.steps.is_empty() && plan.refused.is_empty() => {
            format!("It has {to} replicas, and there is something left to do:")
        }
        Ordering::Equal if plan.refused.is_empty() => {
            format!("It has {to} replicas: nothing to do.")
        }
        Ordering::Equal => format!("It has {to} replicas{blocked}."),
        Ordering::Greater => {
            format!(
                "{from} -> {to} ordinals{shards}, leaving: {}{blocked}.",
                pods((to..from).rev().map(pod).collect())
            )
        }
        Ordering::Less => format!(
            "{from} -> {to} ordinals, joining: {}{blocked}.",
            pods((from..to).map(pod).collect())
        ),
    }
}
