//! What a healthy set is made of.

use std::collections::BTreeMap;

use super::ago;
use crate::model::{
    Claim, ClaimPhase, ClaimRef, Condition, Container, Endpoint, Labels, Mount, Node, Owner,
    PersistentVolume, Phase, Pod, Port, Resources, Revision, Run, Set, Status, Volume,
    VolumeSource,
};

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
    labels.insert("statefulset.kubernetes.io/pod-name".into(), name.clone());
    labels.insert("apps.kubernetes.io/pod-index".into(), ordinal.to_string());
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
        ip: Some(address(ordinal)),
        ips: vec![address(ordinal)],
        hostname: Some(name.clone()),
        subdomain: set.service.clone(),
        grace_seconds: 30,
        has_anti_affinity: true,
        qos: Some("Burstable".into()),
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
            image_id: "redis@sha256:7a".into(),
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
        controller: None,
        created: ago(86_400),
        deleting: None,
        finalizers: vec!["kubernetes.io/pvc-protection".into()],
        phase: ClaimPhase::Bound,
        class: Some("standard".into()),
        volume: Some(format!("pv-{ordinal}")),
        request: Some(1 << 30),
        capacity: Some(1 << 30),
        modes: vec!["ReadWriteOnce".into()],
        volume_mode: "Filesystem".into(),
        conditions: Vec::new(),
        resize_status: None,
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
        pressures: Vec::new(),
    }
}

/// The volume of an ordinal's claim.
pub fn volume(set: &Set, ordinal: u32) -> PersistentVolume {
    let claim = set.claim_name("data", ordinal);
    PersistentVolume {
        name: format!("pv-{ordinal}"),
        uid: format!("uid-pv-{ordinal}"),
        deleting: None,
        phase: "Bound".into(),
        message: None,
        reclaim: "Retain".into(),
        claim: Some(ClaimRef {
            namespace: set.namespace.clone(),
            uid: format!("uid-{claim}"),
            name: claim,
        }),
        nodes: None,
        class: Some("standard".into()),
    }
}

/// The entry of an ordinal's pod in the governing Service.
pub fn endpoint(set: &Set, ordinal: u32) -> Endpoint {
    let pod = set.pod_name(ordinal);
    Endpoint {
        namespace: set.namespace.clone(),
        service: "redis".into(),
        addresses: vec![address(ordinal)],
        is_ready: true,
        hostname: Some(pod.clone()),
        pod: Some((pod.clone(), format!("uid-{pod}"))),
    }
}

pub fn revision(set: &Set, name: &str, number: i64) -> Revision {
    Revision {
        cause: None,
        name: name.into(),
        owner: Some(Owner {
            kind: "StatefulSet".into(),
            name: set.name.clone(),
            uid: set.uid.clone(),
        }),
        number,
        created: ago(86_400 / number),
    }
}

fn address(ordinal: u32) -> String {
    format!("10.244.0.{}", ordinal + 10)
}

pub(super) fn container(status: Option<Status>) -> Container {
    Container {
        name: "redis".into(),
        image: "redis:7.0".into(),
        ports: vec![Port { name: Some("client".into()), number: 6379, host: None }],
        words: vec!["redis-server".into(), "/conf/redis.conf".into()],
        has_readiness_probe: true,
        requests: Resources { cpu_millis: Some(100), memory: Some(64 << 20) },
        mounts: vec![Mount { volume: "data".into(), path: "/data".into(), sub_path: None }],
        status,
        ..Container::default()
    }
}

pub(super) fn labels() -> Labels {
    Labels::from([("app".into(), "redis".into())])
}
