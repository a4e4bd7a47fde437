//! What becomes of the claims of ordinals that leave or join: planned as `pvc --delete` plans it.

use std::ops::Range;
use std::sync::Arc;

use super::{Manner, waiting};
use crate::claims::Ground;
use crate::model::{Access, Claim, RetentionPolicy, Seen, Snapshot};
use crate::plan::claims::{Chosen, Deletion, Which};
use crate::plan::{Consent, Description, Hands, Next, Planner, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

/// Of ordinals that are gone: None when nothing of them is there any more.
pub(super) fn gone(
    now: &Snapshot,
    ordinals: Range<u32>,
    manner: &Manner,
) -> Seen<Option<Next<Snapshot>>> {
    if !manner.deletes_claims {
        return Ok(None);
    }
    if now.set.retention.when_scaled == RetentionPolicy::Delete {
        let says = "until Kubernetes has deleted it (whenScaled: Delete)";
        let claims = of_ordinals(now, ordinals)?;
        let wait = |claim: &Arc<Claim>| Next::Wait(waiting(Object::claim(&claim.name), says));
        return Ok(claims.first().map(|claim| wait(claim)));
    }
    deleted(now, ordinals, manner)
}

/// Before an ordinal leaves whose claims Kubernetes deletes: their volumes outlive them.
pub(super) fn kept(now: &Snapshot, ordinal: u32, manner: &Manner) -> Seen<Option<Next<Snapshot>>> {
    let is_theirs = now.set.retention.when_scaled == RetentionPolicy::Delete;
    if !(manner.deletes_claims && is_theirs) {
        return Ok(None);
    }
    let deletion = deletion(now, ordinal..ordinal.saturating_add(1), manner)?;
    Ok(deletion.keep(&now.clone().into())?.and_then(over))
}

/// Before an ordinal joins.
pub(super) fn fresh(now: &Snapshot, ordinal: u32, manner: &Manner) -> Seen<Option<Next<Snapshot>>> {
    if !manner.is_fresh {
        return Ok(None);
    }
    deleted(now, ordinal..ordinal.saturating_add(1), manner)
}

fn deleted(now: &Snapshot, ordinals: Range<u32>, manner: &Manner) -> Seen<Option<Next<Snapshot>>> {
    let deletion = deletion(now, ordinals, manner)?;
    Ok(over(deletion.next(&now.clone().into())?))
}

fn deletion(now: &Snapshot, ordinals: Range<u32>, manner: &Manner) -> Seen<Deletion> {
    let claims = of_ordinals(now, ordinals)?;
    let chosen = claims.iter().map(|it| Chosen { name: it.name.clone(), uid: it.uid.clone() });
    Ok(Deletion {
        which: Which::LeftBehind,
        namespace: now.set.namespace.clone(),
        claims: chosen.collect(),
        discard_data: manner.discards_data,
    })
}

/// The highest ordinal first.
fn of_ordinals(now: &Snapshot, ordinals: Range<u32>) -> Seen<Vec<&Arc<Claim>>> {
    if ordinals.is_empty() || now.set.claim_templates.is_empty() {
        return Ok(Vec::new());
    }
    let mut claims = now.claims()?;
    claims.retain(|(place, _)| ordinals.contains(&place.ordinal));
    claims.sort_by_key(|(place, _)| std::cmp::Reverse(place.ordinal));
    Ok(claims.into_iter().map(|(_, claim)| claim).collect())
}

/// What is deleted while it is waited for is gone when that has happened.
pub(super) fn settle(now: &mut Snapshot) {
    let namespace = now.set.namespace.clone();
    let ordinals = now.set.ordinals();
    let places = now.set.clone();
    if let Ok(claims) = &mut Arc::make_mut(&mut now.shared).claims {
        claims.retain(|claim| {
            let place = claim.place_in(&places).filter(|_| claim.namespace == namespace);
            claim.deleting.is_none() || place.is_none_or(|it| ordinals.contains(&it.ordinal))
        });
    }
}

fn over(next: Next<Ground>) -> Option<Next<Snapshot>> {
    match next {
        Next::Do(step) => Some(Next::Do(Box::new(OfClaims(step)))),
        Next::Wait(wait) => Some(Next::Wait(wait)),
        Next::Refuse(findings) => Some(Next::Refuse(findings)),
        Next::Done => None,
    }
}

/// A step of the deletion as one of the scaling.
#[derive(Debug)]
struct OfClaims(Box<dyn Step<Ground>>);

impl Step<Snapshot> for OfClaims {
    fn describe(&self) -> Description {
        self.0.describe()
    }

    fn consent(&self) -> Consent {
        self.0.consent()
    }

    fn rights(&self) -> Vec<Access> {
        self.0.rights()
    }

    fn forecast(&self, now: &mut Snapshot) {
        let mut ground = Ground::from(now.clone());
        self.0.forecast(&mut ground);
        now.shared = ground.shared;
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        self.0.act(hands)
    }
}
