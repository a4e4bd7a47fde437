//! Whether the replicas of the targets have what their primaries were handed.
//!
//! Not `WAIT`: it covers the writes of its own connection alone.

use std::time::Duration;

use super::cast::{Cast, Question, Reply, Target};
use super::stop::Stop;
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::info::Info;
use crate::engine::redis::session::Sessions;
use crate::plan::Hands;
use crate::writes::Failed;

#[derive(Debug, Default)]
pub struct Copies {
    /// What each target has sent to its replicas after the last batch.
    wanted: Vec<u64>,
    waited: Duration,
}

pub const PAUSE: Duration = Duration::from_millis(5);
/// A replica that has not caught up after so long does not keep up.
const PATIENCE: Duration = Duration::from_secs(10);

impl Copies {
    /// Also whether it is still the target that answers: the next batch goes to its address.
    pub fn ask_targets(cast: &Cast) -> Vec<Question> {
        let ask = |target: &Target| Question {
            to: target.id.clone(),
            commands: vec![Command::MyId, Command::Info("replication")],
        };
        cast.targets.iter().map(ask).collect()
    }

    pub fn new(cast: &Cast, replies: &[Reply]) -> Result<Self, Stop> {
        for (target, reply) in cast.targets.iter().zip(replies) {
            if reply.answers.first().and_then(Answer::text) != Some(target.id.as_str()) {
                return Err(Stop::changed(&target.id));
            }
        }
        let wanted = replies.iter().map(|it| offset(it, "master_repl_offset")).collect();
        Ok(Self { wanted, waited: Duration::ZERO })
    }

    pub fn ask_replicas(cast: &Cast) -> Vec<Question> {
        let replicas = cast.targets.iter().flat_map(|it| &it.replicas);
        let ask =
            |to: &String| Question { to: to.clone(), commands: vec![Command::Info("replication")] };
        replicas.map(ask).collect()
    }

    /// Waits until the replicas of all targets have what these have by now.
    ///
    /// # Errors
    /// When one does not keep up, or a target is another by now.
    pub async fn catch_up(
        cast: &Cast,
        sessions: &mut Sessions,
        hands: &Hands<'_>,
    ) -> Result<(), Failed> {
        let replies = sessions.ask(Self::ask_targets(cast), hands).await?;
        let mut copies = Self::new(cast, &replies)?;
        loop {
            let replies = sessions.ask(Self::ask_replicas(cast), hands).await?;
            if copies.have_all(cast, &replies)? {
                return Ok(());
            }
            hands.reach()?.pause(PAUSE).await;
        }
    }

    /// Whether all have it; a pause later they are asked again.
    pub fn have_all(&mut self, cast: &Cast, replies: &[Reply]) -> Result<bool, Stop> {
        let replicas = cast.targets.iter().zip(&self.wanted);
        let wanted =
            replicas.flat_map(|(target, wanted)| target.replicas.iter().map(move |_| wanted));
        let is_behind =
            |(reply, wanted): &(&Reply, &u64)| offset(reply, "slave_repl_offset") < **wanted;
        match replies.iter().zip(wanted).find(is_behind) {
            None => Ok(true),
            Some((reply, _)) if self.waited >= PATIENCE => Err(Stop::behind(&reply.from)),
            Some(_) => {
                self.waited += PAUSE;
                Ok(false)
            }
        }
    }
}

/// A field of `INFO replication`; what does not say it has nothing.
fn offset(reply: &Reply, field: &str) -> u64 {
    let text = reply.answers.last().and_then(Answer::text).unwrap_or_default();
    Info::parse(text).number(field).unwrap_or_default()
}
