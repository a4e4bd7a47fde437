//! What a rollout comes to, in one sentence.

use crate::model::Snapshot;
use crate::plan::Plan;
use crate::plan::rollout::Rollout;
use crate::render::plural;

/// `6 ordinals, one after the other: redis-5 … redis-0`.
pub(super) fn says(now: &Snapshot, rollout: &Rollout<'_>, plan: &Plan<Snapshot>) -> String {
    if !plan.refused.is_empty() {
        return "It is not rolled out, see below.".to_owned();
    }
    let set = &now.set;
    let newest = set.update_revision.as_deref();
    let is_changed = rollout.is_to_change(now);
    let pods = now.pods().unwrap_or_default().iter();
    let mut behind: Vec<u32> = pods
        .filter(|pod| is_changed || pod.revision() != newest)
        .filter_map(|pod| set.ordinal_of(&pod.name))
        .filter(|ordinal| set.ordinals().contains(ordinal))
        .collect();
    behind.reverse();
    if let Some(most) = rollout.most {
        let above = set.replicas.saturating_sub(u32::try_from(behind.len()).unwrap_or(u32::MAX));
        behind.truncate(most.saturating_sub(above) as usize);
    }
    let names: Vec<String> = behind.iter().map(|it| set.pod_name(*it)).collect();
    match (names.as_slice(), plan.steps.is_empty()) {
        ([], true) => "Every ordinal runs the newest revision: nothing to do.".to_owned(),
        ([], false) => {
            "Every ordinal runs the newest revision, and something is left to do:".to_owned()
        }
        ([one], _) => format!("1 ordinal: {one}."),
        ([first, .., last], _) => {
            format!(
                "{}, one after the other from {first} to {last}.",
                plural(names.len(), "ordinal")
            )
        }
    }
}
