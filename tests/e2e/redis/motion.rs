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
}

impl Formed<'_> {
    /// How many orders about slots the members at these addresses have had.
    pub fn orders(&self, addresses: &[String]) -> Result<u64> {
        let script = format!("{}; echo $n", count_orders(addresses));
        self.shell(0, &script)?.trim().parse().context("no number of orders")
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

    fn awaits(&self, condition: &str) -> Result<bool> {
        // Of a pod that is gone nothing answers, not even that it is.
        let script = format!(
            "CLI=\"timeout 2 $CLI\"; end=$(($(date +%s)+10)); while [ $(date +%s) -lt $end ]; do \
             if {condition}; then echo so; break; fi; done"
        );
        Ok(self.run(0, &script)?.ok()?.contains("so"))
    }

    /// What is on its way now.
    pub fn motion(&self, addresses: &[String]) -> Result<Motion> {
        let script = format!(
            r#"for a in {}; do
                 s=$($CLI -h $a cluster nodes | grep myself | grep -oE '\[[0-9]+-[<>]-' | tr -dc '0-9\n')
                 for slot in $s; do echo "$slot $($CLI -h $a cluster countkeysinslot $slot)"; done
               done"#,
            addresses.join(" ")
        );
        let text = self.shell(0, &script)?;
        let mut slots: BTreeMap<&str, usize> = BTreeMap::new();
        for (slot, keys) in text.lines().filter_map(|line| line.trim().split_once(' ')) {
            *slots.entry(slot).or_default() += usize::from(keys != "0");
        }
        let on_both = slots.values().filter(|holders| **holders > 1).count();
        Ok(Motion { open: slots.len(), on_both })
    }
}

fn count_orders(addresses: &[String]) -> String {
    format!(
        "n=0; for c in $(for a in {}; do $CLI -h $a info commandstats; done | \
         sed -n 's/^cmdstat_cluster|\\(setslot\\|migrateslots\\):calls=\\([0-9]*\\).*/\\2/p'); do n=$((n+c)); done",
        addresses.join(" ")
    )
}
