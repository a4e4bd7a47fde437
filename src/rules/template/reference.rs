//! Other objects that the template names, without which no pod starts.

use crate::model::{Operation, Reference, ReferenceKind, Seen, Snapshot, Unread};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const MISSING: Rule = Rule::new(
    "reference-missing",
    Severity::Error,
    "an object that the template names does not exist: the next pod does not start",
    missing,
)
.blocks(&[Operation::ScaleUp, Operation::Rollout, Operation::Drain]);

fn missing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let wanted: Vec<(String, Reference)> = now.references().collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let known = now.details.references.as_ref().map_err(Clone::clone)?;
    let mut violations = Vec::new();
    let mut unread = None;
    for key in wanted {
        match known.get(&key) {
            Some(Ok(true)) => {}
            Some(Ok(false)) => violations.push(describe(now, &key.1)),
            Some(Err(why)) => unread = unread.or(Some(why.clone())),
            None => {
                let why = Unread::not_asked("look up what the template refers to");
                unread = unread.or(Some(why));
            }
        }
    }
    // What was found missing is missing, whatever could not be read besides.
    match unread {
        Some(why) if violations.is_empty() => Err(why),
        _ => Ok(violations),
    }
}

fn describe(now: &Snapshot, reference: &Reference) -> Violation {
    let (kind, says) = match reference.kind {
        ReferenceKind::ConfigMap => ("configmap", STARTS),
        ReferenceKind::Secret => ("secret", STARTS),
        ReferenceKind::ServiceAccount => ("serviceaccount", CREATED),
        ReferenceKind::PriorityClass => ("priorityclass", CREATED),
        ReferenceKind::RuntimeClass => ("runtimeclass", CREATED),
    };
    Violation::new(Object { kind, name: reference.name.clone() }, says)
        .with("set", now.set.name.as_str())
}

const STARTS: &str = "the template of {set} needs it and it does not exist: no pod that is created from now on starts";
const CREATED: &str =
    "the template of {set} names it and it does not exist: no pod can be created from now on";

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, healthy};
    use crate::model::{Reference, ReferenceKind, Seen, Unread};
    use crate::rules::tests::{Broken, found, judged, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[("reference-missing", |world| {
        refer(world, ReferenceKind::Secret, "password", Ok(false));
    })];

    fn refer(world: &mut World, kind: ReferenceKind, name: &str, exists: Seen<bool>) {
        let reference = Reference { kind, name: name.into() };
        world.set.template.pod.references.push(reference.clone());
        let namespace = match kind {
            ReferenceKind::PriorityClass | ReferenceKind::RuntimeClass => "",
            _ => "shop",
        };
        let known = world.details.references.as_mut().expect("they were looked up");
        known.insert((namespace.into(), reference), exists);
    }

    #[test]
    fn what_exists_is_not_missing() {
        let mut world = healthy(3);
        refer(&mut world, ReferenceKind::ConfigMap, "conf", Ok(true));
        assert_eq!(found(&world), [""; 0]);
        refer(&mut world, ReferenceKind::PriorityClass, "high", Ok(false));
        assert_eq!(found(&world), ["reference-missing"]);
        assert_eq!(
            sentence(&world),
            "the template of redis names it and it does not exist: \
             no pod can be created from now on"
        );
    }

    #[test]
    fn what_could_not_be_read_hides_nothing_that_was_found() {
        let mut world = healthy(3);
        let why = Unread::not_asked("get secret/password");
        refer(&mut world, ReferenceKind::Secret, "password", Err(why.clone()));
        let judged = judged(&world);
        assert_eq!(judged.findings, []);
        assert_eq!((judged.not_run[0].rule, &judged.not_run[0].why), ("reference-missing", &why));
        refer(&mut world, ReferenceKind::ConfigMap, "conf", Ok(false));
        assert_eq!(found(&world), ["reference-missing"]);
    }
}
