//! A few slots of one source on their way to one target, key by key: what to ask next, given what was answered. It does
//! no I/O, so that it can be stopped after any command over a model of the cluster.
//!
//! The target is told first that it owns a slot, and only once the source has counted no key in it after the last `MIGRATE`:
//! a source that learns of a new owner deletes what it still has (`clusterUpdateSlotsConfigWith`). A batch is small, as the
//! source answers nobody else meanwhile, and the next one waits until the replicas of the target have the last one: a
//! source deletes what it has handed over, and a target that dies must not take it along.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;
use std::time::Duration;

use super::batch::{Batches, Limits, of_batch, worked};
use super::cast::{Cast, Purpose, Question, Reply, Target, accept, answers};
use super::copies::{Copies, PAUSE};
use super::stop::Stop;
use super::twins::Twins;
use crate::engine::redis::command::{Answer, Command};

#[derive(Debug)]
pub enum Round {
    /// All at once; the replies are given back in this order.
    Ask(Vec<Question>),
    /// Nothing to ask for a moment; no replies are given back.
    Pause(Duration),
    Done,
    /// The slots stay open, and nothing is lost: whoever plans next sees them.
    Stopped(Stop),
}

/// In the words of the source, which passes on those of the target (`migrateCommand` in `cluster.c`).
const BUSY: &str = "ERR Target instance replied with error: BUSYKEY";
/// Slots that become the target's at once: Redis tells every node of each by itself (`clusterBroadcastPong`), and answers
/// nobody meanwhile.
const OWNED: usize = 64;
/// Keys of one slot that are asked for at once.
const KEYS: usize = 200;

pub struct Window {
    cast: Cast,
    slots: Vec<u16>,
    limits: Limits,
    stage: Stage,
    /// Slots that may still have keys at the source.
    filled: BTreeSet<u16>,
    batches: Batches,
    twins: Twins,
    copies: Copies,
    /// How many of the slots are the target's already.
    owned: usize,
    /// Keys that were handed over.
    pub keys: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Begin,
    Admitting,
    Importing,
    Migrating,
    Listing,
    Sizing,
    Sending,
    Resting,
    Twins,
    Offsets,
    CatchingUp,
    Counting,
    OwnedByTarget,
    OwnedForAll,
    Closing,
}

impl Window {
    pub fn new(cast: Cast, slots: Vec<u16>, limits: Limits) -> Self {
        let filled = slots.iter().copied().collect();
        Self {
            cast,
            slots,
            limits,
            stage: Stage::Begin,
            filled,
            batches: Batches::default(),
            twins: Twins::default(),
            copies: Copies::default(),
            owned: 0,
            keys: 0,
        }
    }

    /// Given what was answered to the last round, in its order; empty at the beginning and after a pause.
    pub fn next(&mut self, replies: &[Reply]) -> Round {
        match self.take(replies) {
            Ok(round) => round,
            Err(stop) => Round::Stopped(stop),
        }
    }

    fn take(&mut self, replies: &[Reply]) -> Result<Round, Stop> {
        Ok(match self.stage {
            Stage::Begin if self.cast.purpose == Purpose::BringHome => self.admit(),
            Stage::Begin => self.import(),
            Stage::Importing => {
                accept(replies, &["ERR I'm already the owner", "ERR Can't assign hashslot"])?;
                self.migrate()
            }
            Stage::Admitting | Stage::Migrating => {
                accept(replies, &[])?;
                self.list()
            }
            Stage::Listing => self.listed(replies)?,
            Stage::Sizing => {
                self.batches.size(answers(replies));
                let largest = self.limits.largest.unwrap_or(u64::MAX);
                if let Some((key, bytes)) = self.batches.larger(largest) {
                    return Err(Stop::too_large(key, bytes, &self.cast.source));
                }
                self.send()
            }
            Stage::Sending => self.sent(replies)?,
            Stage::Resting => self.ask_target(),
            Stage::Twins => self.compared(replies)?,
            Stage::Offsets => {
                let have_all;
                (self.copies, have_all) = Copies::begin(self.target(), replies)?;
                if have_all { self.send() } else { self.ask_replicas() }
            }
            Stage::CatchingUp => self.caught_up(replies)?,
            Stage::Counting => self.counted(replies)?,
            Stage::OwnedByTarget => {
                accept(replies, &[])?;
                self.own()
            }
            Stage::OwnedForAll => {
                // The others hear of it from the new owner, whatever they say. A source that gave its last slot away follows
                // the new owner by itself.
                let source = replies.get(..1).unwrap_or_default();
                accept(source, &["ERR Please use SETSLOT only with masters"])?;
                Round::Done
            }
            Stage::Closing => Round::Done,
        })
    }

    /// A server answers for keys of a slot that it does not own only while it imports that slot.
    fn admit(&mut self) -> Round {
        self.stage = Stage::Admitting;
        let from = &self.cast.target.id;
        let import = |slot| Command::Importing { slot, from: from.clone() };
        Round::Ask(vec![self.cast.ask_source(&self.slots, import)])
    }

    fn import(&mut self) -> Round {
        self.stage = Stage::Importing;
        let from = &self.cast.source;
        let is_begun = self.cast.purpose == Purpose::Finish;
        let import = |slot: &u16| {
            let owner = is_begun.then(|| Command::Owner { slot: *slot, id: from.clone() });
            owner.into_iter().chain([Command::Importing { slot: *slot, from: from.clone() }])
        };
        let commands = self.slots.iter().flat_map(import).collect();
        Round::Ask(vec![Question { to: self.cast.target.id.clone(), commands }])
    }

