//! Redis >= 8.4: each target is told, and takes slots of one source (`cluster_asm.c`).

use redis::Value;

use super::super::cast::{Question, Target};
use super::{Job, Round, Stage};
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::session::Sessions;
use crate::engine::redis::slots::Slots;
use crate::engine::redis::tasks::{Task, tasks};
use crate::plan::Hands;
use crate::writes::Failed;

pub fn rounds(source: &str, shares: &[(Target, Slots)]) -> Vec<Round> {
    let round = |(target, slots): &(Target, Slots)| Round {
        source: source.to_owned(),
        target: Some(target.id.clone()),
        begin: vec![Command::Import { ranges: slots.bounds().to_vec() }],
    };
    shares.iter().map(round).collect()
}

/// What stands in the way at either end, and how it ended, of which the target knows.
pub async fn jobs(
    target: &str,
    source: &str,
    sessions: &mut Sessions,
    hands: &Hands<'_>,
) -> Result<Vec<Job>, Failed> {
    let ask = |to: &str, commands| Question { to: to.to_owned(), commands };
    let questions = vec![
        ask(target, vec![Command::Imports, Command::Info("keyspace")]),
        ask(source, vec![Command::Imports]),
    ];
    let mut jobs = Vec::new();
    for reply in sessions.ask(questions, hands).await? {
        let mut answers = reply.answers.into_iter();
        let listed = match answers.next() {
            Some(Answer::Other(value @ Value::Array(_))) => tasks(&value),
            Some(Answer::List(items)) if items.is_empty() => Vec::new(),
            other => return Err(sessions.refused(&reply.from, other)),
        };
        let is_target = reply.from == target;
        // It counts what has arrived of a move that is not over yet.
        let keys = answers.next();
        let keys = keys.as_ref().and_then(Answer::text).unwrap_or_default();
        let counts = |task: &Task| task.is_running() || (is_target && task.is_import);
        jobs.extend(listed.iter().filter(|it| counts(it)).map(|task| job(task, keys)));
    }
    Ok(jobs)
}

fn job(task: &Task, keys: &str) -> Job {
    Job {
        id: task.id.clone(),
        slots: task.slots(),
        stage: match task.state.as_str() {
            "completed" => Stage::Arrived,
            _ if task.is_hopeless() => Stage::Hopeless,
            _ if task.is_running() => Stage::Runs,
            _ => Stage::Failed,
        },
        says: task.error.clone(),
        sign: format!("{} {keys}", task.state),
    }
}

/// What it says when the cluster is not what it was a moment ago.
pub const CHANGED: &[&str] = &[
    "ERR another ASM task is already in progress",
    "ERR overlapping import exists",
    "ERR slots belong to different source nodes",
    "ERR this node is already the owner",
    "ERR slot has no owner",
    "ERR slot migration not allowed on replica",
];

/// The target deletes what has come of it.
pub async fn cancel(
    target: &str,
    id: &str,
    sessions: &mut Sessions,
    hands: &Hands<'_>,
) -> Result<(), Failed> {
    let command = Command::CancelImport { id: id.to_owned() };
    match sessions.one(target, vec![command], hands).await?.pop() {
        Some(Answer::Number(_)) => Ok(()),
        other => Err(sessions.refused(target, other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::redis::command::Endpoint;

    fn stage(state: &str, is_import: bool, retries: u64) -> Stage {
        let task = Task { state: state.to_owned(), is_import, retries, ..Task::default() };
        job(&task, "db0:keys=5").stage
    }

    #[test]
    fn an_import_that_failed_is_on_its_way_until_it_has_failed_too_often() {
        assert_eq!(stage("failed", true, 2), Stage::Runs);
        assert_eq!(stage("failed", true, 20), Stage::Hopeless);
        assert_eq!(stage("canceled", true, 0), Stage::Failed);
        assert_eq!(stage("completed", true, 1), Stage::Arrived);
        assert_eq!(stage("send-bulk-and-stream", false, 0), Stage::Runs);
    }

    #[test]
    fn one_target_after_the_other() {
        let slots = |range| [range].into_iter().collect::<Slots>();
        let target = |id: &str| Target {
            id: id.to_owned(),
            endpoint: Endpoint::default(),
            replicas: Vec::new(),
        };
        let shares = [(target("b"), slots((0, 9))), (target("c"), slots((10, 19)))];
        let rounds = rounds("a", &shares);
        let targets: Vec<_> = rounds.iter().map(|round| round.target.as_deref()).collect();
        assert_eq!(targets, [Some("b"), Some("c")]);
        assert_eq!(rounds[1].begin, [Command::Import { ranges: vec![(10, 19)] }]);
    }
}
