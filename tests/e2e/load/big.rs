//! Two values that take long to move, and are not written again.

use redis::{Cmd, RedisResult, cmd};

use super::client::Client;
use super::faults::Faults;
use super::keys::{BIG_HASH, BIG_STRING};

const MEGABYTE: usize = 1_000_000;
const STRING: usize = 5 * MEGABYTE;
const FIELD: usize = 10_000;
/// Fields in one command.
const BATCH: usize = MEGABYTE / FIELD;

pub fn write(client: &mut Client, hash_megabytes: u32) -> RedisResult<()> {
    for batch in 0..hash_megabytes {
        let mut command = cmd("HSET");
        command.arg(BIG_HASH);
        for field in fields(batch) {
            command.arg(field).arg(content(field, FIELD));
        }
        client.ask::<u64>(&command)?;
    }
    client.ask(cmd("SET").arg(BIG_STRING).arg(content(0, STRING)))
}

pub fn verify(client: &mut Client, hash_megabytes: u32) -> Faults {
    let mut faults = Faults::default();
    let mut is_as_written = |key: &str, is_there: RedisResult<bool>| match is_there {
        Ok(true) => {}
        Ok(false) => faults.lose(key, "not as it was written"),
        Err(error) => faults.lose(key, &error.to_string()),
    };
    is_as_written(BIG_HASH, hash_is_there(client, hash_megabytes));
    let string = client.ask::<Option<Vec<u8>>>(&Cmd::get(BIG_STRING));
    is_as_written(BIG_STRING, string.map(|string| string == Some(content(0, STRING))));
    faults
}

fn hash_is_there(client: &mut Client, megabytes: u32) -> RedisResult<bool> {
    for batch in 0..megabytes {
        let mut command = cmd("HMGET");
        command.arg(BIG_HASH).arg(fields(batch).collect::<Vec<_>>());
        let values: Vec<Option<Vec<u8>>> = client.ask(&command)?;
        if !values.into_iter().eq(fields(batch).map(|field| Some(content(field, FIELD)))) {
            return Ok(false);
        }
    }
    let count: usize = client.ask(&Cmd::hlen(BIG_HASH))?;
    Ok(count == megabytes as usize * BATCH)
}

fn fields(batch: u32) -> impl Iterator<Item = usize> {
    let first = batch as usize * BATCH;
    first..first + BATCH
}

/// Bytes that do not compress, the same for the same seed.
fn content(seed: usize, length: usize) -> Vec<u8> {
    let mut state = seed as u64 + 1;
    let words = std::iter::repeat_with(|| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32).to_le_bytes()
    });
    words.flat_map(|word| [word[0], word[1], word[2], word[3]]).take(length).collect()
}
