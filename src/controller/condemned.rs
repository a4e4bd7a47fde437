//! No pod outside the range. A set that is OrderedReady deletes one at a time, the highest first.

use super::{Action, Blocked, Phase, View, Why, obstacle};

pub(super) fn next(view: &View<'_>) -> Option<Action> {
    let leaving = if view.now.is_ordered() { one_by_one(view) } else { all_at_once(view) }?;
    let Action::ScaleDown(ordinals) = &leaving else { return Some(leaving) };
    let refused = ordinals.iter().find_map(|it| obstacle::refused(view, "FailedDelete", *it));
    Some(refused.map_or(leaving, Action::Blocked))
}

/// All pods of the range are available here, so that the first which is not is among those to go.
fn one_by_one(view: &View<'_>) -> Option<Action> {
    let (highest, pod) = *view.condemned.first()?;
    let why = view.why_not(pod);
    if why == Some(Why::Terminating) {
        return Some(view.wait(highest, Why::Terminating, Phase::ScaleDown));
    }
    let lowest = view.condemned.iter().rev().find_map(|(it, pod)| Some((*it, view.why_not(pod)?)));
    Some(match (why, lowest) {
        (None, _) | (_, None) => Action::ScaleDown(vec![highest]),
        (_, Some((lower, _))) if lower == highest => Action::ScaleDown(vec![highest]),
        // These pass by themselves, and then the higher one is the first that is not available.
        (_, Some((lower, why @ (Why::Terminating | Why::NotAvailable { .. })))) => {
            view.wait(lower, why, Phase::ScaleDown)
        }
        (Some(why @ Why::NotAvailable { .. }), _) => view.wait(highest, why, Phase::ScaleDown),
        (Some(_), Some((lower, _))) => {
            Action::Blocked(Blocked::Deadlock { higher: highest, lower })
        }
    })
}

fn all_at_once(view: &View<'_>) -> Option<Action> {
    let staying = view.condemned.iter().filter(|(_, pod)| pod.deleting.is_none());
    let ordinals: Vec<u32> = staying.map(|(ordinal, _)| *ordinal).collect();
    (!ordinals.is_empty()).then_some(Action::ScaleDown(ordinals))
}
