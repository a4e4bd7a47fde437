//! Other objects that the template names, without which no pod starts.

use crate::model::{
    Intent, Operation, Pod, Presence, Reference, ReferenceKind, Run, Seen, Snapshot, Timestamp,
    Unread,
};
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
            Some(Ok(Presence::There { .. })) => {}
            Some(Ok(Presence::Missing)) => violations.push(describe(now, &key.1)),
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

/// Asked only for a rollout: a certificate that is renewed every week is no finding.
pub(super) const CHANGED: Rule = Rule::new(
    "config-not-in-revision",
    Severity::Warning,
    "a ConfigMap or Secret was changed since pods started: a rollout brings that too, and going back does not",
    changed,
);

fn changed(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    if now.intent != Some(Intent::Rollout) {
        return Ok(Vec::new());
    }
    let started: Vec<Timestamp> = now.pods()?.iter().filter_map(|pod| started(pod)).collect();
    let known = now.details.references.as_ref().map_err(Clone::clone)?;
    let wanted = now.references().filter_map(|key| {
        let is_config = matches!(key.1.kind, ReferenceKind::ConfigMap | ReferenceKind::Secret);
        let Some(Ok(Presence::There { changed })) = known.get(&key).filter(|_| is_config) else {
            return None;
        };
        Some((key.1, (*changed)?))
    });
    let violation = |(reference, changed): (Reference, Timestamp)| {
        let before = started.iter().filter(|it| **it < changed).count();
        let kind = object(reference.kind);
        let says = "changed {changed}, when {count:pod} had started: what starts from now on reads it as it is, and no revision \
                    holds what it was";
        (before > 0).then(|| {
            Violation::new(Object { kind, name: reference.name }, says)
                .with("changed", changed)
                .with("count", before)
        })
    };
    Ok(wanted.filter_map(violation).collect())
}

/// When the first of its containers started that runs now.
fn started(pod: &Pod) -> Option<Timestamp> {
    let runs = pod.containers.iter().filter_map(|it| it.status.as_ref()).map(|it| &it.run);
    runs.filter_map(|run| match run {
        Run::Running { since } => *since,
        _ => None,
    })
    .min()
}

const fn object(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::ConfigMap => "configmap",
        ReferenceKind::Secret => "secret",
        ReferenceKind::ServiceAccount => "serviceaccount",
        ReferenceKind::PriorityClass => "priorityclass",
        ReferenceKind::RuntimeClass => "runtimeclass",
    }
}

fn describe(now: &Snapshot, reference: &Reference) -> Violation {
    let says = match reference.kind {
        ReferenceKind::ConfigMap | ReferenceKind::Secret => STARTS,
        _ => CREATED,
    };
    Violation::new(Object { kind: object(reference.kind), name: reference.name.clone() }, says)
        .with("set", now.set.name.as_str())
}

const STARTS: &str = "the template of {set} needs it and it does not exist: no pod that is created from now on starts";
const CREATED: &str =
    "the template of {set} names it and it does not exist: no pod can be created from now on";

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::ago;
    use crate::model::example::{World, healthy};
    use crate::model::{Intent, Presence, Reference, ReferenceKind, Seen, Unread};
    use crate::rules::tests::{Broken, found, judged, sentence};

    const THERE: Presence = Presence::There { changed: None };

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("reference-missing", |world| {
            refer(world, ReferenceKind::Secret, "password", Ok(Presence::Missing));
        }),
        ("config-not-in-revision", |world| {
            world.intent = Some(Intent::Rollout);
            let changed = Presence::There { changed: ago(5) };
            refer(world, ReferenceKind::ConfigMap, "conf", Ok(changed));
        }),
    ];

    fn refer(world: &mut World, kind: ReferenceKind, name: &str, presence: Seen<Presence>) {
        let reference = Reference { kind, name: name.into() };
        world.set.template.pod.references.push(reference.clone());
        let namespace = match kind {
            ReferenceKind::PriorityClass | ReferenceKind::RuntimeClass => "",
            _ => "shop",
        };
        let known = world.details.references.as_mut().expect("they were looked up");
        known.insert((namespace.into(), reference), presence);
    }

    #[test]
    fn what_exists_is_not_missing() {
        let mut world = healthy(3);
        refer(&mut world, ReferenceKind::ConfigMap, "conf", Ok(THERE));
        assert_eq!(found(&world), [""; 0]);
        refer(&mut world, ReferenceKind::PriorityClass, "high", Ok(Presence::Missing));
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
        refer(&mut world, ReferenceKind::ConfigMap, "conf", Ok(Presence::Missing));
        assert_eq!(found(&world), ["reference-missing"]);
    }

    #[test]
    fn what_changed_before_the_pods_started_is_what_they_read() {
        let mut world = healthy(3);
        world.intent = Some(Intent::Rollout);
        let long_ago = Presence::There { changed: ago(90_000_000) };
        refer(&mut world, ReferenceKind::ConfigMap, "conf", Ok(long_ago));
        assert_eq!(found(&world), [""; 0]);
        let changed = Presence::There { changed: ago(5) };
        refer(&mut world, ReferenceKind::Secret, "password", Ok(changed));
        assert_eq!(found(&world), ["config-not-in-revision"]);
        world.intent = None;
        assert_eq!(found(&world), [""; 0]);
    }
}
