//! Which slots of a source may still have keys, and which keys those are.

use std::collections::{BTreeMap, BTreeSet};

use super::cast::Cast;
use super::stop::Stop;
use crate::engine::redis::command::{Answer, Command};

#[derive(Debug)]
pub struct Listing {
    filled: BTreeSet<u16>,
}

/// Keys by slot.
pub type Found = BTreeMap<u16, Vec<Vec<u8>>>;

/// Keys of one slot that are asked for at once.
const KEYS: usize = 1_000;

impl Listing {
    pub fn new(slots: &[u16]) -> Self {
        Self { filled: slots.iter().copied().collect() }
    }

    /// They have keys, after all.
    pub fn again(&mut self, slots: impl IntoIterator<Item = u16>) {
        self.filled.extend(slots);
    }

    /// For the keys of those of these slots that may have any.
    pub fn ask(&self, slots: &[u16]) -> Vec<Command> {
        self.of(slots).map(|slot| Command::Keys { slot, most: KEYS }).collect()
    }

    fn of(&self, slots: &[u16]) -> impl Iterator<Item = u16> {
        slots.iter().copied().filter(|slot| self.filled.contains(slot))
    }

    /// What was answered for these slots.
    pub fn found<'a>(
        &mut self,
        cast: &Cast,
        slots: &[u16],
        answers: impl Iterator<Item = &'a Answer>,
    ) -> Result<Found, Stop> {
        let asked: Vec<u16> = self.of(slots).collect();
        let mut found = Found::new();
        for (slot, answer) in asked.into_iter().zip(answers) {
            let Answer::List(keys) = answer else {
                return Err(Stop::of(&cast.source, answer));
            };
            // New ones come to the target.
            if keys.len() < KEYS {
                self.filled.remove(&slot);
            }
            found.extend((!keys.is_empty()).then(|| (slot, keys.clone())));
        }
        Ok(found)
    }
}
