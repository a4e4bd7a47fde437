//! `repair`: what others left halfway is brought to an end, and no key is lost by it.

mod not_promoted;

use anyhow::{Context, Result, ensure};

use super::redis_slots::kill_a_reshard;
use crate::case::{Case, Spec, full, gate, same, step};
use crate::redis::{self, Formed, NAME, Redis, primaries_of};

pub const CASES: &[Spec] = &[
    gate("repair-slots", |case| slots(case, redis::redis())),
    full("repair-slots-valkey", |case| slots(case, redis::valkey())),
    gate("repair-outage", |case| outage(case, redis::redis())),
    full("repair-outage-hard", outage_in_order),
    full("repair-outage-valkey", |case| outage(case, redis::valkey())),
    gate("repair-votes-denied", not_promoted::denied),
    gate("repair-never-linked", |case| not_promoted::never_linked(case, redis::redis())),
    full("repair-never-linked-hard", |case| not_promoted::never_linked(case, redis::hard())),
    full("repair-never-linked-valkey", |case| not_promoted::never_linked(case, redis::valkey())),
    full("repair-reshards", |case| reshards(case, redis::redis(), 3)),
    full("repair-reshards-often", |case| reshards(case, redis::redis(), 20)),
    full("repair-reshards-valkey", |case| reshards(case, redis::valkey(), 20)),
];

pub const KEYS: u32 = 1_000;
/// Tags whose slots are the first primary's.
const TAGS: [&str; 5] = ["{06S}", "{Qi}", "{4Wx}", "{5L5}", "{4Iu}"];

fn repair(redis: &Formed) -> Result<()> {
    let output = redis.case.sts(&["repair", NAME, "--yes"])?;
    same("exit code", &output.code, &Some(0))?;
    ensure!(output.stdout.contains("is mended."), "{}", output.stdout);
    is_clean(redis)
}

fn is_clean(redis: &Formed) -> Result<()> {
    let output = redis.case.sts(&["check", NAME])?;
    ensure!(output.code == Some(0) && !output.stdout.contains("ERROR"), "{}", output.stdout);
    ensure!(!output.stdout.contains("open-slot"), "{}", output.stdout);
    Ok(())
}

/// Slots of the first primary with three keys each, by their tags.
struct Places<'a> {
    redis: &'a Formed<'a>,
    first: String,
    second: String,
    keys: u64,
}

impl Places<'_> {
    fn slot(&self, tag: &str) -> Result<String> {
        Ok(self.redis.cli(0, &["cluster", "keyslot", tag])?.trim().to_owned())
    }

    fn set(&self, ordinal: u32, slot: &str, words: &[&str]) -> Result<()> {
        self.redis.cli(ordinal, &[&["cluster", "setslot", slot], words].concat()).map(drop)
    }

    fn opens(&self, slot: &str) -> Result<()> {
        self.set(1, slot, &["importing", &self.first])?;
        self.set(0, slot, &["migrating", &self.second])
    }

    fn sends(&self, tag: &str, keys: &[&str]) -> Result<()> {
        let (to, port) = (self.redis.address(1)?, self.redis.redis.port.to_string());
        let keys: Vec<String> = keys.iter().map(|key| format!("{tag}{key}")).collect();
        let keys = keys.join(" ");
        self.redis.cli(0, &["migrate", &to, &port, "''", "0", "5000", "keys", &keys]).map(drop)
    }

    fn is_valkey(&self) -> bool {
        self.redis.redis.server == redis::valkey().server
    }

    /// Valkey tells whoever has not heard, so that nothing is left to mend.
    fn mended_or_told(&self) -> Result<()> {
        if !self.is_valkey() {
            return self.mended();
        }
        let output = self.redis.case.sts(&["repair", NAME, "--yes"])?;
        same("exit code", &output.code, &Some(0))?;
        is_clean(self.redis)?;
        same("keys", &self.redis.count_keys()?, &self.keys)
    }

    /// Mended, clean, and as many keys as before.
    fn mended(&self) -> Result<()> {
        repair(self.redis)?;
        same("keys", &self.redis.count_keys()?, &self.keys)
    }
}

