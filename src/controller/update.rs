//! The newest revision, from the highest ordinal down to the partition.

use super::{Action, Phase, UpdateBudget, View, obstacle, update_budget};
use crate::model::{Pod, Update};

pub(super) fn next(view: &View<'_>) -> Option<Action> {
    let action = match &view.set.update {
        Update::OnDelete => return None,
        Update::Other(strategy) => {
            let is_old = |pod: &Pod| pod.revision() != Some(view.newest);
            let mut pods = view.replicas.iter().filter_map(|(_, pod)| *pod);
            return pods.any(is_old).then(|| Action::Unknown { strategy: strategy.clone() });
        }
        Update::RollingUpdate { max_unavailable, .. } => {
            match update_budget(&view.now.shared.version) {
                UpdateBudget::One => one_by_one(view),
                UpdateBudget::CountsBroken => {
                    several(view, most(view, max_unavailable.as_deref()), false)
                }
                UpdateBudget::Full => several(view, most(view, max_unavailable.as_deref()), true),
            }
        }
    }?;
    let Action::Update(ordinals) = &action else { return Some(action) };
    let refused = ordinals.iter().find_map(|it| obstacle::refused(view, "FailedDelete", *it));
    Some(refused.map_or(action, Action::Blocked))
}

fn one_by_one(view: &View<'_>) -> Option<Action> {
    let due = view.replicas.iter().rev().filter(|(it, _)| view.now.is_due_for_update(*it));
    for (ordinal, pod) in due {
        let pod = (*pod)?;
        if view.is_behind(*ordinal, pod) && pod.deleting.is_none() {
            return Some(Action::Update(vec![*ordinal]));
        }
        if let Some(why) = view.why_not(pod) {
            let is_waited_for = !view.untouched(*ordinal, Phase::Update).is_empty();
            return is_waited_for.then(|| view.wait(*ordinal, why, Phase::Update));
        }
    }
    None
}

/// `maxUnavailable` in pods: rounded down, and at least one.
fn most(view: &View<'_>, max_unavailable: Option<&str>) -> usize {
    let replicas = view.replicas.len();
    let words = max_unavailable.unwrap_or("1");
    let most = match words.strip_suffix('%') {
        Some(percent) => percent.parse::<usize>().map(|percent| replicas * percent / 100),
        None => words.parse(),
    };
    most.unwrap_or(1).max(1)
}

/// With `maxUnavailable`: whatever is not available anywhere in the range counts.
fn several(view: &View<'_>, most: usize, broken_go_first: bool) -> Option<Action> {
    let is_unavailable = |pod: Option<&Pod>| pod.is_none_or(|pod| view.why_not(pod).is_some());
    let unavailable = view.replicas.iter().filter(|(_, pod)| is_unavailable(*pod)).count();
    let left = most.saturating_sub(unavailable);
    let stale = view.replicas.iter().rev().filter_map(|(ordinal, pod)| {
        let pod = pod.filter(|pod| pod.deleting.is_none() && view.is_behind(*ordinal, pod))?;
        Some((*ordinal, view.why_not(pod).is_some()))
    });
    let (broken, good): (Vec<_>, Vec<_>) =
        stale.partition(|(_, is_broken)| *is_broken && broken_go_first && !view.now.is_ordered());
    let next: Vec<u32> =
        broken.iter().chain(good.iter().take(left)).map(|(ordinal, _)| *ordinal).collect();
    if !next.is_empty() {
        return Some(Action::Update(next));
    }
    if good.is_empty() {
        return None;
    }
    let mut waits = view.replicas.iter().rev();
    let (ordinal, why) = waits.find_map(|(it, pod)| Some((*it, view.why_not((*pod)?)?)))?;
    Some(view.wait(ordinal, why, Phase::Update))
}
