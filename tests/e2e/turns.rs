//! Who may use the cluster: many cases at once, or one that breaks it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
pub struct Turns {
    now: Mutex<Now>,
    changed: Condvar,
}

#[derive(Default)]
struct Now {
    together: usize,
    alone: bool,
}

/// A turn beside others, until it is dropped.
pub struct Together<'a>(&'a Turns);

/// A turn without others.
struct Alone<'a>(&'a Turns);

impl Turns {
    pub fn together(&self) -> Together<'_> {
        self.enter_together();
        Together(self)
    }

    fn enter_together(&self) {
        let mut now = self.await_that(|now| !now.alone);
        now.together += 1;
    }

    fn await_that(&self, is_so: impl Fn(&Now) -> bool) -> MutexGuard<'_, Now> {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        self.changed.wait_while(now, |now| !is_so(now)).unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, leave: impl FnOnce(&mut Now)) {
        leave(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}

impl Together<'_> {
    /// Waits until no other case runs, and holds the others off meanwhile.
    pub fn alone<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.leave(|now| now.together -= 1);
        self.0.await_that(|now| !now.alone && now.together == 0).alone = true;
        let _turn = Alone(self.0);
        work()
    }
}

impl Drop for Together<'_> {
    fn drop(&mut self) {
        self.0.leave(|now| now.together -= 1);
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        // Back to a turn beside others.
        self.0.leave(|now| {
            now.alone = false;
            now.together += 1;
        });
    }
}
