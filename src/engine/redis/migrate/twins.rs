//! Keys that source and target both have. A `MIGRATE` that was cut off leaves them: the target has restored the key, and
//! the source, which still answers for it, has not deleted it. Only where both values are the same is the source's sent
//! over the other.

use super::cast::{Question, Reply, Target};
use super::stop::Stop;
use crate::engine::redis::command::{Answer, Command};

#[derive(Debug, Default)]
pub struct Twins {
    stage: Stage,
    places: Vec<(u16, Target)>,
    /// Key, and which of the places it is in.
    keys: Vec<(Vec<u8>, usize)>,
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
    pub fn begin(&mut self, source: &str, places: Vec<(u16, Target)>) -> Vec<Question> {
        *self = Self { places, ..Self::default() };
        let commands =
            self.places.iter().map(|(slot, _)| Command::Keys { slot: *slot, most: KEYS });
        vec![Question { to: source.to_owned(), commands: commands.collect() }]
    }

    /// None once they are gone.
    pub fn next(&mut self, source: &str, replies: &[Reply]) -> Result<Option<Vec<Question>>, Stop> {
        match self.stage {
            Stage::Listing => {
                let lists = replies.iter().flat_map(|it| &it.answers).enumerate();
                for (place, answer) in lists {
                    let Answer::List(keys) = answer else { return Err(Stop::of(source, answer)) };
                    self.keys.extend(keys.iter().map(|key| (key.clone(), place)));
                }
                self.stage = Stage::Comparing;
                Ok(Some(self.compare(source)))
            }
            Stage::Comparing => self.compared(source, replies).map(Some),
            Stage::Sending => {
                let words = replies.iter().flat_map(|it| &it.answers);
                let failed = words.into_iter().find(|it| !matches!(it, Answer::Bytes(_)));
                failed.map_or(Ok(None), |answer| Err(Stop::of(source, answer)))
            }
        }
    }

    /// The source for all of them, then each target for its own.
    fn compare(&self, source: &str) -> Vec<Question> {
        let dump = |key: &Vec<u8>| Command::Dump { key: key.clone() };
        let all = self.keys.iter().map(|(key, _)| dump(key)).collect();
        let mut questions = vec![Question { to: source.to_owned(), commands: all }];
        for (place, (_, target)) in self.places.iter().enumerate() {
            let own = self.keys.iter().filter(|(_, at)| *at == place);
            let commands = own.flat_map(|(key, _)| [Command::Asking, dump(key)]).collect();
            questions.push(Question { to: target.id.clone(), commands });
        }
        questions
    }

    fn compared(&mut self, source: &str, replies: &[Reply]) -> Result<Vec<Question>, Stop> {
        let mut theirs: Vec<_> =
            replies.iter().skip(1).map(|reply| reply.answers.iter().skip(1).step_by(2)).collect();
        let ours = replies.first().into_iter().flat_map(|it| &it.answers);
        let mut commands = Vec::new();
        for ((key, place), ours) in self.keys.iter().zip(ours) {
            let their = theirs.get_mut(*place).and_then(Iterator::next);
            let (Some((_, target)), Some(their)) = (self.places.get(*place), their) else {
                continue;
            };
            match (ours, their) {
                (Answer::Bytes(ours), Answer::Bytes(theirs)) if ours == theirs => {
                    commands.push(Command::Migrate {
                        to: target.endpoint.clone(),
                        keys: vec![key.clone()],
                        replace: true,
                    });
                }
                (Answer::Bytes(ours), Answer::Bytes(theirs)) => {
                    return Err(Stop::differ(key, (source, ours), (&target.id, theirs)));
                }
                // It is on one of them alone by now.
                _ => {}
            }
        }
        self.stage = Stage::Sending;
        Ok(vec![Question { to: source.to_owned(), commands }])
    }
}
