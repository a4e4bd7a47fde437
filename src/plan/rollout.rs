//! A new template comes to one ordinal after the other, from the top. The partition holds all others back, so that the
//! controller does nothing by itself that was not waited for.
//!
//! A partition is an index into the ordinals (`ordinals.start`, KEP-3335), and so are the numbers here.

mod begin;
mod delete;
mod gate;
mod hold;
mod partition;
mod refusal;
mod turn;
mod way;

use std::sync::Arc;

use serde_json::Value;

use crate::model::{Budget, Pod, Seen, Snapshot, Update};
use crate::plan::repair::replaced;
use crate::plan::scale::{publish, ready};
use crate::plan::{Data, Goal, Next, Planner, Step, Wait};
use crate::rules::{Object, is_failing};
use begin::Begin;
pub use gate::{Gate, Gates};
pub use hold::{Hold, Pause};
pub use partition::HOLD;
use partition::Partition;
pub use refusal::{PAUSED, not_undone, paused};
use refusal::{changed_meanwhile, unknown_strategy};
use way::Way;

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
    /// So many at once, where the database and the budgets allow it.
    pub together: u32,
    /// Seconds for which each pod is to stay available, beyond `minReadySeconds`.
    pub soak: u32,
    /// What is asked after each pod, before the next.
    pub gates: Gates,
    /// A budget that lets no pod go holds nothing up.
    pub is_unbudgeted: bool,
}

#[derive(Clone, Debug)]
pub struct NewTemplate {
    /// `spec.template`, whole.
    pub template: Arc<Value>,
    /// Of the set as it was read: only that one is changed.
    pub generation: i64,
    /// The newest revision then.
    pub revision: Option<String>,
    /// The same, as rules and databases look at it.
    pub pod: Arc<Pod>,
    /// What it changes: `image of redis: redis:7.0 -> redis:7.2`.
    pub says: String,
    /// Back to what was before.
    pub is_undo: bool,
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

impl Planner<Snapshot> for Rollout<'_> {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let set = &*now.set;
        if let Some(refused) = replaced(now, &self.uid) {
            return Ok(refused);
        }
        if let Update::Other(strategy) = &set.update {
            return Ok(Next::Refuse(vec![unknown_strategy(set, strategy)]));
        }
        if set.observed_generation < set.generation {
            let says = "until the controller has seen its new template";
            return Ok(wait(Object::set(&set.name), says));
        }
        if let Some(template) = self.template.as_ref().filter(|_| self.is_to_change(now)) {
            return Ok(if set.generation == template.generation {
                act(Begin::new(now, template))
            } else {
                Next::Refuse(vec![changed_meanwhile(set)])
            });
        }
        let way = Way::new(now)?;
        if let Some(next) = self.broken(now, &way)? {
            return Ok(next);
        }
        // What is due by itself comes without a hand over: it is held back.
        let is_ours = if now.rollout().is_some() { self.together } else { 0 };
        if way.open + is_ours < way.held {
            return Ok(act(Partition::held(now, way.held)));
        }
        if let Some(next) = self.beside(now, &way)? {
            return Ok(next);
        }
        if let Some(wait) = self.unsettled(now, &way) {
            return Ok(wait);
        }
        if let Some(data) = self.data {
            let given_up = way.pods().filter_map(|(index, pod)| {
                pod.filter(|pod| self.is_given_up(now, pod)).map(|_| way.ordinal(index))
            });
            let next = data.next(now, &Goal::Steady { given_up: given_up.collect() })?;
            if !matches!(next, Next::Done) {
                return Ok(next);
            }
        }
        if let Some(gate) = gate::next(now, &way, &self.gates) {
            return Ok(gate);
        }
        if self.most.is_some_and(|most| set.replicas - way.held >= most) {
            return Ok(Next::Done);
        }
        match way.held.checked_sub(1) {
            Some(index) => self.replace(now, &way, index),
            None => Ok(finish(now, &way)),
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
        allow(now);
        if let Some(data) = self.data {
            data.settle(now);
        }
    }
}

/// What budgets say once every pod is back.
fn allow(now: &mut Snapshot) {
    let (namespace, labels) = (now.set.namespace.clone(), now.set.template.labels.clone());
    let Ok(budgets) = &mut Arc::make_mut(&mut now.shared).budgets else { return };
    let is_of_it = |it: &&mut Budget| {
        it.namespace == namespace && it.selector.as_ref().is_some_and(|it| it.matches(&labels))
    };
    for budget in budgets.iter_mut().filter(is_of_it) {
        budget.current_healthy = budget.expected_pods;
        budget.disruptions_allowed = budget.expected_pods - budget.desired_healthy;
    }
}

impl Rollout<'_> {
    /// It runs what somebody goes back from, and has seen enough of.
    pub fn is_given_up(&self, now: &Snapshot, pod: &Pod) -> bool {
        let is_newest = pod.revision() == now.set.update_revision.as_deref();
        match self.template.as_ref().filter(|_| self.is_to_change(now)) {
            Some(template) => template.is_undo && is_newest,
            None => now.rollout().is_some_and(|it| it.is_undo) && !is_newest,
        }
    }

    /// What is given up needs no time to fail.
    pub fn is_broken(&self, now: &Snapshot, pod: &Pod) -> bool {
        let is_away = !pod.is_ready() && pod.deleting.is_none();
        is_failing(now, pod) || (is_away && self.is_given_up(now, pod))
    }

    /// Whether the template of the set is still to be changed.
    pub fn is_to_change(&self, now: &Snapshot) -> bool {
        self.template.as_ref().is_some_and(|it| !has_begun(now, it))
    }
}

/// All run the newest revision.
fn finish(now: &Snapshot, way: &Way<'_>) -> Next<Snapshot> {
    let Some(rollout) = now.rollout().filter(|_| !way.is_by_hand()) else {
        return Next::Done;
    };
    // Earlier a pod that dies below the partition would come back as it was.
    if way.set.current_revision != way.set.update_revision {
        return match way.open {
            0 => {
                wait(Object::set(&way.set.name), "until the controller calls the revision current")
            }
            _ => act(Partition::of_all(now)),
        };
    }
    let before = rollout.partition.filter(|it| *it != HOLD).unwrap_or(0);
    if partition::of(now).unwrap_or(0) == before {
        Next::Done
    } else {
        act(Partition::restored(now, before))
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
