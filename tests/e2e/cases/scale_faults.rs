//! `scale` while something else breaks. It ends, or stops with the reason and goes on when the cause is gone; every slot has an
//! owner all the time.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::scale_killed::{KEYS, eight_of, moves, slow_down};
use super::scale_redis::{is_whole, scale};
use crate::case::{Case, Spec, full, step};
use crate::load::{Load, Options, Report};
use crate::redis::{self, Formed, NAME, Redis, pod};
use crate::running::Running;
use crate::wait::{pass, until};

pub const CASES: &[Spec] = &[
    full("scale-target-dies", |case| target_dies_on(case, redis::redis())),
    full("scale-source-dies", |case| source_dies_on(case, redis::redis())),
    full("scale-target-dies-hard", |case| target_dies_on(case, redis::hard())),
    full("scale-source-dies-hard", |case| source_dies_on(case, redis::hard())),
    full("scale-target-dies-asm", |case| target_dies_on(case, redis::redis_8())),
    full("scale-source-dies-asm", |case| source_dies_on(case, redis::redis_8())),
    full("scale-target-dies-valkey", |case| target_dies_on(case, redis::valkey())),
    full("scale-source-dies-valkey", |case| source_dies_on(case, redis::valkey())),
    full("scale-reshard-beside", |case| reshard(case, redis::redis())),
    full("scale-reshard-beside-hard", |case| reshard(case, redis::hard())),
    full("scale-reshard-beside-valkey", |case| reshard(case, redis::valkey())),
];

fn target_dies_on(case: &Case, redis: Redis) -> Result<()> {
    let strike = |formed: &Formed| dies(formed, TARGET);
    Fault::on(redis, &strike, Tolerated::OfAPrimary).run(case)
}

fn source_dies_on(case: &Case, redis: Redis) -> Result<()> {
    let strike = |formed: &Formed| dies(formed, SOURCE);
    Fault { source_changes: true, ..Fault::on(redis, &strike, Tolerated::OfAPrimary) }.run(case)
}

fn reshard(case: &Case, redis: Redis) -> Result<()> {
    Fault::on(redis, &reshard_beside, Tolerated::Nothing).run(case)
}

/// Those that break the cluster.
pub const ALONE: &[Spec] = &[
    full("scale-api-server-away", |case| away(case, redis::redis())),
    full("scale-api-server-away-hard", |case| away(case, redis::hard())),
    full("scale-api-server-away-valkey", |case| away(case, redis::valkey())),
];

fn away(case: &Case, redis: Redis) -> Result<()> {
    case.alone(|| Fault::on(redis, &api_server_away, Tolerated::Nothing).run(case))
}

const TO: &str = "6";
/// What the fault did may stand in the way for a while.
const PATIENCE: Duration = Duration::from_secs(120);
const AWAY: Duration = Duration::from_secs(20);
/// Lines that say how a run ended, and why.
const ENDING: usize = 4;
/// As `eight` has them: of those that stay, and of those that leave.
pub const TARGET: u32 = 0;
pub const SOURCE: u32 = 7;
/// What four clients write at most while a replica is a moment behind. A move that loses loses more, and what was written before
/// it began.
const MOMENT: usize = 12;
/// Small keys that a source hands over in the 3 ms which a quarter of its time comes to.
const BATCH: u32 = 200;

/// What clients may see.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tolerated {
    Nothing,
    /// A member is away, or refuses: what is not acknowledged failed, and what broke off was sent again.
    Errors,
    /// A primary that dies does not answer, takes along what it acknowledged and has not replicated yet, and breaks connections,
    /// after which a client sends again.
    OfAPrimary,
    /// One that cannot write to its disk either, and ends by itself: also keys of the batch that was on its way, of which it has
    /// said OK to its source, and nothing to its replica.
    OfABatch,
}

type Act<'a> = &'a dyn Fn(&Formed) -> Result<()>;

