//! Slots on their way from one member to another.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::Formed;

/// How far a move was when it was cut off.
#[derive(Clone, Copy, Debug, Default)]
pub struct Motion {
    /// Slots that a member migrates or imports.
    pub open: usize,
    /// Those of them of which two members have keys.
    pub on_both: usize,
    /// Members that move slots by themselves.
    pub movers: usize,
}

impl Formed<'_> {
    /// How many orders about slots the members at these addresses have had.
    pub fn orders(&self, addresses: &[String]) -> Result<u64> {
        let script = format!("{}; echo $n", count_orders(addresses));
        self.shell(0, &script)?.trim().parse().context("no number of orders")
    }

    /// How often the members at these addresses were told to change anything of the cluster.
    pub fn changes(&self, addresses: &[String]) -> Result<u64> {
        let script = format!("{}; echo $n", count_calls(addresses, CHANGES));
        self.shell(0, &script)?.trim().parse().context("no number of changes")
    }

    /// Waits for another order about a slot; false when none came for some seconds.
    pub fn awaits_order(&self, addresses: &[String], had: u64) -> Result<bool> {
        self.awaits(&format!("{}; [ $n -gt {had} ]", count_orders(addresses)))
    }

    /// Waits until a slot is open.
    pub fn awaits_open(&self, addresses: &[String]) -> Result<bool> {
        let ask = format!("for a in {}; do $CLI -h $a cluster nodes; done", addresses.join(" "));
        self.awaits(&format!("{ask} | grep -qE '\\[[0-9]+-[<>]-'"))
    }

    /// Waits until two members have keys of an open slot.
    pub fn awaits_both(&self, addresses: &[String]) -> Result<bool> {
        let ask = ask_open(addresses);
        self.awaits(&format!(
            "{{ {ask}; }} | awk '$2 > 0 && seen[$1]++ {{ found = 1 }} END {{ exit !found }}'"
        ))
    }

    /// Waits until slots are on their way, by whatever way the servers have.
    pub fn awaits_motion(&self, addresses: &[String]) -> Result<bool> {
        if self.redis.moves_by_keys() {
            self.awaits_open(addresses)
        } else {
            self.awaits_mover(addresses)
        }
    }

    fn awaits(&self, condition: &str) -> Result<bool> {
        // Of a pod that is gone nothing answers, not even that it is.
        let script = format!(
            "CLI=\"timeout 2 $CLI\"; end=$(($(date +%s)+10)); while [ $(date +%s) -lt $end ]; do \
             if {condition}; then echo so; break; fi; done"
        );
        Ok(self.run(0, &script)?.ok()?.contains("so"))
    }

    /// Waits until a member moves slots by itself.
    pub fn awaits_mover(&self, addresses: &[String]) -> Result<bool> {
        self.awaits(&format!("{{ {}; }} | grep -q '^[1-9]'", self.ask_what_moves(addresses)))
    }

    /// A line for each member: how much it moves by itself.
    fn ask_what_moves(&self, addresses: &[String]) -> String {
        let ask = if self.redis.server == super::valkey().server {
            "cluster getslotmigrations | grep -A1 -x state | grep -cvxE 'state|success|failed|cancelled|--'"
        } else {
            "cluster info | grep -c '^cluster_slot_migration_active_tasks:[^0]'"
        };
        format!("for a in {}; do timeout 2 $CLI -h $a {ask}; done; true", addresses.join(" "))
    }

    /// Whether a member was told of a slot by itself.
    pub fn was_told_slot_by_slot(&self) -> Result<bool> {
        let all = self.addresses()?.join(" ");
        let script = format!("for a in {all}; do $CLI -h $a info commandstats; done");
        Ok(self.shell(0, &script)?.contains("cmdstat_cluster|setslot"))
    }

    fn movers(&self, addresses: &[String]) -> Result<usize> {
        let counts = self.shell(0, &self.ask_what_moves(addresses))?;
        Ok(counts.lines().filter(|line| line.trim() != "0").count())
    }

    /// Makes moves that members make by themselves last longer: each key that they copy takes so many microseconds more.
    pub fn slow_down(&self, addresses: &[String], micros: u32) -> Result<()> {
        let set = format!("config set rdb-key-save-delay {micros}");
        let script = format!("for a in {}; do $CLI -h $a {set}; done", addresses.join(" "));
        self.shell(0, &script).map(drop)
    }

    /// What is on its way now.
    pub fn motion(&self, addresses: &[String]) -> Result<Motion> {
        let script = ask_open(addresses);
        let text = self.shell(0, &script)?;
        let mut slots: BTreeMap<&str, usize> = BTreeMap::new();
        for (slot, keys) in text.lines().filter_map(|line| line.trim().split_once(' ')) {
            *slots.entry(slot).or_default() += usize::from(keys != "0");
        }
        let on_both = slots.values().filter(|holders| **holders > 1).count();
        Ok(Motion { open: slots.len(), on_both, movers: self.movers(addresses)? })
    }
}

/// A line for each open slot of each member: the slot, and how many keys of it the member has. Of a pod that is gone nothing
/// answers.
fn ask_open(addresses: &[String]) -> String {
    let script = "local all = {} \
                  for slot in string.gmatch(redis.call('cluster', 'nodes'), '%[(%d+)%-[<>]%-') do \
                  all[#all + 1] = slot..' '..redis.call('cluster', 'countkeysinslot', slot) end return all";
    format!(
        "for a in {}; do timeout 1 $CLI -h $a eval \"{script}\" 0 || true; done",
        addresses.join(" ")
    )
}

fn count_orders(addresses: &[String]) -> String {
    count_calls(addresses, "cluster[|](setslot|migrateslots|migration)")
}

/// Of `scale` and `repair`, of any kind.
const CHANGES: &str = "cluster[|](setslot|migrateslots|migration|meet|forget|replicate|reset|failover|addslots|delslots)|migrate|\
    config[|]set|flushall|save|function[|](restore|flush|load)";

fn count_calls(addresses: &[String], commands: &str) -> String {
    format!(
        "n=0; for c in $(for a in {}; do $CLI -h $a info commandstats; done | \
         grep -E '^cmdstat_({commands}):' | sed 's/.*:calls=\\([0-9]*\\),.*/\\1/'); do n=$((n+c)); done",
        addresses.join(" ")
    )
}
