//! What the user that is logged in may not do, by `ACL DRYRUN` (Redis >= 7.0): nothing is done by it.

use std::collections::BTreeMap;

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisResult};

use super::super::command::Answer;
use super::super::info::Info;
use super::super::rights;
use super::ask;

/// By command, in the words of the server; or why it does not say so.
pub(super) async fn denied(
    connection: &mut MultiplexedConnection,
    info: &Info,
) -> RedisResult<Result<BTreeMap<String, String>, String>> {
    let mut pipeline = Pipeline::new();
    pipeline.cmd("ACL").arg("WHOAMI");
    // A certificate may have logged it in as another than the default user.
    let user = match ask(connection, pipeline).await?.pop().map(Answer::from) {
        Some(Answer::Error(words)) => return Ok(Err(words)),
        Some(answer) => answer.text().unwrap_or_default().to_owned(),
        None => String::new(),
    };
    let mut pipeline = Pipeline::new();
    for right in rights::of(info) {
        pipeline.cmd("ACL").arg("DRYRUN").arg(&user).arg(right.words);
    }
    let answers = ask(connection, pipeline).await?.into_iter().map(Answer::from);
    let said: Result<Vec<Option<(String, String)>>, String> = rights::of(info)
        .zip(answers)
        .map(|(right, answer)| {
            let words = match answer {
                Answer::Bytes(_) => answer.text().filter(|it| *it != "OK").map(str::to_owned),
                // Renamed, or taken away (`rename-command`).
                Answer::Error(words) if words.ends_with("not found") => Some(words),
                Answer::Error(words) => return Err(words),
                other => return Err(format!("an answer that is none: {other:?}")),
            };
            Ok(words.map(|words| (right.command.to_owned(), words)))
        })
        .collect();
    Ok(said.map(|said| said.into_iter().flatten().collect()))
}
