//! Valkey >= 9: the source is told, and moves to all targets at once (`cluster_migrateslots.c`).

use redis::Value;

use super::super::cast::Target;
use super::{Job, Round, Stage};
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::session::Sessions;
use crate::engine::redis::slots::Slots;
use crate::engine::redis::tasks::{Task, exports};
use crate::plan::Hands;
use crate::writes::Failed;

/// What it says when the cluster is not what it was a moment ago: a move that an earlier run began may just have ended.
pub const CHANGED: &[&str] = &[
    "ERR Slots are not served by this node",
    "ERR I am already migrating slot",
    "ERR Slot migration can only be used on primary nodes",
    "ERR Unknown node name",
];

pub fn round(source: &str, shares: &[(Target, Slots)]) -> Round {
    let begin = |(target, slots): &(Target, Slots)| Command::MigrateSlots {
        ranges: slots.bounds().to_vec(),
        to: target.id.clone(),
    };
    Round { source: source.to_owned(), target: None, begin: shares.iter().map(begin).collect() }
}

pub async fn jobs(
    source: &str,
    sessions: &mut Sessions,
    hands: &Hands<'_>,
) -> Result<Vec<Job>, Failed> {
    let answer = sessions.one(source, vec![Command::SlotMigrations], hands).await?.pop();
    match answer {
        Some(Answer::Other(value @ Value::Array(_))) => {
            Ok(exports(&value).into_iter().map(job).collect())
        }
        Some(Answer::List(items)) if items.is_empty() => Ok(Vec::new()),
        other => Err(sessions.refused(source, other)),
    }
}

fn job(task: Task) -> Job {
    Job {
        slots: task.slots(),
        stage: match task.state.as_str() {
            "success" => Stage::Arrived,
            "failed" | "cancelled" => Stage::Failed,
            _ => Stage::Runs,
        },
        says: format!("{} {}", task.state, task.error),
        sign: format!("{} {}", task.state, task.sign),
        id: task.id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_job_stands() {
        let stage = |state: &str| job(Task { state: state.to_owned(), ..Task::default() }).stage;
        assert_eq!(stage("waiting-to-snapshot"), Stage::Runs);
        assert_eq!(stage("success"), Stage::Arrived);
        assert_eq!(stage("failed"), Stage::Failed);
        assert_eq!(stage("cancelled"), Stage::Failed);
    }
}
