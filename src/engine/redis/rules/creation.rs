//! Members that were started and never joined: each is a cluster of its own, without slots.

use std::collections::BTreeMap;

use super::super::facts::{Facts, Look, Seat};
use super::super::info::Info;
use super::words;
use crate::model::{Seen, Snapshot};
use crate::rules::{Object, Violation};

/// The fewest primaries of a cluster.
const PRIMARIES: usize = 3;

/// Whether all who were heard know only themselves and own nothing.
pub fn is_uncreated(look: &Look) -> bool {
    let is_blank = |view: &super::super::facts::View| {
        view.nodes.iter().all(|node| node.flags.is_myself && node.slots.is_empty())
    };
    // One that was not read may know more.
    let is_unread = look.seats.iter().any(|seat| seat.reply.outcome.is_unread());
    !is_unread && look.views().count() > 1 && look.views().all(|(_, view)| is_blank(view))
}

pub fn never_created(now: &Snapshot, facts: &Facts) -> Seen<Vec<Violation>> {
    if facts.steady(|look| vec![is_uncreated(look)]) != [true] {
        return Ok(Vec::new());
    }
    let look = &facts.look;
    let members: Vec<&Seat> = look.views().map(|(seat, _)| seat).collect();
    let names: Vec<String> = members.iter().map(|seat| seat.reply.pod.clone()).collect();
    let violation = Violation::new(
        Object::set(&now.set.name),
        "nobody has created the cluster: {members} each know only themselves, and own no slots",
    )
    .with("members", names);
    let keys: u64 = members.iter().filter_map(|seat| seat.info().and_then(Info::keys)).sum();
    let wanted = now.set.ordinals().len();
    if members.len() < wanted || members.len() < look.seats.len() {
        return Ok(vec![
            violation.with("wanted", wanted).next("it can be created once all {wanted:pod} answer"),
        ]);
    }
    if members.len() < PRIMARIES {
        return Ok(vec![
            violation
                .with("needed", PRIMARIES)
                .next("a cluster needs {needed:primary}: scale up first"),
        ]);
    }
    if keys > 0 {
        return Ok(vec![
            violation
                .with("keys", keys)
                .next("they hold {keys:key} already: a cluster is created of empty members only"),
        ]);
    }
    let replicas = usize::from(members.len() >= 2 * PRIMARIES);
    let Some(argv) = create(&members, replicas) else { return Ok(vec![violation]) };
    let is_tls = members.iter().any(|seat| seat.reply.door.tls);
    let mut violation = violation.with("replicas", replicas).next(if is_tls {
        "each primary gets {replicas:replica}; add --cacert, --cert and --key if the members want a certificate"
    } else {
        "each primary gets {replicas:replica}; the addresses are those of the pods as they are now"
    });
    violation.fix.push(argv);
    Ok(vec![violation])
}

fn create(members: &[&Seat], replicas: usize) -> Option<Vec<String>> {
    let primaries = members.len() / (replicas + 1);
    let order = spread(members, primaries);
    let addresses: Vec<String> = order
        .iter()
        .map(|seat| {
            let ip = seat.ip.as_deref()?;
            Some(format!("{ip}:{}", seat.reply.door.port))
        })
        .collect::<Option<_>>()?;
    let replicas = replicas.to_string();
    let mut words = vec!["--cluster", "create"];
    words.extend(addresses.iter().map(String::as_str));
    words.extend(["--cluster-replicas", &replicas, "--cluster-yes"]);
    Some(words::client(members.first()?, &words))
}

/// Primaries first, taken from the nodes in turn; then the replicas, each on another node than its primary where
/// that can be. redis-cli tells hosts apart by address, and each pod has its own: it gives the second of the rest
/// to the first primary, and so on, and the first of the rest to the last (`clusterManagerCommandCreate`).
fn spread<'a>(members: &[&'a Seat], primaries: usize) -> Vec<&'a Seat> {
    let mut by_node: BTreeMap<Option<&str>, Vec<&'a Seat>> = BTreeMap::new();
    for seat in members {
        by_node.entry(seat.node.as_deref()).or_default().push(seat);
    }
    let most = by_node.values().map(Vec::len).max().unwrap_or(0);
    let in_turn =
        (0..most).flat_map(|turn| by_node.values().filter_map(move |seats| seats.get(turn)));
    let mut order: Vec<&Seat> = in_turn.copied().collect();
    let mut rest = order.split_off(primaries.min(order.len()));
    let mut partners = Vec::new();
    for primary in &order {
        let apart = rest.iter().position(|seat| seat.node != primary.node);
        if !rest.is_empty() {
            partners.push(rest.remove(apart.unwrap_or(0)));
        }
    }
    partners.append(&mut rest);
    let turn = partners.len().min(1);
    partners.rotate_right(turn);
    order.into_iter().chain(partners).collect()
}
