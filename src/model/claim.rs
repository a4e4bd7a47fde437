//! A claim, and which ordinal of which template it belongs to by its name.

use super::{Condition, Labels, Owner, Set, Timestamp};

#[derive(Clone, Debug)]
pub struct Claim {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub labels: Labels,
    pub owners: Vec<Owner>,
    /// The one among them with `controller: true`.
    pub controller: Option<Owner>,
    pub created: Option<Timestamp>,
    pub deleting: Option<Timestamp>,
    pub finalizers: Vec<String>,
    pub phase: ClaimPhase,
    pub class: Option<String>,
    pub volume: Option<String>,
    /// Bytes asked for.
    pub request: Option<u64>,
    /// Bytes that the volume has.
    pub capacity: Option<u64>,
    pub modes: Vec<String>,
    /// `Filesystem` or `Block`.
    pub volume_mode: String,
    /// `Resizing`, `FileSystemResizePending`, `Unused` (KEP-5541), …
    pub conditions: Vec<Condition>,
    /// `status.allocatedResourceStatuses.storage`: how far growing has come, or that it cannot.
    pub resize_status: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimPhase {
    Pending,
    Bound,
    Lost,
}

/// Where a claim stands in a set: `<template>-<set>-<ordinal>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub template: String,
    pub ordinal: u32,
}

impl Claim {
    /// Its place in this set by name alone.
    pub fn place_in(&self, set: &Set) -> Option<Place> {
        set.places().of(self)
    }

    pub fn is_single_node(&self) -> bool {
        !self.modes.iter().any(|mode| mode == "ReadWriteMany" || mode == "ReadOnlyMany")
    }
}
