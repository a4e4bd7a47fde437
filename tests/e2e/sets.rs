//! StatefulSets without a database: a container that does nothing, with all that should surround a set.

use anyhow::Result;
use serde_json::{Value, json};

use crate::case::Case;

/// A set with its Service and its budget, to be changed before it is applied.
pub struct Plain {
    pub set: Value,
    pub service: Value,
    pub budget: Value,
}

pub const NAME: &str = "web";

/// Healthy with two replicas, one on each node.
pub fn plain() -> Plain {
    named(NAME)
}

/// The same by another name, beside others in one namespace.
pub fn named(name: &str) -> Plain {
    let labels = json!({"app": name});
    let metadata = json!({"name": name, "labels": labels});
    Plain {
        set: json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata,
            "spec": {
                "serviceName": name, "replicas": 2, "podManagementPolicy": "Parallel",
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "terminationGracePeriodSeconds": 1,
                        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
                            "weight": 100,
                            "podAffinityTerm": {
                                "topologyKey": "kubernetes.io/hostname",
                                "labelSelector": {"matchLabels": labels},
                            },
                        }]}},
                        "containers": [idle()],
                    },
                },
            },
        }),
        service: json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {"clusterIP": "None", "selector": labels, "ports": [{"port": 80}]},
        }),
        budget: json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata,
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels}},
        }),
    }
}

/// A container that does nothing. Nothing in it listens, so its probe asks the node about the API server.
pub fn idle() -> Value {
    json!({
        "name": "main", "image": "pause:1", "imagePullPolicy": "IfNotPresent",
        "readinessProbe": {"tcpSocket": {"host": "10.244.0.1", "port": 443}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "5m", "memory": "8Mi"}},
    })
}

/// A container with a shell. Its image is that of a database, so it is checked with `--engine none`.
pub fn shell(script: &str) -> Value {
    merged(idle(), &json!({"image": "redis:7.0", "command": ["sh", "-c", script]}))
}

pub fn claim_template(class: &str) -> Value {
    json!({
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": class,
            "resources": {"requests": {"storage": "1Mi"}},
        },
    })
}

impl Plain {
    /// Changes the set by a JSON merge patch.
    pub fn set(mut self, patch: &Value) -> Self {
        self.set = merged(self.set, patch);
        self
    }

    pub fn service(mut self, patch: &Value) -> Self {
        self.service = merged(self.service, patch);
        self
    }

    pub fn replicas(self, replicas: u32) -> Self {
        self.set(&json!({"spec": {"replicas": replicas}}))
    }

    pub fn container(self, container: &Value) -> Self {
        self.set(&json!({"spec": {"template": {"spec": {"containers": [container]}}}}))
    }

    /// With a claim for each pod, which its container mounts.
    pub fn claims(self, class: &str) -> Self {
        let mut with =
            self.set(&json!({"spec": {"volumeClaimTemplates": [claim_template(class)]}}));
        let mounts = json!([{"name": "data", "mountPath": "/data"}]);
        with.set["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = mounts;
        with
    }

    pub fn apply(&self, case: &Case) -> Result<()> {
        case.apply(&[self.service.clone(), self.budget.clone(), self.set.clone()])
    }

    /// Applies it and waits until every pod is ready, and everybody has noticed.
    pub fn start(&self, case: &Case) -> Result<()> {
        self.apply(case)?;
        self.started(case)
    }

    pub fn started(&self, case: &Case) -> Result<()> {
        let name = self.set["metadata"]["name"].as_str().unwrap_or_default();
        case.rolled_out(name)?;
        let replicas = self.set["spec"]["replicas"].clone();
        case.until_value(&["pdb", name], "/status/currentHealthy", |healthy| *healthy == replicas)
    }
}

/// JSON merge patch (RFC 7386).
pub fn merged(mut value: Value, patch: &Value) -> Value {
    merge(&mut value, patch);
    value
}

fn merge(value: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    let Some(fields) = value.as_object_mut() else { return };
    for (key, change) in patch {
        if change.is_null() {
            fields.remove(key);
        } else {
            merge(fields.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}
