//! Which claim, volume and node belongs to which ordinal, and which to nobody: one derivation, for `check` and `pvc`.
//!
//! A claim is called left behind or an orphan only when everything that could use it was read; otherwise its state is
//! unknown.

mod belonging;
mod differs;
mod ground;
mod growth;
mod owners;
mod pending;
mod place;
mod rows;
mod survey;
mod trouble;

pub use belonging::former_place_in;
pub use differs::Difference;
pub use ground::Ground;
pub use growth::Growth;
pub use owners::{gone_owner, other_controller};
pub use pending::Pending;
pub use place::{Held, Source, held};
pub use survey::{Survey, awaits_workloads, beyond, is_undecided, missing, of};

use crate::model::{Claim, Owner, PersistentVolume, Pod, Seen, Set, Timestamp, Unread};

/// One volume of one ordinal; or a claim or volume that no pod uses.
#[derive(Clone, Debug)]
pub struct Holding<'a> {
    pub namespace: &'a str,
    /// None where no set that is there has a place for it.
    pub set: Option<&'a Set>,
    pub ordinal: Option<u32>,
    /// The pod of that ordinal; where there is no ordinal, none.
    pub pod: Option<&'a Pod>,
    pub source: Source<'a>,
    /// Of the claim, whether it is there or not; None for a folder.
    pub name: Option<String>,
    pub claim: Option<&'a Claim>,
    /// The volume behind the claim; None where there is none.
    pub volume: Seen<Option<&'a PersistentVolume>>,
    /// Pods that mount the claim and are not finished, of whoever.
    pub users: Vec<&'a str>,
    /// The most telling first; never empty.
    pub states: Vec<State>,
}

/// What can be said of a holding; several may be so at once.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Deleted, and held by these pods; or by its finalizers where there is none.
    Terminating(Vec<String>),
    /// The volume is gone, or bound to another claim.
    Lost,
    Pending(Pending),
    /// An owner of an earlier life: the garbage collector may delete the claim.
    StaleOwner(Owner),
    /// More than one pod mounts it.
    Shared(Vec<String>),
    Resizing(Growth),
    Drifted(Difference),
    /// Something else controls or names it, by kind and name: `cronjob/backup`.
    Foreign(String),
    /// A scale-up to so many replicas would start on its data; None where none comes so far down.
    LeftBehind(Option<u32>),
    /// Its set asks for no pods.
    Parked,
    /// Its set is gone, and nothing names it.
    Orphan,
    /// Something that could use it was not read.
    Unknown(Unread),
    /// Of an ordinal that is asked for, and not there. Whether that ordinal has a pod, which runs without it.
    Missing {
        has_pod: bool,
    },
    /// A volume whose claim is gone: `Released`, or `Failed` where it could not be reclaimed.
    Released,
    /// A folder that goes with its pod or node: `emptyDir`, `hostPath`.
    NotDurable(&'static str),
    /// Its ordinal is asked for, and no pod mounts it now.
    Waiting,
    InUse,
    /// Not the name of a set's claim, and nothing names it.
    Unrelated,
}

impl State {
    /// The words of `--state` and of the JSON report.
    pub const NAMES: [&'static str; 18] = [
        "in-use",
        "waiting",
        "missing",
        "left-behind",
        "parked",
        "orphan",
        "shared",
        "foreign",
        "terminating",
        "pending",
        "lost",
        "resizing",
        "drifted",
        "stale-owner",
        "released",
        "not-durable",
        "unknown",
        "unrelated",
    ];

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Terminating(_) => "terminating",
            Self::Lost => "lost",
            Self::Pending(_) => "pending",
            Self::StaleOwner(_) => "stale-owner",
            Self::Shared(_) => "shared",
            Self::Resizing(_) => "resizing",
            Self::Drifted(_) => "drifted",
            Self::Foreign(_) => "foreign",
            Self::LeftBehind(_) => "left-behind",
            Self::Parked => "parked",
            Self::Orphan => "orphan",
            Self::Unknown(_) => "unknown",
            Self::Missing { .. } => "missing",
            Self::Released => "released",
            Self::NotDurable(_) => "not-durable",
            Self::Waiting => "waiting",
            Self::InUse => "in-use",
            Self::Unrelated => "unrelated",
        }
    }
}

impl Holding<'_> {
    /// The most telling of its states.
    pub fn state(&self) -> &State {
        self.states.first().unwrap_or(&State::InUse)
    }

    pub fn is(&self, state: &str) -> bool {
        self.states.iter().any(|it| it.name() == state)
    }

    /// Since when nobody uses the claim, where the cluster keeps that (KEP-5541).
    pub fn unused_since(&self) -> Option<Timestamp> {
        let mut conditions = self.claim?.conditions.iter();
        conditions.find(|it| it.kind == "Unused" && it.holds).and_then(|it| it.since)
    }

    /// The volume behind it, which may not have been read.
    pub fn volume_name(&self) -> Option<&str> {
        let by_itself = || Some(self.volume.as_ref().ok().copied().flatten()?.name.as_str());
        self.claim.and_then(|claim| claim.volume.as_deref()).or_else(by_itself)
    }

    /// Its reclaim policy: what becomes of the data when the claim goes. None where it has no volume.
    pub fn reclaim(&self) -> Seen<Option<&str>> {
        self.volume.as_ref().map_err(Clone::clone).map(|it| it.map(|it| it.reclaim.as_str()))
    }
}

#[cfg(test)]
mod tests;
