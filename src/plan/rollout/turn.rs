//! Whose turn it is, and what is waited for before the next.

use super::delete::Delete;
use super::partition::Partition;
use super::refusal::out_of_turn;
use super::way::{Way, is_behind};
use super::{Rollout, act, wait};
use crate::model::{Management, Pod, Seen, Snapshot};
use crate::plan::{Goal, Next};
use crate::rules::Object;

impl Rollout<'_> {
    /// A pod that is broken on another revision comes first: the controller waits for it before it goes on, and what it is
    /// given may be what mends it (kubernetes/kubernetes#67250). One that breaks on the way, before its turn, does not: it is
    /// waited for.
    pub(super) fn broken(&self, now: &Snapshot, way: &Way<'_>) -> Seen<Option<Next<Snapshot>>> {
        let is_first = way.held == way.set.replicas;
        let has_turn = |index: u32| is_first || index + 1 == way.held || index >= way.open;
        let is_broken = |index: u32, pod: &Pod| {
            has_turn(index) && is_behind(Some(pod), way.newest) && self.is_broken(now, pod)
        };
        let Some((index, pod)) = way
            .pods()
            .find_map(|(index, pod)| Some((index, pod.filter(|pod| is_broken(index, pod))?)))
        else {
            return Ok(None);
        };
        let is_parallel = now.set.management == Management::Parallel && !way.is_by_hand();
        if is_parallel && index + 1 != way.held {
            return Ok(Some(Next::Refuse(vec![out_of_turn(way.name(index))])));
        }
        if let Some(next) = self.relieved(now, way, index)? {
            return Ok(Some(next));
        }
        let is_let_go = way.is_by_hand() || (way.open == index && now.rollout().is_some());
        Ok(Some(if is_let_go {
            act(Delete::broken(now, pod, way.ordinal(index)))
        } else {
            act(Partition::of_broken(now, index))
        }))
    }

    /// Nothing in the database depends on it for a moment; None when that is so.
    fn relieved(&self, now: &Snapshot, way: &Way<'_>, index: u32) -> Seen<Option<Next<Snapshot>>> {
        let Some(data) = self.data else { return Ok(None) };
        let next = data.next(now, &Goal::Relieved { ordinal: way.ordinal(index) })?;
        Ok((!matches!(next, Next::Done)).then_some(next))
    }

    /// Of several whose turn it is, the controller takes one at a time: the others are deleted.
    pub(super) fn beside(&self, now: &Snapshot, way: &Way<'_>) -> Seen<Option<Next<Snapshot>>> {
        if self.together < 2 || now.rollout().is_none() || way.is_by_hand() {
            return Ok(None);
        }
        let mut due = way.pods().rev().filter(|(index, _)| *index >= way.open);
        let found = due.find_map(|(index, pod)| {
            Some((index, pod.filter(|pod| is_behind(Some(pod), way.newest))?))
        });
        let Some((index, pod)) = found else { return Ok(None) };
        Ok(match self.relieved(now, way, index)? {
            None => Some(act(Delete::beside(now, pod, way.ordinal(index)))),
            next => next,
        })
    }

    pub(super) fn unsettled(&self, now: &Snapshot, way: &Way<'_>) -> Option<Next<Snapshot>> {
        let seconds = way.set.min_ready_seconds.saturating_add(self.soak);
        way.pods().rev().find_map(|(index, pod)| {
            let says = match pod {
                None => "until it is there",
                Some(pod) if pod.deleting.is_some() => "until it is gone",
                Some(pod) if index >= way.open && is_behind(Some(pod), way.newest) => {
                    "until the controller replaces it"
                }
                Some(pod) if !pod.is_ready() => "until it is ready",
                Some(pod) if index >= way.held && !pod.is_available(seconds, now.at) => {
                    "until it has been ready for long enough"
                }
                Some(_) => return None,
            };
            Some(wait(way.name(index), says))
        })
    }

    /// The next one, and with it those below that may go at the same time.
    pub(super) fn replace(
        &self,
        now: &Snapshot,
        way: &Way<'_>,
        index: u32,
    ) -> Seen<Next<Snapshot>> {
        let mut room = self.together;
        for budget in now.budgets()? {
            let allowed = u32::try_from(budget.disruptions_allowed).unwrap_or(0);
            if allowed < 1 && !self.is_unbudgeted {
                let says = "until it allows a pod to go";
                return Ok(wait(Object::budget(&budget.name), says));
            }
            room = room.min(allowed.max(1));
        }
        let lowest = self.lowest(now, way, index, room);
        for index in (lowest..=index).rev() {
            if let Some(next) = self.relieved(now, way, index)? {
                return Ok(next);
            }
        }
        Ok(match way.pod(index).filter(|_| way.is_by_hand()) {
            Some(pod) => act(Delete::turn(now, pod, way.ordinal(index))),
            None => act(Partition::lowered(now, index, lowest)),
        })
    }

    /// Of those that go at once. A set whose pods are deleted one by one has one at a time.
    fn lowest(&self, now: &Snapshot, way: &Way<'_>, index: u32, room: u32) -> u32 {
        if way.is_by_hand() {
            return index;
        }
        let left = self.most.map_or(u32::MAX, |most| most - (way.set.replicas - way.held));
        let room = room.min(left).min(index + 1);
        let in_a_row = (0..room)
            .take_while(|below| is_behind(way.pod(index - below).map(|it| &**it), way.newest))
            .map(|below| way.ordinal(index - below));
        let ordinals: Vec<u32> = in_a_row.collect();
        let apart = self.data.map_or(ordinals.len(), |data| data.apart(now, &ordinals)).max(1);
        index + 1 - u32::try_from(apart).unwrap_or(1)
    }
}
