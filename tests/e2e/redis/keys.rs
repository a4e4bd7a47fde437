//! What is written to a cluster: small keys, spread evenly over the slots, and a function.

use anyhow::{Context, Result, ensure};

use super::Formed;

const FULL_SLOTS: u32 = 300;
const EACH: u32 = 1_000;

impl Formed<'_> {
    /// Each member keeps those of its own slots, and refuses the others.
    pub fn write_keys(&self, count: u32) -> Result<()> {
        self.each(&format!(
            "for i = 0, {count} - 1 do redis.pcall('SET', 'key:'..i, 'value-'..i) end"
        ))?;
        ensure!(self.count_keys()? >= u64::from(count), "not every key was written");
        Ok(())
    }

    /// Every one of them is there, with its value.
    pub fn has_keys(&self, count: u32) -> Result<()> {
        let found = self.keys_there(count)?;
        ensure!(found == count, "{found} of {count} keys are there");
        Ok(())
    }

    /// How many of them are, with their values.
    pub fn keys_there(&self, count: u32) -> Result<u32> {
        self.sum(&format!(
            "local n = 0; for i = 0, {count} - 1 do \
             if redis.pcall('GET', 'key:'..i) == 'value-'..i then n = n + 1 end end; return n"
        ))
    }

    /// Slots with so many keys that a move that is cut off has most often left some of them on both sides.
    pub fn fill_slots(&self) -> Result<()> {
        self.each(&format!(
            "for tag = 0, {FULL_SLOTS} - 1 do for i = 0, {EACH} - 1 do \
             local value = redis.sha1hex(tag..'-'..i) \
             redis.pcall('SET', '{{full-'..tag..'}}:'..i, value..redis.sha1hex(value)) end end"
        ))?;
        self.has_filled_slots()
    }

    pub fn has_filled_slots(&self) -> Result<()> {
        let found = self.sum(&format!(
            "local n = 0; for tag = 0, {FULL_SLOTS} - 1 do for i = 0, {EACH} - 1 do \
             local value = redis.sha1hex(tag..'-'..i) \
             if redis.pcall('GET', '{{full-'..tag..'}}:'..i) == value..redis.sha1hex(value) then n = n + 1 end end end; return n"
        ))?;
        ensure!(found == FULL_SLOTS * EACH, "{found} of {} keys are there", FULL_SLOTS * EACH);
        Ok(())
    }

    /// Some in database 1, which Valkey 9 has in a cluster.
    pub fn write_others(&self) -> Result<()> {
        let written = self.sum(&format!(
            "redis.call('SELECT', 1); local n = 0; for i = 0, {EACH} - 1 do \
             if redis.pcall('SET', 'other:'..i, i).ok then n = n + 1 end end; return n"
        ))?;
        ensure!(written == EACH, "{written} of {EACH} keys were written");
        Ok(())
    }

    pub fn has_others(&self) -> Result<()> {
        let found = self.sum(&format!(
            "redis.call('SELECT', 1); local n = 0; for i = 0, {EACH} - 1 do \
             if redis.pcall('GET', 'other:'..i) == tostring(i) then n = n + 1 end end; return n"
        ))?;
        ensure!(found == EACH, "{found} of {EACH} keys are there");
        Ok(())
    }

    /// A function that every primary has.
    pub fn load_function(&self) -> Result<()> {
        let code = r#"#!lua name=greets\nredis.register_function("greets", function() return "hello" end)\n"#;
        for ordinal in 0..self.redis.pods {
            if self.node(ordinal)?.primary.is_none() {
                let answer =
                    self.shell(ordinal, &format!("printf '{code}' | $CLI -x function load"))?;
                ensure!(answer.trim() == "greets", "FUNCTION LOAD: {answer}");
            }
        }
        Ok(())
    }

    /// Replicas have it, too.
    pub fn has_function(&self) -> Result<()> {
        for ordinal in 0..self.redis.pods {
            let count = self.info(ordinal, "number_of_functions")?;
            ensure!(count == "1", "{ordinal} has {count} functions");
            if self.node(ordinal)?.primary.is_none() {
                let answer = self.cli(ordinal, &["fcall", "greets", "0"])?;
                ensure!(answer.trim() == "hello", "{ordinal}: {answer}");
            }
        }
        Ok(())
    }

    pub fn count_keys(&self) -> Result<u64> {
        let mut keys = 0;
        for ordinal in 0..self.redis.pods {
            if self.node(ordinal)?.primary.is_none() {
                let count = self.cli(ordinal, &["dbsize"])?;
                keys += count.trim().parse::<u64>().context("no number of keys")?;
            }
        }
        Ok(keys)
    }

    /// What each member answers to a script.
    /// Of what a script counts on each member.
    fn sum(&self, script: &str) -> Result<u32> {
        let counts = self.each(script)?;
        Ok(counts.lines().filter_map(|line| line.trim().parse::<u32>().ok()).sum())
    }

    fn each(&self, script: &str) -> Result<String> {
        let all = self.addresses()?.join(" ");
        self.shell(0, &format!("for a in {all}; do $CLI -h $a eval \"{script}\" 0; done"))
    }
}
