//! `scale` while somebody else changes the same set: they may undo what it does, and no key is lost by it.

use anyhow::{Context, Result};
use serde_json::json;

use super::scale_faults::{Fault, Tolerated};
use super::scale_faults_replicas::SLOWLY;
use crate::case::{Case, Spec, full};
use crate::redis::{self, Formed, NAME, Redis};

pub const CASES: &[Spec] = &[
    full("scale-scaled-down", |case| scaled_down(case, redis::redis())),
    full("scale-scaled-down-hard", |case| scaled_down(case, redis::hard())),
    full("scale-scaled-down-valkey", |case| scaled_down(case, redis::valkey())),
    full("scale-scaled-up", |case| scaled_up(case, redis::redis())),
    full("scale-scaled-up-hard", |case| scaled_up(case, redis::hard())),
    full("scale-scaled-up-valkey", |case| scaled_up(case, redis::valkey())),
    full("scale-rolled-out", |case| rolled_out(case, redis::redis())),
    full("scale-rolled-out-hard", |case| rolled_out(case, redis::hard())),
    full("scale-rolled-out-valkey", |case| rolled_out(case, redis::valkey())),
];

fn scaled_up(case: &Case, redis: Redis) -> Result<()> {
    Fault { cure: &as_it_is, ..Fault::on(redis, &back_to_eight, Tolerated::Nothing) }.run(case)
}

fn rolled_out(case: &Case, redis: Redis) -> Result<()> {
    let fault = Fault::on(redis, &rolls_out, Tolerated::OfAPrimary);
    Fault { flags: SLOWLY, cure: &as_it_is, ..fault }.run(case)
}

fn replicas(case: &Case, count: &str) -> Result<()> {
    let count = format!("--replicas={count}");
    case.kubectl(&["scale", "statefulset", NAME, &count]).map(drop)
}

fn as_it_is(formed: &Formed) -> Result<()> {
    formed.case.rolled_out(NAME)
}

/// Pods that own slots go, and one that was to stay; they come back with their claims. On a set whose pods start in order, and are
/// ready only while the cluster serves, the last copy of a slot must not go: ordinal 6 would wait for 5 to be ready, and 5 for the
/// slots of 7. There ordinal 5 stays.
fn scaled_down(case: &Case, redis: Redis) -> Result<()> {
    let strike =
        |formed: &Formed| replicas(formed.case, if formed.redis.ordered { "6" } else { "5" });
    let cure = |formed: &Formed| {
        let is_there = formed.case.get(&["statefulset", NAME])?["spec"]["replicas"] == 6;
        if is_there && formed.cli(0, &["cluster", "info"])?.contains("cluster_state:ok") {
            return Ok(());
        }
        replicas(formed.case, "8")?;
        as_it_is(formed)
    };
    let fault = Fault::on(redis, &strike, Tolerated::OfAPrimary);
    let flags = &["--throttle", "25", "--step-timeout", "30s"];
    Fault { flags, cure: &cure, ..fault }.run(case)
}

/// When the first ordinal has left.
fn back_to_eight(formed: &Formed) -> Result<()> {
    let case = formed.case;
    let set = ["statefulset", NAME];
    case.until_value(&set, "/spec/replicas", |count| *count == 7)?;
    replicas(case, "8")
}

/// Every pod is replaced, from the top.
fn rolls_out(formed: &Formed) -> Result<()> {
    let case = formed.case;
    let annotations = json!({"example.com/rolled": "out"});
    let patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
    let before = case.get(&["statefulset", NAME])?["status"]["updateRevision"].clone();
    case.patch(&format!("statefulset/{NAME}"), &patch)?;
    case.until_value(&["statefulset", NAME], "/status/updateRevision", |it| *it != before)
        .context("the rollout")
}
