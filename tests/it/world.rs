//! A small cluster as the API writes it, healthy until a test breaks one thing of it.

use serde_json::{Value, json};

use crate::api::{Answer, Answers};

/// Stands where passwords stand; no file that we write may hold it.
pub const CANARY: &str = "canary-of-a-secret";
const NAMESPACES: [&str; 3] = ["shop", "warehouse", "empty"];

/// Objects by kind. They are of a database that we do not know, and stay out of the way of what knows one.
#[derive(Clone, Default)]
pub struct World {
    pub sets: Vec<Value>,
    pub pods: Vec<Value>,
    pub claims: Vec<Value>,
    pub services: Vec<Value>,
    pub budgets: Vec<Value>,
    pub events: Vec<Value>,
    pub nodes: Vec<Value>,
    pub classes: Vec<Value>,
}

impl World {
    /// Two nodes, a storage class, and no set.
    pub fn empty() -> Self {
        Self {
            nodes: vec![node("node-a"), node("node-b")],
            classes: vec![class()],
            ..Self::default()
        }
    }

    /// One set `ledger` of three in namespace `shop`.
    pub fn healthy() -> Self {
        Self::empty().and("shop", "ledger", 3)
    }

    /// With one more healthy set and all that belongs to it.
    pub fn and(mut self, namespace: &str, name: &str, replicas: usize) -> Self {
        self.sets.push(set(namespace, name, replicas));
        self.services.push(service(namespace, name));
        self.budgets.push(budget(namespace, name, replicas));
        for ordinal in 0..replicas {
            self.pods.push(pod(namespace, name, ordinal));
            self.claims.push(claim(namespace, name, ordinal));
        }
        self
    }

    /// With ordinal 1 of `ledger` ending again and again.
    pub fn with_a_crash_loop(mut self) -> Self {
        let status = &mut self.pods[1]["status"];
        status["conditions"][0]["status"] = "False".into();
        status["conditions"][0]["lastTransitionTime"] = "2026-11-23T01:56:48Z".into();
        let container = &mut status["containerStatuses"][0];
        container["ready"] = false.into();
        container["restartCount"] = 5.into();
        container["state"] = json!({ "waiting": {
            "reason": "CrashLoopBackOff", "message": "back-off 2m40s restarting failed container" } });
        container["lastState"] = json!({ "terminated": {
            "reason": "Error", "exitCode": 1, "finishedAt": "2026-11-23T01:58:00Z" } });
        self.budgets[0]["status"]["currentHealthy"] = 2.into();
        self.budgets[0]["status"]["disruptionsAllowed"] = 0.into();
        self
    }

    /// The same with Redis, and a password at every place where people put one.
    pub fn redis() -> Self {
        let mut world = Self::healthy();
        let script = format!("exec redis-server /conf/redis.conf --requirepass {CANARY}");
        let redis = json!({
            "name": "redis", "image": "redis:7.2",
            "command": ["sh", "-c", script], "args": ["--masterauth", CANARY, format!("--requirepass={CANARY}")],
            "env": [{ "name": "REDIS_PASSWORD", "value": CANARY }, { "name": "REDISCLI_AUTH", "value": CANARY }],
            "ports": [{ "containerPort": 6379 }],
            "readinessProbe": { "exec": { "command": ["redis-cli", "-a", CANARY, "ping"] } },
        });
        world.sets[0]["spec"]["template"]["spec"]["containers"][0] = redis.clone();
        for pod in &mut world.pods {
            pod["spec"]["containers"][0] = redis.clone();
            pod["status"]["containerStatuses"][0]["name"] = "redis".into();
        }
        world
    }

    /// Every list of every namespace and of all.
    pub fn answers(&self) -> Answers {
        let mut answers = Answers::new();
        for (root, plural, items) in self.lists() {
            answers.insert(format!("{root}/{plural}"), Answer::list(items));
            for namespace in NAMESPACES {
                let here: Vec<Value> = items
                    .iter()
                    .filter(|item| item["metadata"]["namespace"] == namespace)
                    .cloned()
                    .collect();
                let path = format!("{root}/namespaces/{namespace}/{plural}");
                answers.insert(path, Answer::list(&here));
            }
        }
        answers
    }

