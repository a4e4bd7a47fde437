//! A few slots of one source on their way to one target, key by key: what to ask next, given what was answered. It does
//! no I/O, so that it can be stopped after any command over a model of the cluster.
//!
//! The target is told first that it owns a slot, and only once the source has counted no key in it after the last `MIGRATE`:
//! a source that learns of a new owner deletes what it still has (`clusterUpdateSlotsConfigWith`). A batch is small, as the
//! source answers nobody else meanwhile, and the next one waits until the replicas of the target have the last one: a
//! source deletes what it has handed over, and a target that dies must not take it along.

use std::slice;
use std::time::Duration;

use super::batch::{Batches, Limits, of_batch, worked};
use super::cast::{Cast, Purpose, Question, Reply, Target, accept, answers, can_write};
use super::copies::{Copies, PAUSE};
use super::listing::{Found, Listing};
use super::owning::Owning;
use super::stop::{Stop, is_busy};
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

pub struct Window {
    cast: Cast,
    limits: Limits,
    stage: Stage,
    listing: Listing,
    batches: Batches,
    twins: Twins,
    copies: Copies,
    owning: Owning,
    /// Keys that were handed over.
    pub keys: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Begin,
    Writing,
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
    Counting {
        /// Answers that are counts; keys of other slots follow.
        counts: usize,
    },
    OwnedByTarget,
    OwnedForAll,
    Closing,
}

