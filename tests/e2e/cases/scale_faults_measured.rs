//! What a primary that fails takes along: Redis acknowledges before it replicates, and one that wakes from a sleep acknowledges
//! what it finds before it hears that another has taken over. With slots on their way it is no more than without, in the
//! middle of ten failures each.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::scale_faults::{SOURCE, TARGET, all_owned, decides, dies};
use super::scale_faults_replicas::{hangs, visible};
use super::scale_killed::{KEYS, eight_of, moves};
use super::scale_redis::{is_whole, scale};
use crate::case::{Case, Spec, full, same, step};
use crate::load::{Load, Options, Report};
use crate::redis::{self, Formed, Redis};
use crate::running::Running;
use crate::wait::{pass, until};

pub const CASES: &[Spec] = &[
    full("scale-target-dies-often", |case| compared(case, redis::redis(), TARGET, dies)),
    full("scale-target-hangs-often", |case| compared(case, visible(redis::redis()), TARGET, hangs)),
    full("scale-source-dies-often", |case| compared(case, redis::redis(), SOURCE, dies)),
];

/// What goes wrong with a primary, until its replica has taken over.
type Failure = fn(&Formed, u32) -> Result<()>;

pub const TIMES: usize = 10;
pub const SMALL: Options = Options { hash_megabytes: 1 };
/// Clients write for as long before it fails alone.
const CALM: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(120);

fn compared(case: &Case, redis: Redis, primary: u32, failure: Failure) -> Result<()> {
    let formed = eight_of(redis).form(case)?;
    formed.write_keys(KEYS)?;
    let (mut alone, mut moving) = (Vec::new(), Vec::new());
    for turn in 0..TIMES {
        step("it fails with nothing on its way", || {
            leads(&formed, primary)?;
            alone.push(fails_alone(&formed, 2 * turn, &|| failure(&formed, primary))?);
            is_whole(&formed, 8)
        })?;
        step("it fails with slots on their way", || {
            leads(&formed, primary)?;
            moving.push(fails_while_slots_move(&formed, 2 * turn + 1, &|| {
                failure(&formed, primary)
            })?);
            is_whole(&formed, 8)?;
            let back = case.sts(&levelled("--shards=4"))?;
            same("back to four shards", &back.code, &Some(0))?;
            is_whole(&formed, 8)
        })?;
    }
    formed.has_keys(KEYS)?;
    let lost = |it: &Report| it.lost_count;
    let (alone_lost, moving_lost) = (middle(&all(&alone, lost)), middle(&all(&moving, lost)));
    for (how, reports) in [("alone", &alone), ("with slots on their way", &moving)] {
        eprintln!(
            "{}: {TIMES} failures {how}: lost {:?}, failed {:?}",
            case.namespace,
            all(reports, lost),
            all(reports, |it| it.error_count)
        );
    }
    ensure!(moving_lost <= alone_lost, "the middle is {moving_lost}, without us {alone_lost}");
    Ok(())
}

/// The shard of the highest primary goes to the others, or gets its part of them: no pod comes or goes.
pub fn levelled(shards: &str) -> Vec<&str> {
    scale("8", &["--rebalance", "--replicas-per-shard=1", shards])
}

fn fails_alone(formed: &Formed, nth: usize, fails: &dyn Fn() -> Result<()>) -> Result<Report> {
    let load = Load::start_nth(formed, SMALL, nth)?;
    pass(CALM);
    fails()?;
    all_owned(formed)?;
    load.read()
}

fn fails_while_slots_move(
    formed: &Formed,
    nth: usize,
    fails: &dyn Fn() -> Result<()>,
) -> Result<Report> {
    let case = formed.case;
    let load = Load::start_nth(formed, SMALL, nth)?;
    let addresses = formed.addresses()?;
    let had = formed.orders(&addresses)?;
    let mut run = Running::start(case, &levelled("--shards=3"), None)?;
    ensure!(moves(formed, &addresses, had, &mut run)?, "it moved nothing");
    ensure!(formed.awaits_open(&addresses)?, "no slot was open");
    fails()?;
    let (code, text) = run.end()?;
    ensure!([Some(0), Some(3)].contains(&code), "exit {code:?}: {text}");
    decides(formed, &text)?;
    if code == Some(3) {
        until("it comes to its end", PATIENCE, || {
            let output = case.sts(&levelled("--shards=3"))?;
            decides(formed, &output.stdout)?;
            ensure!(output.code == Some(0), "exit {:?}: {}", output.code, output.stdout);
            Ok(Some(()))
        })?;
    }
    load.read()
}

/// It is the primary of its shard, as it was before it failed the last time.
pub fn leads(formed: &Formed, ordinal: u32) -> Result<()> {
    if formed.node(ordinal)?.primary.is_none() {
        return Ok(());
    }
    formed.case.until("it leads again", || {
        formed.cli(ordinal, &["cluster", "failover"])?;
        pass(Duration::from_secs(1));
        Ok(formed.node(ordinal)?.primary.is_none().then_some(()))
    })?;
    let everybody: Vec<u32> = (0..8).collect();
    formed.until_views(&everybody, "they agree", crate::redis::agree).map(drop)
}

fn all(reports: &[Report], of: impl Fn(&Report) -> usize) -> Vec<usize> {
    let mut all: Vec<usize> = reports.iter().map(of).collect();
    all.sort_unstable();
    all
}

/// Of counts in order, the higher one of the two in the middle.
pub fn middle(counts: &[usize]) -> usize {
    counts.get(counts.len() / 2).copied().unwrap_or_default()
}
