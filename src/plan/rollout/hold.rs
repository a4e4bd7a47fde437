//! Nothing more is begun: of a template that may be changed from now on, or of one that is coming to its pods.

use super::act;
use super::partition::{HOLD, Partition};
use super::refusal::not_by_partition;
use super::way::Way;
use crate::model::{Seen, Snapshot, Update};
use crate::plan::repair::replaced;
use crate::plan::{Next, Planner};

/// Nothing is rolled out from now on, whoever changes the template.
pub struct Hold<'a> {
    pub uid: &'a str,
}

impl Planner<Snapshot> for Hold<'_> {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let set = &*now.set;
        if let Some(refused) = replaced(now, self.uid) {
            return Ok(refused);
        }
        Ok(match set.update {
            Update::RollingUpdate { partition: Some(HOLD), .. } => Next::Done,
            Update::RollingUpdate { .. } => act(Partition::held_for_good(now)),
            _ => Next::Refuse(vec![not_by_partition(set)]),
        })
    }

    fn settle(&self, _now: &mut Snapshot) {}
}

/// The controller stops before its next pod. What it was before comes back at the end of the rollout.
pub struct Pause<'a> {
    pub uid: &'a str,
}

impl Planner<Snapshot> for Pause<'_> {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let set = &*now.set;
        if let Some(refused) = replaced(now, self.uid) {
            return Ok(refused);
        }
        if let Update::Other(_) = set.update {
            return Ok(Next::Refuse(vec![not_by_partition(set)]));
        }
        let way = Way::new(now)?;
        Ok(if way.open < way.held { act(Partition::held(now, way.held)) } else { Next::Done })
    }

    fn settle(&self, _now: &mut Snapshot) {}
}
