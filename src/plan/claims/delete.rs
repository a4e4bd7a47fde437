//! One claim is deleted.

use std::sync::Arc;

use crate::claims::{Ground, Holding};
use crate::model::{Access, Claim, PersistentVolume, Timestamp, Value};
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::{Failed, Kind, Target};

#[derive(Debug)]
pub(super) struct DeleteClaim {
    claim: Target,
    size: u64,
    data: Data,
    /// Since when nobody uses it, where that is known.
    unused: Option<Timestamp>,
    created: Option<Timestamp>,
}

/// What becomes of what is on the volume.
#[derive(Debug)]
enum Data {
    /// There is no volume.
    None,
    Stays {
        volume: String,
    },
    Goes {
        volume: String,
        reclaim: String,
    },
    /// The volume was not read.
    MayGo,
}

impl DeleteClaim {
    pub(super) fn new(
        holding: &Holding<'_>,
        claim: &Claim,
        volume: Option<&PersistentVolume>,
    ) -> Self {
        let data = match volume {
            Some(volume) if volume.reclaim == "Retain" => {
                Data::Stays { volume: volume.name.clone() }
            }
            Some(volume) => {
                Data::Goes { volume: volume.name.clone(), reclaim: volume.reclaim.clone() }
            }
            None if holding.volume.is_err() => Data::MayGo,
            None => Data::None,
        };
        Self {
            claim: Target {
                kind: Kind::Claim,
                namespace: claim.namespace.clone(),
                name: claim.name.clone(),
                uid: claim.uid.clone(),
            },
            size: claim.capacity.or(claim.request).unwrap_or_default(),
            data,
            unused: holding.unused_since(),
            created: claim.created,
        }
    }
}

impl Step<Ground> for DeleteClaim {
    fn describe(&self) -> Description {
        let says = match (&self.data, self.unused.is_some()) {
            (Data::None, _) => "{size}, it has no volume",
            (Data::Stays { .. }, true) => {
                "{size}, unused since {unused}; its data stays on {volume}"
            }
            (Data::Stays { .. }, false) => {
                "{size}, made {created}, last use not known; its data stays on {volume}"
            }
            (Data::Goes { .. }, true) => {
                "{size}, unused since {unused}; ITS DATA IS LOST with {volume} (reclaim policy {reclaim})"
            }
            (Data::Goes { .. }, false) => {
                "{size}, made {created}, last use not known; ITS DATA IS LOST with {volume} (reclaim policy {reclaim})"
            }
            (Data::MayGo, _) => {
                "{size}, made {created}; ITS DATA MAY BE LOST: its volume was not read"
            }
        };
        let description = Description::new("delete", Object::claim(&self.claim.name), says)
            .with("size", Value::Bytes(self.size))
            .with("uid", self.claim.uid.as_str());
        let times = [("unused", self.unused), ("created", self.created)];
        let description = times.into_iter().fold(description, |it, (name, time)| match time {
            Some(time) => it.with(name, Value::Time(time)),
            None => it.with(name, "some time ago"),
        });
        match &self.data {
            Data::None | Data::MayGo => description,
            Data::Stays { volume } => description.with("volume", volume.as_str()),
            Data::Goes { volume, reclaim } => {
                description.with("volume", volume.as_str()).with("reclaim", reclaim.as_str())
            }
        }
    }

    fn consent(&self) -> Consent {
        Consent::DeleteClaim(self.claim.uid.clone())
    }

    fn rights(&self) -> Vec<Access> {
        vec![self.claim.access("delete")]
    }

    fn forecast(&self, now: &mut Ground) {
        if let Ok(claims) = &mut Arc::make_mut(&mut now.shared).claims {
            claims.retain(|claim| claim.uid != self.claim.uid);
        }
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        hands.writes().delete(&self.claim)
    }
}