/// Every state in which a move can have been left, made by hand.
fn slots(case: &Case, redis: Redis) -> Result<()> {
    let redis = primaries_of(redis).form(case)?;
    redis.write_keys(KEYS)?;
    for tag in TAGS {
        for key in ["a", "b", "c"] {
            redis.cli(0, &["-c", "set", &format!("{tag}{key}"), key])?;
        }
    }
    let (first, second) = (redis.node(0)?.id, redis.node(1)?.id);
    let keys = redis.count_keys()?;
    let at = Places { redis: &redis, first, second, keys };
    let owned: Vec<&str> = TAGS
        .into_iter()
        .filter(|tag| {
            redis.cli(0, &["exists", &format!("{tag}a")]).is_ok_and(|it| it.trim() == "1")
        })
        .collect();
    let [half, whole, sent, known, ..] = owned.as_slice() else {
        anyhow::bail!("too few tags: {owned:?}")
    };
    step("both ends open, keys on both sides", || {
        let slot = at.slot(half)?;
        at.opens(&slot)?;
        at.sends(half, &["a"])?;
        let output = case.sts(&["scale", NAME, "--replicas=3", "--rebalance", "--yes"])?;
        same("scale refuses", &output.code, &Some(1))?;
        ensure!(output.stdout.contains("open-slot"), "{}", output.stdout);
        at.mended()
    })?;
    step("only the target knows, of an empty slot and of one with keys on both sides", || {
        at.set(1, "100", &["importing", &at.first])?;
        at.mended()?;
        let slot = at.slot(sent)?;
        at.opens(&slot)?;
        at.sends(sent, &["a"])?;
        at.set(0, &slot, &["stable"])?;
        at.mended()
    })?;
    step("only the source knows, of an empty slot and of one with keys", || {
        at.set(0, "101", &["migrating", &at.second])?;
        at.mended()?;
        at.set(0, &at.slot(known)?, &["migrating", &at.second])?;
        at.mended()
    })?;
    step("nobody owns it, and one imports it", || {
        for ordinal in 0..3 {
            redis.cli(ordinal, &["cluster", "delslots", "104"])?;
        }
        at.set(1, "104", &["importing", &at.first])?;
        at.mended()
    })?;
    step("two own it, as the third imports it and is blind for its new owner", || {
        at.set(2, "105", &["importing", &at.first])?;
        at.set(1, "105", &["importing", &at.first])?;
        at.set(1, "105", &["node", &at.second])?;
        redis.until_views(&[0], "its owner has heard of it", |views| {
            views.iter().all(|view| view.me().is_some_and(|me| !me.owns(105)))
        })?;
        if !at.is_valkey() {
            let output = case.sts(&["check", NAME])?;
            ensure!(output.stdout.contains("slots-disagree"), "{}", output.stdout);
        }
        at.mended_or_told()
    })?;
    step("the target owns it, and the source has not heard", || {
        at.opens("102")?;
        at.set(1, "102", &["node", &at.second])?;
        at.mended_or_told()
    })?;
    step("called stable halfway, and some of the keys were written anew: off their owner", || {
        let slot = at.slot(whole)?;
        let write = |fields: &str| {
            let words = format!("for i in $({fields}); do echo HSET {whole}h f$i $i; done | $CLI");
            redis.shell(0, &words)
        };
        write("seq 1 300")?;
        at.opens(&slot)?;
        at.sends(whole, &["a", "b", "h"])?;
        for ordinal in [0, 1] {
            at.set(ordinal, &slot, &["stable"])?;
        }
        redis.cli(0, &["set", &format!("{whole}b"), "b"])?;
        write("seq 300 -1 1")?;
        repair(&redis)?;
        same("keys", &redis.count_keys()?, &(keys + 1))
    })?;
    step("somebody is at work", || somebody_else(&redis))?;
    step("a key that both have, with different values", || busy(&at, whole))
}

/// A move that goes on is nobody's to mend.
fn somebody_else(redis: &Formed) -> Result<()> {
    let (source, target) = (redis.node(0)?.id, redis.node(2)?.id);
    let (from, port) = (redis.address(0)?, redis.redis.port);
    // It ends with the slot open, as somebody ends who is cut off.
    let words = format!(
        "for i in $(seq 1 400); do echo cluster setslot 103 migrating {target}; sleep 0.05; done | $CLI -h {from} -p {port} >/dev/null"
    );
    let mover = redis.address(1)?;
    ensure!(source != target, "one node is both");
    std::thread::scope(|scope| {
        let moving = scope.spawn(|| redis.shell(1, &words));
        let refused = redis.case.until("the slot is open", || {
            let open = redis.node(0)?.open;
            Ok((!open.is_empty()).then_some(()))
        });
        let output = refused.and_then(|()| redis.case.sts(&["repair", NAME, "--yes"]));
        moving.join().map_err(|_| anyhow::anyhow!("it panicked"))??;
        let output = output?;
        same("exit code", &output.code, &Some(1))?;
        let says = format!("somebody else ({mover}:");
        ensure!(output.stdout.contains(&says), "no {says}: {}", output.stdout);
        Ok(())
    })?;
    repair(redis)
}

