//! One ordinal at a time, from the top and from the bottom, whatever `podManagementPolicy` says: each is waited for before
//! the next. Where a database is known, its data goes first.

mod claims;
mod drain;
mod manner;
mod replicas;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use crate::model::{Condition, Ordinal, Phase, Pod, Seen, Snapshot, Timestamp};
use crate::plan::repair::replaced;
use crate::plan::{Data, Goal, Next, Planner, Wait, Wishes};
use crate::rules::{Object, is_failing};
pub use manner::{By, Drain, Manner};
use replicas::Replicas;

/// This very set is to have so many replicas.
#[derive(Clone)]
pub struct Scale<'a> {
    /// Uid of the set: one of its name that is made anew is another.
    pub uid: String,
    /// When the plan was made.
    pub from: u32,
    pub to: u32,
    /// The database on it.
    pub data: Option<&'a dyn Data>,
    pub wishes: Wishes,
    /// Every member is to have its part, also where no ordinal joins.
    pub is_levelled: bool,
    pub manner: Manner,
}

impl Scale<'_> {
    /// What the database is to have come to now.
    pub fn goal(&self, now: &Snapshot) -> Goal {
        if now.set.replicas > self.to { self.left(now) } else { Goal::Met }
    }

    fn left(&self, now: &Snapshot) -> Goal {
        Goal::Left { staying: self.staying(now), wishes: self.wishes }
    }

    fn staying(&self, now: &Snapshot) -> Range<u32> {
        now.set.start..now.set.start.saturating_add(self.to)
    }

    /// Replicas when the first run began that this one goes on with.
    fn began_with(&self, now: &Snapshot) -> u32 {
        now.record.as_ref().map_or(self.from, |record| record.replicas)
    }

    /// Ordinals that this run and those before it have taken away.
    fn gone(&self, now: &Snapshot) -> Range<u32> {
        let (set, began) = (&now.set, self.began_with(now));
        let first = set.replicas.max(self.to);
        set.start.saturating_add(first)..set.start.saturating_add(began)
    }

    /// A pod that leaves and will not be ready any more, which nobody waits for.
    fn given_up(&self, now: &Snapshot, ordinal: u32) -> Option<Arc<Pod>> {
        let pod = now.pod(ordinal).ok()??;
        let leaves = self.data.is_some() && ordinal >= self.staying(now).end;
        (leaves && is_failing(now, pod)).then(|| Arc::clone(pod))
    }

    /// A set that has its replicas already, and of which no run left anything to do.
    fn is_idle(&self, now: &Snapshot) -> bool {
        self.from == self.to && now.record.is_none() && !self.is_levelled
    }

    /// The highest ordinal leaves: its data first, where it is known, and right after that the ordinal.
    fn leave(&self, now: &Snapshot, data: Option<&dyn Data>) -> Seen<Next<Snapshot>> {
        let ordinal = now.set.ordinals().end.saturating_sub(1);
        if let Some(next) = claims::kept(now, ordinal, &self.manner)? {
            return Ok(next);
        }
        if let Some(data) = data {
            let keeps_disk = !self.manner.deletes_claims;
            let next = data.next(now, &Goal::Parted { ordinal, keeps_disk })?;
            if !matches!(next, Next::Done) {
                return Ok(next);
            }
        }
        if let Some(next) = drain::next(now, ordinal, &self.manner)? {
            return Ok(next);
        }
        Ok(Next::Do(Box::new(Replicas::lowered(now, &self.manner))))
    }

    fn join(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        if let Some(next) = claims::fresh(now, now.set.ordinals().end, &self.manner)? {
            return Ok(next);
        }
        Ok(Next::Do(Box::new(Replicas::raised(now))))
    }

    /// After every ordinal is there, or gone.
    fn finish(&self, now: &Snapshot, data: &dyn Data) -> Seen<Next<Snapshot>> {
        // Who took ordinals away meanwhile may have left what was on its way.
        let is_down = !self.is_levelled && self.began_with(now) > self.to;
        let goal = if is_down { self.left(now) } else { Goal::Arranged { wishes: self.wishes } };
        let next = data.next(now, &goal)?;
        if !matches!(next, Next::Done) {
            return Ok(next);
        }
        data.next(now, &Goal::Restored)
    }
}

