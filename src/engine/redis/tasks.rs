//! Slots that a server moves by itself, as `CLUSTER MIGRATION STATUS` lists them (Redis >= 8.4, `cluster_asm.c`) and `CLUSTER
//! GETSLOTMIGRATIONS` (Valkey >= 9, `cluster_migrateslots.c`). Both ends have a task of it, by the same id.

use std::collections::BTreeMap;

use redis::Value;
use serde::{Deserialize, Serialize};

use super::info::Product;
use super::slots::Slots;
use crate::model::Version;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    pub id: String,
    /// As printed: `0-99 200-299`.
    pub slots: String,
    pub source: String,
    pub target: String,
    /// Whether it is that of the target.
    pub is_import: bool,
    pub state: String,
    /// Of the last try, in the words of the server.
    pub error: String,
    pub retries: u64,
    /// Changes as long as it gets on, where the server says so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sign: String,
}

/// How servers are told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mover {
    /// The source is, for all targets at once: `CLUSTER MIGRATESLOTS` of Valkey >= 9.
    Source,
    /// Each target is: `CLUSTER MIGRATION IMPORT` of Redis >= 8.4. One after the other, as a node takes part in one move at
    /// a time.
    Target,
}

impl Mover {
    /// None for a server that moves no slot by itself.
    pub fn of(product: Product, version: Option<Version>) -> Option<Self> {
        let (mover, since) = match product {
            Product::Valkey => (Self::Source, Version::new(9, 0, 0)),
            Product::Redis => (Self::Target, Version::new(8, 4, 0)),
        };
        (version >= Some(since)).then_some(mover)
    }
}

/// A target tries again every second what has failed, and never stops. What has failed so often fails for a reason that does
/// not pass.
const MOST_RETRIES: u64 = 10;

impl Task {
    pub fn slots(&self) -> Slots {
        self.slots.split_whitespace().filter_map(Slots::parse_range).collect()
    }

    /// A source forgets what has failed once somebody begins again.
    pub fn is_running(&self) -> bool {
        match self.state.as_str() {
            "completed" | "canceled" | "success" | "cancelled" => false,
            "failed" => self.is_import,
            _ => true,
        }
    }

    pub fn is_hopeless(&self) -> bool {
        self.is_import && self.state == "failed" && self.retries >= MOST_RETRIES
    }
}

/// Those that run come first, then the newest.
pub fn tasks(value: &Value) -> Vec<Task> {
    let Value::Array(items) = value else { return Vec::new() };
    items.iter().map(task).collect()
}

fn task(value: &Value) -> Task {
    let mut fields = fields(value);
    let mut field = |name: &str| fields.remove(name).unwrap_or_default();
    Task {
        id: field("id"),
        slots: field("slots"),
        source: field("source"),
        target: field("dest"),
        is_import: field("operation") == "import",
        state: field("state"),
        error: field("last_error"),
        retries: field("retries").parse().unwrap_or_default(),
        sign: String::new(),
    }
}

/// Of Valkey those of a source: it begins each once, and knows best how far it is.
pub fn exports(value: &Value) -> Vec<Task> {
    let Value::Array(items) = value else { return Vec::new() };
    items.iter().filter_map(export).collect()
}

fn export(value: &Value) -> Option<Task> {
    let mut fields = fields(value);
    let mut field = |name: &str| fields.remove(name).unwrap_or_default();
    field("operation").eq_ignore_ascii_case("export").then(|| Task {
        id: field("name"),
        slots: field("slot_ranges"),
        source: field("source_node"),
        target: field("target_node"),
        is_import: false,
        state: field("state").to_ascii_lowercase(),
        error: field("message"),
        retries: 0,
        sign: format!("{} {}", field("remaining_repl_size"), field("last_ack_time")),
    })
}

