//! What a database is to have come to, before or after Kubernetes adds or takes away a pod.

use std::ops::Range;

use super::Next;
use crate::model::{Seen, Snapshot, Value};
use crate::rules::Finding;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Nothing that anybody needs is outside these ordinals.
    Left { staying: Range<u32>, shape: Shape },
    /// This ordinal is no member any more, holds nothing and knows nobody: its pod can go.
    Parted { ordinal: u32 },
    /// Every pod that is there is a member.
    Met,
    /// Every member has its part, each as large as the others'.
    Arranged { shape: Shape },
    /// Nothing is left of a run: settings as they were, nobody known who is gone.
    Restored,
    /// What is broken and can be mended without losing anything is mended.
    Settled,
}

/// How many shards with how many replicas each; None as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    pub shards: Option<usize>,
    pub replicas_per_shard: Option<usize>,
}

/// A template, and its evidence.
pub type Words = (&'static str, Vec<(&'static str, Value)>);

/// What a database adds to a plan.
pub trait Data {
    /// # Errors
    /// When something that it decides on was not read.
    fn next(&self, now: &Snapshot, goal: &Goal) -> Seen<Next<Snapshot>>;

    /// What it waits for, as if it had happened.
    fn settle(&self, now: &mut Snapshot);

    /// Whether a finding is what such a plan itself brings about, or sees to.
    fn sees_to(&self, now: &Snapshot, goal: &Goal, finding: &Finding) -> bool;

    /// What it comes to, in a few words with their evidence.
    fn says(&self, now: &Snapshot, goal: &Goal) -> Option<Words>;
}
