//! Members that have failed or are about to, and what clients lose by it.

use super::super::facts::{Facts, Look};
use super::super::members::short;
use super::super::nodes::Role;
use super::super::replies::Outcome;
use super::super::succession::{self, Bar};
use super::super::topology::{Home, Peer, Standing};
use super::{motion, words};
use crate::model::{Seen, Snapshot, Value};
use crate::rules::{Object, Severity, Violation};

pub fn primary_down(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    if words::is_stranded(facts) {
        return Ok(Vec::new());
    }
    let look = &facts.look;
    let has_place = |peer: &&Peer| !matches!(peer.home, Home::Nowhere | Home::Unsettled);
    let down = look
        .topology
        .peers
        .iter()
        .filter(|peer| peer.standing == Standing::Down && peer.role == Some(Role::Primary));
    Ok(down
        .filter(has_place)
        .map(|peer| {
            let violation = |says| {
                Violation::new(words::object(now, look, peer), says)
                    .with("member", short(&peer.id))
                    .since(words::last_heard(peer).filter(|_| !is_heard(peer)))
            };
            let count = peer.slots.count();
            if count == 0 {
                return violation("this primary has failed; others serve every slot it had")
                    .severity(Severity::Warning);
            }
            let violation = if is_heard(peer) {
                violation(
                    "its {count} slots are served by nobody: its peers have declared it failed",
                )
            } else {
                violation("its {count} slots are served by nobody")
            };
            why_not_promoted(look, peer, violation)
                .with("count", count)
                .with("slots", peer.slots.to_string())
                .with("ranges", peer.slots.ranges())
        })
        .collect())
}

fn is_heard(peer: &Peer) -> bool {
    matches!(peer.home, Home::Answered(_))
}

/// Why no replica has taken over, as far as it can be known.
fn why_not_promoted(look: &Look, primary: &Peer, violation: Violation) -> Violation {
    let topology = &look.topology;
    let shard = primary.shard.and_then(|shard| topology.shards.get(shard));
    let replicas: Vec<&Peer> = shard
        .iter()
        .flat_map(|shard| &shard.replicas)
        .filter_map(|i| topology.peers.get(*i))
        .collect();
    let (up, needed) = succession::counted(topology);
    let names = |peers: &[&Peer]| {
        Value::List(peers.iter().map(|peer| words::name(look, peer)).collect::<Vec<_>>())
    };
    if replicas.is_empty() {
        return violation.next("it has no replica: its pod has to come back");
    }
    if up < needed {
        return violation.with("up", up).with("needed", needed).with("replicas", names(&replicas)).next(
            "replica {replicas} cannot be promoted: {up} primaries are up and {needed} votes are needed",
        );
    }
    if replicas.iter().all(|peer| !peer.standing.may_serve()) {
        return violation
            .with("replicas", names(&replicas))
            .next("its replica {replicas} is down too");
    }
    if replicas.iter().all(|peer| peer.never_promoted) {
        return violation
            .with("replicas", names(&replicas))
            .next("replica {replicas} is told never to be promoted (cluster-replica-no-failover)");
    }
    let alive = replicas.iter().filter(|peer| peer.standing.may_serve());
    let bars: Option<Vec<_>> =
        alive.map(|it| Some((it, succession::bar(look, primary, it)?))).collect();
    let Some((replica, bar)) = bars.and_then(|all| all.into_iter().next()) else {
        return violation
            .with("replicas", names(&replicas))
            .next("replica {replicas} should be promoted within seconds after the node timeout");
    };
    barred(bar, violation.with("replica", words::name(look, replica)))
}

fn barred(bar: Bar, violation: Violation) -> Violation {
    let seconds = |count: u64| Value::Seconds(i64::try_from(count).unwrap_or(i64::MAX));
    match bar {
        Bar::NeverLinked => violation
            .next("replica {replica} is not promoted: it has started without its primary, and stands for election only once it was connected (cluster-replica-validity-factor): the pod has to come back with its data; without it, repair --allow replica-not-promoted lets the replica take over with what it has"),
        Bar::Stale { down, limit } => violation
            .with("disconnected", seconds(down))
            .with("limit", seconds(limit))
            .next("replica {replica} is not promoted: it is disconnected for {disconnected}, more than {limit} (node timeout x validity factor): the pod has to come back with its data; without it, repair --allow replica-not-promoted lets the replica take over with what it has"),
        Bar::Denied { known, newest } => violation
            .with("known", known)
            .with("newest", newest)
            .next("replica {replica} is denied the votes for good, as it has not heard of the last epoch of its primary ({known} for {newest}): the pod has to come back with its data; without it, repair --allow replica-not-promoted lets the replica take over"),
    }
}

pub fn state_fail(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let look = &facts.look;
    let unserved = facts.steady(|look| look.topology.unserved().iter().collect());
    if words::is_stranded(facts) || !unserved.is_empty() || look.topology.shards.is_empty() {
        return Ok(Vec::new());
    }
    let strangers = facts.steady(motion::strangers);
    let failing = facts.steady(motion::failing);
    let views = look.views().filter(|(_, view)| failing.contains(&view.id));
    let views = views.filter(|(_, view)| !strangers.contains(&view.id));
    let (young, old): (Vec<_>, Vec<_>) = views.partition(|(_, view)| motion::is_joining(view));
    let names = |of: &[(&super::super::facts::Seat, &super::super::facts::View)]| {
        of.iter().map(|(seat, _)| seat.reply.pod.clone()).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    if !old.is_empty() {
        found.push(
            Violation::new(
                Object::set(&now.set.name),
                "{members} say that the cluster is down although every slot has an owner that is up",
            )
            .with("members", names(&old))
            .next("a member says so while it reaches fewer than half of the primaries: look at the network to port + 10000 between pods"),
        );
    }
    if !young.is_empty() {
        found.push(
            Violation::new(
                Object::set(&now.set.name),
                "after a start a member stays out of the cluster for a few seconds: {members}",
            )
            .with("members", names(&young))
            .severity(Severity::Info),
        );
    }
    Ok(found)
}

pub fn suspected(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    if words::is_stranded(facts) {
        return Ok(Vec::new());
    }
    let look = &facts.look;
    let peers = look.topology.peers.iter().filter(|peer| peer.standing == Standing::Suspected);
    // Kubernetes' rules tell of a pod that does not run.
    let runs = |peer: &&Peer| {
        let seat = peer.home.seat().and_then(|seat| look.seat(seat));
        seat.is_none_or(|seat| seat.reply.outcome != Outcome::NotRunning)
    };
    Ok(peers
        .filter(runs)
        .map(|peer| {
            let by: Vec<String> = look
                .views()
                .filter(|(_, view)| view.node(&peer.id).is_some_and(|node| node.flags.is_suspected))
                .map(|(seat, _)| seat.reply.pod.clone())
                .collect();
            let says = match peer.home {
                Home::Nowhere | Home::Unsettled => "{by} cannot reach member {member} (fail?)",
                _ => "{by} cannot reach it (fail?)",
            };
            Violation::new(words::object(now, look, peer), says)
                .with("member", short(&peer.id))
                .with("by", by)
                .next("if a majority of primaries agrees it is declared failed")
        })
        .collect())
}
