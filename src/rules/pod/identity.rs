//! Whose pod it is: outside of the range, not yet the set's, or with a name that is not its own.

use crate::controller::{Action, Blocked, is_adoptable, next_action, stranger};
use crate::model::{Operation, Seen, Snapshot};
use crate::rules::set::{is_stalled, last_change};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const OUT_OF_RANGE: Rule = Rule::new(
    "pod-out-of-range",
    Severity::Info,
    "a pod is there whose ordinal the set does not ask for: the controller deletes it",
    out_of_range,
)
.blocks(Operation::ALL);

pub(super) const NAME_TAKEN: Rule = Rule::new(
    "pod-name-taken",
    Severity::Error,
    "a pod that is not the set's has the name of an ordinal, so that the ordinal has no pod",
    name_taken,
);

pub(super) const WILL_BE_ADOPTED: Rule = Rule::new(
    "pod-will-be-adopted",
    Severity::Warning,
    "a pod of nobody matches the set's name and selector: the controller takes it over",
    will_be_adopted,
);

pub(super) const IDENTITY: Rule = Rule::new(
    "pod-identity",
    Severity::Warning,
    "a pod does not have the labels of its ordinal",
    identity,
);

/// Two that hold each other up are told as such.
fn out_of_range(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let ordinals = now.ordinals()?;
    let action = next_action(now)?;
    let is_told = matches!(action, Action::Blocked(Blocked::Deadlock { .. } | Blocked::Deleting));
    let beyond = ordinals.iter().filter(|ordinal| !ordinal.is_wanted && !is_told);
    let last_change = last_change(now)?;
    let is_stalled = is_stalled(now, last_change);
    let violations = beyond.filter_map(|ordinal| ordinal.pod).map(|pod| {
        let says = "it is not asked for any more (replicas {replicas}, from ordinal {start} on)";
        let violation = Violation::new(Object::pod(&pod.name), says)
            .with("replicas", now.set.replicas)
            .with("start", now.set.start);
        let violation = match &action {
            Action::Wait(wait) => violation
                .with("waits_for", now.set.pod_name(wait.ordinal))
                .next("the controller deletes it, and waits for {waits_for} before"),
            Action::Blocked(_) => {
                violation.next("the controller deletes it, and is blocked at present")
            }
            _ => violation.next("the controller deletes it next"),
        };
        if is_stalled {
            violation.since(last_change).cause("nothing has moved").severity(Severity::Warning)
        } else {
            violation
        }
    });
    Ok(violations.collect())
}

fn name_taken(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let mut violations = Vec::new();
    for ordinal in now.ordinals()?.iter().filter(|it| it.is_wanted && it.pod.is_none()) {
        let Some(pod) = stranger(now, ordinal.number)? else { continue };
        if pod.deleting.is_some() || is_adoptable(now, pod) {
            continue;
        }
        let labels =
            now.set.selector.match_labels.iter().map(|(key, value)| format!("{key}={value}"));
        let violation = Violation::new(
            Object::pod(&pod.name),
            "it has the name of ordinal {ordinal} and is not of this set: the ordinal has no pod",
        )
        .with("ordinal", ordinal.number)
        .with("labels", labels.collect::<Vec<_>>())
        .with("owner", pod.owner.as_ref().map(|it| it.name.clone()).unwrap_or_default());
        violations.push(if pod.owner.is_some() {
            violation.cause("it belongs to {owner}")
        } else {
            violation
                .cause("it does not have the labels {labels}")
                .next("give it these labels and it is the set's again, or delete it and the controller makes its own")
        });
    }
    Ok(violations)
}

