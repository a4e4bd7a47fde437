//! The objects of the small cluster.

use serde_json::{Value, json};

use super::CANARY;

/// With what every object carries and nobody should keep.
fn metadata(namespace: &str, name: &str, uid: &str) -> Value {
    json!({
        "name": name, "namespace": namespace, "uid": uid, "generation": 1, "resourceVersion": "7",
        "creationTimestamp": "2026-11-20T02:00:00Z",
        "annotations": { "kubectl.kubernetes.io/last-applied-configuration": CANARY },
        "managedFields": [{ "manager": CANARY, "operation": "Apply", "fieldsV1": { "f:env": CANARY } }],
    })
}

pub(super) fn set(namespace: &str, name: &str, replicas: usize) -> Value {
    let mut metadata = metadata(namespace, name, &format!("{namespace}-{name}"));
    metadata["labels"] = json!({ "app": name });
    let revision = format!("{name}-7c9f5d");
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata,
        "spec": {
            "replicas": replicas, "serviceName": name, "podManagementPolicy": "OrderedReady",
            "selector": { "matchLabels": { "app": name } },
            "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "partition": 0 } },
            "template": { "metadata": { "labels": { "app": name } }, "spec": pod_spec() },
            "volumeClaimTemplates": [{
                "apiVersion": "v1", "kind": "PersistentVolumeClaim",
                "metadata": { "name": "data" }, "spec": claim_spec(),
            }],
        },
        "status": {
            "replicas": replicas, "readyReplicas": replicas, "observedGeneration": 1,
            "currentRevision": revision, "updateRevision": revision,
        },
    })
}

pub(super) fn pod(namespace: &str, set: &str, ordinal: usize) -> Value {
    let name = format!("{set}-{ordinal}");
    let mut metadata = metadata(namespace, &name, &format!("{namespace}-{name}"));
    metadata["labels"] = json!({
        "app": set, "controller-revision-hash": format!("{set}-7c9f5d"),
        "statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": ordinal.to_string(),
    });
    metadata["ownerReferences"] = json!([{
        "apiVersion": "apps/v1", "kind": "StatefulSet", "name": set,
        "uid": format!("{namespace}-{set}"), "controller": true, "blockOwnerDeletion": true,
    }]);
    let mut spec = pod_spec();
    spec["hostname"] = name.clone().into();
    spec["subdomain"] = set.into();
    spec["nodeName"] = ["node-a", "node-b"][ordinal % 2].into();
    spec["volumes"] = json!([{
        "name": "data", "persistentVolumeClaim": { "claimName": format!("data-{name}") } }]);
    let since = "2026-11-20T02:01:00Z";
    let condition = |kind| json!({ "type": kind, "status": "True", "lastTransitionTime": since });
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec,
        "status": {
            "phase": "Running", "podIP": address(ordinal), "podIPs": [{ "ip": address(ordinal) }],
            "conditions": [condition("Ready"), condition("PodScheduled")],
            "containerStatuses": [{
                "name": "postgres", "ready": true, "restartCount": 0, "lastState": {},
                "state": { "running": { "startedAt": since } },
            }],
        },
    })
}

fn pod_spec() -> Value {
    json!({
        "containers": [{
            "name": "postgres", "image": "postgres:17",
            "command": ["docker-entrypoint.sh"],
            "args": ["postgres", "--requirepass", CANARY, format!("--requirepass={CANARY}")],
            "env": [
                { "name": "POSTGRES_PASSWORD", "value": CANARY },
                { "name": "PGDATA", "valueFrom": { "secretKeyRef": { "name": "pg", "key": "dir" } } },
            ],
            "ports": [{ "name": "sql", "containerPort": 5432, "protocol": "TCP" }],
            "readinessProbe": { "exec": { "command": ["pg_isready", "-d", CANARY] } },
            "volumeMounts": [{ "name": "data", "mountPath": "/var/lib/postgresql" }],
            "resources": { "requests": { "cpu": "100m", "memory": "256Mi" } },
        }],
        "topologySpreadConstraints": [{ "maxSkew": 1, "topologyKey": "kubernetes.io/hostname" }],
    })
}

