//! How far a rollout has come.

use std::sync::Arc;

use crate::model::{Pod, Seen, Set, Snapshot, Update};
use crate::rules::Object;

pub(super) struct Way<'a> {
    pub set: &'a Set,
    pub newest: &'a str,
    /// Lowest first; None where there is no pod.
    pub pods: Vec<Option<&'a Arc<Pod>>>,
    /// Index of the lowest pod that the controller replaces by itself.
    pub open: u32,
    /// Index of the lowest pod above which, itself included, all run the newest revision, or are about to.
    pub held: u32,
}

impl<'a> Way<'a> {
    pub(super) fn new(now: &'a Snapshot) -> Seen<Self> {
        let set = &*now.set;
        let newest = set.update_revision.as_deref().unwrap_or_default();
        let wanted = now.ordinals()?.into_iter().filter(|it| it.is_wanted);
        let pods: Vec<Option<&Arc<Pod>>> = wanted.map(|it| it.pod).collect();
        let above = pods.iter().rev().take_while(|pod| !is_behind(pod.map(|it| &**it), newest));
        let held = set.replicas - u32::try_from(above.count()).unwrap_or(set.replicas);
        let open = match set.update {
            Update::RollingUpdate { partition, .. } => partition.unwrap_or(0).min(set.replicas),
            Update::OnDelete | Update::Other(_) => set.replicas,
        };
        Ok(Self { set, newest, pods, open, held })
    }

    pub(super) fn ordinal(&self, index: u32) -> u32 {
        self.set.start.saturating_add(index)
    }

    pub(super) fn pod(&self, index: u32) -> Option<&'a Arc<Pod>> {
        self.pods.get(index as usize).copied().flatten()
    }

    pub(super) fn name(&self, index: u32) -> Object {
        Object::pod(&self.set.pod_name(self.ordinal(index)))
    }

    /// With its index, lowest first.
    pub(super) fn pods(&self) -> impl DoubleEndedIterator<Item = (u32, Option<&'a Arc<Pod>>)> {
        (0..self.set.replicas).map(|index| (index, self.pod(index)))
    }

    /// Whether the controller replaces nothing of itself: it is deleted, one after the other.
    pub(super) fn is_by_hand(&self) -> bool {
        self.set.update == Update::OnDelete
    }
}

/// It runs another revision, and is not on its way out.
pub(super) fn is_behind(pod: Option<&Pod>, newest: &str) -> bool {
    pod.is_some_and(|pod| pod.revision() != Some(newest) && pod.deleting.is_none())
}
