//! A pod at every ordinal of the range. A set that is OrderedReady comes to an ordinal only when all pods below are
//! available; one that is Parallel waits for none, but an error ends its turn as well.

use super::{Action, Birth, Blocked, Phase, View, obstacle};
use crate::model::{Phase as PodPhase, Pod, Seen, Set, Update};

/// What an ordinal calls for.
enum Call {
    Nothing,
    Create(Birth),
    Replace,
    /// Not possible now, without an error.
    PassOver(Blocked),
    Fail(Blocked),
}

pub(super) fn next(view: &View<'_>) -> Seen<Option<Action>> {
    if view.now.is_ordered() { one_by_one(view) } else { all_at_once(view) }
}

/// What a Parallel set leaves aside.
pub(super) fn passed_over(view: &View<'_>) -> Seen<Option<Blocked>> {
    for (ordinal, pod) in &view.replicas {
        if let Call::PassOver(blocked) = call(view, *ordinal, *pod)? {
            return Ok(Some(blocked));
        }
    }
    Ok(None)
}

fn one_by_one(view: &View<'_>) -> Seen<Option<Action>> {
    for (ordinal, pod) in &view.replicas {
        let action = match call(view, *ordinal, *pod)? {
            Call::Create(birth) => Some(Action::Create(vec![birth])),
            Call::Replace => Some(Action::Replace(vec![*ordinal])),
            Call::PassOver(blocked) | Call::Fail(blocked) => Some(Action::Blocked(blocked)),
            Call::Nothing => pod
                .and_then(|pod| view.why_not(pod))
                .map(|why| view.wait(*ordinal, why, Phase::Replicas)),
        };
        if action.is_some() {
            return Ok(action);
        }
    }
    Ok(None)
}

/// In batches of 1, 2, 4, … of which the first with an error is the last.
fn all_at_once(view: &View<'_>) -> Seen<Option<Action>> {
    let (mut births, mut ended, mut failed) = (Vec::new(), Vec::new(), None);
    let mut reached = usize::MAX;
    for (index, (ordinal, pod)) in view.replicas.iter().enumerate() {
        if index >= reached {
            break;
        }
        match call(view, *ordinal, *pod)? {
            Call::Create(birth) => births.push(birth),
            Call::Replace => ended.push(*ordinal),
            Call::Fail(blocked) if failed.is_none() => {
                failed = Some(blocked);
                reached = (index + 2).next_power_of_two() - 1;
            }
            Call::Nothing | Call::PassOver(_) | Call::Fail(_) => {}
        }
    }
    Ok(if !births.is_empty() {
        Some(Action::Create(births))
    } else if !ended.is_empty() {
        Some(Action::Replace(ended))
    } else {
        failed.map(Action::Blocked)
    })
}

fn call(view: &View<'_>, ordinal: u32, pod: Option<&Pod>) -> Seen<Call> {
    let Some(pod) = pod else { return create(view, ordinal) };
    if pod.is_finished() && pod.deleting.is_none() {
        return Ok(Call::Replace);
    }
    // Claims that are missing are made as long as a pod is pending, and one that is going is an error.
    if pod.phase == PodPhase::Pending
        && let Some(blocked) = obstacle::terminating_claim(view, ordinal)?
    {
        return Ok(Call::Fail(blocked));
    }
    Ok(Call::Nothing)
}

fn create(view: &View<'_>, ordinal: u32) -> Seen<Call> {
    if let Some(blocked) = obstacle::stale_claim(view, ordinal)? {
        return Ok(Call::PassOver(blocked));
    }
    if let Some(blocked) = obstacle::terminating_claim(view, ordinal)? {
        return Ok(Call::Fail(blocked));
    }
    if let Some(pod) = obstacle::stranger(view.now, ordinal)? {
        // What it adopts is its pod in a moment.
        let is_adopted = obstacle::is_adoptable(view.now, pod);
        return Ok(if is_adopted {
            Call::Nothing
        } else {
            Call::Fail(Blocked::NameTaken { ordinal })
        });
    }
    if let Some(blocked) = obstacle::refused(view, "FailedCreate", ordinal) {
        return Ok(Call::Fail(blocked));
    }
    Ok(Call::Create(Birth { ordinal, revision: revision(view, ordinal).to_owned() }))
}

fn revision<'a>(view: &View<'a>, ordinal: u32) -> &'a str {
    reborn_on(view.set, ordinal).unwrap_or(view.newest)
}

/// The revision that a pod of this ordinal is made on now: below the partition, which is an index, the current one, else the
/// newest. None before there is any.
pub fn reborn_on(set: &Set, ordinal: u32) -> Option<&str> {
    let kept = match set.update {
        Update::RollingUpdate { partition, .. } => partition.unwrap_or(set.current_replicas),
        Update::OnDelete | Update::Other(_) => 0,
    };
    let is_kept = ordinal < set.start.saturating_add(kept);
    let current = set.current_revision.as_deref().filter(|_| is_kept);
    current.or(set.update_revision.as_deref())
}
