//! Finalizers that Kubernetes itself did not set.

use crate::model::{Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const UNEXPECTED: Rule = Rule::new(
    "unexpected-finalizer",
    Severity::Info,
    "something besides Kubernetes holds the set, a pod or a claim when it is deleted",
    unexpected,
);

/// Operators set finalizers with reason. What is held already, other rules say.
fn unexpected(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let set = [(Object::set(&now.set.name), now.set.deleting, now.set.finalizers.as_slice())];
    let pods = now.pods()?.iter();
    let pods = pods.map(|it| (Object::pod(&it.name), it.deleting, it.finalizers.as_slice()));
    let claims = now.claims()?.into_iter();
    let claims =
        claims.map(|(_, it)| (Object::claim(&it.name), it.deleting, it.finalizers.as_slice()));
    let says = "when it is deleted it stays until {finalizers} is taken off by what has set it";
    let held = set.into_iter().chain(pods).chain(claims);
    let held = held.filter_map(|(object, deleting, finalizers)| {
        let strange: Vec<String> = finalizers.iter().filter(|it| !is_known(it)).cloned().collect();
        let is_held = deleting.is_none() && !strange.is_empty();
        is_held.then(|| Violation::new(object, says).with("finalizers", strange))
    });
    Ok(held.collect())
}

/// `kubernetes.io/pvc-protection`, `foregroundDeletion`, `snapshot.storage.kubernetes.io/…`.
fn is_known(finalizer: &str) -> bool {
    let domain = finalizer.split_once('/').map(|(domain, _)| domain);
    domain.is_none_or(|it| it == "kubernetes.io" || it.ends_with(".kubernetes.io"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::is_known;
    use crate::model::example::{ago, healthy};
    use crate::rules::tests::{Broken, found};

    const STRANGE: &str = "operator.example.com/backup";

    pub(in crate::rules) const BROKEN: &[Broken] =
        &[("unexpected-finalizer", |world| world.claims[1].finalizers.push(STRANGE.into()))];

    #[test]
    fn finalizers_of_kubernetes_are_known() {
        for (finalizer, known) in [
            ("kubernetes.io/pvc-protection", true),
            ("foregroundDeletion", true),
            ("orphan", true),
            ("batch.kubernetes.io/job-tracking", true),
            ("snapshot.storage.kubernetes.io/pvc-as-source-protection", true),
            ("notkubernetes.io/x", false),
            (STRANGE, false),
        ] {
            assert_eq!(is_known(finalizer), known, "{finalizer}");
        }
    }

    #[test]
    fn a_finalizer_of_an_operator_is_a_note() {
        let mut world = healthy(3);
        world.set.finalizers.push(STRANGE.into());
        world.pods[0].finalizers.push(STRANGE.into());
        assert_eq!(found(&world), ["unexpected-finalizer", "unexpected-finalizer"]);
        world.pods[0].deleting = ago(-20);
        assert_eq!(found(&world), ["pod-terminating", "unexpected-finalizer"]);
    }
}
