//! Redis and Valkey: a set of pods, joined to one cluster, and what its members say.

mod keys;
mod manifest;
mod motion;
mod setup;
mod view;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::case::Case;
use crate::process::{self, Output};
use crate::wait::until;
pub use manifest::{ROOM, certificates};
pub use motion::Motion;
pub use setup::{
    Redis, hard, hard_8, hard_valkey, primaries, primaries_of, redis, redis_8, valkey,
};
pub use view::{Node, View, agree};

pub const NAME: &str = "redis-cluster";
const PATIENCE: Duration = Duration::from_secs(90);

/// A cluster that was formed.
pub struct Formed<'a> {
    pub case: &'a Case<'a>,
    pub redis: Redis,
}

impl Redis {
    /// Starts the pods, and joins none.
    pub fn start<'a>(self, case: &'a Case<'a>) -> Result<Formed<'a>> {
        case.cluster.image(self.image)?;
        if self.tls {
            manifest::certificate(case)?;
        }
        case.apply(&manifest::objects(&self))?;
        case.rolled_out(NAME)?;
        let formed = Formed { case, redis: self };
        formed.spread()?;
        Ok(formed)
    }

    /// Starts the pods, joins them, and waits until every member has the same view.
    pub fn form<'a>(self, case: &'a Case<'a>) -> Result<Formed<'a>> {
        let formed = self.start(case)?;
        formed.create()?;
        let all: Vec<u32> = (0..formed.redis.pods).collect();
        formed.until_views(&all, "the members agree", |views| {
            agree(views) && views.iter().all(|view| view.is_ok && view.nodes.len() == all.len())
        })?;
        let pods = formed.redis.pods;
        case.until_value(&["pdb", NAME], "/status/currentHealthy", |count| *count == pods)?;
        Ok(formed)
    }
}

pub fn pod(ordinal: u32) -> String {
    format!("{NAME}-{ordinal}")
}

