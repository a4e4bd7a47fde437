//! What a Valkey without room on its disk takes along when it ends, while slots come to it: it says OK to a key, and ends before its
//! replica has it. With `scale` that is no more than with `valkey-cli --cluster reshard`, in the middle of ten times each.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::scale_faults::{SOURCE, TARGET, all_owned};
use super::scale_faults_measured::{SMALL, TIMES, leads, levelled, middle};
use super::scale_faults_room::{fill, make_room};
use super::scale_killed::{KEYS, eight_of, form_of, moves};
use super::scale_redis::is_whole;
use crate::case::{Case, Spec, full, step};
use crate::load::Load;
use crate::redis::{self, Formed, NAME, Redis};
use crate::running::Running;
use crate::wait::until;

pub const CASES: &[Spec] = &[full("scale-disk-full-often-valkey", compared)];

/// Longer than `valkey-cli` waits for a `MIGRATE`.
const PATIENCE: Duration = Duration::from_secs(120);
/// What one of three targets gets of a primary of four.
const SLOTS: u32 = 1_365;

#[derive(Clone, Copy)]
enum Mover {
    ValkeyCli,
    Scale,
}

/// What was acknowledged and is gone.
#[derive(Clone, Copy, Debug)]
struct Lost {
    /// Of those that nobody has written to since.
    keys: usize,
    writes: usize,
    /// Whether the server ended.
    has_ended: bool,
}

fn compared(case: &Case) -> Result<()> {
    let redis = Redis { small_disk: true, supervised: true, ..eight_of(redis::valkey()) };
    let formed = form_of(case, redis)?;
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for turn in 0..TIMES {
        theirs.push(step("valkey-cli", || ends_while(&formed, Mover::ValkeyCli, 2 * turn))?);
        ours.push(step("scale", || ends_while(&formed, Mover::Scale, 2 * turn + 1))?);
    }
    for (who, all) in [("valkey-cli", &theirs), ("scale", &ours)] {
        let ended = all.iter().filter(|it| it.has_ended).count();
        let namespace = &case.namespace;
        eprintln!("{namespace}: {who}: ended {ended} of {TIMES} times, lost {:?}", counts(all));
        ensure!(ended * 2 >= TIMES, "it hardly ever ended: {all:?}");
    }
    let (theirs, ours) = (middle(&counts(&theirs)), middle(&counts(&ours)));
    ensure!(ours <= theirs, "the middle is {ours}, of valkey-cli {theirs}");
    Ok(())
}

fn counts(all: &[Lost]) -> Vec<usize> {
    let mut all: Vec<usize> = all.iter().map(|it| it.keys + it.writes).collect();
    all.sort_unstable();
    all
}

fn ends_while(formed: &Formed, mover: Mover, nth: usize) -> Result<Lost> {
    leads(formed, TARGET)?;
    // Also what was lost the last time.
    formed.write_keys(KEYS)?;
    let run_id = formed.info(TARGET, "run_id")?;
    let load = Load::start_nth(formed, SMALL, nth)?;
    let run = match mover {
        Mover::ValkeyCli => reshards(formed).map(|()| None)?,
        Mover::Scale => Some(scales(formed)?),
    };
    ensure!(formed.awaits_open(&formed.addresses()?)?, "no slot was open");
    fill(formed)?;
    match run {
        Some(run) => stops(run)?,
        None => gives_up(formed)?,
    }
    make_room(formed)?;
    let has_ended = formed.info(TARGET, "run_id")? != run_id;
    all_owned(formed)?;
    until("it is as it was", PATIENCE, || {
        for words in [vec!["repair", NAME, "--yes"], levelled("--shards=4")] {
            let output = formed.case.sts(&words)?;
            ensure!(output.code == Some(0), "exit {:?}: {}", output.code, output.stdout);
        }
        Ok(Some(()))
    })?;
    is_whole(formed, 8)?;
    let keys = usize::try_from(KEYS - formed.keys_there(KEYS)?)?;
    let lost = Lost { keys, writes: load.read()?.lost_count, has_ended };
    eprintln!("{}: {lost:?}", formed.case.namespace);
    Ok(lost)
}

fn scales(formed: &Formed) -> Result<Running> {
    let addresses = formed.addresses()?;
    let had = formed.orders(&addresses)?;
    let flags = ["--migrate=keys", "--step-timeout=40s"];
    let words = [levelled("--shards=3"), flags.to_vec()].concat();
    let mut run = Running::start(formed.case, &words, None)?;
    ensure!(moves(formed, &addresses, had, &mut run)?, "it moved nothing");
    Ok(run)
}

fn stops(run: Running) -> Result<()> {
    let (code, text) = run.end()?;
    ensure!([Some(0), Some(3)].contains(&code), "exit {code:?}: {text}");
    Ok(())
}

/// As `scale` does, off the primary that is to have none.
fn reshards(formed: &Formed) -> Result<()> {
    let (source, target) = (formed.node(SOURCE)?.id, formed.node(TARGET)?.id);
    let from = format!("{}:{}", formed.address(SOURCE)?, formed.redis.port);
    let what = format!("--cluster-from {source} --cluster-to {target} --cluster-slots {SLOTS}");
    let quietly = "--cluster-yes </dev/null >/dev/null 2>&1 &";
    formed.shell(SOURCE, &format!("$CLI --cluster reshard {from} {what} {quietly}")).map(drop)
}

fn gives_up(formed: &Formed) -> Result<()> {
    until("valkey-cli ends", PATIENCE, || {
        let is_there = formed.shell(SOURCE, "pidof valkey-cli || true")?;
        Ok(is_there.trim().is_empty().then_some(()))
    })
}
