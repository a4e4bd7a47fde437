//! What a server moves by itself.

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Value};

use super::super::command::Command;
use super::super::info::ClusterState;
use super::super::tasks::{Task, tasks};

/// Where `CLUSTER INFO` says that there is something; nothing of a server that will not say what: it will not be told to move
/// any either.
pub(super) async fn running(
    connection: &mut MultiplexedConnection,
    state: &str,
) -> RedisResult<Vec<Task>> {
    if ClusterState::parse(state).is_none_or(|state| state.moves == 0) {
        return Ok(Vec::new());
    }
    let mut pipeline = redis::Pipeline::new();
    pipeline.ignore_errors().add_command(Command::Imports.wire(None));
    let replies: Vec<RedisResult<Value>> = pipeline.query_async(connection).await?;
    let listed = replies.into_iter().filter_map(Result::ok).flat_map(|value| tasks(&value));
    Ok(listed.filter(Task::is_running).collect())
}
