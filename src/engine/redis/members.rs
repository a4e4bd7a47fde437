//! Members as a table shows them: one for each pod, and one for each node without a pod of ours.

use super::facts::{Facts, Heard, Look, Seat, View};
use super::info::Info;
use super::nodes::Role;
use super::replies::Outcome;
use super::rules::motion;
use super::topology::{Home, Peer, Standing};
use crate::model::{Cell, Column, Member, PodRef, Snapshot, Value};

pub const COLUMNS: &[Column] = &[
    Column { key: "role", label: "ROLE", wide: false },
    Column { key: "shard", label: "SHARD", wide: false },
    Column { key: "slots", label: "SLOTS", wide: false },
    Column { key: "lag", label: "LAG", wide: false },
    Column { key: "id", label: "ID", wide: true },
    Column { key: "keys", label: "KEYS", wide: true },
    Column { key: "memory", label: "MEMORY", wide: true },
    Column { key: "clients", label: "CLIENTS", wide: true },
    Column { key: "address", label: "ADDRESS", wide: true },
];

pub fn members(now: &Snapshot, facts: &Facts) -> Vec<Member> {
    let look = &facts.look;
    let of_pods = look.seats.iter().enumerate().map(|(index, seat)| {
        let peer = look.topology.at(index);
        let id = peer.map(|peer| peer.id.as_str()).or(seat.view().map(|view| view.id.as_str()));
        let pod = PodRef {
            set: now.set.name.clone(),
            ordinal: seat.reply.ordinal,
            uid: seat.reply.uid.clone(),
        };
        let mut cells = peer.map(|peer| peer_cells(peer, look)).unwrap_or_default();
        cells.extend(own_cells(seat, look));
        Member {
            id: id.unwrap_or_default().to_owned(),
            pod: Some(pod),
            cells,
            state: state(facts, index, seat),
        }
    });
    let without = look.topology.peers.iter().filter(|peer| peer.home.seat().is_none());
    let without = without.map(|peer| Member {
        id: peer.id.clone(),
        pod: match &peer.home {
            Home::Elsewhere(pod) => pod.clone(),
            _ => None,
        },
        cells: peer_cells(peer, look),
        state: match peer.standing {
            Standing::Up | Standing::UpByPeers => "up by its peers",
            Standing::Suspected => "failing",
            Standing::Down => "failed",
            Standing::Loading => "loading",
            Standing::Unclear => "unknown",
        }
        .to_owned(),
    });
    of_pods.chain(without).collect()
}

/// What the cluster says of a node.
fn peer_cells(peer: &Peer, look: &Look) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut cell = |key, value: Option<Value>| {
        cells.extend(value.map(|value| Cell { key, value }));
    };
    cell("role", peer.role.map(|role| role_name(role).into()));
    cell("shard", peer.shard.map(Value::from));
    cell("slots", (!peer.slots.is_empty()).then(|| peer.slots.ranges().into()));
    cell("lag", lag(peer, look).map(Value::Bytes));
    cell("id", Some(short(&peer.id).into()));
    cell("address", Some(peer.address.to_string().into()));
    cells
}

/// What a server says of itself alone.
fn own_cells(seat: &Seat, look: &Look) -> Vec<Cell> {
    let Some(info) = seat.info() else { return Vec::new() };
    let mut cells = Vec::new();
    let mut cell = |key, value: Option<Value>| {
        cells.extend(value.map(|value| Cell { key, value }));
    };
    if matches!(seat.heard, Heard::Alone(_)) {
        cell("role", alone_role(info).map(|role| role_name(role).into()));
        cell("lag", alone_lag(info, look).map(Value::Bytes));
        let ip = seat.ip.as_ref();
        cell("address", ip.map(|ip| format!("{ip}:{}", seat.reply.door.port).into()));
    }
    if seat.is_settled() {
        cell("keys", info.keys().map(Value::from));
    }
    cell("memory", info.number("used_memory").map(Value::Bytes));
    cell("clients", info.number("connected_clients").map(Value::from));
    cells
}

