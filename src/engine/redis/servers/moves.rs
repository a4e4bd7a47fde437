//! Slots that servers move by themselves (Redis >= 8.4), whatever becomes of whoever asked them to.

use std::collections::BTreeSet;

use super::commands::number;
use super::state::{Server, State};
use super::text::{bulk, error, integer};
use crate::engine::redis::slots::Slots;
use crate::model::Version;

/// One of all that there were.
pub struct Move {
    id: String,
    slots: Slots,
    source: String,
    target: String,
    /// Moments until it is over.
    left: usize,
}

/// A moment is one command, and looking at a cluster is many: both last for a few looks.
const MOVES: usize = 200;
const TRIMS: usize = 150;

impl State {
    pub(super) fn moves_slots(&self) -> bool {
        Version::parse(self.version) >= Some(Version::new(8, 4, 0))
    }

    /// Those that it has part in, and that are not over.
    pub(super) fn running_at<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Move> {
        self.moves.iter().filter(move |it| it.left > 0 && (it.source == id || it.target == id))
    }

    pub(super) fn is_moving(&self, slot: u16) -> bool {
        self.moves.iter().any(|it| it.left > 0 && it.slots.has(slot))
    }

    pub(super) fn moment(&mut self) {
        for server in self.servers.values_mut() {
            server.trims = server.trims.saturating_sub(1);
        }
        let mut over = Vec::new();
        for (index, it) in self.moves.iter_mut().enumerate().filter(|(_, it)| it.left > 0) {
            it.left -= 1;
            over.extend((it.left == 0).then_some(index));
        }
        for index in over {
            self.take_over(index);
        }
    }

    /// The target has all, and owns it from now on.
    fn take_over(&mut self, index: usize) {
        let Move { slots, source, target, .. } = &self.moves[index];
        let (slots, source, target) = (slots.clone(), source.clone(), target.clone());
        for slot in slots.iter() {
            let keys = self.by_id_mut(&source).and_then(|it| it.keys.remove(&slot));
            let target_server = self.by_id_mut(&target).expect("it is there");
            target_server.keys.extend(keys.map(|keys| (slot, keys)));
            self.taken(slot, &target);
        }
        // Of one that follows another by now everything is new.
        if let Some(source) = self.by_id_mut(&source).filter(|it| it.primary.is_none()) {
            source.trims = TRIMS;
        }
    }

    pub(super) fn import(&mut self, uid: &str, bounds: &[&str]) -> Vec<u8> {
        let target = self.me(uid).id.clone();
        let pair = |pair: &[&str]| (number(pair[0]), number(pair[1]));
        let slots: Slots = bounds.chunks(2).map(pair).collect();
        let owner = |slot: u16| self.servers.values().find(|it| it.slots.contains(&slot));
        let owners: BTreeSet<String> =
            slots.iter().filter_map(owner).map(|server| server.id.clone()).collect();
        let mut owners = owners.into_iter();
        let (Some(source), None) = (owners.next(), owners.next()) else {
            return error("ERR slots belong to different source nodes");
        };
        if source == target {
            return error("ERR this node is already the owner of the slot range");
        }
        if self.me(uid).primary.is_some() {
            return error("ERR slot migration not allowed on replica.");
        }
        if self.running_at(&target).chain(self.running_at(&source)).next().is_some() {
            return error("ERR another ASM task is already in progress");
        }
        let id = self.new_id();
        let reply = bulk(id.as_bytes());
        self.moves.insert(0, Move { id, slots, source, target, left: MOVES });
        reply
    }

    /// In names and values by turns.
    pub(super) fn moves(&self, server: &Server) -> Vec<u8> {
        let has_part = |it: &&Move| it.source == server.id || it.target == server.id;
        let moves: Vec<&Move> = self.moves.iter().filter(has_part).collect();
        let mut text = format!("*{}\r\n", moves.len()).into_bytes();
        for it in moves {
            let is_import = it.target == server.id;
            let ranges: Vec<String> =
                it.slots.bounds().iter().map(|(first, last)| format!("{first}-{last}")).collect();
            let words = [
                ("id", it.id.as_str()),
                ("slots", &ranges.join(" ")),
                ("source", &it.source),
                ("dest", &it.target),
                ("operation", if is_import { "import" } else { "migrate" }),
                ("state", if it.left > 0 { "accumulate-buffer" } else { "completed" }),
                ("last_error", ""),
            ];
            text.extend(format!("*{}\r\n", words.len() * 2 + 2).into_bytes());
            for (name, value) in words {
                text.extend(bulk(name.as_bytes()));
                text.extend(bulk(value.as_bytes()));
            }
            text.extend(bulk(b"retries"));
            text.extend(integer(0));
        }
        text
    }
}
