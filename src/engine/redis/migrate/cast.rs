//! Who takes part in a move, and what is asked of them.

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
    pub targets: Vec<Target>,
    /// Every other primary: it is told who owns a slot now, and would hear of it by itself.
    pub others: Vec<String>,
}

/// One slot, and the index of its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub slot: u16,
    pub target: usize,
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
    /// Where a slot goes.
    pub fn target(&self, moves: &[Move], slot: u16) -> Option<&Target> {
        let found = moves.iter().find(|it| it.slot == slot)?;
        self.targets.get(found.target)
    }

    pub fn target_id(&self, it: Move) -> String {
        self.targets.get(it.target).map(|target| target.id.clone()).unwrap_or_default()
    }

    /// The same of every slot.
    pub fn ask_source(&self, moves: &[Move], command: impl Fn(Move) -> Command) -> Question {
        let commands = moves.iter().map(|it| command(*it)).collect();
        Question { to: self.source.clone(), commands }
    }

    /// Each target is asked about its own slots.
    pub fn ask_targets(
        &self,
        moves: &[Move],
        commands: impl Fn(Move) -> Vec<Command>,
    ) -> Vec<Question> {
        let ask = |(index, target): (usize, &Target)| {
            let own = moves.iter().filter(|it| it.target == index);
            let commands: Vec<Command> = own.flat_map(|it| commands(*it)).collect();
            (!commands.is_empty()).then(|| Question { to: target.id.clone(), commands })
        };
        self.targets.iter().enumerate().filter_map(ask).collect()
    }
}

/// The slot is its target's from now on.
pub fn owner(it: Move, cast: &Cast) -> Command {
    Command::Owner { slot: it.slot, id: cast.target_id(it) }
}

/// What all others are told once the slots are their targets'; a target is not told of its own slots twice.
pub fn to_others(moves: &[Move], cast: &Cast) -> Vec<Question> {
    let commands: Vec<Command> = moves.iter().map(|it| owner(*it, cast)).collect();
    let ask = |to: &String| Question { to: to.clone(), commands: commands.clone() };
    let is_told = |to: &&String| !cast.targets.iter().any(|it| it.id == **to);
    let mut told: Vec<Question> = cast.others.iter().filter(is_told).map(ask).collect();
    told.extend(cast.targets.iter().enumerate().map(|(index, target)| {
        let others = moves.iter().filter(|it| it.target != index);
        let commands = others.map(|it| owner(*it, cast)).collect();
        Question { to: target.id.clone(), commands }
    }));
    told.retain(|question| !question.commands.is_empty());
    told
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
