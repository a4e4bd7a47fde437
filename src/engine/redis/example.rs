//! A model cluster to break one thing of, for tests: three primaries, three replicas, and what each of
//! them says of the others.

mod found;

use std::collections::BTreeMap;

use super::facts::Facts;
use super::info::Info;
use super::replies::{Answers, ClusterAnswers, Door, Outcome, Replies, Reply};
use crate::model::example::{World, healthy};
use crate::model::{Headline, Member, Snapshot};

pub use found::found;

#[derive(Clone)]
pub struct Model {
    pub world: World,
    pub members: Vec<ModelMember>,
}

#[derive(Clone)]
pub struct ModelMember {
    pub id: String,
    /// What it says of each node, itself included.
    pub lines: BTreeMap<String, Line>,
    pub is_ok: bool,
    /// The newest epoch that it has heard of.
    pub epoch: u64,
    pub info: BTreeMap<&'static str, String>,
    pub settings: BTreeMap<&'static str, String>,
    pub refused: BTreeMap<String, String>,
    pub open_slot_keys: BTreeMap<u16, u64>,
    pub stray_keys: BTreeMap<u16, u64>,
    pub door: Door,
    /// Instead of an answer.
    pub outcome: Option<Outcome>,
}

#[derive(Clone)]
pub struct Line {
    pub ip: String,
    pub flags: String,
    pub primary: Option<String>,
    pub epoch: u64,
    pub is_connected: bool,
    pub slots: String,
}

/// The id of an ordinal's node.
pub fn id(ordinal: u32) -> String {
    format!("{ordinal:x}").repeat(40).chars().take(40).collect()
}

fn settings() -> BTreeMap<&'static str, String> {
    let settings = [
        ("appendonly", "yes"),
        ("cluster-allow-replica-migration", "yes"),
        ("cluster-config-file", "nodes.conf"),
        ("cluster-node-timeout", "5000"),
        ("cluster-replica-validity-factor", "10"),
        ("cluster-require-full-coverage", "yes"),
        ("dir", "/data"),
        ("maxmemory", "0"),
        ("min-replicas-max-lag", "10"),
        ("min-replicas-to-write", "0"),
        ("save", ""),
        ("stop-writes-on-bgsave-error", "yes"),
    ];
    settings.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
}

impl Model {
    /// Ordinals 0 to 2 are primaries; 3 replicates 0, 4 replicates 1, 5 replicates 2.
    pub fn healthy() -> Self {
        Self::of(&["0-5460", "5461-10922", "10923-16383"])
    }

    /// A primary for each of these slots first, then a replica for each, in the same order.
    pub fn of(slots: &[&str]) -> Self {
        let primaries = u32::try_from(slots.len()).expect("few");
        let pods = primaries * 2;
        let line = |ordinal: u32| {
            let primary = ordinal.checked_sub(primaries);
            Line {
                ip: format!("10.244.0.{}", ordinal + 10),
                flags: if primary.is_some() { "slave" } else { "master" }.to_owned(),
                primary: primary.map(id),
                epoch: u64::from(ordinal % primaries + 1),
                is_connected: true,
                slots: slots.get(ordinal as usize).copied().unwrap_or_default().to_owned(),
            }
        };
        let member = |ordinal: u32| {
            let mut lines: BTreeMap<String, Line> = (0..pods).map(|o| (id(o), line(o))).collect();
            let own = lines.get_mut(&id(ordinal)).expect("all are there");
            own.flags = format!("myself,{}", own.flags);
            let mut info = BTreeMap::from([
                ("redis_version", "7.0.15".to_owned()),
                ("redis_mode", "cluster".to_owned()),
                ("cluster_enabled", "1".to_owned()),
                ("uptime_in_seconds", "3600".to_owned()),
                ("used_memory", "2097152".to_owned()),
                ("connected_clients", "7".to_owned()),
                ("role", "master".to_owned()),
                ("master_repl_offset", "1000".to_owned()),
                ("db0", "keys=100,expires=0,avg_ttl=0".to_owned()),
                ("maxclients", "10000".to_owned()),
                ("maxmemory", "0".to_owned()),
                ("maxmemory_policy", "noeviction".to_owned()),
                ("used_memory_rss", "8388608".to_owned()),
                ("rejected_connections", "0".to_owned()),
                ("rdb_last_bgsave_status", "ok".to_owned()),
                ("rdb_last_save_time", "1795400000".to_owned()),
                ("aof_enabled", "1".to_owned()),
                ("aof_last_write_status", "ok".to_owned()),
                ("aof_last_bgrewrite_status", "ok".to_owned()),
                ("master_failover_state", "no-failover".to_owned()),
            ]);
            if ordinal >= primaries {
                info.insert("role", "slave".to_owned());
                info.insert("master_link_status", "up".to_owned());
                info.insert("slave_repl_offset", "990".to_owned());
            }
            ModelMember {
                id: id(ordinal),
                lines,
                is_ok: true,
                epoch: 6,
                info,
                settings: settings(),
                refused: BTreeMap::new(),
                open_slot_keys: BTreeMap::new(),
                stray_keys: BTreeMap::new(),
                door: Door {
                    container: "redis".to_owned(),
                    port: 6379,
                    tls: false,
                    password: None,
                },
                outcome: None,
            }
        };
        Self { world: healthy(pods), members: (0..pods).map(member).collect() }
    }

