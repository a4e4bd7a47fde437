//! `scale` of a Redis or Valkey Cluster killed as each of its steps begins: what is next is seen, and not remembered.

use anyhow::{Context, Result, bail, ensure};

use super::scale_killed::{KEYS, allowed, eight_of, form_of};
use super::scale_redis::{is_whole, scale};
use crate::case::{Case, Spec, full, step};
use crate::load::{Load, Options};
use crate::redis::{self, Redis};
use crate::running::Running;

pub const CASES: &[Spec] = &[
    full("scale-killed-steps", |case| killed(case, redis::redis())),
    full("scale-killed-steps-valkey", |case| killed(case, redis::valkey())),
];

/// Down and up again there are at least so many steps.
const LEAST: usize = 12;

/// Each run comes to the end of its first step, and is killed as the second begins.
fn killed(case: &Case, redis: Redis) -> Result<()> {
    let mut formed = form_of(case, eight_of(redis))?;
    let load = Load::start(&formed, Options { hash_megabytes: 5 })?;
    let mut seen: Vec<String> = Vec::new();
    for to in [6, 8] {
        let words = to.to_string();
        let mut is_new = true;
        while let Some(verb) =
            kill(case, &scale(&words, &[allowed(to, is_new), &["-o", "json"]].concat()))?
        {
            eprintln!("{}: -> {to}: killed as `{verb}` begins", case.namespace);
            seen.push(verb);
            is_new = false;
        }
        step("it came to its end", || is_whole(&formed, to))?;
        formed.redis.pods = to;
        formed.has_keys(KEYS)?;
    }
    let report = load.end()?;
    report.is_clean_but_for_what_was_split().with_context(|| format!("{report:?}"))?;
    ensure!(seen.len() >= LEAST, "{seen:?}");
    for verb in ["move", "part", "lower"] {
        ensure!(seen.iter().any(|it| it == verb), "no {verb} in {seen:?}");
    }
    Ok(())
}

/// What began when it was killed. None when it came to its end before.
fn kill(case: &Case, words: &[&str]) -> Result<Option<String>> {
    let mut run = Running::start(case, words, None)?;
    let steps = run.steps()?;
    let first = steps.next()?;
    let second = if first.is_some() { steps.next()? } else { None };
    if second.is_some() {
        run.signal("-KILL")?;
    }
    match run.end()? {
        (None, _) => Ok(second),
        (Some(0), _) => Ok(None),
        (code, text) => bail!("exit {code:?}: {text}"),
    }
}
