//! A new template comes to one ordinal after the other, from the top. The partition holds all others back, so that the
//! controller does nothing by itself that was not waited for.
//!
//! A partition is an index into the ordinals (`ordinals.start`, KEP-3335), and so are the numbers here.

mod begin;
mod hold;
mod partition;
mod refusal;
mod unblock;

use std::sync::Arc;

use serde_json::Value;

use crate::model::{Management, Pod, Seen, Set, Snapshot, Update};
use crate::plan::repair::replaced;
use crate::plan::scale::{publish, ready};
use crate::plan::{Data, Goal, Next, Planner, Step, Wait};
use crate::rules::{Object, is_failing};
use begin::Begin;
pub use hold::Hold;
pub use partition::HOLD;
use partition::Partition;
use refusal::{changed_meanwhile, not_by_partition, out_of_turn};
use unblock::Unblock;

#[derive(Clone)]
pub struct Rollout<'a> {
    /// Of the set: one of its name that is made anew is another.
    pub uid: String,
    /// None to go on with the template that is there.
    pub template: Option<NewTemplate>,
    /// The database on it.
    pub data: Option<&'a dyn Data>,
    /// So many of the highest ordinals, and no more.
    pub most: Option<u32>,
    /// Seconds for which each pod is to stay available, beyond `minReadySeconds`.
    pub soak: u32,
}

#[derive(Clone, Debug)]
pub struct NewTemplate {
    /// `spec.template`, whole.
    pub template: Arc<Value>,
    /// Of the set as it was read: only that one is changed.
    pub generation: i64,
    /// The newest revision then.
    pub revision: Option<String>,
    /// What it changes: `image of redis: redis:7.0 -> redis:7.2`.
    pub says: String,
    /// Back to what was before.
    pub is_undo: bool,
}

/// How far it has come.
struct Way<'a> {
    set: &'a Set,
    newest: &'a str,
    /// Lowest first; None where there is no pod.
    pods: Vec<Option<&'a Arc<Pod>>>,
    /// Index of the lowest pod that may be replaced by the controller.
    open: u32,
    /// Index of the lowest pod above which, itself included, all run the newest revision, or are about to.
    held: u32,
}

impl<'a> Way<'a> {
    fn new(now: &'a Snapshot, partition: Option<u32>) -> Seen<Self> {
        let set = &*now.set;
        let newest = set.update_revision.as_deref().unwrap_or_default();
        let wanted = now.ordinals()?.into_iter().filter(|it| it.is_wanted);
        let pods: Vec<Option<&Arc<Pod>>> = wanted.map(|it| it.pod).collect();
        let above = pods.iter().rev().take_while(|pod| !is_behind(pod.map(|it| &**it), newest));
        let held = set.replicas - u32::try_from(above.count()).unwrap_or(set.replicas);
        Ok(Self { set, newest, pods, open: partition.unwrap_or(0).min(set.replicas), held })
    }

    fn ordinal(&self, index: u32) -> u32 {
        self.set.start.saturating_add(index)
    }

    fn pod(&self, index: u32) -> Option<&Arc<Pod>> {
        self.pods.get(index as usize).copied().flatten()
    }

    fn name(&self, index: u32) -> Object {
        Object::pod(&self.set.pod_name(self.ordinal(index)))
    }

    /// With its index, lowest first.
    fn pods(&self) -> impl DoubleEndedIterator<Item = (u32, Option<&Arc<Pod>>)> {
        (0..self.set.replicas).map(|index| (index, self.pod(index)))
    }
}

/// The pod as it comes back on a revision.
fn renewed(pod: &Pod, revision: &str) -> Arc<Pod> {
    let mut pod = pod.clone();
    pod.labels.insert("controller-revision-hash".to_owned(), revision.to_owned());
    Arc::new(pod)
}

/// A forecast: this pod has come back on the newest revision.
fn renew(now: &mut Snapshot, name: &str) {
    let newest = now.set.update_revision.clone().unwrap_or_default();
    now.pods = now.pods().map(|pods| {
        let back =
            |pod: &Arc<Pod>| if pod.name == name { renewed(pod, &newest) } else { pod.clone() };
        pods.iter().map(back).collect()
    });
}

/// It runs another revision, and is not on its way out.
fn is_behind(pod: Option<&Pod>, newest: &str) -> bool {
    pod.is_some_and(|pod| pod.revision() != Some(newest) && pod.deleting.is_none())
}

