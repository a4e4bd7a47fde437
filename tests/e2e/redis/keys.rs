//! What is written to a cluster: small keys, spread evenly over the slots, and a function.

use anyhow::{Context, Result, ensure};

use super::Formed;

const FULL_SLOTS: u32 = 300;
const EACH: u32 = 1_000;
/// Keys of one script.
const PART: u32 = 10_000;

impl Formed<'_> {
    /// Each member keeps those of its own slots, and refuses the others.
    pub fn write_keys(&self, count: u32) -> Result<()> {
        self.each(
            count,
            PART,
            "for i = ARGV[1], ARGV[2] do redis.pcall('SET', 'key:'..i, 'value-'..i) end",
        )?;
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
        self.sum(
            count,
            PART,
            "local n = 0; for i = ARGV[1], ARGV[2] do \
             if redis.pcall('GET', 'key:'..i) == 'value-'..i then n = n + 1 end end; return n",
        )
    }

    /// Slots with so many keys that a move that is cut off has most often left some of them on both sides.
    pub fn fill_slots(&self) -> Result<()> {
        let script = format!(
            "for tag = ARGV[1], ARGV[2] do for i = 0, {EACH} - 1 do \
             local value = redis.sha1hex(tag..'-'..i) \
             redis.pcall('SET', '{{full-'..tag..'}}:'..i, value..redis.sha1hex(value)) end end"
        );
        self.each(FULL_SLOTS, PART / EACH, &script)?;
        self.has_filled_slots()
    }

    pub fn has_filled_slots(&self) -> Result<()> {
        let script = format!(
            "local n = 0; for tag = ARGV[1], ARGV[2] do for i = 0, {EACH} - 1 do \
             local value = redis.sha1hex(tag..'-'..i) \
             if redis.pcall('GET', '{{full-'..tag..'}}:'..i) == value..redis.sha1hex(value) then n = n + 1 end end end; return n"
        );
        let found = self.sum(FULL_SLOTS, PART / EACH, &script)?;
        ensure!(found == FULL_SLOTS * EACH, "{found} of {} keys are there", FULL_SLOTS * EACH);
        Ok(())
    }

    /// Some in database 1, which Valkey 9 has in a cluster.
    pub fn write_others(&self) -> Result<()> {
        let written = self.sum(
            EACH,
            EACH,
            "redis.call('SELECT', 1); local n = 0; for i = ARGV[1], ARGV[2] do \
             if redis.pcall('SET', 'other:'..i, i).ok then n = n + 1 end end; return n",
        )?;
        ensure!(written == EACH, "{written} of {EACH} keys were written");
        Ok(())
    }

    pub fn has_others(&self) -> Result<()> {
        let found = self.sum(
            EACH,
            EACH,
            "redis.call('SELECT', 1); local n = 0; for i = ARGV[1], ARGV[2] do \
             if redis.pcall('GET', 'other:'..i) == tostring(i) then n = n + 1 end end; return n",
        )?;
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

    /// Of what a script counts on each member.
    fn sum(&self, count: u32, part: u32, script: &str) -> Result<u32> {
        let counts = self.each(count, part, script)?;
        Ok(counts.lines().filter_map(|line| line.trim().parse::<u32>().ok()).sum())
    }

    /// What each member answers to a script for so many numbers, from `ARGV[1]` to `ARGV[2]`. In parts, as a server answers
    /// nobody else meanwhile, and a client that writes waits no longer than a few seconds.
    fn each(&self, count: u32, part: u32, script: &str) -> Result<String> {
        let all = self.addresses()?.join(" ");
        let last = count.saturating_sub(1);
        self.shell(
            0,
            &format!(
                "for a in {all}; do for i in $(seq 0 {part} {last}); do \
                 to=$((i + {part} - 1)); [ $to -le {last} ] || to={last}; \
                 $CLI -h $a eval \"{script}\" 0 $i $to; done; done"
            ),
        )
    }
}
