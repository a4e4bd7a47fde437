//! One source and all that it gives away: slots with their keys, to one target or several. Long work in slices: it returns
//! after a few seconds, with every slot that it opened closed, and is planned again from what is left. A slot stays open where
//! somebody wants it to stop and the slot is too large to wait for, and where a server does not go on.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

use super::super::cluster::{Cluster, Node};
use super::super::level::Share;
use super::super::mover::mover;
use crate::engine::redis::migrate::{Cast, Limits, Purpose, Target, atomic, by_keys, knock};
use crate::engine::redis::session::{Sessions, Ways};
use crate::engine::redis::slots::Slots;
use crate::engine::redis::tasks::Mover;
use crate::plan::{Hands, Path, Progress, Said, Transfer};
use crate::writes::Failed;

#[derive(Debug)]
pub struct Lane {
    pub source: String,
    pub pod: String,
    pub to: Vec<Part>,
    others: Vec<String>,
    pub keys: u64,
    pub bytes: u64,
    pub how: How,
    limits: Limits,
    pub why: Reason,
    ways: Ways,
}

/// What one target gets.
#[derive(Debug)]
pub struct Part {
    pub target: Target,
    pub pod: String,
    pub slots: Slots,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Planned,
    /// It was begun, and is brought to its end.
    Open,
    /// The target owns the slots already.
    Astray,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The servers do it.
    Atomic(Mover),
    /// Key by key, so many slots at once.
    ByKeys(usize),
}

const SLICE: Duration = Duration::from_secs(4);
/// Slots that are open at once: more are faster where they are small, and leave more to finish when it is cut off.
const MOST_SLOTS: u64 = 256;
const BYTES_AT_ONCE: u64 = 16 << 20;
/// So long a target may take for a key of any size.
const ANY_SIZE: Duration = Duration::from_secs(60);

/// How far all lanes of a step have come.
pub struct Tally(Cell<Progress>);

impl Tally {
    pub fn new(slots: usize) -> Self {
        Self(Cell::new(Progress { done: 0, total: slots as u64, unit: "slots", keys: 0 }))
    }

    fn add(&self, slots: usize, keys: usize) -> Progress {
        let mut now = self.0.get();
        now.done += slots as u64;
        now.keys += keys as u64;
        self.0.set(now);
        now
    }
}

impl Lane {
    pub fn new(cluster: &Cluster, share: &Share, transfer: Transfer) -> Self {
        let source = cluster.node(&share.source);
        let moved: usize = share.to.iter().map(|(_, slots)| slots.count()).sum();
        let bytes = source.map_or(0, |node| node.part(node.bytes, moved));
        // What the servers do by themselves they do at their own pace.
        let may_be_atomic =
            transfer.path == Path::Atomic || (transfer.path == Path::Auto && transfer.busy == 100);
        let by_themselves = mover(cluster, share).filter(|_| may_be_atomic);
        let limits = limits(source, transfer);
        Self {
            source: share.source.clone(),
            pod: source.map(Node::name).unwrap_or_default(),
            to: share.to.iter().map(|(id, slots)| Part::new(cluster, id, slots.clone())).collect(),
            others: primaries(cluster, &share.source),
            keys: source.map_or(0, |node| node.part(node.keys, moved)),
            bytes,
            how: by_themselves
                .map_or_else(|| How::ByKeys(at_once(bytes, moved as u64, limits)), How::Atomic),
            limits,
            why: Reason::Planned,
            ways: cluster.ways.clone(),
        }
    }

    /// Slots of one node that are open, each to the other node of its move: they are moved as they were begun.
    pub fn closing(cluster: &Cluster, share: &Share, transfer: Transfer) -> Self {
        let lane = Self::new(cluster, share, transfer);
        let how = How::ByKeys(at_once(lane.bytes, lane.slots() as u64, lane.limits));
        // How much of it is still to come is not known.
        Self { how, keys: 0, bytes: 0, why: Reason::Open, ..lane }
    }

    /// Keys that a node has in slots of another.
    pub fn homecoming(
        cluster: &Cluster,
        holder: &Node,
        owner: &Node,
        slots: Slots,
        transfer: Transfer,
    ) -> Self {
        let held = |slot: u16| holder.strays.get(&slot).copied().unwrap_or_default();
        Self {
            source: holder.id.clone(),
            pod: holder.name(),
            keys: slots.iter().map(held).sum(),
            to: vec![Part::new(cluster, &owner.id, slots)],
            others: Vec::new(),
            bytes: 0,
            how: How::ByKeys(1),
            limits: limits(Some(holder), transfer),
            why: Reason::Astray,
            ways: cluster.ways.clone(),
        }
    }

    pub fn is_by_keys(&self) -> bool {
        matches!(self.how, How::ByKeys(_))
    }

    pub fn slots(&self) -> usize {
        self.to.iter().map(|it| it.slots.count()).sum()
    }

    /// Seconds that it takes where nothing else is at work and the way to the API server is short, as `make bench` measures:
    /// 0.4 ms for a slot, 8 µs for a key, and 4 ms for a MB.
    pub fn least(&self) -> u64 {
        let micros = 400 * self.slots() as u64 + 8 * self.keys + self.bytes / 250;
        let micros = micros.saturating_mul(100) / u64::from(self.limits.busy.max(1));
        micros.div_ceil(1_000_000)
    }

