//! Valkey >= 9: the source is told, and moves to all targets at once (`cluster_migrateslots.c`).

use redis::Value;

use super::super::cast::Target;
use super::{Job, Round, Stage};
use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::session::{Sessions, refused};
use crate::engine::redis::slots::Slots;
use crate::engine::redis::tasks::fields;
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
        Some(Answer::Other(Value::Array(items))) => Ok(items.iter().filter_map(job).collect()),
        Some(Answer::List(items)) if items.is_empty() => Ok(Vec::new()),
        other => Err(refused(source, other)),
    }
}

/// None of one that gets slots.
fn job(value: &Value) -> Option<Job> {
    let mut fields = fields(value);
    let mut field = |name: &str| fields.remove(name).unwrap_or_default();
    if !field("operation").eq_ignore_ascii_case("export") {
        return None;
    }
    let (state, left) = (field("state").to_ascii_lowercase(), field("remaining_repl_size"));
    Some(Job {
        id: field("name"),
        slots: field("slot_ranges").split_whitespace().filter_map(Slots::parse_range).collect(),
        stage: match state.as_str() {
            "success" => Stage::Arrived,
            "failed" | "cancelled" => Stage::Failed,
            _ => Stage::Runs,
        },
        says: format!("{state} {}", field("message")),
        sign: format!("{state} {left} {}", field("last_ack_time")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_as_the_server_lists_it() {
        let text = |it: &str| Value::BulkString(it.as_bytes().to_vec());
        let words = |operation, state| {
            let words =
                ["name", "ab", "operation", operation, "slot_ranges", "0-9 12-12", "state", state];
            job(&Value::Array(words.map(text).to_vec()))
        };
        let running = words("EXPORT", "replicating").expect("a job");
        assert_eq!(running.stage, Stage::Runs);
        assert_eq!(
            (running.id.as_str(), running.slots.ranges()),
            ("ab", vec!["0-9".into(), "12".into()])
        );
        assert_eq!(words("EXPORT", "cancelled").map(|it| it.stage), Some(Stage::Failed));
        assert_eq!(words("IMPORT", "replicating"), None);
    }
}