pub fn alone_role(info: &Info) -> Option<Role> {
    match info.get("role")? {
        "master" | "primary" => Some(Role::Primary),
        "slave" | "replica" => Some(Role::Replica),
        _ => None,
    }
}

/// Bytes of the replication stream that a replica has yet to apply.
fn lag(peer: &Peer, look: &Look) -> Option<u64> {
    let view = view_of(peer, look).filter(|_| peer.role == Some(Role::Replica))?;
    let primary = view_of(look.topology.peer(peer.primary.as_deref()?)?, look)?;
    behind(&view.info, &primary.info)
}

pub fn alone_lag(info: &Info, look: &Look) -> Option<u64> {
    let host = info.get("master_host").filter(|_| info.is_replica())?;
    let primary = look.seats.iter().find(|seat| {
        seat.ip.as_deref() == Some(host) || host.split('.').next() == Some(seat.reply.pod.as_str())
    })?;
    behind(info, primary.info()?)
}

/// None while the link is down: the offset then says nothing of the primary's present data.
pub fn behind(replica: &Info, primary: &Info) -> Option<u64> {
    if replica.get("master_link_status") != Some("up") {
        return None;
    }
    // The two were read at slightly different moments.
    let offset = primary.number("master_repl_offset")?;
    Some(offset.saturating_sub(replica.number("slave_repl_offset")?))
}

pub fn view_of<'a>(peer: &Peer, look: &'a Look) -> Option<&'a View> {
    match peer.home {
        Home::Answered(seat) => look.seat(seat)?.view(),
        _ => None,
    }
}

fn state(facts: &Facts, index: usize, seat: &Seat) -> String {
    let look = &facts.look;
    let fixed = match &seat.reply.outcome {
        Outcome::Answered(_) => return answered_state(facts, index, seat),
        Outcome::Loading(info) => {
            let percent = info.get("loading_loaded_perc").and_then(|p| p.split('.').next());
            return percent.map_or("loading".to_owned(), |percent| format!("loading {percent}%"));
        }
        Outcome::NotRunning => match look.topology.at(index).map(|peer| peer.standing) {
            Some(Standing::Down) => "failed",
            _ => "not running",
        },
        Outcome::NoPassword | Outcome::Locked(_) => "no password",
        Outcome::WrongPassword => "wrong password",
        Outcome::NoPermission(_) => "not permitted",
        Outcome::Rejected(_) => "rejects us",
        Outcome::Refused => "refused",
        Outcome::Silent => "silent",
        Outcome::NotReached(_) => "not reached",
        Outcome::NoTls(_) => "no TLS",
        Outcome::NotRedis(_) => "not redis",
    };
    fixed.to_owned()
}

fn answered_state(facts: &Facts, index: usize, seat: &Seat) -> String {
    let look = &facts.look;
    let info = seat.info();
    let link_down = info.filter(|i| i.is_replica() && i.get("master_link_status") == Some("down"));
    let Some(view) = seat.view() else { return link_state(link_down) };
    let standing = look.topology.at(index).map(|peer| peer.standing);
    if look.topology.doubles.iter().any(|(_, seats)| seats.contains(&index)) {
        "double id".to_owned()
    } else if facts.steady(motion::stranded).contains(&seat.reply.uid) {
        "cut off".to_owned()
    } else if standing == Some(Standing::Down) {
        "failed".to_owned()
    } else if standing == Some(Standing::Suspected) {
        "failing".to_owned()
    } else if link_down.is_some() {
        link_state(link_down)
    } else if facts.steady(motion::failing).contains(&view.id) {
        "cluster down".to_owned()
    } else {
        "ok".to_owned()
    }
}

fn link_state(link_down: Option<&Info>) -> String {
    let Some(info) = link_down else { return "ok".to_owned() };
    match info.number("master_link_down_since_seconds") {
        _ if info.get("master_sync_in_progress") == Some("1") => "syncing".to_owned(),
        Some(seconds) => format!("link down {seconds}s"),
        None => "link down".to_owned(),
    }
}

pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Primary => "primary",
        Role::Replica => "replica",
    }
}

/// Enough of an id to tell it from others.
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

#[cfg(test)]
mod tests;
