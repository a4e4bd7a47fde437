//! What `INFO`, `CLUSTER INFO` and `CONFIG GET` say, reduced to what is used.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Fields that a capture may hold: nothing else of a reply is kept.
const FIELDS: &[&str] = &[
    "aof_enabled",
    "aof_last_bgrewrite_status",
    "aof_last_write_status",
    "aof_rewrite_in_progress",
    "cluster_enabled",
    "connected_clients",
    "evicted_keys",
    "loading",
    "loading_eta_seconds",
    "loading_loaded_perc",
    "master_failover_state",
    "master_host",
    "master_link_down_since_seconds",
    "master_link_status",
    "master_port",
    "master_repl_offset",
    "master_sync_in_progress",
    "maxclients",
    "maxmemory",
    "maxmemory_policy",
    "mem_not_counted_for_evict",
    "min_slaves_good_slaves",
    "number_of_functions",
    "pubsubshard_channels",
    "rdb_bgsave_in_progress",
    "rdb_last_bgsave_status",
    "rdb_last_save_time",
    "redis_mode",
    "redis_version",
    "rejected_connections",
    "role",
    "run_id",
    "server_mode",
    "server_name",
    "slave_repl_offset",
    "uptime_in_seconds",
    "used_memory",
    "used_memory_dataset",
    "used_memory_rss",
    "valkey_version",
];

/// What all `module:` lines come to.
pub const MODULES: &str = "modules";

/// What to ask `CONFIG GET` for: each asks for what is kept of it and little else, and none for a password.
/// Redis 6.2 takes one pattern at a time.
pub const PATTERNS: &[&str] =
    &["append*", "cluster-*", "dir", "max*", "min-*", "save", "stop-writes-on-bgsave-error"];

/// Settings that rules look at.
const SETTINGS: &[&str] = &[
    "appendfsync",
    "appendonly",
    "cluster-allow-reads-when-down",
    "cluster-allow-replica-migration",
    "cluster-config-file",
    "cluster-migration-barrier",
    "cluster-node-timeout",
    "cluster-replica-validity-factor",
    "cluster-require-full-coverage",
    "cluster-slave-validity-factor",
    "dir",
    "maxclients",
    "maxmemory",
    "maxmemory-policy",
    "min-replicas-max-lag",
    "min-replicas-to-write",
    "save",
    "stop-writes-on-bgsave-error",
];

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Info(BTreeMap<String, String>);

impl Info {
    /// `name:value` lines of `INFO`; `dbN` and `slaveN` are kept too, and all modules as one.
    pub fn parse(text: &str) -> Self {
        let fields = text
            .lines()
            .filter_map(|line| line.trim_end().split_once(':'))
            .filter(|(name, _)| {
                FIELDS.contains(name) || is_numbered(name, "db") || is_numbered(name, "slave")
            })
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(fields.chain(modules(text).map(|loaded| (MODULES.to_owned(), loaded))).collect())
    }

