//! Keys in batches: so many that a source is blocked for a bounded time.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::engine::redis::command::{Answer, Command, Endpoint};

/// What bounds one batch.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So long a source may be busy with it.
    pub busy: Duration,
    pub bytes: u64,
}

/// A key alone that is larger is sent alone.
pub const LIMITS: Limits = Limits { busy: Duration::from_millis(20), bytes: 1 << 20 };

/// A first guess, before anything was measured.
const FIRST: usize = 200;
const LEAST: usize = 10;
const MOST: usize = 5_000;

#[derive(Debug)]
pub struct Batches {
    /// Slot, key, bytes; the next one last.
    waiting: Vec<(u16, Vec<u8>, u64)>,
    /// How many keys the next batch has.
    keys: usize,
    last: Vec<u16>,
    last_keys: usize,
    last_bytes: u64,
}

impl Default for Batches {
    fn default() -> Self {
        let (waiting, last) = (Vec::new(), Vec::new());
        Self { waiting, keys: FIRST, last, last_keys: 0, last_bytes: 0 }
    }
}

impl Batches {
    /// Takes keys by slot; what to ask for their sizes.
    pub fn fill(&mut self, found: BTreeMap<u16, Vec<Vec<u8>>>) -> Vec<Command> {
        let each =
            |(slot, keys): (u16, Vec<Vec<u8>>)| keys.into_iter().map(move |key| (slot, key, 0));
        self.waiting = found.into_iter().rev().flat_map(each).collect();
        self.waiting.iter().map(|(_, key, _)| Command::Size { key: key.clone() }).collect()
    }

    /// Their sizes. One that has none is gone by now.
    pub fn size<'a>(&mut self, mut answers: impl Iterator<Item = &'a Answer>) {
        let mut sized = Vec::with_capacity(self.waiting.len());
        for (slot, key, _) in self.waiting.drain(..) {
            match answers.next() {
                Some(Answer::Number(bytes)) => {
                    sized.push((slot, key, u64::try_from(*bytes).unwrap_or_default()));
                }
                Some(Answer::Nil) => {}
                // Without the right to ask, the time that a batch takes is all there is to go by.
                _ => sized.push((slot, key, 0)),
            }
        }
        self.waiting = sized;
    }

    /// One `MIGRATE` a slot: it takes keys of one slot only.
    pub fn next(
        &mut self,
        limits: Limits,
        endpoint: impl Fn(u16) -> Option<Endpoint>,
    ) -> Vec<Command> {
        let mut taken: BTreeMap<u16, Vec<Vec<u8>>> = BTreeMap::new();
        (self.last_keys, self.last_bytes) = (0, 0);
        while self.last_keys < self.keys
            && let Some((slot, key, bytes)) = self.waiting.pop()
        {
            if self.last_keys > 0 && self.last_bytes + bytes > limits.bytes {
                self.waiting.push((slot, key, bytes));
                break;
            }
            self.last_keys += 1;
            self.last_bytes += bytes;
            taken.entry(slot).or_default().push(key);
        }
        self.last = taken.keys().copied().collect();
        let command =
            |(slot, keys)| Some(Command::Migrate { to: endpoint(slot)?, keys, replace: false });
        taken.into_iter().filter_map(command).collect()
    }

    /// How long the last batch took; how many keys it had.
    pub fn sent(&mut self, took: Duration, limits: Limits) -> usize {
        // Large keys say nothing of how many small ones fit.
        if self.last_bytes < limits.bytes {
            let took = took.as_micros().max(1);
            let fits = self.last_keys as u128 * limits.busy.as_micros() / took;
            let fits = usize::try_from(fits).unwrap_or(MOST);
            // One slow answer is no measure: by half at most, and twice at most.
            self.keys = fits.clamp((self.keys / 2).max(LEAST), (self.keys * 2).min(MOST));
        }
        self.last_keys
    }

    /// Slots of the last batch.
    pub fn last_slots(&self) -> Vec<u16> {
        self.last.clone()
    }

    pub fn clear(&mut self) {
        self.waiting.clear();
    }
}
