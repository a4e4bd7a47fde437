//! What a database is to have come to, before or after Kubernetes adds or takes away a pod.

use std::ops::Range;

use super::Next;
use crate::model::{Pod, Seen, Snapshot, Value};
use crate::rules::Finding;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Nothing that anybody needs is outside these ordinals.
    Left { staying: Range<u32>, wishes: Wishes },
    /// This ordinal is no member any more, holds nothing and knows nobody: its pod can go. Of a disk that is not kept it does not
    /// matter what it holds, where the pod does not answer.
    Parted { ordinal: u32, keeps_disk: bool },
    /// Every pod that is there is a member.
    Met,
    /// Every member has its part, each as large as the others'.
    Arranged { wishes: Wishes },
    /// Nothing is left of a run: settings as they were, nobody known who is gone.
    Restored,
    /// Every member is there, and has all that it needs; but for ordinals that are about to be replaced because they do not.
    Steady { given_up: Vec<u32> },
    /// Nothing depends on the pod of this ordinal for a moment.
    Relieved { ordinal: u32 },
    /// A run stops on its way: settings as they were, as far as that is safe.
    Paused,
    /// What is broken and can be mended without losing anything is mended.
    Settled { mending: Mending },
}

/// What is wanted of a database beyond what follows from its ordinals; None as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    pub shards: Option<usize>,
    pub replicas_per_shard: Option<usize>,
    pub transfer: Transfer,
}

/// How what is broken may be mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mending {
    pub transfer: Transfer,
    /// `replica-not-promoted` is allowed.
    pub takes_over: bool,
}

/// What planners refuse and what may be allowed all the same, as a rule may: its id, and when it is refused.
pub const ALLOWABLE: [(&str, &str); 4] = [
    (ENGINE_DOWNGRADE, "a version that does not read what is there"),
    (KEY_TOO_LARGE, "while slots move"),
    (TARGET_MEMORY, "while slots move"),
    (NOT_PROMOTED, "a replica of a primary that has failed"),
];
/// A member has run what writes data that the version it is to get does not read.
pub const ENGINE_DOWNGRADE: &str = "engine-downgrade";
/// A key that keeps its member from answering for so long that others may take it for dead.
pub const KEY_TOO_LARGE: &str = "key-too-large";
/// A member that has no room for what it is to get.
pub const TARGET_MEMORY: &str = "target-memory";
/// A replica of a primary that has failed, which can take over only without the votes of the others.
pub const NOT_PROMOTED: &str = "replica-not-promoted";

/// How data moves from member to member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub path: Path,
    /// Percent of its time that a member may be busy with it.
    pub busy: u8,
    /// `key-too-large` is allowed.
    pub is_any_size: bool,
    /// `target-memory` is allowed.
    pub is_any_room: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Path {
    /// The best that the servers can do.
    #[default]
    Auto,
    /// The servers move whole slots by themselves.
    Atomic,
    /// Key by key.
    Keys,
}

impl Default for Transfer {
    fn default() -> Self {
        Self { path: Path::Auto, busy: 100, is_any_size: false, is_any_room: false }
    }
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

    /// How many of these ordinals, from the first, may be away at once and leave each part of the data with a member that
    /// serves it.
    fn apart(&self, now: &Snapshot, ordinals: &[u32]) -> usize;

    /// What stands against giving members what the images of this template run.
    fn downgrade(&self, now: &Snapshot, template: &Pod) -> Option<Finding>;

    /// Whether a finding is what such a plan itself brings about, or sees to.
    fn sees_to(&self, now: &Snapshot, goal: &Goal, finding: &Finding) -> bool;

    /// What it comes to, in a few words with their evidence.
    fn says(&self, now: &Snapshot, goal: &Goal) -> Option<Words>;
}
