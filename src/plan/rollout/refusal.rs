//! Why a rollout is not begun.

use crate::model::{Set, Update};
use crate::rules::{Finding, Object, Violation};

pub(super) fn not_by_partition(set: &Set) -> Finding {
    let says =
        "its update strategy is {strategy}: a rollout is held by the partition of RollingUpdate";
    let next =
        "with OnDelete each pod is deleted by hand, from the top, once the one before is back";
    let name = match &set.update {
        Update::OnDelete => "OnDelete",
        Update::Other(name) => name,
        Update::RollingUpdate { .. } => "RollingUpdate",
    };
    let violation = Violation::new(Object::set(&set.name), says).with("strategy", name).next(next);
    Finding::refusal("update-strategy", violation)
}

pub(super) fn changed_meanwhile(set: &Set) -> Finding {
    let says = "it was changed since the plan was shown";
    Finding::refusal("set-changed", Violation::new(Object::set(&set.name), says))
}

pub(super) fn out_of_turn(pod: Object) -> Finding {
    let says = "it is broken on an older revision, and with podManagementPolicy Parallel it cannot come first: the controller \
                would replace every pod above it at once";
    let next = "mend it, or delete it, before the rollout";
    Finding::refusal("broken-below", Violation::new(pod, says).next(next))
}