impl Planner<Snapshot> for Rollout<'_> {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let set = &*now.set;
        if set.uid != self.uid || set.deleting.is_some() {
            return Ok(Next::Refuse(vec![replaced(now)]));
        }
        let Update::RollingUpdate { partition, .. } = set.update else {
            return Ok(Next::Refuse(vec![not_by_partition(set)]));
        };
        if set.observed_generation < set.generation {
            let says = "until the controller has seen its new template";
            return Ok(wait(Object::set(&set.name), says));
        }
        if let Some(template) = self.template.as_ref().filter(|_| self.is_to_change(now)) {
            return Ok(if set.generation == template.generation {
                act(Begin::new(now, partition, template))
            } else {
                Next::Refuse(vec![changed_meanwhile(set)])
            });
        }
        let way = Way::new(now, partition)?;
        if let Some(next) = self.broken(now, &way)? {
            return Ok(next);
        }
        // What is due by itself comes without a hand over: it is held back.
        let is_ours = u32::from(now.rollout().is_some());
        if way.open + is_ours < way.held {
            return Ok(act(Partition::held(now, partition, way.held)));
        }
        if let Some(wait) = self.unsettled(now, &way) {
            return Ok(wait);
        }
        if let Some(data) = self.data {
            let next = data.next(now, &Goal::Steady)?;
            if !matches!(next, Next::Done) {
                return Ok(next);
            }
        }
        if self.most.is_some_and(|most| set.replicas - way.held >= most) {
            return Ok(Next::Done);
        }
        match way.held.checked_sub(1) {
            Some(index) => self.replace(now, partition, &way, index),
            None => Ok(finish(now, partition, &way)),
        }
    }

    fn settle(&self, now: &mut Snapshot) {
        let set = now.set.clone();
        let newest = set.update_revision.clone().unwrap_or_default();
        let first = set.first_updated_ordinal();
        let settled = |ordinal: u32| {
            let pod = ready(now, ordinal)?;
            Some(if ordinal >= first { renewed(&pod, &newest) } else { pod })
        };
        now.pods = now.pods().map(|_| set.ordinals().filter_map(settled).collect());
        let all_new = now.pods().is_ok_and(|pods| {
            pods.iter().all(|pod| pod.revision() == set.update_revision.as_deref())
        });
        let own = Arc::make_mut(&mut now.set);
        own.observed_generation = own.generation;
        if all_new && matches!(own.update, Update::RollingUpdate { partition: None | Some(0), .. })
        {
            own.current_revision.clone_from(&own.update_revision);
        }
        publish(now);
        if let Some(data) = self.data {
            data.settle(now);
        }
    }
}

impl Rollout<'_> {
    /// Whether the template of the set is still to be changed.
    pub fn is_to_change(&self, now: &Snapshot) -> bool {
        self.template.as_ref().is_some_and(|it| !has_begun(now, it))
    }

    /// A pod that is broken on another revision comes first: the controller waits for it before it goes on, and what it is
    /// given may be what mends it (kubernetes/kubernetes#67250). One that breaks on the way, before its turn, does not: it is
    /// waited for.
    fn broken(&self, now: &Snapshot, way: &Way<'_>) -> Seen<Option<Next<Snapshot>>> {
        let is_first = way.held == way.set.replicas;
        let has_turn = |index: u32| is_first || index + 1 == way.held || index >= way.open;
        let is_broken = |index: u32, pod: &Pod| {
            has_turn(index) && is_behind(Some(pod), way.newest) && is_failing(now, pod)
        };
        let Some((index, pod)) = way
            .pods()
            .find_map(|(index, pod)| Some((index, pod.filter(|pod| is_broken(index, pod))?)))
        else {
            return Ok(None);
        };
        if now.set.management == Management::Parallel && index + 1 != way.held {
            return Ok(Some(Next::Refuse(vec![out_of_turn(way.name(index))])));
        }
        if let Some(next) = self.relieved(now, way, index)? {
            return Ok(Some(next));
        }
        let Update::RollingUpdate { partition, .. } = now.set.update else { return Ok(None) };
        Ok(Some(if way.open == index && now.rollout().is_some() {
            act(Unblock::new(now, pod, way.ordinal(index)))
        } else {
            act(Partition::of_broken(now, partition, index))
        }))
    }

    /// Nothing in the database depends on it for a moment; None when that is so.
    fn relieved(&self, now: &Snapshot, way: &Way<'_>, index: u32) -> Seen<Option<Next<Snapshot>>> {
        let Some(data) = self.data else { return Ok(None) };
        let next = data.next(now, &Goal::Relieved { ordinal: way.ordinal(index) })?;
        Ok((!matches!(next, Next::Done)).then_some(next))
    }

    fn unsettled(&self, now: &Snapshot, way: &Way<'_>) -> Option<Next<Snapshot>> {
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

    fn replace(
        &self,
        now: &Snapshot,
        partition: Option<u32>,
        way: &Way<'_>,
        index: u32,
    ) -> Seen<Next<Snapshot>> {
        let budgets = now.budgets()?;
        if let Some(budget) = budgets.iter().find(|it| it.disruptions_allowed < 1) {
            let says = "until it allows a pod to go";
            return Ok(wait(Object::budget(&budget.name), says));
        }
        if let Some(next) = self.relieved(now, way, index)? {
            return Ok(next);
        }
        Ok(act(Partition::lowered(now, partition, index)))
    }
}

/// All run the newest revision.
fn finish(now: &Snapshot, partition: Option<u32>, way: &Way<'_>) -> Next<Snapshot> {
    let Some(rollout) = now.rollout() else {
        return Next::Done;
    };
    // Earlier a pod that dies below the partition would come back as it was.
    if way.set.current_revision != way.set.update_revision {
        return match way.open {
            0 => {
                wait(Object::set(&way.set.name), "until the controller calls the revision current")
            }
            _ => act(Partition::of_all(now, partition)),
        };
    }
    let before = rollout.partition.filter(|it| *it != HOLD).unwrap_or(0);
    if partition.unwrap_or(0) == before {
        Next::Done
    } else {
        act(Partition::restored(now, partition, before))
    }
}

/// Whether it is the template of the set by now: what it was before is written first.
fn has_begun(now: &Snapshot, template: &NewTemplate) -> bool {
    now.rollout().is_some_and(|it| it.revision == template.revision)
        && now.set.update_revision != template.revision
}

fn wait(object: Object, says: &'static str) -> Next<Snapshot> {
    Next::Wait(Wait { object, says, evidence: Vec::new() })
}

fn act(step: impl Step<Snapshot> + 'static) -> Next<Snapshot> {
    Next::Do(Box::new(step))
}
