//! A healthy set to break one thing of, for tests.

mod parts;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Attachment, Autoscaler, Budget, BudgetLimit, Claim, ClaimTemplate, Details, Endpoint, Intent,
    Labels, Management, Node, PersistentVolume, Pod, Quota, Retention, RetentionPolicy, Revision,
    Selector, Service, ServicePort, Set, Shared, Snapshot, StorageClass, Template, Timestamp,
    Trace, Update, Version,
};
pub use parts::{claim, endpoint, node, pod, revision, volume};
use parts::{container, labels};

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
    pub revisions: Vec<Revision>,
    pub endpoints: Vec<Endpoint>,
    pub autoscalers: Vec<Autoscaler>,
    pub quotas: Vec<Quota>,
    pub volumes: Vec<PersistentVolume>,
    pub attachments: Vec<Attachment>,
    pub version: Version,
    pub details: Details,
    pub intent: Option<Intent>,
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
            revisions: Ok(self.revisions.clone()),
            endpoints: Ok(self.endpoints.clone()),
            autoscalers: Ok(self.autoscalers.clone()),
            quotas: Ok(self.quotas.clone()),
            volumes: Ok(self.volumes.clone()),
            attachments: Ok(self.attachments.clone()),
            version: Ok(self.version),
        };
        let mut snapshot = Snapshot::new(self.at, set, Arc::new(shared));
        snapshot.details = Arc::new(self.details.clone());
        snapshot.intent.clone_from(&self.intent);
        snapshot
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
        volume_mode: "Filesystem".into(),
    };
    let set = Set {
        namespace: "shop".into(),
        name: "redis".into(),
        uid: "set-uid".into(),
        created: ago(86_400),
        deleting: None,
        labels: labels.clone(),
        finalizers: Vec::new(),
        owner: None,
        management_trace: Trace::default(),
        generation: 3,
        observed_generation: 3,
        replicas,
        start: 0,
        selector: Selector { match_labels: labels.clone(), ..Selector::default() },
        service: Some("redis".into()),
        management: Management::OrderedReady,
        update: Update::RollingUpdate { partition: Some(0), max_unavailable: None },
        min_ready_seconds: 0,
        retention: Retention {
            when_deleted: RetentionPolicy::Retain,
            when_scaled: RetentionPolicy::Retain,
        },
        claim_templates: vec![template],
        template: Template {
            labels: labels.clone(),
            pod: Pod {
                containers: vec![container(None)],
                grace_seconds: 30,
                has_anti_affinity: true,
                ..Pod::default()
            },
        },
        history_limit: 10,
        update_revision: Some("redis-7c9f5d".into()),
        current_revision: Some("redis-7c9f5d".into()),
        current_replicas: replicas,
    };
    World {
        at: now(),
        pods: (0..replicas).map(|ordinal| pod(&set, ordinal)).collect(),
        claims: (0..replicas).map(|ordinal| claim(&set, ordinal)).collect(),
        other_pods: Vec::new(),
        other_sets: Vec::new(),
        services: vec![service(&labels)],
        budgets: vec![budget(labels)],
        events: Vec::new(),
        nodes: vec![node("node-1"), node("node-2")],
        classes: vec![StorageClass {
            name: "standard".into(),
            is_default: true,
            provisioner: "example.com/disk".into(),
            waits_for_consumer: false,
            allows_growth: true,
        }],
        revisions: vec![revision(&set, "redis-55aa", 1), revision(&set, "redis-7c9f5d", 2)],
        endpoints: (0..replicas).map(|ordinal| endpoint(&set, ordinal)).collect(),
        autoscalers: Vec::new(),
        quotas: Vec::new(),
        volumes: (0..replicas).map(|ordinal| volume(&set, ordinal)).collect(),
        attachments: Vec::new(),
        version: Version::new(1, 36, 2),
        details: Details {
            logs: BTreeMap::new(),
            usage: Ok(BTreeMap::new()),
            references: Ok(BTreeMap::new()),
            workloads: Ok(Vec::new()),
        },
        intent: None,
        set,
    }
}

fn service(labels: &Labels) -> Service {
    Service {
        namespace: "shop".into(),
        name: "redis".into(),
        selector: labels.clone(),
        is_headless: true,
        is_external_name: false,
        publishes_not_ready: true,
        ports: vec![ServicePort {
            name: Some("client".into()),
            number: 6379,
            target_name: Some("client".into()),
        }],
    }
}

fn budget(labels: Labels) -> Budget {
    Budget {
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
        sync_error: None,
        lets_unready_go: true,
    }
}
