//! A volume is made to outlive its claim.

use std::sync::Arc;

use crate::claims::Ground;
use crate::model::{Access, Claim, PersistentVolume};
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::{Change, Failed, Kind, Target};

#[derive(Debug)]
pub(super) struct KeepVolume {
    volume: Target,
    reclaim: String,
    claim: String,
    claim_uid: String,
}

impl KeepVolume {
    pub(super) fn new(claim: &Claim, volume: &PersistentVolume) -> Self {
        Self {
            volume: Target {
                kind: Kind::Volume,
                namespace: String::new(),
                name: volume.name.clone(),
                uid: volume.uid.clone(),
            },
            reclaim: volume.reclaim.clone(),
            claim: claim.name.clone(),
            claim_uid: claim.uid.clone(),
        }
    }
}

impl Step<Ground> for KeepVolume {
    fn describe(&self) -> Description {
        let says = "reclaim policy {reclaim} -> Retain: the data of {claim} survives its claim";
        Description::new("keep", Object::volume(&self.volume.name), says)
            .with("reclaim", self.reclaim.as_str())
            .with("claim", self.claim.as_str())
    }

    fn consent(&self) -> Consent {
        Consent::DeleteClaim(self.claim_uid.clone())
    }

    fn rights(&self) -> Vec<Access> {
        vec![self.volume.access("patch")]
    }

    fn forecast(&self, now: &mut Ground) {
        let volumes = &mut Arc::make_mut(&mut now.shared).volumes;
        for volume in volumes.iter_mut().flatten().filter(|it| it.uid == self.volume.uid) {
            "Retain".clone_into(&mut volume.reclaim);
        }
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let path = "/spec/persistentVolumeReclaimPolicy";
            let change = Change::new(path, self.reclaim.as_str(), "Retain");
            hands.writes().change(&self.volume, &[change]).await
        })
    }
}
