//! Keys that source and target both have. A `MIGRATE` that was cut off leaves them: the target has restored the key, and
//! the source, which still answers for it, has not deleted it. Only where both values are the same is the source's sent
//! over the other.

use std::mem;

use super::batch::Limits;
use super::cast::{Cast, Question, Reply, answers};
use super::stop::Stop;
use crate::engine::redis::command::{Answer, Command};

#[derive(Debug, Default)]
pub struct Twins {
    stage: Stage,
    /// Those that are compared now.
    keys: Vec<Vec<u8>>,
    /// Those that have the same value on both.
    same: Vec<Vec<u8>>,
    /// Bytes of those that have not, as dumped by source and target.
    bytes: Vec<(usize, usize)>,
    /// How often in a row nothing came of it.
    idle: u32,
    has_gone: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Dumped,
    Contents,
    Sending,
}

/// A key may expire between two looks; again and again it does not.
const MOST_IDLE: u32 = 3;

impl Twins {
    pub fn begin(&mut self, cast: &Cast, keys: &[Vec<u8>]) -> Vec<Question> {
        *self = Self { keys: keys.to_vec(), idle: self.idle, ..Self::default() };
        self.ask(cast, |key| vec![Command::Read { by: "DUMP", key }])
    }

    /// None once they are gone.
    pub fn next(
        &mut self,
        cast: &Cast,
        limits: Limits,
        replies: &[Reply],
    ) -> Result<Option<Vec<Question>>, Stop> {
        match self.stage {
            Stage::Dumped => {
                self.dumped(cast, replies)?;
                if self.keys.is_empty() {
                    return self.send(cast, limits);
                }
                self.stage = Stage::Contents;
                let both = |key: Vec<u8>| {
                    ["HGETALL", "SMEMBERS"]
                        .map(|by| Command::Read { by, key: key.clone() })
                        .to_vec()
                };
                Ok(Some(self.ask(cast, both)))
            }
            Stage::Contents => {
                self.contents(cast, replies)?;
                self.send(cast, limits)
            }
            Stage::Sending => {
                let failed = answers(replies).find(|it| !matches!(it, Answer::Bytes(_)));
                failed.map_or(Ok(None), |answer| Err(Stop::of(&cast.source, answer)))
            }
        }
    }

    /// Both ends, each command after `ASKING`: one of them does not own the slot.
    fn ask(&self, cast: &Cast, commands: impl Fn(Vec<u8>) -> Vec<Command>) -> Vec<Question> {
        let each = |key: &Vec<u8>| commands(key.clone());
        let asking = |command| [Command::Asking, command];
        let all: Vec<Command> = self.keys.iter().flat_map(each).flat_map(asking).collect();
        let ask = |to: &String| Question { to: to.clone(), commands: all.clone() };
        vec![ask(&cast.source), ask(&cast.target.id)]
    }

    fn dumped(&mut self, cast: &Cast, replies: &[Reply]) -> Result<(), Stop> {
        let (ours, theirs) = of_both(replies);
        let (mut same, mut other, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
        for (key, (ours, theirs)) in self.keys.drain(..).zip(ours.into_iter().zip(theirs)) {
            match (dump(&cast.source, ours)?, dump(&cast.target.id, theirs)?) {
                (Some(ours), Some(theirs)) if ours == theirs => same.push(key),
                (Some(ours), Some(theirs)) => {
                    bytes.push((ours.len(), theirs.len()));
                    other.push(key);
                }
                // It is on one of them alone by now.
                (ours, _) => self.has_gone |= ours.is_none(),
            }
        }
        (self.same, self.keys, self.bytes) = (same, other, bytes);
        Ok(())
    }

    /// A hash or a set is dumped in the order of its table, which no two servers share.
    fn contents(&mut self, cast: &Cast, replies: &[Reply]) -> Result<(), Stop> {
        let (ours, theirs) = of_both(replies);
        let both = ours.chunks(2).zip(theirs.chunks(2));
        for ((key, bytes), (ours, theirs)) in
            mem::take(&mut self.keys).into_iter().zip(&self.bytes).zip(both)
        {
            if !has_same(ours, theirs) {
                let values = [(cast.source.clone(), bytes.0), (cast.target.id.clone(), bytes.1)];
                return Err(Stop::Differ { key, values });
            }
            self.same.push(key);
        }
        Ok(())
    }

    fn send(&mut self, cast: &Cast, limits: Limits) -> Result<Option<Vec<Question>>, Stop> {
        self.stage = Stage::Sending;
        if self.same.is_empty() {
            self.idle = if self.has_gone { 0 } else { self.idle + 1 };
            if self.idle >= MOST_IDLE {
                let words = "BUSYKEY, and has none of the keys that it was sent".to_owned();
                return Err(Stop::Says { node: cast.target.id.clone(), words });
            }
            return Ok(None);
        }
        self.idle = 0;
        // The others are met again.
        self.same.truncate(limits.most_together());
        let patience = limits.patience_of(self.same.len());
        let migrate = |key| Command::Migrate {
            to: cast.target.endpoint.clone(),
            keys: vec![key],
            replace: true,
            patience,
        };
        let commands = mem::take(&mut self.same).into_iter().map(migrate).collect();
        Ok(Some(vec![Question { to: cast.source.clone(), commands }]))
    }
}

/// What source and target said to all but `ASKING`.
fn of_both(replies: &[Reply]) -> (Vec<&Answer>, Vec<&Answer>) {
    let (ours, theirs) = replies.split_at(replies.len().min(1));
    let said = |replies| answers(replies).skip(1).step_by(2).collect();
    (said(ours), said(theirs))
}

/// None where it is gone: a source that gives its slot away sends whoever asks for it to the target.
fn dump<'a>(node: &str, answer: &'a Answer) -> Result<Option<&'a [u8]>, Stop> {
    match answer {
        Answer::Bytes(value) => Ok(Some(value)),
        Answer::Nil => Ok(None),
        answer if answer.is_error("ASK ") => Ok(None),
        answer => Err(Stop::of(node, answer)),
    }
}

/// Whether both have the same fields, or both the same elements: what a key is not is an error.
fn has_same(ours: &[&Answer], theirs: &[&Answer]) -> bool {
    let mut both = ours.iter().zip(theirs).zip([2, 1]);
    both.any(|((ours, theirs), width)| {
        sorted(ours, width).is_some_and(|it| Some(it) == sorted(theirs, width))
    })
}

fn sorted(answer: &Answer, width: usize) -> Option<Vec<&[Vec<u8>]>> {
    let Answer::List(items) = answer else { return None };
    let mut items: Vec<&[Vec<u8>]> = items.chunks(width).collect();
    items.sort();
    Some(items)
}
