//! What the user that is logged in may not do, by `ACL DRYRUN` (Redis >= 7.0): nothing is done by it.

use std::collections::BTreeMap;

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisResult, Value};

use super::super::command::Answer;
use super::super::replies::FAILOVER;

/// Of those that steps send, with words that a server would take. No key is called like this one: who may not touch it may not
/// touch every key.
const COMMANDS: &[(&str, &[&str])] = &[
    (FAILOVER, &["CLUSTER", "FAILOVER"]),
    ("CLUSTER SETSLOT", &["CLUSTER", "SETSLOT", "0", "STABLE"]),
    ("CLUSTER GETKEYSINSLOT", &["CLUSTER", "GETKEYSINSLOT", "0", "1"]),
    ("CLUSTER COUNTKEYSINSLOT", &["CLUSTER", "COUNTKEYSINSLOT", "0"]),
    ("CLUSTER MEET", &["CLUSTER", "MEET", "127.0.0.1", "6379"]),
    ("CLUSTER REPLICATE", &["CLUSTER", "REPLICATE", "0"]),
    ("CLUSTER FORGET", &["CLUSTER", "FORGET", "0"]),
    ("CLUSTER RESET", &["CLUSTER", "RESET", "SOFT"]),
    ("MEMORY USAGE", &["MEMORY", "USAGE", KEY]),
    ("MIGRATE", &["MIGRATE", "127.0.0.1", "6379", "", "0", "1", "KEYS", KEY]),
    ("RESTORE-ASKING", &["RESTORE-ASKING", KEY, "0", ""]),
    ("CONFIG SET", &["CONFIG", "SET", "cluster-allow-replica-migration", "yes"]),
    ("FUNCTION DUMP", &["FUNCTION", "DUMP"]),
    ("FUNCTION RESTORE", &["FUNCTION", "RESTORE", ""]),
    ("FUNCTION FLUSH", &["FUNCTION", "FLUSH"]),
    ("FLUSHALL", &["FLUSHALL"]),
    ("SAVE", &["SAVE"]),
];

const KEY: &str = "kubectl-sts";

/// By command, in the words of the server. Nothing of one that cannot tell, or will not: it says no when it is told.
pub(super) async fn denied(
    connection: &mut MultiplexedConnection,
    user: Option<&str>,
) -> RedisResult<BTreeMap<String, String>> {
    let mut pipeline = Pipeline::new();
    pipeline.ignore_errors();
    for (_, words) in COMMANDS {
        pipeline.cmd("ACL").arg("DRYRUN").arg(user.unwrap_or("default")).arg(*words);
    }
    let replies: Vec<RedisResult<Value>> = pipeline.query_async(connection).await?;
    let answers = replies.into_iter().map(Answer::from);
    let said = COMMANDS.iter().zip(answers).filter_map(|((name, _), answer)| {
        let words = match &answer {
            Answer::Bytes(_) => answer.text().filter(|words| *words != "OK")?.to_owned(),
            // Renamed, or taken away (`rename-command`).
            Answer::Error(words) if words.contains("not found") => words.clone(),
            _ => return None,
        };
        Some(((*name).to_owned(), words))
    });
    Ok(said.collect())
}