impl Formed<'_> {
    /// Joins the pods to a cluster.
    pub fn create(&self) -> Result<()> {
        let ordinals = self.order()?;
        let places: Vec<String> = ordinals
            .iter()
            .map(|ordinal| Ok(format!("{}:{}", self.address(*ordinal)?, self.redis.port)))
            .collect::<Result<_>>()?;
        let replicas = self.redis.replicas_per_shard.to_string();
        let mut create = vec!["--cluster", "create"];
        create.extend(places.iter().map(String::as_str));
        create.extend(["--cluster-replicas", &replicas, "--cluster-yes"]);
        self.cli(0, &create).map(drop)
    }

    /// Primaries first, then replicas such that each is on another node than its primary. redis-cli takes pods for
    /// hosts, each with an address of its own: the second of the rest goes to the first primary, and so on, and the
    /// first of the rest to the last.
    fn order(&self) -> Result<Vec<u32>> {
        let first = self.redis.first;
        let mut order = first.to_vec();
        order.extend((0..self.redis.pods).filter(|it| !first.contains(it)));
        let primaries = self.redis.pods / (self.redis.replicas_per_shard + 1);
        let mut rest = order.split_off(usize::try_from(primaries)?);
        if rest.len() != order.len() {
            return Ok([order, rest].concat());
        }
        let mut partners = Vec::new();
        for primary in &order {
            let node = self.host(*primary)?;
            let apart = rest.iter().map(|it| self.host(*it)).collect::<Result<Vec<_>>>()?;
            let apart =
                apart.iter().position(|it| *it != node).context("no other node has a pod")?;
            partners.push(rest.remove(apart));
        }
        partners.rotate_right(1);
        Ok([order, partners].concat())
    }

    /// A scheduler that was just started prefers another node and does not always take it. Nobody is a member of anything yet,
    /// so that pods of a node with too many may be placed anew.
    fn spread(&self) -> Result<()> {
        for _ in 0..4 {
            let mut by_node: BTreeMap<String, Vec<u32>> = BTreeMap::new();
            for ordinal in 0..self.redis.pods {
                by_node.entry(self.host(ordinal)?).or_default().push(ordinal);
            }
            let most = by_node.values().max_by_key(|it| it.len()).context("no pods")?;
            let half = usize::try_from(self.redis.pods.div_ceil(2))?;
            let Some(last) = most.last().filter(|_| most.len() > half) else { return Ok(()) };
            self.case.kubectl(&["delete", "pod", &pod(*last)])?;
            self.case.rolled_out(NAME)?;
        }
        Ok(())
    }

    /// The node that a pod is on.
    pub fn host(&self, ordinal: u32) -> Result<String> {
        let pod = self.case.get(&["pod", &pod(ordinal)])?;
        Ok(pod["spec"]["nodeName"].as_str().context("a pod without a node")?.to_owned())
    }

    /// Pods that are replaced come back to the node where they are now, as they do where a volume is on a node.
    pub fn pin(&self) -> Result<()> {
        for ordinal in 0..self.redis.pods {
            let claim = self.case.get(&["pvc", &format!("data-{}", pod(ordinal))])?;
            let volume =
                claim["spec"]["volumeName"].as_str().context("a claim without a volume")?;
            let name = json!({"key": "kubernetes.io/hostname", "operator": "In", "values": [self.host(ordinal)?]});
            let affinity =
                json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [name]}]}});
            let patch = json!({"spec": {"nodeAffinity": affinity}}).to_string();
            self.case.admin(&["patch", "pv", volume, "--type=merge", "-p", &patch])?;
        }
        Ok(())
    }

    pub fn address(&self, ordinal: u32) -> Result<String> {
        let pod = self.case.get(&["pod", &pod(ordinal)])?;
        Ok(pod["status"]["podIP"].as_str().context("a pod without an address")?.to_owned())
    }

    pub fn addresses(&self) -> Result<Vec<String>> {
        (0..self.redis.pods).map(|ordinal| self.address(ordinal)).collect()
    }

    /// Also of those that have just come; of each that is there.
    pub fn addresses_below(&self, ordinals: u32) -> Vec<String> {
        (0..ordinals).filter_map(|ordinal| self.address(ordinal).ok()).collect()
    }

    /// Where clients find the members, by names that stay while addresses change.
    pub fn endpoints(&self) -> Vec<String> {
        let Redis { pods, port, .. } = self.redis;
        let zone = format!("{NAME}.{}.svc.cluster.local:{port}", self.case.namespace);
        (0..pods).map(|ordinal| format!("{}.{zone}", pod(ordinal))).collect()
    }

    /// A command of the database's client in a pod.
    pub fn cli(&self, ordinal: u32, words: &[&str]) -> Result<String> {
        let client = self.redis.client();
        let mut all: Vec<&str> = client.iter().map(String::as_str).collect();
        all.extend(words);
        let answer = self.shell(ordinal, &all.join(" "))?;
        ensure!(!answer.starts_with("ERR "), "{words:?}: {answer}");
        Ok(answer)
    }

    /// A script in the container of the server; `$CLI` is its client.
    pub fn shell(&self, ordinal: u32, script: &str) -> Result<String> {
        let output = self.run(ordinal, script)?;
        self.case.note(&output);
        output.ok()
    }

    fn run(&self, ordinal: u32, script: &str) -> Result<Output> {
        let script = format!("CLI='{}'; {script}", self.redis.client().join(" "));
        let mut kubectl = self.case.cluster.command("kubectl");
        kubectl.args(["-n", &self.case.namespace, "exec", &pod(ordinal), "-c", "redis", "--"]);
        process::run(kubectl.args(["sh", "-c", &script]), PATIENCE)
    }

    /// What members say, each by its present address; those that do not answer are left out.
    pub fn views(&self, ordinals: &[u32]) -> Result<Vec<View>> {
        let from = ordinals.first().context("nobody to ask")?;
        let addresses: Vec<String> =
            ordinals.iter().map(|it| self.address(*it)).collect::<Result<_>>()?;
        let script = format!(
            "for a in {}; do echo \"@ $a\"; $CLI -h $a cluster nodes; $CLI -h $a cluster info; \
             $CLI -h $a info replication; done",
            addresses.join(" ")
        );
        Ok(view::parse(&self.run(*from, &script)?.ok()?))
    }

    pub fn until_views(
        &self,
        ordinals: &[u32],
        what: &str,
        is_so: impl Fn(&[View]) -> bool,
    ) -> Result<Vec<View>> {
        until(what, PATIENCE, || {
            let views = self.views(ordinals)?;
            ensure!(views.len() == ordinals.len() && is_so(&views), "they say: {views:#?}");
            Ok(Some(views))
        })
    }

    /// The node that a pod runs.
    pub fn node(&self, ordinal: u32) -> Result<Node> {
        let views = self.views(&[ordinal])?;
        let me = views.first().and_then(View::me);
        me.cloned().with_context(|| format!("{} does not know itself", pod(ordinal)))
    }

    /// Which ordinals replicate this one.
    pub fn replicas_of(&self, ordinal: u32) -> Result<Vec<u32>> {
        let primary = self.node(ordinal)?.id;
        let all: Vec<u32> = (0..self.redis.pods).collect();
        let views = self.views(&all)?;
        let mine = all.iter().zip(&views).filter(|(_, view)| {
            view.me().is_some_and(|me| me.primary.as_deref() == Some(&primary))
        });
        Ok(mine.map(|(ordinal, _)| *ordinal).collect())
    }

    /// Deletes pods for good: a quota keeps the controller from making them anew.
    pub fn lose(&self, ordinals: &[u32]) -> Result<()> {
        self.case.no_more_pods()?;
        let pods: Vec<String> = ordinals.iter().map(|ordinal| pod(*ordinal)).collect();
        let mut delete = vec!["delete", "pod"];
        delete.extend(pods.iter().map(String::as_str));
        self.case.kubectl(&delete).map(drop)
    }

    /// Stops the process of a server: the kernel still accepts connections for it.
    pub fn freeze(&self, ordinal: u32) -> Result<()> {
        self.signal(ordinal, "STOP")
    }

    pub fn thaw(&self, ordinal: u32) -> Result<()> {
        self.signal(ordinal, "CONT")
    }

    pub fn kill(&self, ordinal: u32) -> Result<()> {
        self.signal(ordinal, "KILL")
    }

    /// Ends the process of a server without a word; its container starts again.
    pub fn crash(&self, ordinal: u32) -> Result<()> {
        let before = self.info(ordinal, "run_id")?;
        self.kill(ordinal)?;
        until("another process answers", PATIENCE, || {
            Ok((self.info(ordinal, "run_id")? != before).then_some(()))
        })
    }

    fn signal(&self, ordinal: u32, signal: &str) -> Result<()> {
        self.shell(ordinal, &format!("kill -{signal} $(pidof {})", self.redis.server)).map(drop)
    }

    /// A setting of every member, until it starts again.
    pub fn set_all(&self, name: &str, value: &str) -> Result<()> {
        (0..self.redis.pods).try_for_each(|ordinal| self.set(ordinal, name, value))
    }

    pub fn set(&self, ordinal: u32, name: &str, value: &str) -> Result<()> {
        let value = format!("'{value}'");
        let answer = self.cli(ordinal, &["config", "set", name, &value])?;
        ensure!(answer.trim() == "OK", "CONFIG SET {name}: {answer}");
        Ok(())
    }

    /// A field of `INFO`.
    pub fn info(&self, ordinal: u32, field: &str) -> Result<String> {
        let text = self.cli(ordinal, &["info"])?;
        let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        Ok(line.with_context(|| format!("no {field}"))?.trim_end().to_owned())
    }
}
