//! What `CLUSTER NODES` says: one line a node (Redis `clusterGenNodeDescription`).

use std::fmt;

use super::slots::{Slots, slot};

/// One node as one member sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub id: String,
    pub address: Address,
    pub flags: Flags,
    /// The node that it replicates.
    pub primary: Option<String>,
    /// Milliseconds since the epoch; 0 when no ping is under way.
    pub ping_sent: u64,
    /// Milliseconds since the epoch; 0 before the first pong.
    pub pong_received: u64,
    pub epoch: u64,
    /// The link of the cluster bus from the member that says so.
    pub is_connected: bool,
    pub slots: Slots,
    /// Only a primary's own line has them; what a replica repeats of them (Valkey >= 8) is left out.
    pub open: Vec<Open>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// None while a member does not know its own address.
    pub ip: Option<String>,
    pub port: u16,
    pub bus: u16,
    pub hostname: Option<String>,
}

#[expect(clippy::struct_excessive_bools, reason = "Redis has them as independent bits")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    pub is_myself: bool,
    /// None is `noflags`.
    pub role: Option<Role>,
    /// `fail?`: this member alone cannot reach it.
    pub is_suspected: bool,
    /// `fail`: a majority of primaries agreed.
    pub has_failed: bool,
    pub has_no_address: bool,
    /// Met and not introduced yet: its id is a made-up one.
    pub is_handshake: bool,
    pub never_promoted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Primary,
    Replica,
}

/// A slot on the move, by one of its ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Open {
    /// `[slot->-id]`
    Migrating { slot: u16, to: String },
    /// `[slot-<-id]`
    Importing { slot: u16, from: String },
}

impl Open {
    pub fn slot(&self) -> u16 {
        match self {
            Self::Migrating { slot, .. } | Self::Importing { slot, .. } => *slot,
        }
    }
}

/// A line that is none of `CLUSTER NODES`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine(pub String);

/// Every line, or the first that is not understood: a map with a hole in it is worse than none.
pub fn parse(text: &str) -> Result<Vec<Node>, BadLine> {
    text.lines()
        .map(|line| line.trim_matches(|c: char| c == '\r' || c == ' '))
        .filter(|line| !line.is_empty())
        .map(|line| parse_line(line).ok_or_else(|| BadLine(line.chars().take(80).collect())))
        .collect()
}

fn parse_line(line: &str) -> Option<Node> {
    let mut words = line.split(' ').filter(|word| !word.is_empty());
    let id = words.next().filter(|id| is_id(id))?.to_owned();
    let address = parse_address(words.next()?)?;
    let flags = parse_flags(words.next()?);
    let primary = words.next()?;
    let mut node = Node {
        id,
        address,
        flags,
        primary: (primary != "-").then(|| primary.to_owned()),
        ping_sent: words.next()?.parse().ok()?,
        pong_received: words.next()?.parse().ok()?,
        epoch: words.next()?.parse().ok()?,
        is_connected: match words.next()? {
            "connected" => true,
            "disconnected" => false,
            _ => return None,
        },
        slots: Slots::default(),
        open: Vec::new(),
    };
    let mut ranges = Vec::new();
    for word in words {
        if word.starts_with('[') {
            let open = parse_open(word)?;
            if node.flags.role != Some(Role::Replica) {
                node.open.push(open);
            }
        } else {
            ranges.push(Slots::parse_range(word)?);
        }
    }
    node.slots = ranges.into_iter().collect();
    Some(node)
}

/// 40 hexadecimal digits (`CLUSTER_NAMELEN`).
fn is_id(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `ip:port@bus[,hostname[,key=value…]]`; the ip may be empty or hold colons.
fn parse_address(text: &str) -> Option<Address> {
    let mut parts = text.split(',');
    let endpoint = parts.next()?;
    let hostname = parts.next().filter(|name| !name.is_empty() && !name.contains('='));
    let (endpoint, bus) = endpoint.rsplit_once('@').unwrap_or((endpoint, "0"));
    let (ip, port) = endpoint.rsplit_once(':')?;
    Some(Address {
        ip: (!ip.is_empty()).then(|| ip.to_owned()),
        port: port.parse().ok()?,
        bus: bus.parse().ok()?,
        hostname: hostname.map(str::to_owned),
    })
}

fn parse_flags(text: &str) -> Flags {
    let mut flags = Flags::default();
    for flag in text.split(',') {
        match flag {
            "myself" => flags.is_myself = true,
            "master" | "primary" => flags.role = Some(Role::Primary),
            "slave" | "replica" => flags.role = Some(Role::Replica),
            "fail?" => flags.is_suspected = true,
            "fail" => flags.has_failed = true,
            "noaddr" => flags.has_no_address = true,
            "handshake" => flags.is_handshake = true,
            "nofailover" => flags.never_promoted = true,
            // A newer server may have more of them; none takes the meaning of these away.
            _ => {}
        }
    }
    flags
}

fn parse_open(word: &str) -> Option<Open> {
    let inner = word.strip_prefix('[')?.strip_suffix(']')?;
    if let Some((number, to)) = inner.split_once("->-") {
        return Some(Open::Migrating { slot: slot(number)?, to: to.to_owned() });
    }
    let (number, from) = inner.split_once("-<-")?;
    Some(Open::Importing { slot: slot(number)?, from: from.to_owned() })
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ip {
            Some(ip) if ip.contains(':') => write!(f, "[{ip}]:{}", self.port),
            Some(ip) => write!(f, "{ip}:{}", self.port),
            None => write!(f, ":{}", self.port),
        }
    }
}

#[cfg(test)]
mod tests;
