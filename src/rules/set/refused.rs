//! What the API server refuses the controller.

use crate::controller::{Action, Blocked, next_action, refusals};
use crate::model::{Event, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

/// A refusal that keeps a pod from being made is told of the pod that is missing.
pub(super) const REFUSED: Rule = Rule::new(
    "controller-refused",
    Severity::Error,
    "the API server refuses what the controller wants to change or delete",
    refused,
);

/// One that comes again and again is not the ordinary conflict of two writers.
const FEW: u32 = 3;

fn refused(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let is_missing =
        now.ordinals()?.iter().any(|ordinal| ordinal.is_wanted && ordinal.pod.is_none());
    let action = next_action(now)?;
    let is_told = |event: &&Event| match event.reason.as_str() {
        // It still wants to delete that pod.
        "FailedDelete" => {
            matches!(&action, Action::Blocked(Blocked::Refused { message, .. }) if *message == event.message)
        }
        // Of a pod it is of before: each that is asked for is there.
        "FailedCreate" => !is_missing && event.count >= FEW && !event.message.contains(" Pod "),
        _ => event.count >= FEW,
    };
    // They repeat each other: the newest tells.
    let Some(event) = refusals(now).filter(is_told).last() else { return Ok(Vec::new()) };
    let says = "the controller is refused what it wants to do: {event}";
    let violation = Violation::new(Object::set(&now.set.name), says)
        .with("event", event.message.as_str())
        .with("reason", event.reason.as_str())
        .with("count", event.count)
        .since(event.last);
    Ok(vec![match remedy(&event.message) {
        Some(next) => violation.next(next),
        None => violation.next("it tries again, each time after a longer pause"),
    }])
}

/// What the words of a refusal call for.
pub(in crate::rules) fn remedy(message: &str) -> Option<&'static str> {
    const REMEDIES: [(&str, &str); 9] = [
        ("exceeded quota", "raise the quota of the namespace, or free what it counts"),
        (
            "failed quota",
            "the quota of the namespace wants requests or limits that the template does not set",
        ),
        (
            "failed calling webhook",
            "an admission webhook does not answer: it can be made when that works again",
        ),
        (
            "ValidatingAdmissionPolicy",
            "an admission policy of the cluster forbids it: change the template, or the policy",
        ),
        (
            "admission webhook",
            "an admission webhook forbids it: change the template, or ask who runs the webhook",
        ),
        ("error looking up service account", "create the service account that the template names"),
        (
            "violates PodSecurity",
            "change the template to what the namespace's Pod Security level allows",
        ),
        ("is being terminated", "the namespace is being deleted"),
        ("is being deleted", "it can be made when that is gone"),
    ];
    REMEDIES.iter().find(|(words, _)| message.contains(words)).map(|(_, next)| *next)
}

#[cfg(test)]
pub(super) mod tests {
    use super::remedy;
    use crate::model::Event;
    use crate::model::example::{World, ago, healthy};
    use crate::rules::tests::{Broken, found, judged};

    pub(in crate::rules) const BROKEN: &[Broken] =
        &[("controller-refused", |world| refuse(world, "FailedUpdate", 0, 4))];

    fn refuse(world: &mut World, reason: &str, ordinal: u32, count: u32) {
        let denied = "admission webhook \"no.example.com\" denied the request";
        world.events.push(Event {
            namespace: "shop".into(),
            object_kind: "StatefulSet".into(),
            object_name: "redis".into(),
            object_uid: "set-uid".into(),
            reason: reason.into(),
            message: format!("do Pod redis-{ordinal} in StatefulSet redis failed error: {denied}"),
            count,
            last: ago(5),
        });
    }

    #[test]
    fn one_conflict_is_not_a_refusal() {
        let mut world = healthy(3);
        refuse(&mut world, "FailedUpdate", 0, 1);
        assert_eq!(found(&world), [""; 0]);
        world.events[0].count = 4;
        assert_eq!(found(&world), ["controller-refused"]);
        let next = judged(&world).findings[0].violation.next;
        assert!(next.is_some_and(|next| next.starts_with("an admission webhook forbids it")));
    }

    #[test]
    fn a_pod_that_cannot_be_made_is_told_as_missing() {
        let mut world = healthy(3);
        world.pods.remove(2);
        refuse(&mut world, "FailedCreate", 2, 9);
        assert_eq!(found(&world), ["ordinal-missing"]);
        world.set.replicas = 2;
        assert!(!found(&world).contains(&"controller-refused"), "it is not asked for any more");
    }

    #[test]
    fn a_pod_that_cannot_be_deleted_is_told_as_long_as_it_should_go() {
        let mut world = healthy(3);
        refuse(&mut world, "FailedDelete", 2, 1);
        assert_eq!(found(&world), [""; 0]);
        world.set.replicas = 2;
        assert_eq!(found(&world), ["controller-refused", "pod-out-of-range"]);
    }

    #[test]
    fn words_of_a_refusal_call_for_something() {
        for (message, words) in [
            (
                "pods \"a-1\" is forbidden: exceeded quota: small, requested: pods=1",
                "raise the quota",
            ),
            (
                "error looking up service account x/y: serviceaccount \"y\" not found",
                "service account",
            ),
            (
                "Internal error occurred: failed calling webhook \"w\": no endpoints",
                "does not answer",
            ),
            ("pvc data-a-1 is being deleted", "when that is gone"),
            ("violates PodSecurity \"restricted:latest\"", "Pod Security"),
        ] {
            let next = remedy(message).unwrap_or_default();
            assert!(next.contains(words), "{message}: {next}");
        }
        assert_eq!(remedy("the server is on fire"), None);
    }
}
