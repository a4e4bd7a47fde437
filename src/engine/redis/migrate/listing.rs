//! Which slots of a source may still have keys, and which keys those are.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::cast::Cast;
use super::stop::Stop;
use crate::engine::redis::command::{Answer, Command};

#[derive(Debug)]
pub struct Listing {
    filled: BTreeSet<u16>,
}

/// Keys by slot.
pub type Found = BTreeMap<u16, Vec<Vec<u8>>>;

/// Keys that are asked for at once: their names and sizes have to come through within the time that an answer may take.
const KEYS: usize = 24_000;
/// Of one slot; its keys go together where they are no more.
const OF_A_SLOT: RangeInclusive<usize> = 200..=1_000;

fn most(slots: usize) -> usize {
    (KEYS / slots.max(1)).clamp(*OF_A_SLOT.start(), *OF_A_SLOT.end())
}

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
        let most = most(self.of(slots).count());
        self.of(slots).map(|slot| Command::Keys { slot, most }).collect()
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
        let most = most(asked.len());
        let mut found = Found::new();
        for (slot, answer) in asked.into_iter().zip(answers) {
            let Answer::List(keys) = answer else {
                return Err(Stop::of(&cast.source, answer));
            };
            // New ones come to the target.
            if keys.len() < most {
                self.filled.remove(&slot);
            }
            found.extend((!keys.is_empty()).then(|| (slot, keys.clone())));
        }
        Ok(found)
    }
}
