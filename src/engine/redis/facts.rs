//! What the replies come to: readings of the whole set, and what two of them agree on.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::info::{ClusterState, Info};
use super::nodes::{self, Node};
use super::plan::Cluster;
use super::replies::{Answers, CONFIG_GET, Outcome, Replies, Reply};
use super::rules::motion;
use super::tasks::Task;
use super::topology::Topology;
use crate::model::{Seen, Snapshot, Unread, Why};

/// Seconds by which a server's uptime may be behind what it says of its link.
const CLOCK_SLACK: u64 = 10;

#[derive(Clone)]
pub struct Facts {
    pub look: Arc<Look>,
    /// The reading before it, if there were two.
    pub before: Option<Arc<Look>>,
    /// What a forecast has made of the cluster; None as long as it is what was read.
    forecast: Option<Cluster>,
}

/// One reading of every pod.
pub struct Look {
    /// Lowest ordinal first.
    pub seats: Vec<Seat>,
    pub topology: Topology,
}

/// One pod of the set, and what was heard from it.
pub struct Seat {
    pub reply: Reply,
    /// The address that Kubernetes gave the pod.
    pub ip: Option<String>,
    /// Where the pod runs.
    pub node: Option<String>,
    pub heard: Heard,
}

pub enum Heard {
    /// A node of a cluster.
    Member(View),
    /// A server that is not in cluster mode, or a Sentinel.
    Alone(Info),
    Loading(Info),
    Nothing,
}

/// The cluster as one member sees it.
pub struct View {
    pub id: String,
    /// Its own line included.
    pub nodes: Vec<Node>,
    pub state: ClusterState,
    pub info: Info,
    pub settings: Info,
    pub open_slot_keys: BTreeMap<u16, u64>,
    pub stray_keys: BTreeMap<u16, u64>,
    pub tasks: Vec<Task>,
}

impl View {
    pub fn me(&self) -> Option<&Node> {
        self.nodes.iter().find(|node| node.flags.is_myself)
    }

    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// A replica whose link to its primary has not been up since it was started, or told to follow it (Redis `repl_down_since`:
    /// -1 s, or since 1970).
    pub fn was_never_linked(&self) -> bool {
        let name = "master_link_down_since_seconds";
        let uptime = self.info.number("uptime_in_seconds").unwrap_or(u64::MAX);
        let is_since_1970 = |down: u64| down > uptime.saturating_add(CLOCK_SLACK);
        self.info.get(name) == Some("-1") || self.info.number(name).is_some_and(is_since_1970)
    }

    /// Every other node that has introduced itself.
    pub fn peers(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| !node.flags.is_myself && !node.flags.is_handshake)
    }
}

impl Seat {
    pub fn view(&self) -> Option<&View> {
        match &self.heard {
            Heard::Member(view) => Some(view),
            _ => None,
        }
    }

    pub fn info(&self) -> Option<&Info> {
        match &self.heard {
            Heard::Member(view) => Some(&view.info),
            Heard::Alone(info) | Heard::Loading(info) => Some(info),
            Heard::Nothing => None,
        }
    }

    /// What `CONFIG GET` says of it.
    pub fn settings(&self) -> Option<&Info> {
        self.answers().map(|answers| &answers.settings)
    }

    /// Why a command that a check can do without was not run.
    pub fn refusal(&self, command: &str) -> Option<Unread> {
        let words = self.answers()?.refused.get(command)?;
        let why = match words.strip_prefix("NOPERM") {
            Some(_) => Why::Forbidden(None),
            None => Why::Unreachable(words.clone()),
        };
        Some(Unread::new(format!("run {command} on {}", self.reply.pod), why))
    }

    fn answers(&self) -> Option<&Answers> {
        match &self.reply.outcome {
            Outcome::Answered(answers) => Some(answers),
            _ => None,
        }
    }

    /// Heard, as a member of something: not loading, not silent.
    pub fn is_settled(&self) -> bool {
        matches!(self.heard, Heard::Member(_) | Heard::Alone(_))
    }

    fn new(now: &Snapshot, mut reply: Reply) -> Self {
        let heard = match heard(&reply.outcome) {
            Ok(heard) => heard,
            Err(words) => {
                reply.outcome = Outcome::NotRedis(words);
                Heard::Nothing
            }
        };
        let pods = now.pods().unwrap_or_default();
        let pod = pods.iter().find(|pod| pod.uid == reply.uid);
        let ip = pod.and_then(|pod| pod.ip.clone());
        let node = pod.and_then(|pod| pod.node.clone());
        Self { reply, ip, node, heard }
    }
}

