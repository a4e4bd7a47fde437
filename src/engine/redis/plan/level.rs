//! Which slots go where: each primary that is to own some gets its share, and as few as possible move.

use std::collections::BTreeMap;

use super::cluster::Cluster;
use super::layout::Layout;
use crate::engine::redis::slots::{SLOTS, Slots};

/// Slots of one primary that go to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub source: String,
    pub to: Vec<(String, Slots)>,
}

/// Primaries may differ from their share by so much, in hundredths (redis-cli: `--cluster-threshold`).
const TOLERANCE: usize = 2;

/// Everything off the primaries that are to own none; with `is_levelled` also from those that have more than their share.
pub fn shares(cluster: &Cluster, layout: &Layout, is_levelled: bool) -> Vec<Share> {
    let Some(wanted) = usize::from(SLOTS).checked_div(layout.primaries.len()) else {
        return Vec::new();
    };
    let rest = usize::from(SLOTS) % layout.primaries.len();
    let has = |id: &String| cluster.node(id).map_or(0, |node| node.slots.len());
    // The larger shares to those that have more: then less moves.
    let mut by_size: Vec<&String> = layout.primaries.iter().collect();
    by_size.sort_by_key(|id| std::cmp::Reverse(has(id)));
    let share = |index: usize| wanted + usize::from(index < rest);
    let mut open: BTreeMap<&String, usize> = by_size
        .iter()
        .enumerate()
        .map(|(index, id)| (*id, share(index).saturating_sub(has(id))))
        .collect();
    let is_uneven = by_size.iter().any(|id| {
        let (has, allowed) = (has(id), wanted * TOLERANCE / 100);
        has > wanted + allowed || has + allowed < wanted
    });
    let mut shares = Vec::new();
    for node in cluster.owners() {
        let surplus = match by_size.iter().position(|id| **id == node.id) {
            None => node.slots.len(),
            Some(index) if is_levelled && is_uneven => {
                node.slots.len().saturating_sub(share(index))
            }
            Some(_) => 0,
        };
        // The highest go: what stays is one range more often.
        let mut leaving: Vec<u16> = node.slots.iter().rev().take(surplus).copied().collect();
        leaving.reverse();
        let to = dealt(leaving, &mut open, &layout.primaries);
        if !to.is_empty() {
            shares.push(Share { source: node.id.clone(), to });
        }
    }
    shares
}

/// In ranges, to those who lack some; what nobody lacks goes round.
fn dealt(
    leaving: Vec<u16>,
    open: &mut BTreeMap<&String, usize>,
    primaries: &[String],
) -> Vec<(String, Slots)> {
    let mut dealt: BTreeMap<&String, Vec<u16>> = BTreeMap::new();
    let mut leaving = leaving.into_iter();
    for id in primaries {
        let lacks = open.get_mut(id).map(std::mem::take).unwrap_or_default();
        let taken: Vec<u16> = leaving.by_ref().take(lacks).collect();
        if let Some(lack) = open.get_mut(id) {
            *lack = lacks - taken.len();
        }
        if !taken.is_empty() {
            dealt.entry(id).or_default().extend(taken);
        }
    }
    for (slot, id) in leaving.zip(primaries.iter().cycle()) {
        dealt.entry(id).or_default().push(slot);
    }
    dealt.into_iter().map(|(id, slots)| (id.clone(), slots.into_iter().collect())).collect()
}
