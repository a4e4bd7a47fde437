//! What the StatefulSet controller does next, or what it waits for: its own algorithm over one snapshot.
//!
//! It works in three phases, and begins each only when the one before has nothing left to do: pods at every
//! ordinal of the range, lowest first; no pods outside of it, highest first; the newest revision, highest first.

mod condemned;
mod obstacle;
mod replicas;
mod server;
#[cfg(test)]
mod tests;
mod update;

pub use obstacle::{is_adoptable, refusal, refusals, stranger};
pub use replicas::reborn_on;
pub use server::{UpdateBudget, update_budget};

use crate::model::{Pod, Seen, Set, Snapshot};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Idle,
    /// It has not acted on the newest spec: what it does then cannot be told from its status.
    SpecNotObserved,
    Create(Vec<Birth>),
    /// Deletes pods that have ended; they are created anew when they are gone.
    Replace(Vec<u32>),
    /// Deletes pods outside the range.
    ScaleDown(Vec<u32>),
    /// Deletes pods of an older revision.
    Update(Vec<u32>),
    Wait(Wait),
    Blocked(Blocked),
    /// An update strategy of which it is not known here what it does.
    Unknown {
        strategy: String,
    },
}

/// A pod to be made, and the revision that it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Birth {
    pub ordinal: u32,
    pub revision: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The ordinal of the pod that is waited for.
    pub ordinal: u32,
    pub why: Why,
    pub phase: Phase,
    /// Ordinals that nothing is done for meanwhile.
    pub untouched: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Terminating,
    NotRunning,
    NotReady,
    /// Ready for less than `minReadySeconds`.
    NotAvailable {
        seconds_left: i64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Replicas,
    ScaleDown,
    Update,
}

/// What does not pass by itself, or not for the controller's doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// The set is being deleted: nothing is done for its pods any more.
    Deleting,
    /// The claim belongs to an earlier pod of this ordinal and is about to go with it (`whenScaled: Delete`).
    StaleClaim {
        ordinal: u32,
        claim: String,
    },
    ClaimTerminating {
        ordinal: u32,
        claim: String,
    },
    /// A pod of that name is there, and it is not the set's.
    NameTaken {
        ordinal: u32,
    },
    /// The API server refused; it tries again, each time after a longer pause.
    Refused {
        ordinal: u32,
        message: String,
    },
    /// It removes the higher of two pods only once that is ready, and skips to the lower one only when that is the
    /// lowest that is not.
    Deadlock {
        higher: u32,
        lower: u32,
    },
}

/// `pods` outside of the set's range are condemned.
struct View<'a> {
    now: &'a Snapshot,
    set: &'a Set,
    newest: &'a str,
    /// Lowest first.
    replicas: Vec<(u32, Option<&'a Pod>)>,
    /// Highest first.
    condemned: Vec<(u32, &'a Pod)>,
}

/// Mirrors `updateStatefulSet` of kube-controller-manager.
pub fn next_action(now: &Snapshot) -> Seen<Action> {
    let set = &*now.set;
    if set.deleting.is_some() {
        return Ok(Action::Blocked(Blocked::Deleting));
    }
    let is_observed = set.observed_generation >= set.generation;
    let Some(newest) = set.update_revision.as_deref().filter(|_| is_observed) else {
        return Ok(Action::SpecNotObserved);
    };
    let view = View::new(now, newest)?;
    if let Some(action) = replicas::next(&view)? {
        return Ok(action);
    }
    if let Some(action) = condemned::next(&view).or_else(|| update::next(&view)) {
        return Ok(action);
    }
    Ok(replicas::passed_over(&view)?.map_or(Action::Idle, Action::Blocked))
}

impl<'a> View<'a> {
    fn new(now: &'a Snapshot, newest: &'a str) -> Seen<Self> {
        let (mut replicas, mut condemned) = (Vec::new(), Vec::new());
        for ordinal in now.ordinals()? {
            let pod = ordinal.pod.map(|pod| &**pod);
            match pod {
                Some(pod) if !ordinal.is_wanted => condemned.push((ordinal.number, pod)),
                _ => replicas.push((ordinal.number, pod)),
            }
        }
        condemned.reverse();
        Ok(Self { now, set: &now.set, newest, replicas, condemned })
    }

    /// Why a pod is not available; None when it is.
    fn why_not(&self, pod: &Pod) -> Option<Why> {
        if pod.is_available(self.set.min_ready_seconds, self.now.at) {
            return None;
        }
        Some(if pod.deleting.is_some() {
            Why::Terminating
        } else if pod.phase != crate::model::Phase::Running {
            Why::NotRunning
        } else if !pod.is_ready() {
            Why::NotReady
        } else {
            let since = pod.condition("Ready").and_then(|ready| ready.since);
            let ready = since.map_or(0, |since| self.now.at.duration_since(since).as_secs());
            Why::NotAvailable { seconds_left: i64::from(self.set.min_ready_seconds) - ready }
        })
    }

    /// Whether a pod is due for the newest revision and does not run it.
    fn is_behind(&self, ordinal: u32, pod: &Pod) -> bool {
        self.now.is_due_for_update(ordinal) && pod.revision() != Some(self.newest)
    }

    /// Ordinals that it would go on to when it need not wait for this one.
    fn untouched(&self, waits_for: u32, phase: Phase) -> Vec<u32> {
        let replicas = self.replicas.iter().filter(|(ordinal, pod)| {
            (phase == Phase::Replicas && *ordinal > waits_for)
                || pod.is_some_and(|pod| self.is_behind(*ordinal, pod))
        });
        let condemned = self.condemned.iter().map(|(ordinal, _)| *ordinal);
        let mut untouched: Vec<u32> =
            replicas.map(|(ordinal, _)| *ordinal).chain(condemned).collect();
        untouched.retain(|ordinal| *ordinal != waits_for);
        untouched.sort_unstable();
        untouched
    }

    fn wait(&self, ordinal: u32, why: Why, phase: Phase) -> Action {
        Action::Wait(Wait { ordinal, why, phase, untouched: self.untouched(ordinal, phase) })
    }
}
