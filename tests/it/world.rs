//! A small cluster as the API writes it, healthy until a test breaks one thing of it.

mod parts;

use serde_json::{Value, json};

use crate::api::{Answer, Answers};
pub use parts::event;
use parts::{budget, claim, class, node, pod, service, set, slice, volume};

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
    pub slices: Vec<Value>,
    pub volumes: Vec<Value>,
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
        self.slices.push(slice(namespace, name, replicas));
        self.budgets.push(budget(namespace, name, replicas));
        for ordinal in 0..replicas {
            self.pods.push(pod(namespace, name, ordinal));
            self.claims.push(claim(namespace, name, ordinal));
            self.volumes.push(volume(namespace, name, ordinal));
        }
        self
    }

    /// Whether what a template names exists is in no capture: with templates that name nothing.
    pub fn without_references(mut self) -> Self {
        for set in &mut self.sets {
            set["spec"]["template"]["spec"]["containers"][0]["env"] = json!([]);
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
            "volumeMounts": [{ "name": "data", "mountPath": "/data" }],
            "resources": { "requests": { "cpu": "100m", "memory": "256Mi" } },
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
        let version = json!({ "major": "1", "minor": "36", "gitVersion": "v1.36.2" });
        answers.insert("/version".to_owned(), Answer::Text(200, version.to_string()));
        for namespace in NAMESPACES {
            let secret = json!({ "kind": "PartialObjectMetadata", "metadata": { "name": "pg" } });
            let path = format!("/api/v1/namespaces/{namespace}/secrets/pg");
            answers.insert(path, Answer::Text(200, secret.to_string()));
        }
        for node in &self.nodes {
            let name = node["metadata"]["name"].as_str().unwrap_or_default();
            let path = format!("/api/v1/nodes/{name}/proxy/stats/summary");
            answers.insert(path, Answer::Text(200, json!({ "pods": [] }).to_string()));
        }
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

    fn lists(&self) -> [(&'static str, &'static str, &[Value]); 20] {
        [
            ("/apis/apps/v1", "statefulsets", &self.sets),
            ("/api/v1", "pods", &self.pods),
            ("/api/v1", "persistentvolumeclaims", &self.claims),
            ("/api/v1", "services", &self.services),
            ("/apis/policy/v1", "poddisruptionbudgets", &self.budgets),
            ("/api/v1", "events", &self.events),
            ("/api/v1", "nodes", &self.nodes),
            ("/apis/storage.k8s.io/v1", "storageclasses", &self.classes),
            ("/apis/apps/v1", "controllerrevisions", &[]),
            ("/apis/discovery.k8s.io/v1", "endpointslices", &self.slices),
            ("/apis/autoscaling/v2", "horizontalpodautoscalers", &[]),
            ("/api/v1", "resourcequotas", &[]),
            ("/api/v1", "persistentvolumes", &self.volumes),
            ("/apis/storage.k8s.io/v1", "volumeattachments", &[]),
            ("/apis/apps/v1", "deployments", &[]),
            ("/apis/apps/v1", "replicasets", &[]),
            ("/apis/apps/v1", "daemonsets", &[]),
            ("/apis/batch/v1", "jobs", &[]),
            ("/apis/batch/v1", "cronjobs", &[]),
            ("/api/v1", "replicationcontrollers", &[]),
        ]
    }
}
