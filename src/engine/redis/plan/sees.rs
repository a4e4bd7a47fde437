//! What stands in nobody's way because the plan itself brings it about, or sees to it: the same command run again after it
//! was cut off needs no permission.

use crate::model::Snapshot;
use crate::plan::Goal;
use crate::rules::Finding;

/// What the plan is there for.
const ITS_WORK: &[&str] = &["primary-leaves", "replicas-leave"];
/// What a run that was cut off leaves behind; of any other cause it blocks.
const CUT_OFF: &[&str] = &[
    "open-slot",
    "keys-off-owner",
    "ghost-member",
    "membership-disagrees",
    "member-unknown-to-peers",
    "cluster-never-created",
    "shard-without-replica",
    "slots-disagree",
    "epoch-behind",
    // A target that imports slots does not hear of a new owner, and takes them for nobody's until they are closed.
    "cluster-state-fail",
    "claim-left-behind",
    "config-differs",
];

/// What no repair goes on over.
const IN_DOUBT: &[&str] = &["duplicate-node-id", "cluster-never-created"];

pub fn sees_to(now: &Snapshot, goal: &Goal, finding: &Finding) -> bool {
    if matches!(goal, Goal::Settled { .. }) {
        return !IN_DOUBT.contains(&finding.rule);
    }
    let is_run = now.record.is_some();
    let leaves = |pod: &str| match goal {
        Goal::Left { staying, .. } => {
            now.set.ordinal_of(pod).is_some_and(|ordinal| !staying.contains(&ordinal))
        }
        _ => false,
    };
    let object = &finding.violation.object;
    ITS_WORK.contains(&finding.rule)
        || (is_run && CUT_OFF.contains(&finding.rule))
        || (is_run && object.kind == "pod" && leaves(&object.name))
}