    /// What all others say of a node.
    pub fn peers_say(&mut self, ordinal: u32, change: impl Fn(&mut Line)) -> &mut Self {
        for member in self.members.iter_mut().filter(|member| member.id != id(ordinal)) {
            member.lines.get_mut(&id(ordinal)).into_iter().for_each(&change);
        }
        self
    }

    pub fn all_say(&mut self, ordinal: u32, change: impl Fn(&mut Line)) -> &mut Self {
        for member in &mut self.members {
            member.lines.get_mut(&id(ordinal)).into_iter().for_each(&change);
        }
        self
    }

    pub fn member(&mut self, ordinal: usize) -> &mut ModelMember {
        &mut self.members[ordinal]
    }

    pub fn outcome(&mut self, ordinal: usize, outcome: Outcome) -> &mut Self {
        self.members[ordinal].outcome = Some(outcome);
        self
    }

    /// A member that has died: its pod does not run, and its peers have declared it failed.
    pub fn kill(&mut self, ordinal: u32) -> &mut Self {
        self.outcome(ordinal as usize, Outcome::NotRunning);
        self.peers_say(ordinal, |line| {
            line.flags.push_str(",fail");
            line.is_connected = false;
        })
    }

    pub fn round(&self) -> Vec<Reply> {
        let pods = &self.world.pods;
        let reply = |(pod, member): (&crate::model::Pod, &ModelMember)| Reply {
            pod: pod.name.clone(),
            ordinal: self.world.set.ordinal_of(&pod.name).expect("a pod of the set"),
            uid: pod.uid.clone(),
            door: member.door.clone(),
            outcome: member.outcome.clone().unwrap_or_else(|| member.answer()),
        };
        pods.iter().zip(&self.members).map(reply).collect()
    }

    /// Both readings show the same.
    pub fn replies(&self) -> Replies {
        Replies { first: self.round(), again: Some(self.round()) }
    }

    pub fn facts(&self) -> (Snapshot, Facts) {
        let now = self.world.snapshot();
        let facts = Facts::new(&now, self.replies());
        (now, facts)
    }

    /// The same in all of them.
    pub fn info(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.members.iter_mut().for_each(|it| drop(it.info.insert(name, value.to_owned())));
        self
    }

    pub fn setting(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.members.iter_mut().for_each(|it| drop(it.settings.insert(name, value.to_owned())));
        self
    }

    pub fn table(&self) -> Vec<Member> {
        let (now, facts) = self.facts();
        super::members::members(&now, &facts)
    }

    pub fn headline(&self) -> Headline {
        let (now, facts) = self.facts();
        super::headline::headline(&now, &facts)
    }

    pub fn found(&self) -> Vec<String> {
        let (now, facts) = self.facts();
        found(&now, &facts)
    }
}

impl ModelMember {
    pub fn answer(&self) -> Outcome {
        let lines: Vec<String> =
            self.info.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        let pairs =
            self.settings.iter().flat_map(|(name, value)| [(*name).to_owned(), value.clone()]);
        let settings: Vec<String> = pairs.collect();
        let state = if self.is_ok { "ok" } else { "fail" };
        let epoch = self.epoch;
        Outcome::Answered(Box::new(Answers {
            info: Info::parse(&format!("# Modules\n{}", lines.join("\n"))),
            settings: Info::settings(&settings),
            refused: self.refused.clone(),
            cluster: Some(ClusterAnswers {
                id: self.id.clone(),
                nodes: self.lines.iter().map(|(id, line)| line.text(id)).collect(),
                state: format!(
                    "cluster_state:{state}\r\ncluster_size:3\r\ncluster_current_epoch:{epoch}\r\n"
                ),
                open_slot_keys: self.open_slot_keys.clone(),
                stray_keys: self.stray_keys.clone(),
                tasks: Vec::new(),
            }),
            ..Answers::default()
        }))
    }

    pub fn own(&mut self) -> &mut Line {
        self.lines.get_mut(&self.id).expect("it knows itself")
    }
}

impl Line {
    fn text(&self, id: &str) -> String {
        let Self { ip, flags, epoch, slots, .. } = self;
        let primary = self.primary.as_deref().unwrap_or("-");
        let link = if self.is_connected { "connected" } else { "disconnected" };
        format!("{id} {ip}:6379@16379 {flags} {primary} 0 1795401949500 {epoch} {link} {slots}\n")
    }
}
