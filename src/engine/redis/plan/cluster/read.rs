//! A node as it was found when the cluster was looked at.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Node, Place};
use crate::engine::redis::command::Endpoint;
use crate::engine::redis::facts::{Look, Seat, View};
use crate::engine::redis::info::{Info, Product};
use crate::engine::redis::members::behind;
use crate::engine::redis::nodes::Role;
use crate::engine::redis::rules::words;
use crate::engine::redis::succession;
use crate::engine::redis::topology::{Home, Peer, Standing};
use crate::model::{Snapshot, Version};

/// A replica that is further behind has not caught up.
const IN_SYNC: u64 = 1 << 20;

impl Node {
    pub(super) fn new(now: &Snapshot, peer: &Peer, look: &Look, counted: &Look) -> Self {
        let seat = match peer.home {
            Home::Answered(index) | Home::Guessed(index) => look.seat(index),
            _ => None,
        };
        let view = seat.filter(|_| matches!(peer.home, Home::Answered(_))).and_then(Seat::view);
        let info = view.map(|view| &view.info);
        let number = |name| info.and_then(|info| info.number(name)).unwrap_or_default();
        let primary = peer.primary.as_deref().and_then(|id| look.topology.peer(id));
        let keys = info.and_then(Info::keys).unwrap_or_default();
        Self {
            id: peer.id.clone(),
            place: seat.map(|seat| Place {
                ordinal: seat.reply.ordinal,
                pod: seat.reply.pod.clone(),
                uid: seat.reply.uid.clone(),
                host: seat.node.clone(),
            }),
            expected: match peer.home {
                Home::Vacant(ordinal) => Some(now.set.pod_name(ordinal)),
                _ => None,
            },
            has_answered: view.is_some(),
            // Peers that are connected to it reach it where we do not.
            is_there: peer.home != Home::Nowhere || peer.standing.is_up(),
            is_silent: peer.home == Home::Nowhere && look.topology.is_silent(peer),
            is_stranded: peer.home.seat().is_some_and(|it| look.topology.stranded.contains(&it)),
            endpoint: Endpoint {
                ip: seat.and_then(|seat| seat.ip.clone()).unwrap_or_default(),
                port: peer.address.port,
                bus: peer.address.bus,
            },
            role: peer.role.unwrap_or(Role::Primary),
            primary: peer.primary.clone(),
            slots: peer.slots.iter().collect(),
            open: view.and_then(View::me).map(|me| me.open.clone()).unwrap_or_default(),
            tasks: view.map(|view| view.tasks.clone()).unwrap_or_default(),
            is_trimming: view.is_some_and(|view| view.state.is_trimming),
            strays: counted
                .views()
                .find(|(_, view)| view.id == peer.id)
                .filter(|_| peer.role != Some(Role::Replica))
                .map(|(_, view)| strays(view, peer))
                .unwrap_or_default(),
            keys,
            keys_beyond_first: info.map(Info::keys_beyond_first).unwrap_or_default(),
            // A server without any counts what it needs for itself.
            bytes: if keys == 0 { 0 } else { number("used_memory_dataset") },
            functions: info.and_then(|info| info.number("number_of_functions")),
            room: seat.and_then(|seat| room(now, seat)),
            peers: view.into_iter().flat_map(View::peers).map(|node| node.id.clone()).collect(),
            is_ok: view.is_some_and(|view| view.state.is_ok),
            is_meeting: view.is_some_and(|view| view.nodes.iter().any(|it| it.flags.is_handshake)),
            is_in_sync: info
                .zip(primary)
                .is_some_and(|(info, primary)| in_sync(info, primary, look)),
            bar: primary
                .filter(|it| it.standing == Standing::Down)
                .and_then(|it| succession::bar(look, it, peer)),
            offset: number("slave_repl_offset"),
            dials: info
                .filter(|info| info.get("master_link_status") == Some("down"))
                .and_then(|info| info.get("master_host"))
                .map(str::to_owned),
            clients: number("connected_clients"),
            migrates: view
                .and_then(|view| view.settings.get("cluster-allow-replica-migration"))
                .map(|value| value == "yes"),
            timeout: view
                .and_then(|view| view.settings.number("cluster-node-timeout"))
                .map(Duration::from_millis),
            product: info.map_or(Product::Redis, Info::product),
            version: info.and_then(|info| Version::parse(info.version()?)),
        }
    }
}

fn room(now: &Snapshot, seat: &Seat) -> Option<u64> {
    let info = seat.info()?;
    let own = info.number("maxmemory").filter(|limit| *limit > 0).map(|limit| {
        let uncounted = info.number("mem_not_counted_for_evict").unwrap_or_default();
        let used = info.number("used_memory").unwrap_or_default();
        limit.saturating_sub(used.saturating_sub(uncounted))
    });
    let limit = words::container(now, seat).and_then(|it| it.limits.memory);
    let limit =
        limit.map(|limit| limit.saturating_sub(info.number("used_memory_rss").unwrap_or_default()));
    own.into_iter().chain(limit).min()
}

/// Keys in slots of others, whether they are on the move or not.
fn strays(view: &View, peer: &Peer) -> BTreeMap<u16, u64> {
    let counted = view.stray_keys.iter().chain(&view.open_slot_keys);
    let is_stray = |(slot, keys): &(&u16, &u64)| **keys > 0 && !peer.slots.has(**slot);
    counted.filter(is_stray).map(|(slot, keys)| (*slot, *keys)).collect()
}

fn in_sync(info: &Info, primary: &Peer, look: &Look) -> bool {
    let primary = match primary.home {
        Home::Answered(index) => look.seat(index).and_then(Seat::info),
        _ => None,
    };
    let is_syncing = info.get("master_sync_in_progress") == Some("1");
    let lag = primary.and_then(|primary| behind(info, primary));
    !is_syncing && lag.is_some_and(|lag| lag <= IN_SYNC)
}
