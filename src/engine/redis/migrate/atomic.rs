//! Slots that the servers move by themselves. What they have begun goes on without us, and is found again by whoever comes
//! next.

mod export;
mod import;

use std::time::Duration;

use tokio::time::Instant;

use super::cast::Target;
use super::copies::Copies;
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::session::Sessions;
use crate::engine::redis::slots::Slots;
use crate::engine::redis::tasks::Mover;
use crate::plan::Hands;
use crate::writes::Failed;

/// What is begun at once, and who knows how it goes.
#[derive(Debug)]
struct Round {
    source: String,
    /// None where the source is asked alone.
    target: Option<String>,
    begin: Vec<Command>,
}

/// One move that a server has had, or has.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Job {
    id: String,
    slots: Slots,
    stage: Stage,
    /// In the words of the server.
    says: String,
    /// Changes as long as it gets on.
    sign: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Runs,
    /// The server tries it again, and has too often.
    Hopeless,
    Arrived,
    Failed,
}

/// Who began what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begun {
    Not,
    Before,
    ByUs,
}

#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Begin,
    Wait,
    Over,
    Foreign(Job),
    GiveUp(Job),
    Failed(Job),
}

const PAUSE: Duration = Duration::from_millis(100);
/// One that does not get on for so long is looked at anew.
const PATIENCE: Duration = Duration::from_secs(60);

/// Has the servers move slots, and waits for it as long as it gets on and nobody wants to stop. What then goes on without
/// us, by the ids that the servers gave it.
///
/// # Errors
/// When a server will not, or moves other slots for somebody else.
pub async fn atomic(
    mover: Mover,
    source: &str,
    shares: &[(Target, Slots)],
    sessions: &mut Sessions,
    hands: &Hands<'_>,
) -> Result<Vec<String>, Failed> {
    let targets: Vec<Target> = shares.iter().map(|(target, _)| target.clone()).collect();
    let planned: Slots = shares.iter().flat_map(|(_, slots)| slots.iter()).collect();
    let rounds = match mover {
        Mover::Source => vec![export::round(source, shares)],
        Mover::Target => import::rounds(source, shares),
    };
    for round in rounds {
        let end = round.run(&planned, sessions, hands).await?;
        if !matches!(end, End::Over) {
            return Ok(end.goes_on());
        }
        // The servers do not wait for it: a target that died now would take along what nobody else has any more.
        Copies::catch_up(&targets, sessions, hands).await?;
        if hands.is_to_stop() {
            break;
        }
    }
    Ok(Vec::new())
}

enum End {
    Over,
    /// The slots may be elsewhere than they were planned to be.
    LookAgain,
    GoesOn(Vec<String>),
}

impl End {
    fn goes_on(self) -> Vec<String> {
        match self {
            Self::GoesOn(ids) => ids,
            Self::Over | Self::LookAgain => Vec::new(),
        }
    }
}

impl Round {
    async fn run(
        &self,
        planned: &Slots,
        sessions: &mut Sessions,
        hands: &Hands<'_>,
    ) -> Result<End, Failed> {
        let mut begun = Begun::Not;
        let mut since = Instant::now();
        let mut last = Vec::new();
        loop {
            let jobs = self.jobs(sessions, hands).await?;
            match turn(&jobs, planned, begun) {
                Turn::Begin if hands.is_to_stop() => return Ok(End::LookAgain),
                Turn::Begin => {
                    self.begin(sessions, hands).await?;
                    begun = Begun::ByUs;
                }
                Turn::Wait if begun == Begun::Not => begun = Begun::Before,
                Turn::Wait => {}
                Turn::Over if begun == Begun::Before => return Ok(End::LookAgain),
                Turn::Over => return Ok(End::Over),
                Turn::Foreign(job) => {
                    let node = self.target.as_ref().unwrap_or(&self.source);
                    return Err(foreign(&sessions.name(node), &job));
                }
                Turn::GiveUp(job) => {
                    self.cancel(&job, sessions, hands).await?;
                    if begun == Begun::ByUs {
                        return Err(Failed::Rejected(format!(
                            "slots {} do not move, migration {} is cancelled: {}",
                            job.slots, job.id, job.says
                        )));
                    }
                }
                Turn::Failed(job) => {
                    return Err(Failed::Unknown(format!("migration {}: {}", job.id, job.says)));
                }
            }
            let running = jobs.iter().filter(|job| job.stage == Stage::Runs);
            let ids: Vec<String> = running.map(|job| job.id.clone()).collect();
            if hands.is_to_stop() && begun != Begun::Not {
                return Ok(End::GoesOn(ids));
            }
            if jobs != last {
                last = jobs;
                since = Instant::now();
            }
            if since.elapsed() >= PATIENCE {
                return Ok(End::LookAgain);
            }
            hands.writes().hold().await?;
            hands.reach()?.pause(PAUSE).await;
        }
    }

