//! A set and its controller, as far as a rollout goes: one pod at a time, from the top down to the partition.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::controller::reborn_on;
use crate::execute::Observe;
use crate::model::example::{World, ago, healthy};
use crate::model::{KeyRef, Pod, Record, Run, Seen, Snapshot, Unread, Update};
use crate::plan::rollout::NewTemplate;
use crate::reach::{Boxed, Reach, ShellCommand, Stream};
use crate::writes::{Change, Failed, Target, Writes};

pub(super) struct Site {
    pub world: RefCell<World>,
    pub record: RefCell<Option<Record>>,
    pub log: RefCell<Vec<String>>,
    /// The run dies after this write.
    pub dies_after: Cell<Option<usize>>,
    /// Revisions whose pods do not start.
    pub bad: RefCell<BTreeSet<String>>,
    /// So many may be away at once.
    pub at_most: usize,
    /// Exit codes of commands in pods, the next first; 0 when there is none.
    pub codes: RefCell<Vec<i32>>,
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
            at_most: 1,
            codes: RefCell::default(),
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
            pod: Arc::default(),
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
        let mut world = self.world.borrow_mut();
        let partition = match world.set.update {
            Update::RollingUpdate { partition, .. } => partition.unwrap_or(0),
            _ => world.set.replicas,
        };
        let newest = world.set.update_revision.clone().expect("a revision");
        let bad = self.bad.borrow();
        if world.pods.iter().any(|pod| !pod.is_ready()) {
            for pod in world.pods.iter_mut().filter(|pod| !pod.is_ready()) {
                if !bad.contains(pod.revision().expect("a label")) {
                    pod.conditions.iter_mut().for_each(|it| it.holds = true);
                }
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
        status.run = if is_bad {
            Run::Waiting { reason: "ImagePullBackOff".into(), message: None }
        } else {
            Run::Running { since: ago(0) }
        };
        let away = world.pods.iter().filter(|pod| !pod.is_ready()).count();
        assert!(away <= self.at_most, "{away} at a time");
    }

    fn write(&self, words: String) {
        self.log.borrow_mut().push(words);
    }

    fn remove(&self, target: &Target) -> Result<(), Failed> {
        self.write(format!("delete {}", target.name));
        let mut world = self.world.borrow_mut();
        let index = world.pods.iter().position(|pod| pod.uid == target.uid);
        self.replace(&mut world, index.ok_or(Failed::Changed)?);
        Ok(())
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
            let done = self.remove(target);
            if self.is_dead() { pending().await } else { done }
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

impl Reach for Site {
    fn connect<'a>(&'a self, _: &'a Pod, _: u16) -> Boxed<'a, Seen<Box<dyn Stream>>> {
        Box::pin(ready(Err(Unread::not_asked("connect"))))
    }

    fn secret<'a>(&'a self, _: &'a str, _: &'a KeyRef) -> Boxed<'a, Seen<SecretString>> {
        Box::pin(ready(Err(Unread::not_asked("read a secret"))))
    }

    fn config_map<'a>(&'a self, _: &'a str, _: &'a KeyRef) -> Boxed<'a, Seen<String>> {
        Box::pin(ready(Err(Unread::not_asked("read a config map"))))
    }

    fn variable(&self, _: &str) -> Option<SecretString> {
        None
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn pause(&self, _: Duration) -> Boxed<'_, ()> {
        Box::pin(ready(()))
    }

    fn exec<'a>(&'a self, command: &'a ShellCommand, _: &'a dyn Fn(&str)) -> Boxed<'a, Seen<i32>> {
        self.write(format!("exec in {}", command.pod));
        let mut codes = self.codes.borrow_mut();
        let code = if codes.is_empty() { 0 } else { codes.remove(0) };
        Box::pin(ready(Ok(code)))
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
