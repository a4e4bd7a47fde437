//! Whether the replicas of the targets have what their primaries were handed.
//!
//! Not `WAIT`: it covers the writes of its own connection alone.

use std::time::Duration;

use super::cast::{Question, Reply, Target};
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
    /// The targets, also whether it is still they who answer: the next batch goes to their address. And their replicas at the
    /// same time: most often they are there already.
    pub fn ask(targets: &[Target]) -> Vec<Question> {
        let ask = |target: &Target| Question {
            to: target.id.clone(),
            commands: vec![Command::MyId, Command::Info("replication")],
        };
        targets.iter().map(ask).chain(Self::ask_replicas(targets)).collect()
    }

    /// What there is to wait for, and whether all have it already.
    pub fn begin(targets: &[Target], replies: &[Reply]) -> Result<(Self, bool), Stop> {
        let (own, replicas) = replies.split_at(targets.len().min(replies.len()));
        for (target, reply) in targets.iter().zip(own) {
            if reply.answers.first().and_then(Answer::text) != Some(target.id.as_str()) {
                return Err(Stop::Another(target.id.clone()));
            }
        }
        let wanted = own.iter().map(|it| offset(it, "master_repl_offset")).collect();
        let mut copies = Self { wanted, waited: Duration::ZERO };
        let have_all = copies.have_all(targets, replicas)?;
        Ok((copies, have_all))
    }

    pub fn ask_replicas(targets: &[Target]) -> Vec<Question> {
        let replicas = targets.iter().flat_map(|it| &it.replicas);
        let ask =
            |to: &String| Question { to: to.clone(), commands: vec![Command::Info("replication")] };
        replicas.map(ask).collect()
    }

    /// Waits until the replicas of all targets have what these have by now.
    ///
    /// # Errors
    /// When one does not keep up, or a target is another by now.
    pub async fn catch_up(
        targets: &[Target],
        sessions: &mut Sessions,
        hands: &Hands<'_>,
    ) -> Result<(), Failed> {
        let replies = sessions.ask(Self::ask(targets), hands).await?;
        let begun = Self::begin(targets, &replies);
        let (mut copies, mut have_all) =
            begun.map_err(|stop| stop.told(|node| sessions.name(node)))?;
        while !have_all {
            hands.reach()?.pause(PAUSE).await;
            let replies = sessions.ask(Self::ask_replicas(targets), hands).await?;
            have_all = copies
                .have_all(targets, &replies)
                .map_err(|stop| stop.told(|node| sessions.name(node)))?;
        }
        Ok(())
    }

    /// Whether all have it; a pause later they are asked again.
    pub fn have_all(&mut self, targets: &[Target], replies: &[Reply]) -> Result<bool, Stop> {
        let replicas = targets.iter().zip(&self.wanted);
        let wanted =
            replicas.flat_map(|(target, wanted)| target.replicas.iter().map(move |_| wanted));
        let is_behind =
            |(reply, wanted): &(&Reply, &u64)| offset(reply, "slave_repl_offset") < **wanted;
        match replies.iter().zip(wanted).find(is_behind) {
            None => Ok(true),
            Some((reply, _)) if self.waited >= PATIENCE => Err(Stop::Behind(reply.from.clone())),
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
