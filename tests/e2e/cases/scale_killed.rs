//! `scale` killed while slots move, at moments by chance: what was begun is brought to its end, and nobody who writes meanwhile
//! loses anything.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::scale_redis::{is_whole, scale};
use crate::case::{Case, Spec, full, gate, same, step};
use crate::chance::Chance;
use crate::load::{Load, Options};
use crate::redis::{self, Formed, Motion, Redis};
use crate::running::Running;
use crate::wait::pass;

pub const CASES: &[Spec] = &[
    full("scale-killed", |case| killed(case, &redis::redis(), 3, Then::On)),
    gate("scale-killed-back", |case| killed(case, &redis::redis(), 1, Then::Back)),
    full("scale-killed-hard", |case| killed(case, &redis::hard(), 3, Then::On)),
    full("scale-killed-often", |case| killed(case, &redis::redis(), OFTEN, Then::On)),
    full("scale-killed-often-hard", |case| killed(case, &redis::hard(), OFTEN, Then::On)),
    full("scale-killed-often-valkey", |case| killed(case, &redis::valkey(), OFTEN, Then::On)),
    full("scale-killed-valkey-back", |case| killed(case, &redis::valkey(), 2, Then::Back)),
    full("scale-killed-asm", |case| killed(case, &redis::redis_8(), 10, Then::On)),
    full("scale-killed-asm-back", |case| killed(case, &redis::redis_8(), 2, Then::Back)),
];

pub const KEYS: u32 = 60_000;
/// After the first order about a slot; then when one is open.
const LATEST: Duration = Duration::from_secs(3);

/// So many kills, at random. Before every second of them it is waited until two members have keys of a slot, as before that of a
/// case with fewer.
const OFTEN: usize = 30;

/// Redis 8.6 moves its share of the keys in 20 ms.
const SLOWER: u32 = 500;

/// What is done after the last kill.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    On,
    Back,
}

/// What a run is at when it is killed.
#[derive(Clone, Copy)]
enum Moment {
    Moving,
    OnBoth,
}

/// Ordinal 7 leaves as a primary, 6 as a replica.
pub fn eight() -> Redis {
    eight_of(redis::redis())
}

pub fn eight_of(redis: Redis) -> Redis {
    Redis { pods: 8, first: &[7, 0, 1, 2], ..redis }
}

pub fn form<'a>(case: &'a Case<'a>) -> Result<Formed<'a>> {
    form_of(case, eight())
}

pub fn form_of<'a>(case: &'a Case<'a>, redis: Redis) -> Result<Formed<'a>> {
    let formed = redis.form(case)?;
    formed.write_keys(KEYS)?;
    Ok(formed)
}

/// Waits until the run gives orders about slots; false when it ended before.
pub fn moves(formed: &Formed, addresses: &[String], had: u64, run: &mut Running) -> Result<bool> {
    loop {
        if formed.awaits_order(addresses, had)? {
            return Ok(true);
        }
        if run.has_ended()? {
            return Ok(false);
        }
    }
}

/// Only a new scale-up has to be allowed to take up claims.
pub const fn allowed(to: u32, is_new: bool) -> &'static [&'static str] {
    if is_new && to == 8 { &["--allow", "claim-left-behind"] } else { &[] }
}

/// What servers move by themselves takes long enough to meet it.
pub fn slow_down(formed: &Formed, addresses: &[String]) -> Result<()> {
    if formed.redis.moves_by_keys() { Ok(()) } else { formed.slow_down(addresses, SLOWER) }
}

