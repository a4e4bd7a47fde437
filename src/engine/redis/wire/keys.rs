//! Counting keys by slot, which the server does without looking at any key.

use std::collections::BTreeMap;

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisResult, Value};

use super::super::nodes::{self, Node, Open, Role};
use super::super::slots::SLOTS;
use super::{ask, words};

pub(super) async fn of_open_slots(
    connection: &mut MultiplexedConnection,
    nodes: &str,
) -> RedisResult<BTreeMap<u16, u64>> {
    let slots: Vec<u16> = myself(nodes).iter().flat_map(|me| &me.open).map(Open::slot).collect();
    if slots.is_empty() {
        return Ok(BTreeMap::new());
    }
    let counts = ask(connection, counting(&slots)).await?.into_iter().map(count);
    Ok(slots.iter().copied().zip(counts).filter_map(|(slot, n)| Some((slot, n.ok()?))).collect())
}

/// Keys of a primary in slots that it does not own, or the words with which it would not count.
///
/// Its own slots are counted first: with all keys in them the other slots need not be asked for. Counting is no
/// snapshot, so a difference only raises suspicion; what is found is what a slot itself counts.
pub(super) async fn strays(
    connection: &mut MultiplexedConnection,
    nodes: &str,
) -> RedisResult<Result<BTreeMap<u16, u64>, String>> {
    let Some(before) = myself(nodes).filter(|me| me.flags.role == Some(Role::Primary)) else {
        return Ok(Ok(BTreeMap::new()));
    };
    let own: Vec<u16> = before.slots.iter().collect();
    let mut questions = Pipeline::new();
    questions.cmd("DBSIZE");
    add(&mut questions, &own);
    questions.cmd("DBSIZE");
    let counts: Result<Vec<u64>, String> =
        ask(connection, questions).await?.into_iter().map(count).collect();
    let counts = match counts {
        Ok(counts) => counts,
        Err(words) => return Ok(Err(words)),
    };
    let [all, inside @ .., all_after] = counts.as_slice() else { return Ok(Ok(BTreeMap::new())) };
    if inside.iter().sum::<u64>() >= *all.min(all_after) {
        return Ok(Ok(BTreeMap::new()));
    }
    let foreign: Vec<u16> = (0..SLOTS).filter(|slot| own.binary_search(slot).is_err()).collect();
    let mut questions = counting(&foreign);
    questions.cmd("CLUSTER").arg("NODES");
    let mut answers = ask(connection, questions).await?;
    let after = match answers.pop() {
        Some(Ok(Value::BulkString(text))) => myself(&String::from_utf8_lossy(&text)),
        _ => None,
    };
    // What is on the move between the two is where it should be.
    let moving: Vec<u16> = [Some(&before), after.as_ref()]
        .into_iter()
        .flatten()
        .flat_map(|me| me.slots.iter().chain(me.open.iter().map(Open::slot)))
        .collect();
    let counts = foreign.into_iter().zip(answers.into_iter().map(count));
    let found = counts.filter_map(|(slot, count)| Some((slot, count.ok()?)));
    Ok(Ok(found.filter(|(slot, count)| *count > 0 && !moving.contains(slot)).collect()))
}

fn myself(nodes: &str) -> Option<Node> {
    nodes::parse(nodes).ok()?.into_iter().find(|node| node.flags.is_myself)
}

fn counting(slots: &[u16]) -> Pipeline {
    let mut pipeline = Pipeline::new();
    add(&mut pipeline, slots);
    pipeline
}

fn add(pipeline: &mut Pipeline, slots: &[u16]) {
    for slot in slots {
        pipeline.cmd("CLUSTER").arg("COUNTKEYSINSLOT").arg(*slot);
    }
}

/// A number, or the server's words.
fn count(reply: RedisResult<Value>) -> Result<u64, String> {
    match reply {
        Ok(Value::Int(count)) => u64::try_from(count).map_err(|_| format!("it counts {count}")),
        Ok(_) => Err("it does not count".to_owned()),
        Err(error) => Err(words(&error)),
    }
}