fn busy(at: &Places, tag: &str) -> Result<()> {
    let slot = at.slot(tag)?;
    let (owner, other) = if at.redis.node(0)?.owns(slot.parse()?) { (0, 1) } else { (1, 0) };
    let (owner_id, other_id) = (at.redis.node(owner)?.id, at.redis.node(other)?.id);
    at.set(other, &slot, &["importing", &owner_id])?;
    at.set(owner, &slot, &["migrating", &other_id])?;
    let words = format!("printf 'ASKING\\nSET {tag}a other\\n' | $CLI");
    at.redis.shell(other, &words)?;
    let output = at.redis.case.sts(&["repair", NAME, "--yes"])?;
    same("exit code", &output.code, &Some(3))?;
    ensure!(output.stdout.contains(&format!("{tag}a")), "{}", output.stdout);
    let theirs = at.redis.shell(other, &format!("printf 'ASKING\\nGET {tag}a\\n' | $CLI"))?;
    ensure!(theirs.contains("other"), "it was written over: {theirs}");
    let ours = at.redis.cli(owner, &["get", &format!("{tag}a")])?;
    same("the owner's", &ours.trim(), &"a")
}

/// Every pod at once: all come back, and nobody finds anybody.
fn outage(case: &Case, redis: Redis) -> Result<()> {
    let redis = redis.form(case)?;
    redis.write_keys(KEYS)?;
    let keys = redis.count_keys()?;
    case.kubectl(&["delete", "pod", "-l", "app=redis-cluster", "--force"])?;
    case.rolled_out(NAME)?;
    case.until("nobody finds anybody", || {
        let output = case.sts(&["check", NAME])?;
        Ok(output.stdout.contains("members-know-dead-addresses").then_some(()))
    })?;
    step("a dry run writes nothing", || {
        let output = case.sts(&["repair", NAME, "--dry-run=client"])?;
        same("exit code", &output.code, &Some(0))?;
        let output = case.sts(&["repair", NAME])?;
        same("without approval", &output.code, &Some(1))?;
        ensure!(case.sts(&["check", NAME])?.code == Some(1), "it was mended");
        Ok(())
    })?;
    repair(&redis)?;
    same("keys", &redis.count_keys()?, &keys)?;
    let output = case.sts(&["repair", NAME, "--yes"])?;
    same("exit code", &output.code, &Some(0))?;
    ensure!(output.stdout.contains("Nothing to mend"), "{}", output.stdout);
    Ok(())
}

/// The same where pods come in order, and are ready only where the cluster serves: none comes before those that are there have
/// met again.
fn outage_in_order(case: &Case) -> Result<()> {
    let redis = redis::hard().form(case)?;
    redis.write_keys(KEYS)?;
    let keys = redis.count_keys()?;
    case.kubectl(&["delete", "pod", "-l", "app=redis-cluster", "--force"])?;
    case.until("it is mended", || {
        let output = case.sts(&["repair", NAME, "--yes"])?;
        Ok((output.code == Some(0)).then_some(()))
    })?;
    case.rolled_out(NAME)?;
    is_clean(&redis)?;
    same("keys", &redis.count_keys()?, &keys)
}

/// redis-cli's own reshard, killed with a slot open.
fn reshards(case: &Case, redis: Redis, times: u32) -> Result<()> {
    let redis = primaries_of(redis).form(case)?;
    redis.write_keys(KEYS)?;
    let keys = redis.count_keys()?;
    for turn in 0..times {
        kill_a_reshard(&redis).with_context(|| format!("turn {turn}"))?;
        repair(&redis).with_context(|| format!("turn {turn}"))?;
        same("keys", &redis.count_keys()?, &keys)?;
    }
    let theirs = redis.cli(0, &["--cluster", "check", "127.0.0.1:6379"])?;
    ensure!(
        theirs.contains("[OK] All 16384 slots covered") && !theirs.contains("[ERR]"),
        "{theirs}"
    );
    Ok(())
}