/// What goes wrong while slots are open.
pub struct Fault<'a> {
    pub redis: Redis,
    /// Beside those of every run.
    pub flags: &'a [&'a str],
    pub strike: Act<'a>,
    /// Takes the cause away, when the run has ended.
    pub cure: Act<'a>,
    pub tolerated: Tolerated,
    /// The one that follows the source knows of no open slot (redis#6339), and takes writes to keys that have gone: of two values
    /// somebody else has to say which is right.
    pub source_changes: bool,
}

impl<'a> Fault<'a> {
    /// On eight pods of it.
    pub fn on(redis: Redis, strike: Act<'a>, tolerated: Tolerated) -> Self {
        Self {
            redis: eight_of(redis),
            flags: &[],
            strike,
            cure: &|_| Ok(()),
            tolerated,
            source_changes: false,
        }
    }

    pub fn run(self, case: &Case) -> Result<()> {
        let mut formed = self.redis.form(case)?;
        formed.write_keys(KEYS)?;
        let load = Load::start(&formed, Options { hash_megabytes: 5 })?;
        let addresses = formed.addresses()?;
        slow_down(&formed, &addresses)?;
        let had = formed.orders(&addresses)?;
        let began = Instant::now();
        let mut run = Running::start(case, &scale(TO, self.flags), None)?;
        ensure!(moves(&formed, &addresses, had, &mut run)?, "it moved nothing");
        // Then they go key by key, whatever the servers can do.
        let is_met = if self.flags.contains(&"--throttle") {
            formed.awaits_open(&addresses)?
        } else {
            formed.awaits_motion(&addresses)?
        };
        ensure!(is_met, "no slot was on its way");
        step("the fault", || (self.strike)(&formed))?;
        let (code, text) = run.end()?;
        let seconds = began.elapsed().as_secs();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines.get(lines.len().saturating_sub(ENDING)..).unwrap_or_default().join(" / ");
        eprintln!("{}: exit {code:?} after {seconds} s: {end}", case.namespace);
        match code {
            Some(0) => {}
            Some(3) => {
                let says_why = text.contains("run it again to go on") || text.contains("ERROR ");
                ensure!(says_why, "no reason: {text}");
            }
            code => bail!("exit {code:?}: {text}"),
        }
        step("the cause is gone", || (self.cure)(&formed))?;
        all_owned(&formed)?;
        let mut decided = Vec::new();
        if code == Some(3) {
            step("once more", || {
                until("it comes to its end", PATIENCE, || {
                    let output = case.sts(&scale(TO, &[]))?;
                    // As it says where Redis 7.0 follows a primary to where it was, for ever.
                    if output.stdout.contains("kubectl sts repair") {
                        case.sts(&["repair", NAME, "--yes"])?;
                    }
                    if self.source_changes {
                        decided.extend(decides(&formed, &output.stdout)?);
                    }
                    ensure!(output.code == Some(0), "exit {:?}: {}", output.code, output.stdout);
                    Ok(Some(()))
                })
            })?;
        }
        is_whole(&formed, 6)?;
        formed.redis.pods = 6;
        let gone = KEYS - formed.keys_there(KEYS)?;
        let may_be_gone = if self.tolerated == Tolerated::OfABatch { BATCH } else { 0 };
        ensure!(gone <= may_be_gone, "{gone} of {KEYS} keys are gone");
        judge(case, &load.end()?, self.tolerated, &decided)
    }
}

/// Of a key that both ends have the owner's is kept: that of the other goes. Which key.
pub fn decides(formed: &Formed, text: &str) -> Result<Option<String>> {
    let Some((_, rest)) = text.split_once("refuses: key \"") else { return Ok(None) };
    let (key, rest) = rest.split_once('"').context("no key")?;
    let (_, rest) = rest.split_once(" and ").context("no second pod")?;
    let pod = rest.split(' ').next().unwrap_or_default();
    let ordinal = pod.rsplit('-').next().unwrap_or_default().parse()?;
    eprintln!("{}: {key} is on both, and goes from {pod}", formed.case.namespace);
    formed.shell(ordinal, &format!("printf 'ASKING\\nDEL {key}\\n' | $CLI"))?;
    Ok(Some(key.to_owned()))
}

