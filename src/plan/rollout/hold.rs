//! A set whose template may be changed, and nothing comes of it yet.

use super::act;
use super::partition::{HOLD, Partition};
use super::refusal::not_by_partition;
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
        if set.uid != self.uid || set.deleting.is_some() {
            return Ok(Next::Refuse(vec![replaced(now)]));
        }
        Ok(match set.update {
            Update::RollingUpdate { partition: Some(HOLD), .. } => Next::Done,
            Update::RollingUpdate { partition, .. } => {
                act(Partition::held_for_good(now, partition))
            }
            _ => Next::Refuse(vec![not_by_partition(set)]),
        })
    }

    fn settle(&self, _now: &mut Snapshot) {}
}
