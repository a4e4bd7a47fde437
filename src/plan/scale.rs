//! One ordinal at a time, from the top and from the bottom, whatever `podManagementPolicy` says: each is waited for before
//! the next.

mod replicas;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::model::{Condition, Operation, Ordinal, Phase, Pod, Seen, Snapshot, Timestamp};
use crate::plan::{Next, Planner, Wait};
use crate::rules::{Finding, Object, Severity, Violation};
use replicas::Replicas;

/// This very set is to have so many replicas.
#[derive(Clone, Debug)]
pub struct Scale {
    /// Uid of the set: one of its name that is made anew is another.
    pub uid: String,
    pub to: u32,
}

impl Planner<Snapshot> for Scale {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let set = &now.set;
        if set.uid != self.uid || set.deleting.is_some() {
            let says = "it was deleted, or made anew, since the plan was shown";
            let violation = Violation::new(Object::set(&set.name), says);
            return Ok(Next::Refuse(vec![Finding {
                rule: "set-replaced",
                severity: Severity::Error,
                blocks: Operation::ALL,
                violation,
            }]));
        }
        if set.observed_generation < set.generation {
            let says = "until the controller has seen its {replicas} replicas";
            let wait = waiting(Object::set(&set.name), says);
            return Ok(Next::Wait(Wait {
                evidence: vec![("replicas", set.replicas.into())],
                ..wait
            }));
        }
        if let Some(wait) = unsettled(now, set.replicas > self.to)? {
            return Ok(Next::Wait(wait));
        }
        Ok(match set.replicas {
            replicas if replicas > self.to => Next::Do(Box::new(Replicas::lowered(now))),
            replicas if replicas < self.to => Next::Do(Box::new(Replicas::raised(now))),
            _ => Next::Done,
        })
    }

    fn settle(&self, now: &mut Snapshot) {
        let set = now.set.clone();
        now.pods = now.pods().map(|_| set.ordinals().filter_map(|it| ready(now, it)).collect());
        Arc::make_mut(&mut now.set).observed_generation = set.generation;
    }
}

/// A pod as one that is there and ready.
fn ready(now: &Snapshot, ordinal: u32) -> Option<Arc<Pod>> {
    let mut pod = match now.pods().ok()?.first() {
        Some(known) => (**known).clone(),
        None => now.set.template.pod.clone(),
    };
    pod.name = now.set.pod_name(ordinal);
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

/// What has to come to rest before the next ordinal. One that is about to leave need not be ready.
fn unsettled(now: &Snapshot, is_lowered: bool) -> Seen<Option<Wait>> {
    let set = &now.set;
    let leaving = set.ordinals().last().filter(|_| is_lowered);
    for Ordinal { number, is_wanted, pod } in now.ordinals()? {
        let object = Object::pod(&set.pod_name(number));
        let wait = match pod {
            Some(_) if !is_wanted => Some("until it is gone"),
            _ if leaving == Some(number) => None,
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