pub(super) fn claim(namespace: &str, set: &str, ordinal: usize) -> Value {
    let name = format!("data-{set}-{ordinal}");
    let mut spec = claim_spec();
    spec["volumeName"] = format!("pv-{name}").into();
    let mut metadata = metadata(namespace, &name, &format!("{namespace}-{name}"));
    metadata["labels"] = json!({ "app": set });
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec,
        "status": { "phase": "Bound", "capacity": { "storage": "1Gi" } },
    })
}

fn claim_spec() -> Value {
    json!({
        "storageClassName": "standard", "accessModes": ["ReadWriteOnce"],
        "resources": { "requests": { "storage": "1Gi" } },
    })
}

pub(super) fn service(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": metadata(namespace, name, &format!("{namespace}-{name}-service")),
        "spec": {
            "clusterIP": "None", "type": "ClusterIP", "selector": { "app": name },
            "publishNotReadyAddresses": true,
        },
    })
}

pub(super) fn slice(namespace: &str, name: &str, replicas: usize) -> Value {
    let mut metadata = metadata(namespace, &format!("{name}-x7k2p"), "slice");
    metadata["labels"] = json!({ "kubernetes.io/service-name": name });
    let endpoint = |ordinal: usize| {
        let pod = format!("{name}-{ordinal}");
        json!({
            "addresses": [address(ordinal)], "conditions": { "ready": true }, "hostname": pod,
            "targetRef": { "kind": "Pod", "name": pod, "uid": format!("{namespace}-{pod}") },
        })
    };
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata,
        "addressType": "IPv4", "endpoints": (0..replicas).map(endpoint).collect::<Vec<_>>(),
    })
}

pub(super) fn volume(namespace: &str, set: &str, ordinal: usize) -> Value {
    let claim = format!("data-{set}-{ordinal}");
    let name = format!("pv-{claim}");
    json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata("", &name, &name),
        "spec": {
            "storageClassName": "standard", "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": { "namespace": namespace, "name": claim, "uid": format!("{namespace}-{claim}") },
        },
        "status": { "phase": "Bound" },
    })
}

fn address(ordinal: usize) -> String {
    format!("10.0.0.{}", ordinal % 250 + 1)
}

pub(super) fn budget(namespace: &str, name: &str, replicas: usize) -> Value {
    json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": metadata(namespace, name, &format!("{namespace}-{name}-budget")),
        "spec": { "maxUnavailable": 1, "selector": { "matchLabels": { "app": name } } },
        "status": {
            "observedGeneration": 1, "disruptionsAllowed": 1, "expectedPods": replicas,
            "currentHealthy": replicas, "desiredHealthy": replicas - 1,
        },
    })
}

/// A warning about ordinal 1 of `ledger`.
pub fn event(reason: &str, message: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": reason, "message": message,
        "metadata": metadata("shop", &format!("event-{reason}"), "event"),
        "involvedObject": { "kind": "Pod", "name": "ledger-1", "namespace": "shop", "uid": "shop-ledger-1" },
        "count": 3, "lastTimestamp": "2026-11-23T01:59:00Z", "eventTime": null,
    })
}

pub(super) fn node(name: &str) -> Value {
    let mut metadata = metadata("", name, name);
    metadata["labels"] = json!({ "kubernetes.io/hostname": name });
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {},
        "status": { "conditions": [{ "type": "Ready", "status": "True" }] },
    })
}

pub(super) fn class() -> Value {
    let mut metadata = metadata("", "standard", "class");
    metadata["annotations"]["storageclass.kubernetes.io/is-default-class"] = "true".into();
    json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata,
        "provisioner": "example.com/disk", "volumeBindingMode": "Immediate",
    })
}
