//! Members that are gone, that do not answer, that were forgotten.

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::json;

use crate::case::{Case, Spec, full, gate, same, step};
use crate::redis::{Formed, NAME, Redis, View, agree, pod, primaries, redis};
use crate::sts::Check;

pub const CASES: &[Spec] = &[
    gate("primary-lost-to-a-replica", primary_lost_to_a_replica),
    gate("primary-lost", primary_lost),
    gate("replica-lost", replica_lost),
    gate("silent-member", silent_member),
    gate("forgotten-member", forgotten_member),
    gate("ghost", ghost),
    gate("failovers", |case| failovers(case, 3)),
    full("many-failovers", |case| failovers(case, 10)),
];

/// The one who lost it and the one who has it now agree, and so do all others who are left.
fn took_over(views: &[View], lost: &str) -> bool {
    let fails =
        |view: &View| view.node(lost).is_some_and(|it| it.has("fail") && it.slots.is_empty());
    let owners = |view: &View| {
        let slots = view.nodes.iter().filter(|node| !node.slots.is_empty());
        slots
            .map(|node| (node.id.clone(), node.slots.clone()))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    views.iter().all(|view| view.is_ok && fails(view))
        && views.windows(2).all(|pair| pair.first().map(owners) == pair.last().map(owners))
}

pub fn others(of: u32, without: &[u32]) -> Vec<u32> {
    (0..of).filter(|ordinal| !without.contains(ordinal)).collect()
}

fn primary_lost_to_a_replica(case: &Case) -> Result<()> {
    let redis = redis().form(case)?;
    let lost = redis.node(0)?.id;
    let replica = *redis.replicas_of(0)?.first().context("no replica")?;
    redis.lose(&[0])?;
    redis
        .until_views(&others(6, &[0]), "its replica takes over", |views| took_over(views, &lost))?;
    let check = case.check(&[NAME])?;
    let bare = format!("shard-without-replica pod/{}", pod(replica));
    // Said of the pod that is gone, as a warning: its slots are served.
    let down = "primary-down pod/redis-cluster-0";
    let set = check.is(1, "unhealthy", &["ordinal-missing pod/redis-cluster-0", down, &bare])?;
    same("severity", &set.finding("primary-down")?.severity.as_str(), &"warning")?;
    set.engine_is("redis cluster 7.0.15", "degraded")?;
    let why = set.finding("ordinal-missing")?.cause.as_deref().unwrap_or_default();
    ensure!(why.contains("exceeded quota"), "cause: {why}");
    Ok(())
}

fn primary_lost(case: &Case) -> Result<()> {
    let redis = primaries().form(case)?;
    let ordinal = one_of_two_on_a_node(case)?;
    let lost = redis.node(ordinal)?.id;
    redis.lose(&[ordinal])?;
    redis.until_views(&others(3, &[ordinal]), "they say that it failed", |views| {
        views.iter().all(|view| !view.is_ok && view.node(&lost).is_some_and(|it| it.has("fail")))
    })?;
    let check = case.check(&[NAME])?;
    let name = pod(ordinal);
    let findings = [format!("ordinal-missing pod/{name}"), format!("primary-down pod/{name}")];
    let set = check.is(1, "unhealthy", &findings.each_ref().map(String::as_str))?;
    let engine = set.engine_is("redis cluster 7.0.15", "down")?;
    let left = if ordinal == 1 { "10922/16384" } else { "10923/16384" };
    same("slots", &engine.facts["slots"], &json!(left))
}

/// Of three pods on two nodes: those that stay are still on both.
fn one_of_two_on_a_node(case: &Case) -> Result<u32> {
    let node = |ordinal: u32| -> Result<_> {
        Ok(case.get(&["pod", &pod(ordinal)])?["spec"]["nodeName"].clone())
    };
    let (first, second) = (node(0)?, node(1)?);
    Ok(u32::from(first != second && first != node(2)?))
}

fn replica_lost(case: &Case) -> Result<()> {
    let redis = redis().form(case)?;
    let replica = *redis.replicas_of(0)?.first().context("no replica")?;
    let lost = redis.node(replica)?.id;
    redis.lose(&[replica])?;
    redis.until_views(&others(6, &[replica]), "they say that it failed", |views| {
        views.iter().all(|view| view.node(&lost).is_some_and(|it| it.has("fail")))
    })?;
    let name = pod(replica);
    let check = case.check(&[NAME])?;
    let findings = [
        format!("ordinal-missing pod/{name}"),
        format!("replica-down pod/{name}"),
        "shard-without-replica pod/redis-cluster-0".to_owned(),
    ];
    let findings: Vec<&str> = findings.iter().map(String::as_str).collect();
    let set = check.is(1, "unhealthy", &findings)?;
    let engine = set.engine_is("redis cluster 7.0.15", "degraded")?;
    same("slots", &engine.facts["slots"], &json!("16384/16384"))
}

/// The kernel accepts connections for it, so Kubernetes says that it is ready.
fn silent_member(case: &Case) -> Result<()> {
    let redis = Redis { shared_processes: true, ..redis() }.form(case)?;
    let replica = *redis.replicas_of(0)?.first().context("no replica")?;
    let frozen = redis.node(replica)?.id;
    redis.freeze(replica)?;
    redis.until_views(&others(6, &[replica]), "they say that it failed", |views| {
        views.iter().all(|view| view.node(&frozen).is_some_and(|it| it.has("fail")))
    })?;
    let name = pod(replica);
    let ready = case.get(&["statefulset", NAME])?["status"]["readyReplicas"].clone();
    same("ready pods, as Kubernetes has it", &ready, &json!(6))?;
    let check = case.check(&[NAME])?;
    // Its peers have given it up, so that it hangs is known; what it would say is not.
    let set = check.has(2, "unhealthy", &[&format!("member-silent pod/{name}")])?;
    set.engine_is("redis cluster 7.0.15", "unknown")?;
    Ok(())
}

/// Forgotten by all others while it runs: it takes itself for a member.
fn forgotten_member(case: &Case) -> Result<()> {
    let redis = redis().form(case)?;
    let replica = *redis.replicas_of(0)?.first().context("no replica")?;
    let forgotten = redis.node(replica)?.id;
    let others = others(6, &[replica]);
    for other in &others {
        redis.cli(*other, &["cluster", "forget", &forgotten])?;
    }
    let views = redis.views(&others)?;
    ensure!(views.iter().all(|view| view.node(&forgotten).is_none()), "they know it again");
    let check = case.check(&[NAME])?;
    let name = format!("member-unknown-to-peers pod/{}", pod(replica));
    let set = check.has(1, "unhealthy", &[&name])?;
    set.engine_is("redis cluster 7.0.15", "degraded")?;
    redis.refuses_fewer("member-unknown-to-peers")
}

/// A replica that was scaled away: its peers still know it.
fn ghost(case: &Case) -> Result<()> {
    // Ordinal 5 is the last that is named, so it is a replica.
    let redis = redis().form(case)?;
    let gone = redis.node(5)?;
    ensure!(gone.primary.is_some(), "ordinal 5 is a primary");
    case.kubectl(&["scale", "statefulset/redis-cluster", "--replicas=5"])?;
    case.kubectl(&["wait", "--for=delete", "pod/redis-cluster-5", "--timeout=60s"])?;
    redis.until_views(&others(6, &[5]), "they say that it failed", |views| {
        views.iter().all(|view| view.node(&gone.id).is_some_and(|it| it.has("fail")))
    })?;
    let check = case.check(&[NAME])?;
    let findings =
        ["claim-left-behind pvc/data-redis-cluster-5", "ghost-member statefulset/redis-cluster"];
    check.has(0, "degraded", &findings)?.engine_is("redis cluster 7.0.15", "degraded")?;
    step("the commands that it gives to paste make them forget it", || {
        paste(case)?;
        let views = redis.views(&others(6, &[5]))?;
        ensure!(views.iter().all(|view| view.node(&gone.id).is_none()), "they still know it");
        let check = case.check(&[NAME])?;
        ensure!(!check.set()?.has_rule("ghost-member"), "{:?}", check.set()?.named());
        Ok(())
    })
}

/// Runs what a check says after `fix`, as a person would who pastes it into a shell.
pub fn paste(case: &Case) -> Result<()> {
    let text = case.sts(&["check", NAME])?.stdout;
    let mut commands: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("fix ").or(command_below(line)))
        .map(str::trim)
        .collect();
    // One command mends several things.
    commands.dedup();
    ensure!(!commands.is_empty(), "there is nothing to paste in {text}");
    for command in commands {
        // Nobody is there to be asked.
        let yes = if command.starts_with("kubectl sts repair") { " --yes" } else { "" };
        let command = format!("{command}{yes}");
        let mut shell = case.cluster.command("sh");
        let output = crate::process::run(
            shell.args(["-euc", &command]),
            // `repair` waits for node timeouts, and other cases keep both cores busy.
            std::time::Duration::from_secs(240),
        )?;
        case.note(&output);
        output.ok()?;
    }
    Ok(())
}

