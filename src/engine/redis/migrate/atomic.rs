//! Slots that the servers move by themselves: `CLUSTER MIGRATESLOTS` of Valkey >= 9 (`cluster_migrateslots.c`). What they
//! have begun goes on without us, and is found again by whoever comes next.

use std::time::Duration;

use redis::Value;
use tokio::time::Instant;

use crate::engine::redis::command::{Answer, Command};
use crate::engine::redis::session::Sessions;
use crate::engine::redis::slots::Slots;
use crate::plan::Hands;
use crate::writes::Failed;

/// One of the migrations that a source has had.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Job {
    name: String,
    is_export: bool,
    slots: Slots,
    state: String,
    message: String,
    /// What it has to send yet; changes as long as it gets on.
    left: String,
}

const PAUSE: Duration = Duration::from_millis(100);
/// One that does not get on for so long is looked at anew.
const PATIENCE: Duration = Duration::from_secs(60);

/// Has the source move slots to other nodes, and waits for it as long as it gets on and nobody wants to stop.
///
/// # Errors
/// When the source will not, or moves other slots for somebody else.
pub async fn atomic(
    source: &str,
    shares: &[(String, Slots)],
    sessions: &mut Sessions,
    hands: &Hands<'_>,
) -> Result<(), Failed> {
    let planned: Slots = shares.iter().flat_map(|(_, slots)| slots.iter()).collect();
    let mut before = jobs(source, sessions, hands).await?;
    let running: Vec<&Job> = before.iter().filter(|it| it.is_running()).collect();
    let is_ours = |job: &&&Job| job.slots.iter().all(|slot| planned.has(slot));
    if let Some(foreign) = running.iter().find(|job| !is_ours(job)) {
        return Err(Failed::Rejected(format!(
            "it moves slots {} for somebody else (migration {}): wait until that is over",
            foreign.slots, foreign.name
        )));
    }
    if running.is_empty() {
        before.clear();
        let begin = |(to, slots): &(String, Slots)| Command::MigrateSlots {
            ranges: slots.bounds().to_vec(),
            to: to.clone(),
        };
        for command in shares.iter().map(begin) {
            sessions.change(source, command, hands).await?;
        }
    }
    let mut since = Instant::now();
    let mut last = Vec::new();
    loop {
        let now = jobs(source, sessions, hands).await?;
        // The log of a source goes back further than this run.
        let newest: Vec<Job> = now
            .into_iter()
            .filter(|it| it.is_export && it.slots.iter().all(|slot| planned.has(slot)))
            .collect();
        if !newest.iter().any(Job::is_running) {
            let failed =
                newest.first().filter(|it| it.state == "failed" || it.state == "cancelled");
            return match failed {
                Some(job) => {
                    Err(Failed::Unknown(format!("migration {}: {}", job.state, job.message)))
                }
                None => Ok(()),
            };
        }
        if newest != last {
            last = newest;
            since = Instant::now();
        }
        if hands.is_to_stop() || since.elapsed() >= PATIENCE {
            return Ok(());
        }
        hands.writes().hold().await?;
        hands.reach()?.pause(PAUSE).await;
    }
}

async fn jobs(
    source: &str,
    sessions: &mut Sessions,
    hands: &Hands<'_>,
) -> Result<Vec<Job>, Failed> {
    let answer = sessions.one(source, vec![Command::SlotMigrations], hands).await?.pop();
    match answer {
        Some(Answer::Other(Value::Array(items))) => Ok(items.iter().filter_map(job).collect()),
        Some(Answer::List(items)) if items.is_empty() => Ok(Vec::new()),
        other => Err(crate::engine::redis::session::refused(source, other)),
    }
}

/// Names and values in turn, or a map in RESP3.
fn job(value: &Value) -> Option<Job> {
    let Value::Array(items) = value else { return None };
    let text = |value: &Value| match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        _ => String::new(),
    };
    let field = |name: &str| {
        let pair =
            items.chunks_exact(2).find(|pair| pair.first().is_some_and(|it| text(it) == name));
        pair.and_then(|pair| pair.get(1)).map(text).unwrap_or_default()
    };
    let ranges = field("slot_ranges");
    let slots = ranges.split_whitespace().filter_map(Slots::parse_range).collect();
    Some(Job {
        name: field("name"),
        is_export: field("operation").eq_ignore_ascii_case("export"),
        slots,
        state: field("state").to_ascii_lowercase(),
        message: field("message"),
        left: format!("{} {}", field("remaining_repl_size"), field("last_ack_time")),
    })
}

impl Job {
    fn is_running(&self) -> bool {
        self.is_export && !["success", "failed", "cancelled"].contains(&self.state.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_as_the_server_lists_it() {
        let text = |it: &str| Value::BulkString(it.as_bytes().to_vec());
        let words = [
            "name",
            "ab",
            "operation",
            "EXPORT",
            "slot_ranges",
            "0-9 12-12",
            "state",
            "replicating",
        ];
        let job = job(&Value::Array(words.map(text).to_vec())).expect("a job");
        assert!(job.is_running());
        assert_eq!(
            (job.name.as_str(), job.slots.ranges()),
            ("ab", vec!["0-9".into(), "12".into()])
        );
    }
}