    /// With another answer for one kind, wherever it is read.
    pub fn answers_but(&self, plural: &str, answer: &Answer) -> Answers {
        let mut answers = self.answers();
        let of_kind = |path: &str| path.rsplit('/').next() == Some(plural);
        answers
            .iter_mut()
            .filter(|(path, _)| of_kind(path))
            .for_each(|(_, it)| *it = answer.clone());
        answers
    }

    /// What `kubectl get sts,pods,pvc,svc,pdb -o json` prints.
    pub fn printed_by_kubectl(&self) -> Value {
        let kinds = [&self.sets, &self.pods, &self.claims, &self.services, &self.budgets];
        let items: Vec<Value> = kinds.into_iter().flatten().cloned().collect();
        json!({ "apiVersion": "v1", "kind": "List", "items": items,
            "metadata": { "resourceVersion": "" } })
    }

    fn lists(&self) -> [(&'static str, &'static str, &[Value]); 8] {
        [
            ("/apis/apps/v1", "statefulsets", &self.sets),
            ("/api/v1", "pods", &self.pods),
            ("/api/v1", "persistentvolumeclaims", &self.claims),
            ("/api/v1", "services", &self.services),
            ("/apis/policy/v1", "poddisruptionbudgets", &self.budgets),
            ("/api/v1", "events", &self.events),
            ("/api/v1", "nodes", &self.nodes),
            ("/apis/storage.k8s.io/v1", "storageclasses", &self.classes),
        ]
    }
}

/// With what every object carries and nobody should keep.
fn metadata(namespace: &str, name: &str, uid: &str) -> Value {
    json!({
        "name": name, "namespace": namespace, "uid": uid, "generation": 1, "resourceVersion": "7",
        "creationTimestamp": "2026-11-20T02:00:00Z",
        "annotations": { "kubectl.kubernetes.io/last-applied-configuration": CANARY },
        "managedFields": [{ "manager": CANARY, "operation": "Apply", "fieldsV1": { "f:env": CANARY } }],
    })
}

fn set(namespace: &str, name: &str, replicas: usize) -> Value {
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

fn pod(namespace: &str, set: &str, ordinal: usize) -> Value {
    let name = format!("{set}-{ordinal}");
    let mut metadata = metadata(namespace, &name, &format!("{namespace}-{name}"));
    metadata["labels"] = json!({ "app": set, "controller-revision-hash": format!("{set}-7c9f5d") });
    metadata["ownerReferences"] = json!([{
        "apiVersion": "apps/v1", "kind": "StatefulSet", "name": set,
        "uid": format!("{namespace}-{set}"), "controller": true, "blockOwnerDeletion": true,
    }]);
    let mut spec = pod_spec();
    spec["nodeName"] = ["node-a", "node-b"][ordinal % 2].into();
    spec["volumes"] = json!([{
        "name": "data", "persistentVolumeClaim": { "claimName": format!("data-{name}") } }]);
    let since = "2026-11-20T02:01:00Z";
    let condition = |kind| json!({ "type": kind, "status": "True", "lastTransitionTime": since });
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec,
        "status": {
            "phase": "Running", "podIP": format!("10.0.0.{}", ordinal % 250 + 1),
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
        }],
    })
}

fn claim(namespace: &str, set: &str, ordinal: usize) -> Value {
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

fn service(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": metadata(namespace, name, &format!("{namespace}-{name}-service")),
        "spec": { "clusterIP": "None", "type": "ClusterIP", "selector": { "app": name } },
    })
}

fn budget(namespace: &str, name: &str, replicas: usize) -> Value {
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

fn node(name: &str) -> Value {
    let mut metadata = metadata("", name, name);
    metadata["labels"] = json!({ "kubernetes.io/hostname": name });
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {},
        "status": { "conditions": [{ "type": "Ready", "status": "True" }] },
    })
}

fn class() -> Value {
    let mut metadata = metadata("", "standard", "class");
    metadata["annotations"]["storageclass.kubernetes.io/is-default-class"] = "true".into();
    json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata,
        "provisioner": "example.com/disk", "volumeBindingMode": "Immediate",
    })
}
