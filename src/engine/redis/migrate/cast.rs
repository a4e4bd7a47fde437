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

    /// A target without room on its disk refuses keys, and ends where an open slot makes its cluster config file longer
    /// (`clusterSaveConfigOrDie`).
    pub fn ask_for_a_write(&self) -> Question {
        Question { to: self.target.id.clone(), commands: vec![Command::Ping] }
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

/// What may not be asked at all is as good as a yes.
pub fn can_write(replies: &[Reply]) -> Result<(), Stop> {
    let refuses = |reply: &&Reply| reply.answers.iter().any(|it| it.is_error("MISCONF"));
    let Some(reply) = replies.iter().find(refuses) else { return Ok(()) };
    accept(std::slice::from_ref(reply), &[])
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
