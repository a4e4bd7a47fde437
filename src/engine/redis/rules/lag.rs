//! Replicas that are connected and do not keep up, and primaries that count on them.

use super::super::facts::{Facts, Look, Seat, View};
use super::super::info::{Info, Listed};
use super::super::members::{alone_lag, behind, view_of};
use super::super::nodes::Role;
use super::super::replies::CONFIG_GET;
use super::super::topology::Peer;
use super::words;
use crate::model::{Seen, Snapshot, Value};
use crate::rules::{Object, Severity, Violation};

/// Bytes of the replication stream; a replica that keeps up is a few behind.
const MOST_BYTES: u64 = 10 << 20;
/// Seconds without a confirmation, of which there is one a second.
const MOST_SECONDS: u64 = 10;

/// How far a replica is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lag {
    bytes: u64,
    seconds: Option<u64>,
}

impl Lag {
    fn is_long(self) -> bool {
        self.bytes > MOST_BYTES || self.seconds.is_some_and(|seconds| seconds > MOST_SECONDS)
    }
}

/// Replicas that lag in one reading, by the uid of a pod or the id of a node without one.
pub fn laggards(look: &Look) -> Vec<String> {
    lags(look).into_iter().map(|(_, key, ..)| key).collect()
}

type Found<'a> = (Object, String, String, Lag);

fn lags(look: &Look) -> Vec<Found<'_>> {
    let members = look.topology.peers.iter().filter(|peer| peer.role == Some(Role::Replica));
    let members = members.filter_map(|peer| {
        let primary = look.topology.peer(peer.primary.as_deref()?)?;
        let lag = lag(peer, view_of(primary, look)?, look).filter(|_| peer.standing.is_up())?;
        let seat = look.seat(peer.home.seat()?)?;
        Some((seat, words::name(look, primary), lag))
    });
    let alone = look.seats.iter().filter(|seat| seat.view().is_none()).filter_map(|seat| {
        let info = seat.info()?;
        let bytes = alone_lag(info, look)?;
        let primary = info.get("master_host").unwrap_or_default().to_owned();
        Some((seat, primary, Lag { bytes, seconds: None }))
    });
    members
        .chain(alone)
        .filter(|(.., lag)| lag.is_long())
        .map(|(seat, primary, lag)| {
            (Object::pod(&seat.reply.pod), seat.reply.uid.clone(), primary, lag)
        })
        .collect()
}

/// By the replica's own word where it answers, and by what its primary last heard where it does not.
fn lag(replica: &Peer, primary: &View, look: &Look) -> Option<Lag> {
    let listed = primary.info.replicas().find(|listed| is_it(listed, replica));
    let bytes = match view_of(replica, look) {
        Some(view) => behind(&view.info, &primary.info)?,
        None => primary.info.number("master_repl_offset")?.saturating_sub(listed?.offset?),
    };
    Some(Lag { bytes, seconds: listed.and_then(|listed| listed.silent) })
}

fn is_it(listed: &Listed<'_>, replica: &Peer) -> bool {
    listed.state == "online"
        && replica.address.ip.as_deref() == Some(listed.ip)
        && replica.address.port.to_string() == listed.port
}

pub fn replica_lags(_now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let steady = facts.steady(laggards);
    let found = lags(&facts.look).into_iter().filter(|(_, key, ..)| steady.contains(key));
    Ok(found
        .map(|(object, _, primary, lag)| {
            let says = if lag.bytes > MOST_BYTES {
                "it is {behind} behind {primary}: that much is lost if it has to take over now"
            } else {
                "it has confirmed nothing to {primary} for {silent}, although it is connected"
            };
            let mut violation = Violation::new(object, says)
                .with("primary", primary)
                .with("behind", Value::Bytes(lag.bytes));
            if let Some(seconds) = lag.seconds.and_then(|seconds| i64::try_from(seconds).ok()) {
                violation = violation.with("silent", Value::Seconds(seconds));
            }
            violation.next("look for a stopped or busy process, a slow disk or a slow network; restart {primary} only when it has caught up")
        })
        .collect())
}

/// A primary that has fewer replicas in touch than it needs to accept a write.
struct Unmet<'a> {
    seat: &'a Seat,
    needed: u64,
    good: u64,
}

pub fn unmet(look: &Look) -> Vec<String> {
    wanting(look).map(|unmet| unmet.seat.reply.uid.clone()).collect()
}

fn wanting(look: &Look) -> impl Iterator<Item = Unmet<'_>> {
    let primaries = look.seats.iter().filter(|seat| seat.is_settled());
    primaries.filter_map(|seat| {
        let (info, settings) = (seat.info().filter(|info| !info.is_replica())?, seat.settings()?);
        let needed = settings.number("min-replicas-to-write").filter(|needed| *needed > 0)?;
        // 0 switches it off as well.
        let patience = settings.number("min-replicas-max-lag").filter(|seconds| *seconds > 0)?;
        let good =
            info.number("min_slaves_good_slaves").unwrap_or_else(|| in_touch(info, patience));
        (good < needed).then_some(Unmet { seat, needed, good })
    })
}

fn in_touch(info: &Info, patience: u64) -> u64 {
    let is_good = |it: &Listed<'_>| {
        it.state == "online" && it.silent.is_none_or(|seconds| seconds <= patience)
    };
    info.replicas().filter(is_good).count() as u64
}

pub fn min_replicas(_now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    facts.look.needs(CONFIG_GET)?;
    let steady = facts.steady(unmet);
    Ok(wanting(&facts.look)
        .filter(|unmet| steady.contains(&unmet.seat.reply.uid))
        .map(|unmet| {
            Violation::new(
                Object::pod(&unmet.seat.reply.pod),
                "it refuses writes: min-replicas-to-write wants {needed:replica} in touch, and there are {good}",
            )
            .with("needed", unmet.needed)
            .with("good", unmet.good)
            .next("bring the replicas back, or lower min-replicas-to-write to what the shard has")
        })
        .collect())
}

/// `FAILOVER` of a server without cluster mode.
pub fn failover_runs(_now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    let state = |seat: &Seat| {
        let state = seat.info()?.get("master_failover_state")?.to_owned();
        (state != "no-failover").then_some(state)
    };
    let busy = facts.look.seats.iter().filter_map(|seat| Some((seat, state(seat)?)));
    Ok(busy
        .map(|(seat, state)| {
            Violation::new(
                Object::pod(&seat.reply.pod),
                "it is handing over to a replica ({state})",
            )
            .with("state", state)
            .severity(Severity::Info)
        })
        .collect())
}
