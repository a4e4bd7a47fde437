//! Deleting claims that nobody uses, one after the other. Their data survives unless it is to be discarded: the volume is
//! first made to outlive its claim.

mod delete;
mod keep;
mod refusal;
mod select;
#[cfg(test)]
mod tests;

pub use select::{Choice, Which};

use std::sync::Arc;

use crate::claims::{Ground, Holding, State};
use crate::model::{Claim, PersistentVolume, Seen};
use crate::plan::{Next, Planner, Wait};
use crate::rules::Object;
use delete::DeleteClaim;
use keep::KeepVolume;

/// These claims are to go, and no other.
#[derive(Clone, Debug)]
pub struct Deletion {
    pub which: Which,
    pub namespace: String,
    pub claims: Vec<Chosen>,
    /// Whether what is on the volumes may go with them.
    pub discard_data: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub name: String,
    pub uid: String,
}

impl Planner<Ground> for Deletion {
    fn next(&self, now: &Ground) -> Seen<Next<Ground>> {
        for chosen in &self.claims {
            if let Some(next) = self.next_of(now, chosen)? {
                return Ok(next);
            }
        }
        Ok(Next::Done)
    }

    fn settle(&self, now: &mut Ground) {
        let is_ours = |claim: &Claim| {
            self.claims.iter().any(|it| it.uid == claim.uid) && claim.deleting.is_some()
        };
        if let Ok(claims) = &mut Arc::make_mut(&mut now.shared).claims {
            claims.retain(|claim| !is_ours(claim));
        }
    }
}

impl Deletion {
    /// What is to be done so that the data survives, whoever deletes the claims; None when nothing is.
    ///
    /// # Errors
    /// When sets, pods or claims were not read.
    pub fn keep(&self, now: &Ground) -> Seen<Option<Next<Ground>>> {
        for chosen in &self.claims {
            let holdings = now.survey().of_claim(&self.namespace, &chosen.name)?;
            for holding in &holdings {
                let Some(claim) = holding.claim.filter(|it| it.uid == chosen.uid) else { continue };
                match self.volume(holding) {
                    Err(refused) => return Ok(Some(refused)),
                    Ok(Some(volume)) if self.is_to_keep(volume) => {
                        return Ok(Some(Next::Do(Box::new(KeepVolume::new(claim, volume)))));
                    }
                    Ok(_) => {}
                }
            }
        }
        Ok(None)
    }

    /// The volume behind a claim, where it matters; or a refusal, where it was not read and that matters.
    fn volume<'a>(
        &self,
        holding: &Holding<'a>,
    ) -> Result<Option<&'a PersistentVolume>, Next<Ground>> {
        match &holding.volume {
            Ok(volume) => Ok(volume.filter(|it| is_behind(it, holding))),
            Err(unread) if !self.discard_data => {
                Err(Next::Refuse(vec![refusal::reclaim_unread(holding, unread)]))
            }
            Err(_) => Ok(None),
        }
    }

    fn is_to_keep(&self, volume: &PersistentVolume) -> bool {
        volume.reclaim != "Retain" && !self.discard_data
    }

    /// What is still to do for one claim; None when it is gone.
    fn next_of(&self, now: &Ground, chosen: &Chosen) -> Seen<Option<Next<Ground>>> {
        let claims = now.shared.claims.as_ref().map_err(Clone::clone)?;
        let is_it = |uid: &str, name: &str| uid == chosen.uid && name == chosen.name;
        if !claims.iter().any(|it| is_it(&it.uid, &it.name)) {
            return Ok(None);
        }
        let holdings = now.survey().of_claim(&self.namespace, &chosen.name)?;
        let found = holdings.iter().find_map(|holding| {
            Some((holding, holding.claim.filter(|it| is_it(&it.uid, &it.name))?))
        });
        let Some((holding, claim)) = found else { return Ok(None) };
        if claim.deleting.is_some() {
            return Ok(Some(if holding.users.is_empty() {
                let says = "until it is gone";
                Next::Wait(Wait { object: Object::claim(&claim.name), says, evidence: Vec::new() })
            } else {
                Next::Refuse(vec![refusal::held(holding)])
            }));
        }
        match holding.states.last() {
            Some(State::Unknown(unread)) => return Err(unread.clone()),
            state if self.which.is(state) => {}
            Some(State::Parked) => return Ok(Some(Next::Refuse(vec![refusal::parked(holding)]))),
            _ => return Ok(Some(Next::Refuse(vec![refusal::no_longer(holding)]))),
        }
        let volume = match self.volume(holding) {
            Ok(volume) => volume,
            Err(refused) => return Ok(Some(refused)),
        };
        Ok(Some(Next::Do(match volume.filter(|it| self.is_to_keep(it)) {
            Some(volume) => Box::new(KeepVolume::new(claim, volume)),
            None => Box::new(DeleteClaim::new(holding, claim, volume)),
        })))
    }
}

/// Whether a volume is bound to this very claim.
fn is_behind(volume: &PersistentVolume, holding: &Holding<'_>) -> bool {
    let uid = holding.claim.map(|claim| claim.uid.as_str());
    volume.claim.as_ref().map(|claim| claim.uid.as_str()) == uid
}
