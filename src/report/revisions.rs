//! Which revision each ordinal runs, and which revisions are kept.

use std::collections::BTreeSet;

use crate::controller::reborn_on;
use crate::model::{Pod, Revision, Seen, Set, Snapshot, Timestamp, Update};

/// What `rollout status` shows.
pub struct Standing<'a> {
    pub set: &'a Set,
    pub rows: Vec<Standee<'a>>,
    /// Whether a run of ours is unfinished.
    pub is_on_its_way: bool,
}

/// One ordinal.
pub struct Standee<'a> {
    pub ordinal: u32,
    pub name: String,
    pub pod: Option<&'a Pod>,
    pub place: Place,
    /// The revision that it would come back on if it died now.
    pub reborn_on: Option<&'a str>,
    /// What its member says of itself, where a database is known.
    pub member: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Missing,
    Terminating,
    NotReady,
    /// Ready for less than `minReadySeconds`.
    NotAvailable,
    Available,
}

impl<'a> Standing<'a> {
    /// # Errors
    /// When its pods were not read.
    pub fn new(now: &'a Snapshot) -> Seen<Self> {
        let set = &*now.set;
        let members = now.members.as_deref().unwrap_or_default();
        let rows = now.ordinals()?.into_iter().map(|it| {
            let pod = it.pod.map(|pod| &**pod);
            let of_pod = |uid: &str| {
                let is_it = |pod: &crate::model::PodRef| pod.uid == uid;
                members.iter().find(|member| member.pod.as_ref().is_some_and(is_it))
            };
            Standee {
                ordinal: it.number,
                name: set.pod_name(it.number),
                pod,
                place: place(pod, set, now.at),
                reborn_on: it.is_wanted.then(|| reborn_on(set, it.number)).flatten(),
                member: pod.and_then(|pod| of_pod(&pod.uid)).map(|member| member.state.as_str()),
            }
        });
        let is_on_its_way = now.rollout().is_some();
        Ok(Self { set, rows: rows.collect(), is_on_its_way })
    }

    pub fn newest(&self) -> &'a str {
        self.set.update_revision.as_deref().unwrap_or_default()
    }

    pub fn is_new(&self, row: &Standee<'_>) -> bool {
        row.pod.is_some_and(|pod| pod.revision() == Some(self.newest()))
    }

    /// Every ordinal that is asked for is there, available, and runs the newest revision that the controller has seen.
    pub fn is_complete(&self) -> bool {
        self.set.observed_generation >= self.set.generation
            && self.rows.len() == self.set.ordinals().len()
            && self.rows.iter().all(|row| self.is_new(row) && row.place == Place::Available)
    }

    /// Ordinals below the partition that do not run the newest revision.
    pub fn held_back(&self) -> Vec<u32> {
        let first = match self.set.update {
            Update::RollingUpdate { .. } => self.set.first_updated_ordinal(),
            Update::OnDelete | Update::Other(_) => return Vec::new(),
        };
        let below = self.rows.iter().filter(|row| row.ordinal < first && !self.is_new(row));
        below.map(|row| row.ordinal).collect()
    }
}

fn place(pod: Option<&Pod>, set: &Set, at: Timestamp) -> Place {
    match pod {
        None => Place::Missing,
        Some(pod) if pod.deleting.is_some() => Place::Terminating,
        Some(pod) if !pod.is_ready() => Place::NotReady,
        Some(pod) if !pod.is_available(set.min_ready_seconds, at) => Place::NotAvailable,
        Some(_) => Place::Available,
    }
}

/// What `rollout history` shows: newest first.
pub struct Kept<'a> {
    pub revision: &'a Revision,
    /// Ordinals that run it.
    pub ordinals: BTreeSet<u32>,
    pub is_newest: bool,
}

/// # Errors
/// When revisions or pods were not read.
pub fn kept(now: &Snapshot) -> Seen<Vec<Kept<'_>>> {
    let pods = now.pods()?;
    let newest = now.set.update_revision.as_deref();
    let kept = now.revisions()?.into_iter().rev().map(|revision| Kept {
        revision,
        ordinals: pods
            .iter()
            .filter(|pod| pod.revision() == Some(revision.name.as_str()))
            .filter_map(|pod| now.set.ordinal_of(&pod.name))
            .collect(),
        is_newest: newest == Some(revision.name.as_str()),
    });
    Ok(kept.collect())
}
