//! A healthy set to break one thing of, for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Budget, BudgetLimit, Claim, ClaimPhase, ClaimTemplate, Condition, Container, Labels,
    Management, Node, Owner, Phase, Pod, Port, Retention, RetentionPolicy, Run, Selector, Service,
    Set, Shared, Snapshot, Status, StorageClass, Template, Timestamp, Update, Volume, VolumeSource,
};

/// The moment of every example.
pub const NOW: &str = "2026-11-22T12:00:00Z";

/// A set `redis` in `shop` with its pods, claims, Service, budget and two nodes, before it is a snapshot.
#[derive(Clone)]
pub struct World {
    pub at: Timestamp,
    pub set: Set,
    pub pods: Vec<Pod>,
    pub claims: Vec<Claim>,
    pub other_pods: Vec<Pod>,
    pub other_sets: Vec<Set>,
    pub services: Vec<Service>,
    pub budgets: Vec<Budget>,
    pub events: Vec<super::Event>,
    pub nodes: Vec<Node>,
    pub classes: Vec<StorageClass>,
}

impl World {
    pub fn snapshot(&self) -> Snapshot {
        let set = Arc::new(self.set.clone());
        let shared = Shared {
            sets: Ok([set.clone()]
                .into_iter()
                .chain(self.other_sets.iter().cloned().map(Arc::new))
                .collect()),
            pods: Ok(self.pods.iter().chain(&self.other_pods).cloned().map(Arc::new).collect()),
            claims: Ok(self.claims.iter().cloned().map(Arc::new).collect()),
            services: Ok(self.services.clone()),
            budgets: Ok(self.budgets.clone()),
            events: Ok(self.events.clone()),
            nodes: Ok(self.nodes.clone()),
            classes: Ok(self.classes.clone()),
        };
        Snapshot::new(self.at, set, Arc::new(shared))
    }
}

pub fn ago(seconds: i64) -> Option<Timestamp> {
    Some(now() - jiff::SignedDuration::from_secs(seconds))
}

pub fn now() -> Timestamp {
    NOW.parse().expect("a constant")
}

pub fn healthy(replicas: u32) -> World {
    let labels = labels();
    let template = ClaimTemplate {
        name: "data".into(),
        class: Some("standard".into()),
        request: Some(1 << 30),
        modes: vec!["ReadWriteOnce".into()],
    };
    let set = Set {
        namespace: "shop".into(),
        name: "redis".into(),
        uid: "set-uid".into(),
        created: ago(86_400),
        deleting: None,
        labels: labels.clone(),
        owner: None,
        generation: 3,
        observed_generation: 3,
        replicas,
        start: 0,
        selector: Selector { match_labels: labels.clone(), ..Selector::default() },
        service: Some("redis".into()),
        management: Management::OrderedReady,
        update: Update::RollingUpdate { partition: Some(0) },
        min_ready_seconds: 0,
        retention: Retention {
            when_deleted: RetentionPolicy::Retain,
            when_scaled: RetentionPolicy::Retain,
        },
        claim_templates: vec![template],
        template: Template {
            labels: labels.clone(),
            pod: Pod { containers: vec![container(None)], ..Pod::default() },
        },
        update_revision: Some("redis-7c9f5d".into()),
        current_revision: Some("redis-7c9f5d".into()),
    };
    World {
        at: now(),
        pods: (0..replicas).map(|ordinal| pod(&set, ordinal)).collect(),
        claims: (0..replicas).map(|ordinal| claim(&set, ordinal)).collect(),
        other_pods: Vec::new(),
        other_sets: Vec::new(),
        services: vec![Service {
            namespace: "shop".into(),
            name: "redis".into(),
            selector: labels.clone(),
            is_headless: true,
            is_external_name: false,
            publishes_not_ready: true,
        }],
        budgets: vec![Budget {
            namespace: "shop".into(),
            name: "redis".into(),
            selector: Some(Selector { match_labels: labels, ..Selector::default() }),
            limit: Some(BudgetLimit::MaxUnavailable("1".into())),
            generation: 1,
            observed_generation: 1,
            disruptions_allowed: 1,
            current_healthy: 6,
            desired_healthy: 5,
            expected_pods: 6,
        }],
        events: Vec::new(),
        nodes: vec![node("node-1"), node("node-2")],
        classes: vec![StorageClass {
            name: "standard".into(),
            is_default: true,
            provisioner: "example.com/disk".into(),
            waits_for_consumer: false,
        }],
        set,
    }
}

/// A ready pod of this set, on one of two nodes.
pub fn pod(set: &Set, ordinal: u32) -> Pod {
    let name = set.pod_name(ordinal);
    let ready = |kind: &str| Condition {
        kind: kind.into(),
        holds: true,
        reason: None,
        message: None,
        since: ago(3600),
    };
    let mut labels = labels();
    labels.insert("controller-revision-hash".into(), "redis-7c9f5d".into());
    Pod {
        namespace: set.namespace.clone(),
        uid: format!("uid-{name}"),
        labels,
        owner: Some(Owner {
            kind: "StatefulSet".into(),
            name: set.name.clone(),
            uid: set.uid.clone(),
        }),
        created: ago(7200),
        phase: Phase::Running,
        node: Some(format!("node-{}", ordinal % 2 + 1)),
        ip: Some(format!("10.244.0.{}", ordinal + 10)),
        conditions: vec![
            ready("PodScheduled"),
            ready("Initialized"),
            ready("ContainersReady"),
            ready("Ready"),
        ],
        containers: vec![container(Some(Status {
            ready: true,
            restarts: 0,
            run: Run::Running { since: ago(7190) },
            last: None,
        }))],
        volumes: vec![Volume {
            name: "data".into(),
            source: VolumeSource::Claim(set.claim_name("data", ordinal)),
        }],
        name,
        ..Pod::default()
    }
}

/// The bound claim of an ordinal.
pub fn claim(set: &Set, ordinal: u32) -> Claim {
    let name = set.claim_name("data", ordinal);
    Claim {
        namespace: set.namespace.clone(),
        uid: format!("uid-{name}"),
        labels: labels(),
        owners: Vec::new(),
        created: ago(86_400),
        deleting: None,
        finalizers: vec!["kubernetes.io/pvc-protection".into()],
        phase: ClaimPhase::Bound,
        class: Some("standard".into()),
        volume: Some(format!("pv-{ordinal}")),
        request: Some(1 << 30),
        capacity: Some(1 << 30),
        modes: vec!["ReadWriteOnce".into()],
        name,
    }
}

pub fn node(name: &str) -> Node {
    Node {
        name: name.into(),
        labels: BTreeMap::new(),
        is_ready: true,
        not_ready_reason: None,
        not_ready_message: None,
        ready_changed: ago(90_000),
        is_unschedulable: false,
        taints: Vec::new(),
    }
}

fn container(status: Option<Status>) -> Container {
    Container {
        name: "redis".into(),
        image: "redis:7.0".into(),
        ports: vec![Port { name: Some("client".into()), number: 6379 }],
        words: vec!["redis-server".into(), "/conf/redis.conf".into()],
        has_readiness_probe: true,
        status,
        ..Container::default()
    }
}

fn labels() -> Labels {
    Labels::from([("app".into(), "redis".into())])
}
