//! What a server moves by itself.

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Value};

use super::super::command::Command;
use super::super::info::{ClusterState, Info, Product};
use super::super::tasks::{Mover, Task, exports, tasks};
use super::ask;
use crate::model::Version;

/// Of Redis where `CLUSTER INFO` says that there is something, of Valkey always, as it does not say. Nothing of a server that
/// will not tell: it will not be told to move any either.
pub(super) async fn running(
    connection: &mut MultiplexedConnection,
    info: &Info,
    state: &str,
) -> RedisResult<Vec<Task>> {
    let moves = Mover::of(info.product(), info.version().and_then(Version::parse));
    let (command, read): (_, fn(&Value) -> Vec<Task>) = match info.product() {
        Product::Redis if ClusterState::parse(state).is_some_and(|state| state.moves > 0) => {
            (Command::Imports, tasks)
        }
        Product::Valkey if !info.is_replica() && moves.is_some() => {
            (Command::SlotMigrations, exports)
        }
        _ => return Ok(Vec::new()),
    };
    let mut pipeline = redis::Pipeline::new();
    pipeline.add_command(command.wire(None));
    let replies = ask(connection, pipeline).await?;
    let listed = replies.into_iter().filter_map(Result::ok).flat_map(|value| read(&value));
    Ok(listed.filter(Task::is_running).collect())
}
