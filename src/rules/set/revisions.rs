//! Which revisions its pods run, and whether there is one to go back to.

use std::collections::BTreeSet;

use super::{FORGOTTEN_SECONDS, behind, is_older, is_stalled, last_change, numbers, short};
use crate::model::{Operation, Seen, Snapshot, Update};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const ON_DELETE: Rule = Rule::new(
    "on-delete-stale",
    Severity::Info,
    "pods of a set that is updated on delete run an older revision",
    on_delete,
);

pub(super) const THREE: Rule =
    Rule::new("three-revisions", Severity::Warning, "its pods run three revisions or more", three)
        .blocks(&[Operation::Rollout]);

pub(super) const NO_UNDO: Rule = Rule::new(
    "no-undo-target",
    Severity::Warning,
    "no older revision is kept: a rollout cannot be undone",
    no_undo,
);

/// A note at first, as somebody deletes them one by one. After a day nobody does, and the next crash brings the new
/// revision at a time of its own.
fn on_delete(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    if now.set.update != Update::OnDelete || now.set.deleting.is_some() {
        return Ok(Vec::new());
    }
    let behind = behind(now)?.filter(|(_, behind)| !behind.is_empty());
    let Some((newest, behind)) = behind else { return Ok(Vec::new()) };
    // Only its age is not known without the right to read revisions.
    let revisions = now.revisions().unwrap_or_default();
    let made = revisions.iter().find(|it| it.name == newest).and_then(|it| it.created);
    let says = "ordinals {behind} run an older revision than {revision}, until somebody deletes them (OnDelete)";
    let violation = Violation::new(Object::set(&now.set.name), says)
        .with("behind", numbers(&behind))
        .with("revision", short(now, newest))
        .since(made)
        .next("one that is lost comes back on {revision}, at a time that nobody chose")
        .fix(["kubectl", "sts", "rollout", "resume", &now.set.name]);
    let is_forgotten = is_older(now, made, FORGOTTEN_SECONDS);
    Ok(vec![if is_forgotten { violation.severity(Severity::Warning) } else { violation }])
}

fn three(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let wanted = now.ordinals()?.into_iter().filter(|ordinal| ordinal.is_wanted);
    let revisions: BTreeSet<&str> =
        wanted.filter_map(|ordinal| ordinal.pod).filter_map(|pod| pod.revision()).collect();
    if revisions.len() < 3 {
        return Ok(Vec::new());
    }
    let newest = now.set.update_revision.as_deref().unwrap_or_default();
    let behind = behind(now)?.map(|(_, behind)| behind).unwrap_or_default();
    let is_moving = behind.iter().any(|ordinal| now.is_due_for_update(*ordinal))
        && !is_stalled(now, last_change(now)?);
    let names: Vec<String> = revisions.iter().map(|it| short(now, it).to_owned()).collect();
    let says = "its pods run {count} revisions: {revisions}";
    let violation = Violation::new(Object::set(&now.set.name), says)
        .with("count", names.len())
        .with("revisions", names)
        .with("newest", short(now, newest))
        .next("a rollout began before the last had ended: see that every pod comes to {newest}");
    Ok(vec![if is_moving { violation.severity(Severity::Info) } else { violation }])
}

fn no_undo(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    if now.set.history_limit != 0 {
        return Ok(Vec::new());
    }
    let says = "it keeps no older revisions (revisionHistoryLimit 0): kubectl rollout undo finds nothing to go back to";
    Ok(vec![Violation::new(Object::set(&now.set.name), says)])
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::Update;
    use crate::model::example::{World, ago, healthy, revision};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, found, judged};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("on-delete-stale", |world| {
            world.set.update = Update::OnDelete;
            world.set.update_revision = Some("redis-new".into());
        }),
        ("three-revisions", three),
        ("no-undo-target", |world| world.set.history_limit = 0),
    ];

    fn three(world: &mut World) {
        world.set.update = Update::OnDelete;
        for (index, name) in [(1, "redis-b"), (2, "redis-c")] {
            world.pods[index].labels.insert("controller-revision-hash".into(), name.into());
        }
    }

    #[test]
    fn pods_that_somebody_has_to_delete() {
        let mut world = healthy(3);
        world.set.update = Update::OnDelete;
        assert_eq!(found(&world), [""; 0]);
        world.set.update_revision = Some("redis-new".into());
        world.revisions.push(revision(&world.set, "redis-new", 3));
        assert_eq!(found(&world), ["on-delete-stale"]);
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
        world.revisions[2].created = ago(90_000);
        assert_eq!(judged(&world).worst(), Some(Severity::Warning));
    }

    #[test]
    fn three_revisions_at_once() {
        let mut world = healthy(3);
        three(&mut world);
        world.set.update_revision = Some("redis-c".into());
        assert_eq!(found(&world), ["three-revisions", "on-delete-stale"]);
        // A rollout on its way is no trouble yet.
        world.set.update = Update::RollingUpdate { partition: Some(0), max_unavailable: None };
        world.pods[2].created = ago(30);
        assert_eq!(found(&world), ["rollout-in-progress", "three-revisions"]);
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
    }

    #[test]
    fn a_set_that_was_never_updated_has_nothing_to_go_back_to_and_needs_nothing() {
        let mut world = healthy(3);
        world.revisions.truncate(1);
        assert_eq!(found(&world), [""; 0]);
        world.set.history_limit = 0;
        assert_eq!(found(&world), ["no-undo-target"]);
    }
}