/// Names and values in turn, or a map in RESP3.
pub fn fields(value: &Value) -> BTreeMap<String, String> {
    match value {
        Value::Array(items) => items
            .chunks_exact(2)
            .filter_map(|pair| Some((text(pair.first()?), text(pair.get(1)?))))
            .collect(),
        Value::Map(pairs) => pairs.iter().map(|(name, value)| (text(name), text(value))).collect(),
        _ => BTreeMap::new(),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Redis 8.6.3 printed it.
    fn pairs(state: &str, operation: &str, retries: i64) -> Vec<(Value, Value)> {
        let text = |it: &str| Value::BulkString(it.as_bytes().to_vec());
        let words = [
            ("id", "d09c88cc13c42c8aa01e24a3ad10bdba8d5e2764"),
            ("slots", "0-99 200-200"),
            ("source", "60ce896770d34f4e8315a75e86bab224e6134a34"),
            ("dest", "1ce10d4ed0ed40bff45b6e14824703217a2296bf"),
            ("operation", operation),
            ("state", state),
            ("last_error", ""),
        ];
        let numbers = [
            ("retries", retries),
            ("create_time", 1_795_684_174_887),
            ("start_time", 1_795_684_174_887),
            ("end_time", 1_795_684_174_898),
            ("write_pause_ms", 9),
        ];
        let words = words.map(|(name, value)| (text(name), text(value)));
        let numbers = numbers.map(|(name, value)| (text(name), Value::Int(value)));
        words.into_iter().chain(numbers).collect()
    }

    #[test]
    fn a_task_in_both_protocols() {
        let pairs = pairs("accumulate-buffer", "import", 3);
        let flat = pairs.iter().flat_map(|(name, value)| [name.clone(), value.clone()]).collect();
        let flat = tasks(&Value::Array(vec![Value::Array(flat)]));
        assert_eq!(flat, tasks(&Value::Array(vec![Value::Map(pairs)])));
        let [task] = flat.as_slice() else { panic!("{flat:?}") };
        assert_eq!(task.slots().ranges(), ["0-99", "200"]);
        assert!(task.is_running() && task.is_import && !task.is_hopeless(), "{task:?}");
        assert_eq!((task.retries, &task.target[..6], &task.source[..6]), (3, "1ce10d", "60ce89"));
        assert_eq!(tasks(&Value::Array(Vec::new())), []);
    }

    #[test]
    fn a_target_tries_again_and_a_source_does_not() {
        let task = |state, operation, retries| task(&Value::Map(pairs(state, operation, retries)));
        assert!(task("failed", "import", 9).is_running());
        assert!(!task("failed", "import", 9).is_hopeless());
        assert!(task("failed", "import", 10).is_hopeless());
        assert!(!task("connecting", "import", 10).is_hopeless());
        for state in ["completed", "canceled", "failed"] {
            assert!(!task(state, "migrate", 0).is_running(), "{state}");
        }
        assert!(task("handoff", "migrate", 0).is_running());
    }

    #[test]
    fn a_source_of_valkey_says_what_it_gives_away() {
        let text = |it: &str| Value::BulkString(it.as_bytes().to_vec());
        let listed = |operation, state| {
            let words = [
                ("name", "ab"),
                ("operation", operation),
                ("slot_ranges", "0-9 12-12"),
                ("source_node", "60ce89"),
                ("target_node", "1ce10d"),
                ("state", state),
                ("message", "why"),
            ];
            let flat = words.iter().flat_map(|(name, value)| [text(name), text(value)]);
            exports(&Value::Array(vec![Value::Array(flat.collect())]))
        };
        let running = listed("EXPORT", "replicating");
        let [task] = running.as_slice() else { panic!("{running:?}") };
        assert_eq!(task.slots().ranges(), ["0-9", "12"]);
        assert_eq!((task.id.as_str(), &*task.source, &*task.target), ("ab", "60ce89", "1ce10d"));
        assert!(task.is_running() && !task.is_hopeless());
        for state in ["success", "cancelled", "failed"] {
            assert!(!listed("EXPORT", state)[0].is_running(), "{state}");
        }
        assert_eq!(listed("IMPORT", "receiving-snapshot"), []);
    }
}
