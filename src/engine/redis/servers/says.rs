//! What a server says of itself and the others.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::state::{Server, State};
use crate::engine::redis::slots::Slots;

impl State {
    pub(super) fn info(&self, server: &Server) -> String {
        let keys: usize = server.keys.values().map(BTreeMap::len).sum();
        let mut text = format!(
            "redis_version:{}\nredis_mode:cluster\ncluster_enabled:1\nuptime_in_seconds:3600\nrun_id:{}\n\
             used_memory:2097152\nused_memory_dataset:{}\nused_memory_rss:8388608\nconnected_clients:1\nmaxclients:10000\n\
             maxmemory:0\nmaxmemory_policy:noeviction\nmaster_repl_offset:1000\nmaster_failover_state:no-failover\n\
             rdb_last_bgsave_status:ok\naof_enabled:1\naof_last_write_status:ok\naof_last_bgrewrite_status:ok\n\
             number_of_functions:{}\n",
            self.version,
            server.ip,
            keys * 100,
            server.functions,
        );
        if keys > 0 {
            let _ = writeln!(text, "db0:keys={keys},expires=0,avg_ttl=0");
        }
        match server.primary.as_ref().map(|id| self.by_id(id)) {
            None => text.push_str("role:master\n"),
            Some(Some(_)) => {
                text.push_str("role:slave\nmaster_link_status:up\nslave_repl_offset:1000\n");
            }
            Some(None) => text.push_str("role:slave\nmaster_link_status:down\n"),
        }
        text
    }

    pub(super) fn cluster_info(&self, server: &Server) -> String {
        let owners = self.servers.values().filter(|it| !it.slots.is_empty());
        let is_ok = !server.known.is_empty();
        let state = format!(
            "cluster_state:{}\r\ncluster_size:{}\r\ncluster_known_nodes:{}\r\n",
            if is_ok { "ok" } else { "fail" },
            if is_ok { owners.count() } else { 0 },
            server.known.len() + 1,
        );
        if !self.moves_slots() {
            return state;
        }
        format!(
            "{state}cluster_slot_migration_active_tasks:{}\r\n\
             cluster_slot_migration_active_trim_running:{}\r\n",
            self.running_at(&server.id).count(),
            u8::from(server.trims > 0),
        )
    }

    pub(super) fn nodes(&self, server: &Server) -> String {
        let mut text = String::new();
        for id in server.known.iter().chain([&server.id]) {
            let me = if *id == server.id { "myself," } else { "" };
            let Some(node) = self.by_id(id) else {
                let _ = writeln!(text, "{id} :0@0 {me}master,fail,noaddr - 1 1 0 disconnected");
                continue;
            };
            let role = if node.primary.is_some() { "slave" } else { "master" };
            let primary = node.primary.as_deref().unwrap_or("-");
            let (ip, epoch) = (&node.ip, node.epoch);
            let _ = write!(
                text,
                "{id} {ip}:6379@16379 {me}{role} {primary} 0 1795401949500 {epoch} connected"
            );
            let slots: Slots = node.slots.iter().copied().collect();
            for range in slots.ranges() {
                let _ = write!(text, " {range}");
            }
            if *id == server.id {
                for (slot, to) in &node.migrating {
                    let _ = write!(text, " [{slot}->-{to}]");
                }
                for (slot, from) in &node.importing {
                    let _ = write!(text, " [{slot}-<-{from}]");
                }
            }
            text.push('\n');
        }
        text
    }
}