    async fn jobs(&self, sessions: &mut Sessions, hands: &Hands<'_>) -> Result<Vec<Job>, Failed> {
        match &self.target {
            None => export::jobs(&self.source, sessions, hands).await,
            Some(target) => import::jobs(target, &self.source, sessions, hands).await,
        }
    }

    async fn begin(&self, sessions: &mut Sessions, hands: &Hands<'_>) -> Result<(), Failed> {
        for command in &self.begin {
            let (to, changed) = match &self.target {
                None => (&self.source, export::CHANGED),
                Some(target) => (target, import::CHANGED),
            };
            match sessions.one(to, vec![command.clone()], hands).await?.pop() {
                // OK, or the id that it has.
                Some(Answer::Bytes(_)) => {}
                Some(answer) if changed.iter().any(|words| answer.is_error(words)) => {
                    return Err(Failed::Unknown(format!("{} says {answer:?}", sessions.name(to))));
                }
                other => return Err(sessions.refused(to, other)),
            }
        }
        Ok(())
    }

    async fn cancel(
        &self,
        job: &Job,
        sessions: &mut Sessions,
        hands: &Hands<'_>,
    ) -> Result<(), Failed> {
        match &self.target {
            // One of Valkey ends by itself.
            None => Ok(()),
            Some(target) => import::cancel(target, &job.id, sessions, hands).await,
        }
    }
}

/// The newest of those that are over come first.
fn turn(jobs: &[Job], planned: &Slots, begun: Begun) -> Turn {
    let is_ours = |job: &&Job| job.slots.iter().all(|slot| planned.has(slot));
    let is_over = |job: &&Job| matches!(job.stage, Stage::Arrived | Stage::Failed);
    let running = jobs.iter().filter(|job| !is_over(job));
    let foreign = running.clone().find(|job| !is_ours(job));
    if let Some(job) = foreign.filter(|_| begun == Begun::Not) {
        return Turn::Foreign(job.clone());
    }
    if let Some(job) = running.clone().find(|job| job.stage == Stage::Hopeless && is_ours(job)) {
        return Turn::GiveUp(job.clone());
    }
    if running.clone().any(|job| is_ours(&job)) {
        return Turn::Wait;
    }
    if begun == Begun::Not {
        return Turn::Begin;
    }
    // The log of a server goes back further than this run.
    let newest = jobs.iter().filter(is_over).find(is_ours);
    match newest.filter(|job| job.stage == Stage::Failed) {
        Some(job) => Turn::Failed(job.clone()),
        None => Turn::Over,
    }
}

fn foreign(node: &str, job: &Job) -> Failed {
    Failed::Rejected(format!(
        "{node} moves slots {} for somebody else (migration {}): wait until that is over",
        job.slots, job.id
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: &str, slots: &str, stage: Stage) -> Job {
        let slots = slots.split(' ').filter_map(Slots::parse_range).collect();
        Job { id: id.to_owned(), slots, stage, says: "why".to_owned(), sign: String::new() }
    }

    fn planned() -> Slots {
        [(0, 99), (200, 299)].into_iter().collect()
    }

    #[test]
    fn what_was_begun_before_is_waited_for() {
        let jobs = [job("a", "0-9 210-219", Stage::Runs), job("b", "500", Stage::Arrived)];
        assert_eq!(turn(&jobs, &planned(), Begun::Not), Turn::Wait);
        assert_eq!(turn(&jobs[1..], &planned(), Begun::Before), Turn::Over);
        assert_eq!(turn(&jobs[1..], &planned(), Begun::Not), Turn::Begin);
    }

    #[test]
    fn what_somebody_else_moves_is_left_alone() {
        let other = job("a", "99-100", Stage::Runs);
        let jobs = [other.clone()];
        assert_eq!(turn(&jobs, &planned(), Begun::Not), Turn::Foreign(other));
        let hopeless = job("b", "300", Stage::Hopeless);
        assert_eq!(
            turn(std::slice::from_ref(&hopeless), &planned(), Begun::Not),
            Turn::Foreign(hopeless)
        );
    }

    #[test]
    fn the_newest_says_how_it_ended() {
        let failed = job("b", "0-99", Stage::Failed);
        let jobs = [failed.clone(), job("a", "0-99", Stage::Arrived)];
        assert_eq!(turn(&jobs, &planned(), Begun::ByUs), Turn::Failed(failed.clone()));
        let jobs = [job("c", "0-99", Stage::Arrived), failed];
        assert_eq!(turn(&jobs, &planned(), Begun::ByUs), Turn::Over);
    }

    #[test]
    fn what_fails_again_and_again_is_given_up() {
        let hopeless = job("a", "0-99", Stage::Hopeless);
        for begun in [Begun::Not, Begun::Before, Begun::ByUs] {
            let jobs = [hopeless.clone()];
            assert_eq!(turn(&jobs, &planned(), begun), Turn::GiveUp(hopeless.clone()));
        }
    }
}
