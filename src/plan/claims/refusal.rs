//! Why a claim is not deleted.

use crate::claims::Holding;
use crate::model::Unread;
use crate::rules::{Finding, Object, Violation};

/// A pod mounted it while it was being deleted.
pub(super) fn held(holding: &Holding<'_>) -> Finding {
    let says = "it is deleted, and {pods} mounts it: it goes with its data when that pod stops";
    let next = "copy the data off first; as long as the pod runs nothing is lost";
    refusal("claim-held", holding, says, |it| it.with("pods", users(holding)).next(next))
}

/// It is not any more what it was chosen for.
pub(super) fn no_longer(holding: &Holding<'_>) -> Finding {
    if holding.users.is_empty() {
        let says = "it is {state} now: it is not deleted";
        return refusal("claim-state-changed", holding, says, |it| {
            it.with("state", holding.state().name())
        });
    }
    let says = "{pods} mounts it now: it is not deleted";
    refusal("claim-in-use", holding, says, |it| it.with("pods", users(holding)))
}

pub(super) fn reclaim_unread(holding: &Holding<'_>, unread: &Unread) -> Finding {
    let says = "whether its data would go with it is not known: {unread}";
    let next =
        "a right to read volumes is missing, or give --discard-data if nobody needs the data";
    refusal("reclaim-unread", holding, says, |it| it.with("unread", unread.to_string()).next(next))
}

pub(super) fn parked(holding: &Holding<'_>) -> Finding {
    let says = "its set is scaled to 0 and waits with it: it is not left behind";
    let next = "delete the set first if it is not to come back: its claims are orphans then";
    refusal("claim-waits", holding, says, |it| it.next(next))
}

pub(super) fn unknown(holding: &Holding<'_>, unread: &Unread) -> Finding {
    let says = "whether something may use it is not known: {unread}";
    refusal("claim-use-unknown", holding, says, |it| it.with("unread", unread.to_string()))
}

fn users(holding: &Holding<'_>) -> Vec<String> {
    holding.users.iter().map(|name| (*name).to_owned()).collect()
}

fn refusal(
    rule: &'static str,
    holding: &Holding<'_>,
    says: &'static str,
    complete: impl FnOnce(Violation) -> Violation,
) -> Finding {
    let name = holding.name.as_deref().unwrap_or_default();
    Finding::refusal(rule, complete(Violation::new(Object::claim(name), says)))
}
