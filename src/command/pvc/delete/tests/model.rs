//! A server for claims, their volumes, and pods that come at the wrong moment.

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::sync::Arc;

use crate::claims::Ground;
use crate::execute::Observe;
use crate::model::example::World;
use crate::model::{Seen, Unread, Why};
use crate::reach::Boxed;
use crate::writes::{Change, Failed, Kind, Target, Writes};

/// What stands between a write and the next look.
pub(super) type Meanwhile = fn(&mut Ground);

/// A server that holds to uids and values, and forgets nothing.
pub(super) struct Model {
    pub(super) ground: RefCell<Ground>,
    pub(super) log: RefCell<Vec<String>>,
    /// The process dies instead of this write.
    pub(super) dies_at: Option<usize>,
    /// After so many writes something else happens.
    pub(super) meanwhile: Option<(usize, Meanwhile)>,
    pub(super) answers: Cell<Option<fn() -> Failed>>,
    pub(super) looks: Cell<usize>,
    pub(super) unread: bool,
    /// Every other look fails.
    pub(super) stutters: bool,
}

impl Model {
    pub(super) fn of(world: &World) -> Self {
        Self {
            ground: RefCell::new(world.snapshot().into()),
            log: RefCell::default(),
            dies_at: None,
            meanwhile: None,
            answers: Cell::default(),
            looks: Cell::default(),
            unread: false,
            stutters: false,
        }
    }

    pub(super) fn claims(&self) -> Vec<String> {
        let ground = self.ground.borrow();
        ground.shared.claims.iter().flatten().map(|it| it.name.clone()).collect()
    }

    pub(super) fn reclaim(&self, volume: &str) -> String {
        let ground = self.ground.borrow();
        let found = ground.shared.volumes.iter().flatten().find(|it| it.name == volume);
        found.map(|it| it.reclaim.clone()).unwrap_or_default()
    }

    /// Whether it is the object that was seen; does what happens meanwhile.
    fn write(&self, words: String, work: impl FnOnce(&mut Ground) -> bool) -> Result<(), Failed> {
        if let Some(answer) = self.answers.take() {
            return Err(answer());
        }
        let mut ground = self.ground.borrow_mut();
        if !work(&mut ground) {
            return Err(Failed::Changed);
        }
        self.log.borrow_mut().push(words);
        if let Some((after, meanwhile)) = self.meanwhile
            && self.log.borrow().len() == after
        {
            meanwhile(&mut ground);
        }
        Ok(())
    }
}

impl Writes for Model {
    fn change<'a>(
        &'a self,
        target: &'a Target,
        changes: &'a [Change],
    ) -> Boxed<'a, Result<(), Failed>> {
        assert_eq!(target.kind, Kind::Volume);
        let [Change { from: Some(from), to: Some(to), .. }] = changes else { panic!("one change") };
        let outcome = self.write(format!("keep {}", target.name), |ground| {
            let volumes = Arc::make_mut(&mut ground.shared).volumes.as_mut().expect("volumes");
            let found = volumes.iter_mut().find(|it| it.uid == target.uid && *from == *it.reclaim);
            found.is_some_and(|it| {
                it.reclaim = to.as_str().expect("text").to_owned();
                true
            })
        });
        Box::pin(ready(outcome))
    }

    fn delete<'a>(&'a self, target: &'a Target) -> Boxed<'a, Result<(), Failed>> {
        let outcome = self.write(format!("delete {}", target.name), |ground| {
            let shared = Arc::make_mut(&mut ground.shared);
            let is_used =
                shared.pods.iter().flatten().any(|pod| pod.claims().any(|it| it == target.name));
            let at = ground.at;
            let claims = shared.claims.as_mut().expect("claims");
            let Some(index) = claims.iter().position(|it| it.uid == target.uid) else {
                return false;
            };
            if is_used {
                Arc::make_mut(&mut claims[index]).deleting = Some(at);
            } else {
                let gone = claims.remove(index);
                // The volume follows its reclaim policy.
                let volumes = shared.volumes.as_mut().expect("volumes");
                volumes
                    .retain(|it| Some(&it.name) != gone.volume.as_ref() || it.reclaim == "Retain");
            }
            true
        });
        Box::pin(ready(outcome))
    }
}

pub(super) struct Eyes<'a>(pub(super) &'a Model);

impl Observe<Ground> for Eyes<'_> {
    fn observe(&mut self) -> Boxed<'_, Seen<Ground>> {
        self.0.looks.set(self.0.looks.get() + 1);
        if self.0.unread || (self.0.stutters && self.0.looks.get().is_multiple_of(2)) {
            return Box::pin(async {
                tokio::task::yield_now().await;
                Err(Unread::new("list pods", Why::Deadline))
            });
        }
        Box::pin(ready(Ok(self.0.ground.borrow().clone())))
    }
}
