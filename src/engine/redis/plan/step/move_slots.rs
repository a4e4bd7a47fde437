//! Slots with their keys from primaries to others: from several at once, where keys are moved one by one.

use std::iter::once;

use futures_util::future::join_all;

use super::super::cluster::{Cluster, Node};
use super::super::level::Share;
use super::lane::{How, Lane, Reason, Tally};
use crate::engine::redis::facts::Facts;
use crate::engine::redis::slots::Slots;
use crate::model::{Snapshot, Value};
use crate::plan::{Consent, Description, Hands, Step, Transfer};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct MoveSlots {
    first: Lane,
    beside: Vec<Lane>,
    consent: Consent,
}

/// So many sources at once: each has a connection to every primary.
const LANES: usize = 4;

impl MoveSlots {
    /// A share, and as many of those beside it as can be moved at the same time.
    pub fn new<'a>(
        cluster: &Cluster,
        share: &Share,
        beside: impl Iterator<Item = &'a Share>,
        consent: Consent,
        transfer: Transfer,
    ) -> Self {
        let first = Lane::new(cluster, share, transfer);
        let beside = beside.map(|share| Lane::new(cluster, share, transfer));
        // A node takes part in one move at a time that servers make by themselves.
        let beside = beside.take_while(|it| first.is_by_keys() && it.is_by_keys());
        let beside = beside.take(LANES - 1).collect();
        Self { first, beside, consent }
    }

    /// Slots of one node that are open, each to the other node of its move: they are moved as they were begun.
    pub fn closing(cluster: &Cluster, share: &Share, transfer: Transfer) -> Self {
        Self::alone(Lane::closing(cluster, share, transfer))
    }

    /// Keys that a node has in slots of another.
    pub fn homecoming(
        cluster: &Cluster,
        holder: &Node,
        owner: &Node,
        slots: Slots,
        transfer: Transfer,
    ) -> Self {
        Self::alone(Lane::homecoming(cluster, holder, owner, slots, transfer))
    }

    fn alone(first: Lane) -> Self {
        Self { first, beside: Vec::new(), consent: Consent::Arrange }
    }

    /// Ids of those whose keys are moved one by one.
    pub fn sources_by_keys(&self) -> impl Iterator<Item = &str> {
        self.lanes().filter(|lane| lane.is_by_keys()).map(|lane| lane.source.as_str())
    }

    fn lanes(&self) -> impl Iterator<Item = &Lane> {
        once(&self.first).chain(&self.beside)
    }
}

/// Pods with how many slots each gets, once each.
fn counted<'a>(all: impl Iterator<Item = (&'a String, usize)>) -> Vec<String> {
    let mut counts: Vec<(&String, usize)> = Vec::new();
    for (pod, slots) in all {
        match counts.iter_mut().find(|(known, _)| *known == pod) {
            Some((_, count)) => *count += slots,
            None => counts.push((pod, slots)),
        }
    }
    counts.into_iter().map(|(pod, count)| format!("{pod} ({count})")).collect()
}

impl Step<Snapshot> for MoveSlots {
    fn describe(&self) -> Description {
        let parts = self.lanes().flat_map(|lane| &lane.to);
        let targets = counted(parts.map(|it| (&it.pod, it.slots.count())));
        let says = match (self.first.why, self.first.how, self.beside.is_empty()) {
            (Reason::Astray, ..) => {
                "{keys:key} in {slots:slot} that it does not own, home to {targets}"
            }
            (Reason::Open, ..) => "{slots:slot} left open, to {targets}",
            (Reason::Planned, How::Atomic(_), _) => {
                "{slots:slot} with about {keys:key} ({bytes}) to {targets}; the servers do it"
            }
            (Reason::Planned, How::ByKeys(_), true) => {
                "{slots:slot} with about {keys:key} ({bytes}) to {targets}, in {least} or more"
            }
            (Reason::Planned, How::ByKeys(_), false) => {
                "with {beside} at the same time: {slots:slot} with about {keys:key} ({bytes}) to {targets}, in {least} or more"
            }
        };
        let beside: Vec<String> = self.beside.iter().map(|lane| lane.pod.clone()).collect();
        let keys: u64 = self.lanes().map(|lane| lane.keys).sum();
        let bytes = self.lanes().map(|lane| lane.bytes).sum();
        let slots: usize = self.lanes().map(Lane::slots).sum();
        let least = self.lanes().map(Lane::least).max().unwrap_or_default();
        Description::new("move", Object::pod(&self.first.pod), says)
            .with("beside", beside)
            .with("slots", slots)
            .with("keys", keys)
            .with("bytes", Value::Bytes(bytes))
            .with("targets", targets)
            .with("least", Value::Seconds(i64::try_from(least).unwrap_or(i64::MAX)))
    }

    fn consent(&self) -> Consent {
        self.consent.clone()
    }

    fn forecast(&self, now: &mut Snapshot) {
        Facts::change(now, |cluster| {
            for lane in self.lanes() {
                for part in &lane.to {
                    for node in &mut cluster.nodes {
                        if node.id == part.target.id {
                            node.slots.extend(part.slots.iter());
                        } else {
                            node.slots.retain(|slot| !part.slots.has(*slot));
                        }
                        node.open.retain(|open| !part.slots.has(open.slot()));
                        node.strays.retain(|slot, _| !part.slots.has(*slot));
                    }
                }
                if let Some(node) = cluster.node_mut(&lane.source) {
                    node.keys -= lane.keys.min(node.keys);
                    node.bytes -= lane.bytes.min(node.bytes);
                }
            }
        });
    }

    /// Where one fails the others come to the end of their slice first.
    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let tally = Tally::new(self.lanes().map(Lane::slots).sum());
            join_all(self.lanes().map(|lane| lane.go(&tally, hands))).await.into_iter().collect()
        })
    }
}