/// None when the run ended before it was killed.
fn kill(
    formed: &Formed,
    words: &[&str],
    moment: Moment,
    chance: &mut Chance,
) -> Result<Option<Motion>> {
    let mut addresses = formed.addresses()?;
    slow_down(formed, &addresses)?;
    let had = formed.orders(&addresses)?;
    let words = match moment {
        Moment::Moving => words.to_vec(),
        // So that it is still so when the signal comes.
        Moment::OnBoth => [words, &["--throttle=5"]].concat(),
    };
    let mut run = Running::start(formed.case, &words, None)?;
    if moves(formed, &addresses, had, &mut run)? {
        pass(chance.span(LATEST));
        addresses = formed.addresses_below(8);
        match moment {
            Moment::Moving => formed.awaits_motion(&addresses)?,
            Moment::OnBoth => formed.awaits_both(&addresses)?,
        };
    }
    if !run.has_ended()? {
        run.signal("-KILL")?;
    }
    let motion = formed.motion(&addresses)?;
    match run.end()? {
        (None, _) => Ok(Some(motion)),
        (Some(0), _) => Ok(None),
        (code, text) => bail!("exit {code:?}: {text}"),
    }
}

fn killed(case: &Case, redis: &Redis, kills: usize, then: Then) -> Result<()> {
    let mut chance = Chance::new()?;
    let seed = chance.seed;
    eprintln!("{}: E2E_SEED={seed}", case.namespace);
    killed_by(case, redis, kills, then, &mut chance).with_context(|| format!("E2E_SEED={seed}"))
}

fn killed_by(
    case: &Case,
    redis: &Redis,
    kills: usize,
    then: Then,
    chance: &mut Chance,
) -> Result<()> {
    let mut formed = form_of(case, eight_of(redis.clone()))?;
    let is_by_keys = redis.moves_by_keys();
    if is_by_keys {
        formed.fill_slots()?;
    }
    let load = Load::start(&formed, Options { hash_megabytes: 5 })?;
    let mut seen: Vec<Motion> = Vec::new();
    let mut to: u32 = 6;
    let mut is_new = true;
    while seen.len() < kills {
        let words = to.to_string();
        let is_both = is_by_keys && seen.len().is_multiple_of(2);
        let moment = if is_both { Moment::OnBoth } else { Moment::Moving };
        if let Some(motion) = kill(&formed, &scale(&words, allowed(to, is_new)), moment, chance)? {
            eprintln!("{}: kill {} of -> {to}: {motion:?}", case.namespace, seen.len() + 1);
            seen.push(motion);
            is_new = false;
        } else {
            step("it came to its end", || is_whole(&formed, to))?;
            formed.redis.pods = to;
            to = if to == 6 { 8 } else { 6 };
            is_new = true;
        }
    }
    if then == Then::Back {
        to = 8;
    }
    let words = to.to_string();
    let output = case.sts(&scale(&words, &[]))?;
    eprintln!("{}: to its end in {:?}", case.namespace, output.took);
    same("exit code", &output.code, &Some(0))?;
    is_whole(&formed, to)?;
    formed.redis.pods = to;
    formed.has_keys(KEYS)?;
    if is_by_keys {
        formed.has_filled_slots()?;
    }
    let report = load.end()?;
    let count = |is_so: fn(&Motion) -> bool| seen.iter().filter(|it| is_so(it)).count();
    let (open, on_both) = (count(|it| it.open > 0), count(|it| it.on_both > 0));
    let moving = count(|it| it.movers > 0);
    eprintln!(
        "{}: {kills} kills, {open} with an open slot, {on_both} with keys on both sides, {moving} while servers moved slots by \
         themselves; {} answered, {} failed ({} for split keys), {} lost, {} repeated",
        case.namespace,
        report.acknowledged,
        report.error_count,
        report.split_count,
        report.lost_count,
        report.repeated_count
    );
    report.is_clean_but_for_what_was_split().with_context(|| format!("{report:?}"))?;
    // What the servers move by themselves is never open.
    ensure!(!is_by_keys || open * 2 >= kills, "{open} of {kills} kills met an open slot: {seen:?}");
    let is_often = is_by_keys && kills >= OFTEN;
    ensure!(
        !is_often || on_both >= OFTEN / 2,
        "{on_both} of {kills} met keys on both sides: {seen:?}"
    );
    // A run that waits for what the last one began is killed, too.
    ensure!(is_by_keys || moving * 3 >= kills, "{moving} of {kills} kills met a move: {seen:?}");
    Ok(())
}
