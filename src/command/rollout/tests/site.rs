//! A set and its controller, as far as a rollout goes: one pod at a time, from the top down to the partition.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::{pending, ready};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::controller::reborn_on;
use crate::execute::Observe;
use crate::model::example::{World, ago, healthy};
use crate::model::{Record, Run, Seen, Snapshot, Update};
use crate::plan::rollout::NewTemplate;
use crate::reach::Boxed;
use crate::writes::{Change, Failed, Target, Writes};

pub(super) struct Site {
    pub world: RefCell<World>,
    pub record: RefCell<Option<Record>>,
    pub log: RefCell<Vec<String>>,
    /// The run dies after this write.
    pub dies_after: Cell<Option<usize>>,
    /// Revisions whose pods do not start.
    pub bad: RefCell<BTreeSet<String>>,
    made: Cell<u32>,
}

impl Site {
    pub(super) fn new(replicas: u32, partition: Option<u32>) -> Self {
        let mut world = healthy(replicas);
        world.set.update = Update::RollingUpdate { partition, max_unavailable: None };
        Self {
            world: RefCell::new(world),
            record: RefCell::default(),
            log: RefCell::default(),
            dies_after: Cell::default(),
            bad: RefCell::default(),
            made: Cell::default(),
        }
    }

    /// A template that becomes this revision.
    pub(super) fn template(&self, revision: &str, is_undo: bool) -> NewTemplate {
        let set = &self.world.borrow().set;
        NewTemplate {
            template: Arc::new(json!({ "revision": revision })),
            generation: set.generation,
            revision: set.update_revision.clone(),
            says: format!("to {revision}"),
            is_undo,
        }
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let mut now = self.world.borrow().snapshot();
        now.record.clone_from(&self.record.borrow());
        now
    }

    /// The revision of each ordinal.
    pub(super) fn revisions(&self) -> Vec<String> {
        let world = self.world.borrow();
        world.pods.iter().map(|pod| pod.revision().expect("a label").to_owned()).collect()
    }

    pub(super) fn partition(&self) -> Option<u32> {
        match self.world.borrow().set.update {
            Update::RollingUpdate { partition, .. } => partition,
            _ => None,
        }
    }

    /// The template, changed by somebody else.
    pub(super) fn becomes(&self, revision: &str) {
        let mut world = self.world.borrow_mut();
        world.set.generation += 1;
        world.set.observed_generation = world.set.generation;
        world.set.update_revision = Some(revision.to_owned());
    }

    /// What the controller does between two looks.
    pub(super) fn control(&self) {
        let partition = self.partition().unwrap_or(0);
        let mut world = self.world.borrow_mut();
        let newest = world.set.update_revision.clone().expect("a revision");
        let bad = self.bad.borrow();
        if let Some(pod) = world.pods.iter_mut().find(|pod| !pod.is_ready()) {
            if !bad.contains(pod.revision().expect("a label")) {
                pod.conditions.iter_mut().for_each(|it| it.holds = true);
            }
            return;
        }
        let behind = (partition as usize..world.pods.len())
            .rev()
            .find(|index| world.pods[*index].revision() != Some(newest.as_str()));
        match behind {
            Some(index) => self.replace(&mut world, index),
            None if partition == 0 => world.set.current_revision = Some(newest),
            None => {}
        }
    }

    fn replace(&self, world: &mut World, index: usize) {
        let ordinal = u32::try_from(index).expect("few");
        let revision = reborn_on(&world.set, ordinal).expect("a revision").to_owned();
        self.made.set(self.made.get() + 1);
        let is_bad = self.bad.borrow().contains(&revision);
        let pod = &mut world.pods[index];
        pod.uid = format!("made-{}", self.made.get());
        pod.labels.insert("controller-revision-hash".into(), revision);
        for condition in pod.conditions.iter_mut().filter(|it| it.kind.ends_with("Ready")) {
            condition.holds = false;
            condition.since = ago(0);
        }
        let status = pod.containers[0].status.as_mut().expect("it runs");
        status.ready = !is_bad;
        status.run = match is_bad {
            true => Run::Waiting { reason: "ImagePullBackOff".into(), message: None },
            false => Run::Running { since: ago(0) },
        };
        let away = world.pods.iter().filter(|pod| !pod.is_ready()).count();
        assert_eq!(away, 1, "more than one at a time");
    }

    fn write(&self, words: String) {
        self.log.borrow_mut().push(words);
    }

    fn is_dead(&self) -> bool {
        self.dies_after.get().is_some_and(|at| self.log.borrow().len() >= at)
    }

    fn apply(&self, changes: &[Change]) -> Result<(), Failed> {
        let mut world = self.world.borrow_mut();
        for change in changes {
            let value = |value: &Value| value.as_u64().and_then(|it| u32::try_from(it).ok());
            match (change.path, &change.from, &change.to) {
                ("/metadata/generation", Some(seen), None) if *seen == world.set.generation => {}
                ("/metadata/generation", ..) => return Err(Failed::Changed),
                ("/spec/template", _, Some(to)) => {
                    let revision = to["revision"].as_str().expect("a revision").to_owned();
                    self.write(format!("template {revision}"));
                    world.set.update_revision = Some(revision);
                }
                ("/spec/updateStrategy/rollingUpdate", _, Some(to)) => {
                    let to = value(&to["partition"]);
                    self.write(format!("partition {}", to.expect("a number")));
                    world.set.update =
                        Update::RollingUpdate { partition: to, max_unavailable: None };
                }
                (path, ..) => panic!("{path}"),
            }
        }
        world.set.generation += 1;
        world.set.observed_generation = world.set.generation;
        Ok(())
    }
}

impl Writes for Site {
    fn change<'a>(&'a self, _: &'a Target, changes: &'a [Change]) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async {
            let done = self.apply(changes);
            if self.is_dead() { pending().await } else { done }
        })
    }

    fn delete<'a>(&'a self, target: &'a Target) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async {
            self.write(format!("delete {}", target.name));
            let mut world = self.world.borrow_mut();
            let index = world.pods.iter().position(|pod| pod.uid == target.uid);
            let Some(index) = index else { return Err(Failed::Changed) };
            self.replace(&mut world, index);
            drop(world);
            if self.is_dead() { pending().await } else { Ok(()) }
        })
    }

    fn remember<'a>(&'a self, record: &'a Record) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async {
            self.write("remember".to_owned());
            self.record.replace(Some(record.clone()));
            if self.is_dead() { pending().await } else { Ok(()) }
        })
    }
}

pub(super) struct Eyes<'a>(pub &'a Site);

impl Observe<Snapshot> for Eyes<'_> {
    fn observe(&mut self) -> Boxed<'_, Seen<Snapshot>> {
        if self.0.is_dead() {
            return Box::pin(pending());
        }
        self.0.control();
        Box::pin(ready(Ok(self.0.snapshot())))
    }
}
