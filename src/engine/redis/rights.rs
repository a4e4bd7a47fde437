//! Commands that steps send, and what each is for: whoever logs in has to be let run them.

use super::info::Info;
use super::tasks::Mover;
use crate::model::Operation::{self, Drain, Rollout, ScaleDown};
use crate::model::Version;

pub struct Right {
    pub command: &'static str,
    /// As a server would take it.
    pub words: &'static [&'static str],
    need: Need,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    HandOver,
    /// Members leave, emptied and forgotten.
    Leave,
    /// There are functions.
    Functions,
    /// Slots move key by key.
    Keys,
    /// Servers move slots by themselves.
    Whole(Mover),
    Arrange,
}

/// No key is called like this one: who may not touch it may not touch every key.
const KEY: &str = "kubectl-sts";

const RIGHTS: &[Right] = &[
    right("CLUSTER FAILOVER", &["CLUSTER", "FAILOVER"], Need::HandOver),
    right("CLUSTER SETSLOT", &["CLUSTER", "SETSLOT", "0", "STABLE"], Need::Keys),
    right("CLUSTER GETKEYSINSLOT", &["CLUSTER", "GETKEYSINSLOT", "0", "1"], Need::Keys),
    right("CLUSTER COUNTKEYSINSLOT", &["CLUSTER", "COUNTKEYSINSLOT", "0"], Need::Keys),
    right("MIGRATE", &["MIGRATE", "127.0.0.1", "6379", "", "0", "1", "KEYS", KEY], Need::Keys),
    right("RESTORE-ASKING", &["RESTORE-ASKING", KEY, "0", ""], Need::Keys),
    right(
        "CLUSTER MIGRATESLOTS",
        &["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", "0", "0", "NODE", "0"],
        Need::Whole(Mover::Source),
    ),
    right(
        "CLUSTER MIGRATION",
        &["CLUSTER", "MIGRATION", "IMPORT", "0", "0"],
        Need::Whole(Mover::Target),
    ),
    right("CLUSTER MEET", &["CLUSTER", "MEET", "127.0.0.1", "6379"], Need::Arrange),
    right("CLUSTER REPLICATE", &["CLUSTER", "REPLICATE", "0"], Need::Arrange),
    right(
        "CONFIG SET",
        &["CONFIG", "SET", "cluster-allow-replica-migration", "yes"],
        Need::Arrange,
    ),
    right("CLUSTER FORGET", &["CLUSTER", "FORGET", "0"], Need::Leave),
    right("CLUSTER RESET", &["CLUSTER", "RESET", "SOFT"], Need::Leave),
    right("FLUSHALL", &["FLUSHALL"], Need::Leave),
    right("SAVE", &["SAVE"], Need::Leave),
    right("FUNCTION DUMP", &["FUNCTION", "DUMP"], Need::Functions),
    right("FUNCTION RESTORE", &["FUNCTION", "RESTORE", ""], Need::Functions),
    right("FUNCTION FLUSH", &["FUNCTION", "FLUSH"], Need::Functions),
];

const fn right(command: &'static str, words: &'static [&'static str], need: Need) -> Right {
    Right { command, words, need }
}

/// Those that this server may be told. One that moves whole slots is told no other way, where nobody asks for it.
pub fn of(info: &Info) -> impl Iterator<Item = &'static Right> {
    let mover = Mover::of(info.product(), info.version().and_then(Version::parse));
    RIGHTS.iter().filter(move |right| match right.need {
        Need::Keys => mover.is_none(),
        Need::Whole(it) => mover == Some(it),
        _ => true,
    })
}

/// None for what is arranged, or mended, with as many replicas as there are.
pub fn is_needed(command: &str, operation: Option<Operation>, has_functions: bool) -> bool {
    let Some(right) = RIGHTS.iter().find(|right| right.command == command) else { return false };
    match (right.need, operation) {
        (_, Some(Drain)) => false,
        (Need::HandOver, _) => true,
        (_, Some(Rollout)) => false,
        (Need::Leave, operation) => operation == Some(ScaleDown),
        (Need::Functions, _) => has_functions,
        (Need::Keys | Need::Whole(_) | Need::Arrange, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_moves_slots_by_itself_is_not_told_to_move_keys() {
        let has = |text: &str, command: &str| {
            of(&Info::parse(text)).any(|right| right.command == command)
        };
        assert!(has("redis_version:7.0.15", "MIGRATE"));
        assert!(!has("redis_version:7.0.15", "CLUSTER MIGRATION"));
        assert!(!has("redis_version:8.6.3", "MIGRATE"));
        assert!(has("redis_version:8.6.3", "CLUSTER MIGRATION"));
        let valkey = "redis_version:7.2.4\nserver_name:valkey\nvalkey_version:9.1.2";
        assert!(!has(valkey, "MIGRATE") && !has(valkey, "CLUSTER MIGRATION"));
        assert!(has(valkey, "CLUSTER MIGRATESLOTS"));
    }

    #[test]
    fn what_is_not_done_needs_no_right() {
        let needed = |command, operation| is_needed(command, operation, false);
        for operation in [None, Some(Operation::ScaleUp)] {
            assert!(needed("MIGRATE", operation) && !needed("FLUSHALL", operation));
        }
        assert!(needed("FLUSHALL", Some(ScaleDown)) && !needed("FLUSHALL", Some(Rollout)));
        assert!(needed("CLUSTER FAILOVER", Some(Rollout)) && !needed("MIGRATE", Some(Rollout)));
        assert!(!needed("FUNCTION DUMP", Some(ScaleDown)));
        assert!(is_needed("FUNCTION DUMP", Some(ScaleDown), true));
        assert!(!needed("CLUSTER FAILOVER", Some(Drain)));
    }
}