/// More commands stand under the first, without the word.
fn command_below(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.starts_with("kubectl ").then_some(line)
}

/// Hand-overs are no fault: whenever a check falls into one, it does not speak of a dispute.
fn failovers(case: &Case, count: usize) -> Result<()> {
    let redis = redis().form(case)?;
    let mut primaries = [0, 1, 2];
    for turn in 0..count {
        let primary = &mut primaries[turn % 3];
        let replica = *redis.replicas_of(*primary)?.first().context("no replica")?;
        std::thread::scope(|scope| {
            let failover = scope.spawn(|| hand_over(&redis, replica));
            let mut checks = 0;
            while checks == 0 || !failover.is_finished() {
                is_calm(&case.check(&[NAME])?)?;
                checks += 1;
            }
            failover.join().map_err(|_| anyhow!("the failover panicked"))?
        })?;
        *primary = replica;
    }
    case.check(&[NAME])?.is(0, "healthy", &[]).map(drop)
}

fn hand_over(redis: &Formed, replica: u32) -> Result<()> {
    let id = redis.node(replica)?.id;
    redis.case.until("all know the new primary", || {
        if redis.node(replica)?.slots.is_empty() {
            // It says OK and does nothing while its last attempt is less than four node timeouts ago.
            redis.cli(replica, &["cluster", "failover"])?;
        }
        let views = redis.views(&others(redis.redis.pods, &[]))?;
        let has_it = |view: &View| view.node(&id).is_some_and(|node| !node.slots.is_empty());
        Ok((agree(&views) && views.iter().all(has_it)).then_some(()))
    })
}

pub fn is_calm(check: &Check) -> Result<()> {
    let set = check.set()?;
    ensure!(set.complete, "it is not complete: {:?}", set.unread);
    let is_error = |severity: &str| severity == "error" || severity == "unknown";
    let errors = set.findings.iter().filter(|it| is_error(&it.severity));
    let errors: Vec<_> = errors.collect();
    ensure!(errors.is_empty(), "{errors:?}");
    Ok(())
}
