//! Why a claim is not bound.

use crate::model::{Claim, PersistentVolume, Shared, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// A volume that a claim of this name had before still has that data: by its name.
    Former(String),
    /// There is no storage class of this name.
    NoSuchClass(String),
    /// It names no class, and whether there is a default one, which it then did not take.
    NoClass { has_default: bool },
    /// Its class binds it when its pod is placed (`WaitForFirstConsumer`).
    WaitsForPod(String),
    /// The provisioner's own words.
    Refused(String),
    /// It was made a moment ago.
    New(String),
    /// Its class has a provisioner that has not answered.
    NoAnswer(String),
}

/// So long a volume may take to be made before anybody worries.
const GRACE_SECONDS: i64 = 30;

impl Pending {
    /// Of a claim whose phase is Pending.
    pub fn of(claim: &Claim, shared: &Shared, at: Timestamp) -> Self {
        let class_name = claim.class.clone().unwrap_or_default();
        let classes = || shared.classes.iter().flatten();
        let class = classes().find(|class| class.name == class_name);
        if let Some(former) = former_volume(claim, shared) {
            return Self::Former(former.name.clone());
        }
        if shared.classes.is_ok() && class.is_none() && claim.volume.is_none() {
            return if class_name.is_empty() {
                Self::NoClass { has_default: classes().any(|class| class.is_default) }
            } else {
                Self::NoSuchClass(class_name)
            };
        }
        if class.is_some_and(|class| class.waits_for_consumer) {
            return Self::WaitsForPod(class_name);
        }
        let mut events = shared.events.iter().flatten();
        if let Some(event) = events.rfind(|event| event.object_uid == claim.uid) {
            return Self::Refused(event.message.clone());
        }
        let age = claim.created.map(|created| at.duration_since(created).as_secs());
        if age.is_some_and(|age| age < GRACE_SECONDS) {
            Self::New(class_name)
        } else {
            Self::NoAnswer(class_name)
        }
    }
}

/// The volume that a claim of this name was bound to, and that was kept.
fn former_volume<'a>(claim: &Claim, shared: &'a Shared) -> Option<&'a PersistentVolume> {
    let is_former = |it: &&PersistentVolume| {
        let of = it.claim.as_ref().filter(|of| of.uid != claim.uid);
        it.phase == "Released"
            && it.deleting.is_none()
            && it.reclaim == "Retain"
            && of.is_some_and(|of| of.name == claim.name && of.namespace == claim.namespace)
    };
    shared.volumes.iter().flatten().find(is_former)
}