    /// With connections of its own.
    pub async fn go(&self, tally: &Tally, hands: &Hands<'_>) -> Result<(), Failed> {
        let targets = self.to.iter().map(|it| &it.target);
        let replicas = targets.clone().flat_map(|it| &it.replicas);
        let all = targets.map(|it| &it.id).chain(replicas).chain(&self.others);
        let all = all.chain([&self.source]);
        let Some(mut sessions) = Sessions::open(&self.ways, all, hands).await? else {
            return Ok(());
        };
        match self.how {
            How::Atomic(mover) => self.whole(mover, &mut sessions, hands).await,
            How::ByKeys(at_once) => self.windows(at_once, tally, &mut sessions, hands).await,
        }
    }

    fn cast(&self, target: &Target) -> Cast {
        Cast {
            purpose: match self.why {
                Reason::Planned => Purpose::Move,
                Reason::Open => Purpose::Finish,
                Reason::Astray => Purpose::BringHome,
            },
            source: self.source.clone(),
            target: target.clone(),
            others: self.others.clone(),
        }
    }

    async fn whole(
        &self,
        mover: Mover,
        sessions: &mut Sessions,
        hands: &Hands<'_>,
    ) -> Result<(), Failed> {
        let shares: Vec<(Target, Slots)> =
            self.to.iter().map(|it| (it.target.clone(), it.slots.clone())).collect();
        for id in atomic(mover, &self.source, &shares, sessions, hands).await? {
            let line =
                format!("the servers go on by themselves with what they began (migration {id})");
            hands.say(&Said { pod: self.pod.clone(), line });
        }
        Ok(())
    }

    /// One target after the other. One that takes a slot while another has a newer epoch takes the next epoch for it
    /// (`clusterBumpConfigEpochWithoutConsensus`), and a target that dies before its replica has heard of that is never followed
    /// by it: the others deny it their votes, as its slots have a newer epoch than it knows of.
    async fn windows(
        &self,
        at_once: usize,
        tally: &Tally,
        sessions: &mut Sessions,
        hands: &Hands<'_>,
    ) -> Result<(), Failed> {
        let began = Instant::now();
        let part = |it: &Part| (self.cast(&it.target), it.slots.iter().collect());
        let parts: Vec<(Cast, Vec<u16>)> = self.to.iter().map(part).collect();
        if self.why == Reason::Planned {
            knock(&self.source, &parts, self.limits, sessions, hands).await?;
        }
        for (cast, slots) in parts {
            for window in slots.chunks(at_once.max(1)) {
                if hands.is_to_stop() || began.elapsed() >= SLICE {
                    return Ok(());
                }
                let (cast, limits) = (cast.clone(), self.limits);
                let keys = by_keys(cast, window.to_vec(), limits, sessions, hands).await?;
                hands.tell(&tally.add(window.len(), keys));
            }
        }
        Ok(())
    }
}

impl Part {
    fn new(cluster: &Cluster, id: &str, slots: Slots) -> Self {
        let node = cluster.node(id);
        let replicas = cluster.replicas(id).filter(|it| it.has_answered && it.is_in_sync);
        let target = Target {
            id: id.to_owned(),
            endpoint: node.map(|it| it.endpoint.clone()).unwrap_or_default(),
            replicas: replicas.map(|it| it.id.clone()).collect(),
        };
        Self { target, pod: node.map(Node::name).unwrap_or_default(), slots }
    }
}

/// Of what a source sends, by the time after which it is taken for dead.
fn limits(source: Option<&Node>, transfer: Transfer) -> Limits {
    let usual = Limits::throttled(transfer.busy);
    match source.and_then(|node| node.timeout) {
        _ if transfer.is_any_size => Limits { patience: ANY_SIZE, ..usual },
        Some(timeout) => Limits { largest: Some(largest(timeout)), patience: timeout / 2, ..usual },
        None => usual,
    }
}

/// Bytes of the largest key that keeps its node from answering for no longer than half the time after which it is taken for
/// dead. `MIGRATE` took 28 ms for a MB where it was measured.
fn largest(timeout: Duration) -> u64 {
    let ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
    ms.saturating_mul(1_000_000) / (2 * 28)
}

/// The fewer, the longer they stay open.
fn at_once(bytes: u64, slots: u64, limits: Limits) -> usize {
    let each = bytes.checked_div(slots).unwrap_or(0).max(1);
    let most = (BYTES_AT_ONCE / each).clamp(1, MOST_SLOTS) * u64::from(limits.busy) / 100;
    let most = most.max(1);
    usize::try_from(most).unwrap_or(1)
}

/// All but the source, which hear of it at once instead of by gossip.
fn primaries(cluster: &Cluster, source: &str) -> Vec<String> {
    let is_told = |node: &&Node| {
        node.id != source && node.has_answered && node.is_primary() && cluster.is_member(node)
    };
    cluster.nodes.iter().filter(is_told).map(|node| node.id.clone()).collect()
}