impl Window {
    pub fn new(cast: Cast, slots: Vec<u16>, limits: Limits) -> Self {
        Self {
            cast,
            limits,
            stage: Stage::Begin,
            listing: Listing::new(&slots),
            batches: Batches::new(limits),
            twins: Twins::default(),
            copies: Copies::default(),
            owning: Owning::new(slots),
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
            Stage::Begin if self.cast.purpose == Purpose::Move => {
                self.stage = Stage::Writing;
                Round::Ask(vec![self.cast.ask_for_a_write()])
            }
            Stage::Begin => self.import(),
            Stage::Writing => {
                can_write(replies)?;
                self.import()
            }
            Stage::Importing => {
                accept(replies, &["ERR I'm already the owner", "ERR Can't assign hashslot"])?;
                self.migrate()
            }
            Stage::Admitting | Stage::Migrating => {
                accept(replies, &[])?;
                self.list()
            }
            Stage::Listing => self.listed(replies)?,
            Stage::Sizing => self.sized(replies)?,
            Stage::Sending => self.sent(replies)?,
            Stage::Resting => self.ask_target(),
            Stage::Twins => self.compared(replies)?,
            Stage::Offsets => {
                let have_all;
                (self.copies, have_all) = Copies::begin(self.target(), replies)?;
                if have_all { self.send() } else { self.ask_replicas() }
            }
            Stage::CatchingUp => self.caught_up(replies)?,
            Stage::Counting { counts } => self.counted(replies, counts)?,
            Stage::OwnedByTarget => {
                let (target, source) = replies.split_at(replies.len().min(1));
                accept(target, &[])?;
                if source.is_empty() { self.list() } else { self.sized(source)? }
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
        Round::Ask(vec![self.cast.ask_source(self.owning.slots(), import)])
    }

    fn import(&mut self) -> Round {
        self.stage = Stage::Importing;
        let from = &self.cast.source;
        let is_begun = self.cast.purpose == Purpose::Finish;
        let import = |slot: &u16| {
            let owner = is_begun.then(|| Command::Owner { slot: *slot, id: from.clone() });
            owner.into_iter().chain([Command::Importing { slot: *slot, from: from.clone() }])
        };
        let commands = self.owning.slots().iter().flat_map(import).collect();
        Round::Ask(vec![Question { to: self.cast.target.id.clone(), commands }])
    }

    fn migrate(&mut self) -> Round {
        self.stage = Stage::Migrating;
        let to = &self.cast.target.id;
        let migrate = |slot| Command::Migrating { slot, to: to.clone() };
        Round::Ask(vec![self.cast.ask_source(self.owning.slots(), migrate)])
    }

    /// The next keys of those that change hands next; counts where none has any. A source that dies leaves a replica that knows of
    /// no open slot, and answers for keys that have gone: the fewer wait to change hands, the better.
    fn list(&mut self) -> Round {
        let commands = self.listing.ask(self.owning.next(&self.cast));
        if commands.is_empty() {
            return self.count();
        }
        self.stage = Stage::Listing;
        Round::Ask(vec![Question { to: self.cast.source.clone(), commands }])
    }

    fn listed(&mut self, replies: &[Reply]) -> Result<Round, Stop> {
        let slots = self.owning.next(&self.cast);
        let found = self.listing.found(&self.cast, slots, answers(replies))?;
        Ok(match self.ask_sizes(found) {
            Some(question) => {
                self.stage = Stage::Sizing;
                Round::Ask(vec![question])
            }
            None => self.list(),
        })
    }

    fn ask_sizes(&mut self, found: Found) -> Option<Question> {
        let mut commands = self.batches.fill(found);
        if self.asks_stranger() {
            let asking = |command| [Command::Asking, command];
            commands = commands.into_iter().flat_map(asking).collect();
        }
        (!commands.is_empty()).then(|| Question { to: self.cast.source.clone(), commands })
    }

    fn sized(&mut self, replies: &[Reply]) -> Result<Round, Stop> {
        let sizes = answers(replies);
        if self.asks_stranger() {
            self.batches.size(sizes.skip(1).step_by(2));
        } else {
            self.batches.size(sizes);
        }
        let largest = self.limits.largest.unwrap_or(u64::MAX);
        if let Some((key, bytes)) = self.batches.larger(largest) {
            let (key, source) = (key.to_vec(), self.cast.source.clone());
            return Err(Stop::TooLarge { key, bytes, source });
        }
        Ok(self.send())
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
                answer if is_busy(answer) => {
                    // A `MIGRATE` was cut off between the two.
                    self.stage = Stage::Twins;
                    return Ok(Round::Ask(self.twins.begin(&self.cast, self.batches.last())));
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

    fn compared(&mut self, replies: &[Reply]) -> Result<Round, Stop> {
        if let Some(questions) = self.twins.next(&self.cast, self.limits, replies)? {
            return Ok(Round::Ask(questions));
        }
        // Those that were to come after it are listed again.
        self.batches.clear();
        self.listing.again(self.owning.next(&self.cast).iter().copied());
        Ok(self.ask_target())
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

    /// Of those that change hands next, and the keys of those that come then; once all have, everybody is told.
    fn count(&mut self) -> Round {
        if let Some(mut question) = self.owning.count(&self.cast) {
            self.stage = Stage::Counting { counts: question.commands.len() };
            question.commands.extend(self.listing.ask(self.owning.after(&self.cast)));
            return Round::Ask(vec![question]);
        }
        self.stage = Stage::OwnedForAll;
        Round::Ask(self.cast.tell_all(self.owning.slots()))
    }

    fn counted(&mut self, replies: &[Reply], counts: usize) -> Result<Round, Stop> {
        let said: Vec<&Answer> = answers(replies).collect();
        let (counted, lists) = said.split_at(counts.min(said.len()));
        let filled = self.owning.counted(&self.cast, counted)?;
        if !filled.is_empty() {
            self.listing.again(filled);
            return Ok(self.list());
        }
        if self.cast.purpose == Purpose::BringHome {
            self.stage = Stage::Closing;
            let close = |slot| Command::Stable { slot };
            return Ok(Round::Ask(vec![self.cast.ask_source(self.owning.slots(), close)]));
        }
        let after = self.owning.after(&self.cast);
        let found = self.listing.found(&self.cast, after, lists.iter().copied())?;
        let sizes = self.ask_sizes(found);
        self.stage = Stage::OwnedByTarget;
        let question = self.owning.hand_over(&self.cast);
        Ok(Round::Ask([question].into_iter().chain(sizes).collect()))
    }

    /// One that does not own the slots answers for their keys only after `ASKING`.
    fn asks_stranger(&self) -> bool {
        self.cast.purpose == Purpose::BringHome
    }

    fn target(&self) -> &[Target] {
        slice::from_ref(&self.cast.target)
    }
}

#[cfg(test)]
mod tests;