/// But for keys that were decided.
fn judge(case: &Case, report: &Report, tolerated: Tolerated, decided: &[String]) -> Result<()> {
    eprintln!(
        "{}: {} answered, {} failed, {} lost, {} repeated: {:?}",
        case.namespace,
        report.acknowledged,
        report.error_count,
        report.lost_count,
        report.repeated_count,
        report.lost
    );
    let may_be_lost = match tolerated {
        Tolerated::Nothing => return report.is_clean(),
        Tolerated::Errors => 0,
        Tolerated::OfAPrimary => MOMENT,
        Tolerated::OfABatch => MOMENT + BATCH as usize,
    };
    let is_decided = |it: &&String| decided.iter().any(|key| it.starts_with(&format!("{key}: ")));
    let lost = report.lost_count - report.lost.iter().filter(is_decided).count();
    ensure!(lost <= may_be_lost, "{:?}", report.is_clean());
    Ok(())
}

pub fn all_owned(formed: &Formed) -> Result<()> {
    let words = formed.case.until("every slot is served", || {
        let words = formed.cli(TARGET, &["cluster", "info"])?;
        let is_ok = words.contains("cluster_state:ok");
        Ok((is_ok && words.contains("cluster_slots_assigned:16384")).then_some(words))
    })?;
    ensure!(words.contains("cluster_slots_fail:0"), "{words}");
    Ok(())
}

/// Its pod is gone without a word, and comes back when its replica has taken over.
pub fn dies(formed: &Formed, ordinal: u32) -> Result<()> {
    let case = formed.case;
    let (lost, heirs) = (formed.node(ordinal)?.id, formed.replicas_of(ordinal)?);
    ensure!(!heirs.is_empty(), "nobody can take over");
    case.no_more_pods()?;
    case.kubectl(&["delete", "pod", &pod(ordinal), "--grace-period=0", "--force"])?;
    falls_to(formed, &lost, &heirs)?;
    case.kubectl(&["delete", "quota", "none"]).map(drop)
}

/// Waits until one of its replicas has taken over, by its own word: a target that imports slots does not hear of a new owner. From
/// the replica they may have gone on by now, and it may follow another.
pub fn falls_to(formed: &Formed, lost: &str, heirs: &[u32]) -> Result<()> {
    formed.case.until("its replica has taken over", || {
        let follows = |heir: &u32| formed.node(*heir).map(|it| it.primary.as_deref() == Some(lost));
        let follow: Vec<bool> = heirs.iter().map(follows).collect::<Result<_>>()?;
        Ok(follow.contains(&false).then_some(()))
    })
}

/// Somebody else moves slots of the same member with what they use today.
fn reshard_beside(formed: &Formed) -> Result<()> {
    let (source, target) = (formed.node(SOURCE)?.id, formed.node(1)?.id);
    let from = format!("{}:{}", formed.address(TARGET)?, formed.redis.port);
    let reshard = ["--cluster", "reshard", &from, "--cluster-from", &source, "--cluster-to"];
    let rest = [&target, "--cluster-slots", "300", "--cluster-yes"];
    let outcome = formed.cli(TARGET, &[&reshard[..], &rest[..]].concat());
    // Whether it comes to its end is its own matter.
    outcome.map(drop).or_else(|error| {
        eprintln!("{}: reshard: {error:#}", formed.case.namespace);
        Ok(())
    })
}

fn api_server_away(formed: &Formed) -> Result<()> {
    formed.case.cluster.stop("apiserver")?;
    pass(AWAY);
    formed.case.cluster.start("apiserver")?;
    formed.case.until("it answers", || formed.case.get(&["statefulset", NAME]).map(|_| Some(())))
}
