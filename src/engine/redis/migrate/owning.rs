//! Slots change hands, a few at a time, each time once their source has counted no key in them.

use super::cast::{Cast, Purpose, Question};
use super::stop::Stop;
use crate::engine::redis::command::{Answer, Command};

#[derive(Debug)]
pub struct Owning {
    slots: Vec<u16>,
    /// How many of them are the target's already.
    done: usize,
}

/// Slots that become the target's at once: Redis tells every node of each by itself (`clusterBroadcastPong`), and answers
/// nobody meanwhile.
const AT_ONCE: usize = 64;

impl Owning {
    pub fn new(slots: Vec<u16>) -> Self {
        Self { slots, done: 0 }
    }

    pub fn slots(&self) -> &[u16] {
        &self.slots
    }

    /// Those that come next; all that come home are closed together.
    pub fn next(&self, cast: &Cast) -> &[u16] {
        let left = self.slots.get(self.done..).unwrap_or_default();
        match cast.purpose {
            Purpose::BringHome => left,
            Purpose::Move | Purpose::Finish => left.get(..AT_ONCE).unwrap_or(left),
        }
    }

    /// Those that come after them.
    pub fn after(&self, cast: &Cast) -> &[u16] {
        let then = self.slots.get(self.done + self.next(cast).len()..).unwrap_or_default();
        then.get(..AT_ONCE).unwrap_or(then)
    }

    /// None once all have changed hands. A source that is no longer the owner has no keys either: told once more to give the
    /// slot away, it says so.
    pub fn count(&self, cast: &Cast) -> Option<Question> {
        let migrating = |slot: u16| Command::Migrating { slot, to: cast.target.id.clone() };
        let each = |slot: &u16| {
            let first = (cast.purpose != Purpose::BringHome).then(|| migrating(*slot));
            first.into_iter().chain([Command::Count { slot: *slot }])
        };
        let commands: Vec<Command> = self.next(cast).iter().flat_map(each).collect();
        let source = cast.source.clone();
        (!commands.is_empty()).then_some(Question { to: source, commands })
    }

    /// Those that have keys all the same.
    pub fn counted(&self, cast: &Cast, said: &[&Answer]) -> Result<Vec<u16>, Stop> {
        let mut filled = Vec::new();
        let width = if cast.purpose == Purpose::BringHome { 1 } else { 2 };
        let mut counts = said.chunks(width);
        for slot in self.next(cast) {
            match counts.next().unwrap_or_default() {
                [Answer::Number(keys)] | [Answer::Bytes(_), Answer::Number(keys)] => {
                    filled.extend((*keys > 0).then_some(*slot));
                }
                [Answer::Bytes(_), other] | [other, ..] => {
                    return Err(Stop::of(&cast.source, other));
                }
                // A slot that was not counted is not handed over.
                [] => {
                    let words = format!("no count of the keys in slot {slot}");
                    return Err(Stop::Says { node: cast.source.clone(), words });
                }
            }
        }
        Ok(filled)
    }

    /// They are the target's from now on.
    pub fn hand_over(&mut self, cast: &Cast) -> Question {
        let some = self.next(cast);
        let (question, count) = (cast.tell(&cast.target.id, some), some.len());
        self.done += count;
        question
    }
}