    /// Name and value in turn, as `CONFIG GET` answers.
    pub fn settings(pairs: &[String]) -> Self {
        Self(
            pairs
                .chunks_exact(2)
                .filter_map(|pair| Some((pair.first()?, pair.get(1)?)))
                .filter(|(name, _)| SETTINGS.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn is_cluster(&self) -> bool {
        self.get("cluster_enabled") == Some("1")
    }

    pub fn is_loading(&self) -> bool {
        self.get("loading") == Some("1")
    }

    pub fn is_sentinel(&self) -> bool {
        self.get("redis_mode").or_else(|| self.get("server_mode")) == Some("sentinel")
    }

    pub fn is_replica(&self) -> bool {
        matches!(self.get("role"), Some("slave" | "replica"))
    }

    pub fn product(&self) -> Product {
        match self.get("valkey_version") {
            Some(_) => Product::Valkey,
            None => Product::Redis,
        }
    }

    /// Valkey keeps `redis_version` at 7.2.4 for old clients.
    pub fn version(&self) -> Option<&str> {
        self.get("valkey_version").or_else(|| self.get("redis_version"))
    }

    pub fn replicas(&self) -> impl Iterator<Item = Listed<'_>> {
        let lines = self.0.iter().filter(|(name, _)| is_numbered(name, "slave"));
        lines.filter_map(|(_, line)| {
            Some(Listed {
                ip: part(line, "ip")?,
                port: part(line, "port")?,
                state: part(line, "state")?,
                offset: part(line, "offset").and_then(|offset| offset.parse().ok()),
                silent: part(line, "lag").and_then(|lag| lag.parse().ok()),
            })
        })
    }

    /// Keys over all databases: `db0:keys=5,expires=0,avg_ttl=0`; no line is no key.
    pub fn keys(&self) -> Option<u64> {
        (!self.is_empty())
            .then(|| self.databases().map(|(_, keys)| keys).fold(0, u64::saturating_add))
    }

    /// Keys in others than database 0 (Valkey >= 9: `cluster-databases`).
    pub fn keys_beyond_first(&self) -> u64 {
        let others = self.databases().filter(|(name, _)| *name != "db0");
        others.map(|(_, keys)| keys).fold(0, u64::saturating_add)
    }

    fn databases(&self) -> impl Iterator<Item = (&str, u64)> {
        let databases = self.iter().filter(|(name, _)| is_numbered(name, "db"));
        databases.filter_map(|(name, value)| Some((name, part(value, "keys")?.parse().ok()?)))
    }

    /// Every name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// A replica as its primary lists it: `slave0:ip=10.0.0.4,port=6379,state=online,offset=14,lag=1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed<'a> {
    pub ip: &'a str,
    pub port: &'a str,
    /// `wait_bgsave`, `send_bulk`, `online`.
    pub state: &'a str,
    /// The last that it confirmed.
    pub offset: Option<u64>,
    /// Seconds since it confirmed anything; once a second is usual.
    pub silent: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Product {
    Redis,
    Valkey,
}

impl Product {
    pub fn name(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Valkey => "valkey",
        }
    }

    pub fn client(self) -> &'static str {
        match self {
            Self::Redis => "redis-cli",
            Self::Valkey => "valkey-cli",
        }
    }
}

/// What `CLUSTER INFO` says of the state alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClusterState {
    pub is_ok: bool,
    /// Primaries with slots that this member counts (`cluster_size`).
    pub size: u64,
    /// The newest epoch that it has heard of (`cluster_current_epoch`).
    pub epoch: Option<u64>,
    /// Moves of slots that it has part in by itself (Redis >= 8.4).
    pub moves: u64,
    /// It deletes keys of slots that it has given away, one by one: till then they are in its way.
    pub is_trimming: bool,
}

impl ClusterState {
    pub fn parse(text: &str) -> Option<Self> {
        let value = |name: &str| {
            text.lines()
                .find_map(|line| line.trim_end().split_once(':').filter(|(n, _)| *n == name))
        };
        let known = |name| value(name).and_then(|(_, text)| text.parse().ok());
        let number = |name| known(name).unwrap_or(0);
        Some(Self {
            is_ok: value("cluster_state")?.1 == "ok",
            size: number("cluster_size"),
            epoch: known("cluster_current_epoch"),
            moves: number("cluster_slot_migration_active_tasks"),
            is_trimming: number("cluster_slot_migration_active_trim_running") > 0,
        })
    }
}

/// Name and version of every module that is loaded, in order: `bf=80600 search=80602`; None where that was not asked for.
fn modules(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim_end).skip_while(|line| *line != "# Modules");
    lines.next()?;
    let loaded = lines.filter_map(|line| line.strip_prefix("module:"));
    let loaded =
        loaded.filter_map(|it| Some(format!("{}={}", part(it, "name")?, part(it, "ver")?)));
    let mut loaded: Vec<String> = loaded.collect();
    loaded.sort_unstable();
    Some(loaded.join(" "))
}

/// What one part of `ip=10.0.0.4,port=6379` says.
fn part<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

fn is_numbered(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix)
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
