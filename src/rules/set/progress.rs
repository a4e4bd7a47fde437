//! Whether the controller acts on the set at all.

use crate::model::{Operation, RetentionPolicy, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const SPEC_NOT_OBSERVED: Rule = Rule::new(
    "spec-not-observed",
    Severity::Warning,
    "the controller has not yet acted on the newest spec",
    spec_not_observed,
)
.blocks(Operation::ALL);

pub(super) const TERMINATING: Rule = Rule::new(
    "set-terminating",
    Severity::Error,
    "the set is being deleted: nothing is done for its pods any more",
    terminating,
);

fn spec_not_observed(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let set = &now.set;
    if set.observed_generation >= set.generation || set.deleting.is_some() {
        return Ok(Vec::new());
    }
    let says = "generation {generation} of its spec has not been acted on: the controller is at {observed}";
    Ok(vec![
        Violation::new(Object::set(&set.name), says)
            .with("generation", set.generation.unsigned_abs())
            .with("observed", set.observed_generation.unsigned_abs())
            .next("if it stays so, kube-controller-manager is not running or is far behind"),
    ])
}

fn terminating(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let set = &now.set;
    let Some(deleting) = set.deleting else { return Ok(Vec::new()) };
    let claims = match set.retention.when_deleted {
        RetentionPolicy::Retain => "stay",
        RetentionPolicy::Delete => "and their data go as well (whenDeleted: Delete)",
    };
    let has = |finalizer: &str| set.finalizers.iter().any(|it| it == finalizer);
    let next = if has("foregroundDeletion") {
        "its pods go first, then the set itself; its claims {claims}"
    } else if has("orphan") {
        "its pods stay, and nobody looks after them"
    } else if set.finalizers.is_empty() {
        "its pods go after it; its claims {claims}"
    } else {
        "what set the finalizers {finalizers} has to remove them; then its pods go, and its claims {claims}"
    };
    Ok(vec![
        Violation::new(
            Object::set(&set.name),
            "it is being deleted: a pod that stops now does not come back",
        )
        .with("finalizers", set.finalizers.clone())
        .with("claims", claims)
        .since(Some(deleting))
        .next(next),
    ])
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{ago, healthy};
    use crate::rules::tests::{Broken, found, judged};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("spec-not-observed", |world| world.set.observed_generation = 2),
        ("set-terminating", |world| world.set.deleting = ago(5)),
    ];

    #[test]
    fn a_spec_that_was_not_observed() {
        let mut world = healthy(3);
        world.set.observed_generation = 2;
        assert_eq!(found(&world), ["spec-not-observed"]);
        world.set.deleting = ago(5);
        assert_eq!(found(&world), ["set-terminating"]);
    }

    #[test]
    fn a_set_that_goes_and_what_it_waits_for() {
        let mut world = healthy(4);
        world.set.deleting = ago(5);
        // Nobody misses a pod of a set that goes.
        world.pods.remove(1);
        assert_eq!(found(&world), ["set-terminating"]);
        let next = |finalizer: &str| {
            let mut world = world.clone();
            world.set.finalizers = vec![finalizer.to_owned()];
            judged(&world).findings[0].violation.next.unwrap_or_default()
        };
        assert!(next("foregroundDeletion").starts_with("its pods go first"));
        assert!(next("orphan").starts_with("its pods stay"));
        assert!(next("example.com/backup").starts_with("what set the finalizers"));
    }
}
