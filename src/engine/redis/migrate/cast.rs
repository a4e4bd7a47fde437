//! Who takes part in a move, and what is asked of them.

use std::iter::once;
use std::time::Duration;

use super::stop::Stop;
use crate::engine::redis::command::{Answer, Command, Endpoint};

/// A node that gets slots.
#[derive(Clone, Debug)]
pub struct Target {
    pub id: String,
    pub endpoint: Endpoint,
    /// Nodes that replicate it.
    pub replicas: Vec<String>,
}

/// What becomes of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Its target owns it in the end.
    Move,
    /// The same, of a slot that is open already: a target that imports it has missed a new owner in gossip, and takes it for
    /// nobody's (`clusterUpdateSlotsConfigWith` skips what is imported).
    Finish,
    /// Its target owns it already, and the source has keys of it all the same.
    BringHome,
}

/// Who takes part.
#[derive(Clone, Debug)]
pub struct Cast {
    pub purpose: Purpose,
    pub source: String,
    pub target: Target,
    /// Every other primary: it is told who owns a slot now, and would hear of it by itself.
    pub others: Vec<String>,
}

/// What is to be sent to one node, and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub to: String,
    pub commands: Vec<Command>,
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub from: String,
    pub answers: Vec<Answer>,
    pub took: Duration,
}

impl Cast {
    /// The same of every slot.
    pub fn ask_source(&self, slots: &[u16], command: impl Fn(u16) -> Command) -> Question {
        let commands = slots.iter().map(|slot| command(*slot)).collect();
        Question { to: self.source.clone(), commands }
    }

    /// The slots are the target's from now on.
    pub fn tell(&self, to: &str, slots: &[u16]) -> Question {
        let owner = |slot: &u16| Command::Owner { slot: *slot, id: self.target.id.clone() };
        Question { to: to.to_owned(), commands: slots.iter().map(owner).collect() }
    }

    /// All but the target, which knows; the source first.
    pub fn tell_all(&self, slots: &[u16]) -> Vec<Question> {
        let others = self.others.iter().filter(|id| **id != self.target.id);
        once(&self.source).chain(others).map(|to| self.tell(to, slots)).collect()
    }
}

pub fn answers(replies: &[Reply]) -> impl Iterator<Item = &Answer> {
    replies.iter().flat_map(|reply| &reply.answers)
}

/// Every answer is OK, or an error that is as good.
pub fn accept(replies: &[Reply], harmless: &[&str]) -> Result<(), Stop> {
    let is_fine = |answer: &&Answer| {
        matches!(answer, Answer::Bytes(_)) || harmless.iter().any(|words| answer.is_error(words))
    };
    for reply in replies {
        if let Some(answer) = reply.answers.iter().find(|it| !is_fine(it)) {
            return Err(Stop::of(&reply.from, answer));
        }
    }
    Ok(())
}
