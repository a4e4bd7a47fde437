//! Keys that source and target both have. A `MIGRATE` that was cut off leaves them: the target has restored the key, and
//! the source, which still answers for it, has not deleted it. Only where both values are the same is the source's sent
//! over the other.

use super::cast::{Cast, Question, Reply, answers};
use super::stop::Stop;
use crate::engine::redis::command::{Answer, Command};

#[derive(Debug, Default)]
pub struct Twins {
    stage: Stage,
    keys: Vec<Vec<u8>>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Listing,
    Comparing,
    Sending,
}

/// Of one slot that are looked at; the rest come after them.
const KEYS: usize = 200;

impl Twins {
    pub fn begin(&mut self, cast: &Cast, slots: &[u16]) -> Vec<Question> {
        *self = Self::default();
        let commands = slots.iter().map(|slot| Command::Keys { slot: *slot, most: KEYS });
        vec![Question { to: cast.source.clone(), commands: commands.collect() }]
    }

    /// None once they are gone.
    pub fn next(&mut self, cast: &Cast, replies: &[Reply]) -> Result<Option<Vec<Question>>, Stop> {
        let source = &cast.source;
        match self.stage {
            Stage::Listing => {
                for answer in answers(replies) {
                    let Answer::List(keys) = answer else { return Err(Stop::of(source, answer)) };
                    self.keys.extend(keys.iter().cloned());
                }
                self.stage = Stage::Comparing;
                Ok(Some(self.compare(cast)))
            }
            Stage::Comparing => self.compared(cast, replies).map(Some),
            Stage::Sending => {
                let failed = answers(replies).find(|it| !matches!(it, Answer::Bytes(_)));
                failed.map_or(Ok(None), |answer| Err(Stop::of(source, answer)))
            }
        }
    }

    fn compare(&self, cast: &Cast) -> Vec<Question> {
        let dump = |key: &Vec<u8>| Command::Dump { key: key.clone() };
        let ours = self.keys.iter().map(dump).collect();
        let theirs = self.keys.iter().flat_map(|key| [Command::Asking, dump(key)]).collect();
        vec![
            Question { to: cast.source.clone(), commands: ours },
            Question { to: cast.target.id.clone(), commands: theirs },
        ]
    }

    fn compared(&mut self, cast: &Cast, replies: &[Reply]) -> Result<Vec<Question>, Stop> {
        let (ours, theirs) = replies.split_at(replies.len().min(1));
        let both = answers(ours).zip(answers(theirs).skip(1).step_by(2));
        let mut commands = Vec::new();
        for (key, both) in self.keys.iter().zip(both) {
            match both {
                (Answer::Bytes(ours), Answer::Bytes(theirs)) if ours == theirs => {
                    commands.push(Command::Migrate {
                        to: cast.target.endpoint.clone(),
                        keys: vec![key.clone()],
                        replace: true,
                    });
                }
                (Answer::Bytes(ours), Answer::Bytes(theirs)) => {
                    let (ours, theirs) = ((&*cast.source, &**ours), (&*cast.target.id, &**theirs));
                    return Err(Stop::differ(key, ours, theirs));
                }
                // It is on one of them alone by now.
                _ => {}
            }
        }
        self.stage = Stage::Sending;
        Ok(vec![Question { to: cast.source.clone(), commands }])
    }
}