    fn migrate(&mut self) -> Round {
        self.stage = Stage::Migrating;
        let to = &self.cast.target.id;
        let migrate = |slot| Command::Migrating { slot, to: to.clone() };
        Round::Ask(vec![self.cast.ask_source(&self.slots, migrate)])
    }

    /// The next keys of every slot that may have some; counts where none has.
    fn list(&mut self) -> Round {
        if self.filled.is_empty() {
            self.stage = Stage::Counting;
            let count = |slot| Command::Count { slot };
            return Round::Ask(vec![self.cast.ask_source(&self.slots, count)]);
        }
        self.stage = Stage::Listing;
        let commands = self.filled.iter().map(|slot| Command::Keys { slot: *slot, most: KEYS });
        Round::Ask(vec![Question { to: self.cast.source.clone(), commands: commands.collect() }])
    }

    fn listed(&mut self, replies: &[Reply]) -> Result<Round, Stop> {
        let asked: Vec<u16> = self.filled.iter().copied().collect();
        let mut found: BTreeMap<u16, Vec<Vec<u8>>> = BTreeMap::new();
        for (slot, answer) in asked.into_iter().zip(answers(replies)) {
            match answer {
                Answer::List(keys) if keys.is_empty() => drop(self.filled.remove(&slot)),
                Answer::List(keys) => drop(found.insert(slot, keys.clone())),
                other => return Err(Stop::of(&self.cast.source, other)),
            }
        }
        if found.is_empty() {
            return Ok(self.list());
        }
        self.stage = Stage::Sizing;
        let commands = self.batches.fill(found);
        Ok(Round::Ask(vec![Question { to: self.cast.source.clone(), commands }]))
    }

    /// The next batch; lists again where there is none.
    fn send(&mut self) -> Round {
        let commands = self.batches.next(self.limits, &self.cast.target.endpoint);
        if commands.is_empty() {
            return self.list();
        }
        self.stage = Stage::Sending;
        Round::Ask(vec![Question { to: self.cast.source.clone(), commands }])
    }

    fn sent(&mut self, replies: &[Reply]) -> Result<Round, Stop> {
        let worked = replies.first().map_or(Duration::ZERO, worked);
        let keys = self.batches.sent(worked, self.limits);
        self.keys += keys;
        for answer in replies.iter().flat_map(of_batch) {
            match answer {
                // NOKEY: it expired, or was deleted, after it was listed.
                Answer::Bytes(words) if words == b"OK" || words == b"NOKEY" => {}
                answer if answer.is_error(BUSY) => {
                    return Ok(self.look_for_twins());
                }
                other => return Err(Stop::of(&self.cast.source, other)),
            }
        }
        let rest = self.limits.rest(worked);
        if rest.is_zero() {
            return Ok(self.ask_target());
        }
        self.stage = Stage::Resting;
        Ok(Round::Pause(rest))
    }

    fn ask_target(&mut self) -> Round {
        self.stage = Stage::Offsets;
        Round::Ask(Copies::ask(self.target()))
    }

    /// Keys that both have: a `MIGRATE` was cut off between the two.
    fn look_for_twins(&mut self) -> Round {
        self.stage = Stage::Twins;
        Round::Ask(self.twins.begin(&self.cast, self.batches.last_slots()))
    }

    fn compared(&mut self, replies: &[Reply]) -> Result<Round, Stop> {
        if let Some(questions) = self.twins.next(&self.cast, replies)? {
            return Ok(Round::Ask(questions));
        }
        self.batches.clear();
        Ok(self.list())
    }

    fn ask_replicas(&mut self) -> Round {
        self.stage = Stage::CatchingUp;
        Round::Ask(Copies::ask_replicas(self.target()))
    }

    fn caught_up(&mut self, replies: &[Reply]) -> Result<Round, Stop> {
        if replies.is_empty() {
            return Ok(self.ask_replicas());
        }
        let have_all = self.copies.have_all(slice::from_ref(&self.cast.target), replies)?;
        Ok(if have_all { self.send() } else { Round::Pause(PAUSE) })
    }

    fn counted(&mut self, replies: &[Reply]) -> Result<Round, Stop> {
        for (slot, answer) in self.slots.iter().zip(answers(replies)) {
            match answer {
                Answer::Number(0) => {}
                Answer::Number(_) => drop(self.filled.insert(*slot)),
                other => return Err(Stop::of(&self.cast.source, other)),
            }
        }
        if !self.filled.is_empty() {
            return Ok(self.list());
        }
        if self.cast.purpose == Purpose::BringHome {
            self.stage = Stage::Closing;
            let close = |slot| Command::Stable { slot };
            return Ok(Round::Ask(vec![self.cast.ask_source(&self.slots, close)]));
        }
        Ok(self.own())
    }

    /// The next slots become the target's; once all have, everybody else is told.
    fn own(&mut self) -> Round {
        let left = self.slots.get(self.owned..).unwrap_or_default();
        let some = left.get(..OWNED).unwrap_or(left);
        if some.is_empty() {
            self.stage = Stage::OwnedForAll;
            return Round::Ask(self.cast.tell_all(&self.slots));
        }
        self.stage = Stage::OwnedByTarget;
        self.owned += some.len();
        Round::Ask(vec![self.cast.tell(&self.cast.target.id, some)])
    }

    fn target(&self) -> &[Target] {
        slice::from_ref(&self.cast.target)
    }
}

#[cfg(test)]
mod tests;
