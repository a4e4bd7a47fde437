//! What is broken and can be mended is mended: by the database, on the pods that are there.

use crate::model::{Seen, Snapshot};
use crate::plan::{Data, Goal, Mending, Next, Planner};
use crate::rules::{Finding, Object, Violation};

#[derive(Clone)]
pub struct Repair<'a> {
    /// Uid of the set.
    pub uid: String,
    pub data: &'a dyn Data,
    pub mending: Mending,
}

impl Repair<'_> {
    pub fn goal(&self) -> Goal {
        Goal::Settled { mending: self.mending }
    }
}

impl Planner<Snapshot> for Repair<'_> {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        if let Some(refused) = replaced(now, &self.uid) {
            return Ok(refused);
        }
        self.data.next(now, &self.goal())
    }

    fn leaves(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        self.data.next(now, &Goal::Paused)
    }

    fn settle(&self, now: &mut Snapshot) {
        self.data.settle(now);
    }
}

/// Refused where the set is another than the one that was shown, by its uid.
pub fn replaced(now: &Snapshot, uid: &str) -> Option<Next<Snapshot>> {
    if now.set.uid == uid && now.set.deleting.is_none() {
        return None;
    }
    let says = "it is being deleted, or was made anew since the plan was shown";
    let violation = Violation::new(Object::set(&now.set.name), says);
    Some(Next::Refuse(vec![Finding::refusal("set-replaced", violation)]))
}
