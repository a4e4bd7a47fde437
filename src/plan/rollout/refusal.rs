//! Why a rollout is not begun, or not gone on with.

use crate::model::{Set, Update};
use crate::rules::{Finding, Object, Violation};

/// `Recreate` (alpha in Kubernetes 1.37) lets all pods go at once.
pub(super) fn unknown_strategy(set: &Set, strategy: &str) -> Finding {
    let says =
        "its update strategy is {strategy}: its controller replaces pods without being held back";
    let next = "change it to RollingUpdate or OnDelete first";
    let violation =
        Violation::new(Object::set(&set.name), says).with("strategy", strategy).next(next);
    Finding::refusal("update-strategy", violation)
}

pub(super) fn not_by_partition(set: &Set) -> Finding {
    let says = "its update strategy is {strategy}: there is no partition to hold anything back";
    let (name, next) = match &set.update {
        Update::OnDelete => ("OnDelete", "nothing begins by itself: it is held as it is"),
        Update::Other(name) => (name.as_str(), "change it to RollingUpdate first"),
        Update::RollingUpdate { .. } => ("RollingUpdate", ""),
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

/// Somebody wants it to stop, from another terminal.
pub const PAUSED: &str = "paused";

pub fn paused(set: &Set, who: &str) -> Finding {
    let says = "{who} wants it to stop here: what has not had its turn is held back";
    let fix = ["kubectl", "sts", "rollout", "resume", &set.name];
    let violation = Violation::new(Object::set(&set.name), says).with("who", who).fix(fix);
    Finding::refusal(PAUSED, violation)
}

/// `--on-failure undo` where going back does not bring everything back.
pub fn not_undone(set: &Set, changed: &[String]) -> Finding {
    let says = "{changed} changed since its pods started, which no revision holds: what fails by that, --on-failure undo \
                does not take back";
    let violation = Violation::new(Object::set(&set.name), says)
        .with("changed", changed.to_vec())
        .next("leave --on-failure out: it then stops where it fails");
    Finding::refusal("undo-incomplete", violation)
}