impl Planner<Snapshot> for Scale<'_> {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let set = &now.set;
        if let Some(refused) = replaced(now, &self.uid) {
            return Ok(refused);
        }
        if set.observed_generation < set.generation {
            let says = "until the controller has seen its {replicas} replicas";
            let wait = waiting(Object::set(&set.name), says);
            return Ok(Next::Wait(Wait {
                evidence: vec![("replicas", set.replicas.into())],
                ..wait
            }));
        }
        let data = self.data.filter(|_| !self.is_idle(now));
        if let Some(data) = data {
            let next = data.next(now, &self.goal(now))?;
            if !matches!(next, Next::Done) {
                return Ok(next);
            }
        }
        let is_lowered = set.replicas > self.to;
        // One that is about to leave need not be ready; nor does any that leaves, where the database needs none of them any more.
        let end = set.ordinals().end;
        let first = if data.is_some() { self.staying(now).end } else { end.saturating_sub(1) };
        if let Some(wait) = unsettled(now, if is_lowered { first } else { end })? {
            return Ok(Next::Wait(wait));
        }
        if let Some(next) = claims::gone(now, self.gone(now), &self.manner)? {
            return Ok(next);
        }
        if is_lowered {
            return self.leave(now, data);
        }
        if let Some(next) = drain::stays(now)? {
            return Ok(next);
        }
        match data {
            _ if set.replicas < self.to => self.join(now),
            Some(data) => self.finish(now, data),
            None => Ok(Next::Done),
        }
    }

    fn leaves(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        self.data.map_or(Ok(Next::Done), |data| data.next(now, &Goal::Paused))
    }

    fn settle(&self, now: &mut Snapshot) {
        let set = now.set.clone();
        let pod = |it: u32| self.given_up(now, it).or_else(|| ready(now, it));
        now.pods = now.pods().map(|_| set.ordinals().filter_map(pod).collect());
        Arc::make_mut(&mut now.set).observed_generation = set.generation;
        publish(now);
        claims::settle(now);
        if let Some(data) = self.data {
            data.settle(now);
        }
    }
}

/// What is forecast of the set and its pods is what those see who look at all sets and pods.
pub(super) fn publish(now: &mut Snapshot) {
    let set = &now.set;
    let shared = Arc::make_mut(&mut now.shared);
    if let Ok(sets) = &mut shared.sets {
        sets.iter_mut().filter(|it| it.uid == set.uid).for_each(|it| it.clone_from(set));
    }
    if let (Ok(all), Ok(own)) = (&mut shared.pods, &now.pods) {
        all.retain(|pod| !set.controls(pod));
        all.extend(own.iter().cloned());
    }
}

/// A pod as one that is there and ready.
pub(super) fn ready(now: &Snapshot, ordinal: u32) -> Option<Arc<Pod>> {
    let name = now.set.pod_name(ordinal);
    let pods = now.pods().ok()?;
    let mut pod = if let Some(known) = pods.iter().find(|pod| pod.name == name) {
        (**known).clone()
    } else {
        let like = pods.first().map_or(&now.set.template.pod, |pod| pod);
        Pod { uid: format!("forecast-{name}"), name, ..like.clone() }
    };
    pod.phase = Phase::Running;
    pod.deleting = None;
    pod.conditions = vec![Condition {
        kind: "Ready".to_owned(),
        holds: true,
        reason: None,
        message: None,
        since: Some(Timestamp::MIN),
    }];
    Some(Arc::new(pod))
}

/// What has to come to rest before the next ordinal: those from this one on need not be ready.
fn unsettled(now: &Snapshot, first_dispensable: u32) -> Seen<Option<Wait>> {
    let set = &now.set;
    for Ordinal { number, is_wanted, pod } in now.ordinals()? {
        let object = Object::pod(&set.pod_name(number));
        let wait = match pod {
            Some(_) if !is_wanted => Some("until it is gone"),
            _ if number >= first_dispensable => None,
            None => Some("until it is there"),
            Some(pod) if pod.is_available(set.min_ready_seconds, now.at) => None,
            Some(_) => Some("until it is ready"),
        };
        if let Some(says) = wait {
            return Ok(Some(waiting(object, says)));
        }
    }
    Ok(None)
}

fn waiting(object: Object, says: &'static str) -> Wait {
    Wait { object, says, evidence: Vec::new() }
}