fn will_be_adopted(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pods = now.shared.pods.as_ref().map_err(Clone::clone)?;
    let adoptable = pods.iter().filter(|pod| is_adoptable(now, pod));
    Ok(adoptable
        .filter_map(|pod| {
            let ordinal = now.set.ordinal_of(&pod.name)?;
            let says = if now.set.ordinals().contains(&ordinal) {
                "it belongs to nobody: the controller takes it over as ordinal {ordinal}"
            } else {
                "it belongs to nobody: the controller takes it over and deletes it, as it is not asked for"
            };
            let violation = Violation::new(Object::pod(&pod.name), says).with("ordinal", ordinal);
            Some(violation.next("to keep it apart, give it other labels than the set selects"))
        })
        .collect())
}

fn identity(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    const NAME: &str = "statefulset.kubernetes.io/pod-name";
    const INDEX: &str = "apps.kubernetes.io/pod-index";
    let mut violations = Vec::new();
    for ordinal in now.ordinals()?.iter().filter(|it| it.is_wanted) {
        let Some(pod) = ordinal.pod.filter(|pod| pod.deleting.is_none()) else { continue };
        let index = ordinal.number.to_string();
        for (label, expected) in [(NAME, &pod.name), (INDEX, &index)] {
            // The index is younger than many a pod.
            let Some(value) = pod.labels.get(label).filter(|value| *value != expected) else {
                continue;
            };
            let says = "its label {label} is {value} instead of {expected}: a Service of this one pod leads elsewhere";
            violations.push(
                Violation::new(Object::pod(&pod.name), says)
                    .with("label", label)
                    .with("value", value.as_str())
                    .with("expected", expected.as_str()),
            );
        }
    }
    Ok(violations)
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::Owner;
    use crate::model::example::{World, ago, healthy, pod};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("pod-out-of-range", |world| world.set.replicas = 2),
        ("pod-name-taken", |world| {
            world.pods[1].owner = None;
            world.pods[1].labels.clear();
        }),
        ("pod-will-be-adopted", |world| bare(world, 9)),
        ("pod-identity", |world| {
            world.pods[1].labels.insert("apps.kubernetes.io/pod-index".into(), "7".into());
        }),
    ];

    fn bare(world: &mut World, ordinal: u32) {
        let mut bare = pod(&world.set, ordinal);
        bare.owner = None;
        world.other_pods.push(bare);
    }

    #[test]
    fn a_pod_that_is_not_asked_for_is_trouble_only_when_it_stays() {
        let mut world = healthy(3);
        world.set.replicas = 2;
        world.pods[2].deleting = ago(-5);
        assert_eq!(found(&world), ["pod-out-of-range"]);
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
        world.pods[2].deleting = None;
        assert_eq!(judged(&world).worst(), Some(Severity::Warning));
    }

    #[test]
    fn a_pod_that_has_the_name_of_an_ordinal() {
        let mut world = healthy(4);
        world.pods[1].owner = None;
        world.pods[1].labels.clear();
        assert_eq!(found(&world), ["pod-name-taken"]);
        let cause = |world: &World| judged(world).findings[0].violation.cause;
        assert_eq!(cause(&world), Some("it does not have the labels {labels}"));
        world.pods[1].owner =
            Some(Owner { kind: "Job".into(), name: "other".into(), uid: "1".into() });
        assert_eq!(cause(&world), Some("it belongs to {owner}"));
    }

    #[test]
    fn a_pod_of_nobody() {
        let mut world = healthy(3);
        bare(&mut world, 9);
        assert_eq!(found(&world), ["pod-will-be-adopted"]);
        assert!(sentence(&world).contains("takes it over and deletes it"));
        world.other_pods[0].labels.clear();
        assert_eq!(found(&world), [""; 0]);
        let mut world = healthy(4);
        world.pods[1].owner = None;
        assert_eq!(found(&world), ["pod-will-be-adopted"]);
    }

    #[test]
    fn a_pod_with_the_identity_of_another() {
        let mut world = healthy(3);
        world.pods[1].labels.remove("apps.kubernetes.io/pod-index");
        assert_eq!(found(&world), [""; 0]);
        world.pods[1].labels.insert("apps.kubernetes.io/pod-index".into(), "2".into());
        assert_eq!(found(&world), ["pod-identity"]);
    }
}