/// Errs in words where an answer is not understood.
fn heard(outcome: &Outcome) -> Result<Heard, String> {
    let answers = match outcome {
        Outcome::Answered(answers) => answers,
        Outcome::Loading(info) => return Ok(Heard::Loading(info.clone())),
        _ => return Ok(Heard::Nothing),
    };
    let Some(cluster) = &answers.cluster else { return Ok(Heard::Alone(answers.info.clone())) };
    let nodes = nodes::parse(&cluster.nodes)
        .map_err(|nodes::BadLine(line)| format!("CLUSTER NODES says {line:?}"))?;
    let state = ClusterState::parse(&cluster.state)
        .ok_or_else(|| "CLUSTER INFO has no cluster_state".to_owned())?;
    Ok(Heard::Member(View {
        id: cluster.id.clone(),
        nodes,
        state,
        info: answers.info.clone(),
        settings: answers.settings.clone(),
        open_slot_keys: cluster.open_slot_keys.clone(),
        stray_keys: cluster.stray_keys.clone(),
        tasks: cluster.tasks.clone(),
    }))
}

impl Look {
    pub fn new(now: &Snapshot, replies: Vec<Reply>) -> Self {
        let seats: Vec<Seat> = replies.into_iter().map(|reply| Seat::new(now, reply)).collect();
        let topology = Topology::new(now, &seats);
        Self { seats, topology }
    }

    /// Members that were heard, each with its seat.
    pub fn views(&self) -> impl Iterator<Item = (&Seat, &View)> {
        self.seats.iter().filter_map(|seat| Some((seat, seat.view()?)))
    }

    pub fn seat(&self, index: usize) -> Option<&Seat> {
        self.seats.get(index)
    }

    pub fn is_cluster(&self) -> bool {
        self.views().next().is_some()
    }

    /// Why nobody was heard; None where somebody was, or where there is no pod.
    pub fn unheard(&self) -> Option<Unread> {
        if self.seats.iter().any(Seat::is_settled) {
            return None;
        }
        let should_answer = |seat: &&Seat| !matches!(seat.reply.outcome, Outcome::NotRunning);
        let seat = self.seats.iter().find(should_answer).or(self.seats.first())?;
        Some(match &seat.reply.outcome {
            Outcome::Locked(unread) | Outcome::NotReached(unread) => unread.clone(),
            _ => {
                let why = Why::Unreachable("it did not answer".to_owned());
                Unread::new(format!("ask {} what it holds", seat.reply.pod), why)
            }
        })
    }

    /// Every server that answered, with what it says of itself and its settings; not run where a single one keeps
    /// its settings to itself.
    pub fn configured(&self) -> Seen<Vec<(&Seat, &Info, &Info)>> {
        self.needs(CONFIG_GET)?;
        let answered = self.seats.iter().filter(|seat| seat.is_settled());
        Ok(answered.filter_map(|seat| Some((seat, seat.info()?, seat.settings()?))).collect())
    }

    /// Whether every server that answered ran a command that a check can do without.
    pub fn needs(&self, command: &str) -> Seen<()> {
        self.seats.iter().find_map(|seat| seat.refusal(command)).map_or(Ok(()), Err)
    }
}

impl Facts {
    pub fn new(now: &Snapshot, replies: Replies) -> Self {
        let first = Arc::new(Look::new(now, replies.first));
        let again = replies.again.map(|again| Arc::new(Look::new(now, again)));
        let look = again.clone().unwrap_or_else(|| Arc::clone(&first));
        Self { look, before: again.map(|_| first), forecast: None }
    }

    /// What is planned on: a check has no use for it.
    pub fn cluster(&self, now: &Snapshot) -> Cluster {
        let read = || Cluster::new(now, &self.look, self.first());
        self.forecast.clone().unwrap_or_else(read)
    }

    /// Those of a snapshot, changed by a forecast.
    pub fn change(now: &mut Snapshot, change: impl FnOnce(&mut Cluster)) {
        let known = now.facts.as_ref().ok().and_then(|facts| facts.downcast_ref::<Self>());
        if let Some(mut facts) = known.cloned() {
            let mut cluster = facts.cluster(now);
            change(&mut cluster);
            facts.forecast = Some(cluster);
            now.facts = Ok(Arc::new(facts));
        }
    }

    /// The reading in which keys were counted.
    pub fn first(&self) -> &Look {
        self.before.as_ref().unwrap_or(&self.look)
    }

    /// What one reading shows, and the one before it too: the rest is gossip in motion.
    pub fn steady<T: PartialEq>(&self, claims: impl Fn(&Look) -> Vec<T>) -> Vec<T> {
        let mut found = claims(&self.look);
        if let Some(before) = &self.before
            && !found.is_empty()
        {
            let earlier = claims(before);
            found.retain(|claim| earlier.contains(claim));
        }
        found
    }
}

/// Whether a reading shows anything that may be over in a second.
pub fn needs_second_look(now: &Snapshot, first: &[Reply]) -> bool {
    motion::shows_any(&Look::new(now, first.to_vec()))
}
