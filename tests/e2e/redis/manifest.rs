//! The objects of a cluster, as one should run it.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use super::{NAME, Redis};
use crate::case::Case;
use crate::process;

const CONF: &str = "bind 0.0.0.0
protected-mode no
dir /data
cluster-enabled yes
cluster-config-file /data/nodes.conf
cluster-node-timeout 5000
";
const LOG: &str = "appendonly yes\nsave \"\"\n";
const DATABASES: &str = "cluster-databases 4\n";
const SNAPSHOTS: &str = "appendonly no\nsave 60 1\n";

pub fn objects(redis: &Redis) -> Vec<Value> {
    let labels = json!({"app": NAME});
    let metadata = json!({"name": NAME, "labels": labels});
    let port = redis.port;
    let databases = if redis.databases { DATABASES } else { "" };
    let conf = format!("{CONF}{}{databases}", if redis.snapshots { SNAPSHOTS } else { LOG });
    let mut objects = vec![
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"redis.conf": conf}}),
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {
                "clusterIP": "None", "selector": labels,
                // Members have to find each other before they are ready.
                "publishNotReadyAddresses": true,
                "ports": [{"name": "client", "port": port}, {"name": "bus", "port": port + 10000}],
            },
        }),
        json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata,
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels}},
        }),
    ];
    if let Some(password) = redis.password {
        objects.push(json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": metadata,
            "stringData": {"password": password},
        }));
    }
    objects.push(set(redis, &labels));
    objects
}

/// A container that has the disk of a server, and goes on where it does not.
pub const ROOM: &str = "room";

fn set(redis: &Redis, labels: &Value) -> Value {
    let mut containers = vec![container(redis)];
    if redis.exporter_first {
        containers.insert(
            0,
            json!({
                "name": "exporter", "image": "redis:7.0", "imagePullPolicy": "IfNotPresent",
                "command": ["sleep", "infinity"],
                "ports": [{"name": "metrics", "containerPort": 9121}],
            }),
        );
    }
    if redis.small_disk {
        containers.push(json!({
            "name": ROOM, "image": redis.image, "imagePullPolicy": "IfNotPresent",
            "command": ["sleep", "infinity"],
            "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        }));
    }
    let mut volumes = vec![json!({"name": "conf", "configMap": {"name": NAME}})];
    if redis.tls {
        volumes.push(json!({"name": "tls", "secret": {"secretName": "redis-tls"}}));
    }
    let mut claims = vec![json!({
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": "standard",
            "resources": {"requests": {"storage": "1Gi"}},
        },
    })];
    if redis.small_disk {
        claims.clear();
        volumes
            .push(json!({"name": "data", "emptyDir": {"medium": "Memory", "sizeLimit": "100Mi"}}));
    }
    let policy = if redis.ordered { "OrderedReady" } else { "Parallel" };
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": NAME, "labels": labels},
        "spec": {
            "serviceName": NAME, "replicas": redis.pods, "podManagementPolicy": policy,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "terminationGracePeriodSeconds": 15,
                    "shareProcessNamespace": redis.shared_processes,
                    "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
                        "weight": 100,
                        "podAffinityTerm": {
                            "topologyKey": "kubernetes.io/hostname",
                            "labelSelector": {"matchLabels": labels},
                        },
                    }]}},
                    "containers": containers,
                    "volumes": volumes,
                },
            },
            "volumeClaimTemplates": claims,
        },
    })
}

fn container(redis: &Redis) -> Value {
    let mut command: Vec<String> = Vec::new();
    let mut add = |words: &[&str]| command.extend(words.iter().map(|word| (*word).to_owned()));
    if redis.supervised {
        add(&["sh", "-c", "while true; do \"$@\"; sleep 1; done", "supervisor"]);
    }
    let port = redis.port.to_string();
    // A pod's address changes with every start; the member must not announce the one in nodes.conf.
    add(&[redis.server, "/conf/redis.conf", "--cluster-announce-ip", "$(POD_IP)"]);
    if redis.tls {
        add(&[
            "--port",
            "0",
            "--tls-port",
            &port,
            "--tls-cluster",
            "yes",
            "--tls-replication",
            "yes",
        ]);
        add(&["--tls-ca-cert-file", "/tls/ca.crt", "--tls-cert-file", "/tls/tls.crt"]);
        add(&["--tls-key-file", "/tls/tls.key"]);
    } else if redis.port != 6379 {
        add(&["--port", &port]);
    }
    if redis.password.is_some() {
        let masterauth = redis.masterauth.unwrap_or("$(REDISCLI_AUTH)");
        add(&["--requirepass", "$(REDISCLI_AUTH)", "--masterauth", masterauth]);
    }
    if redis.hostnames {
        add(&[
            "--cluster-announce-hostname",
            "$(POD_NAME).redis-cluster.$(POD_NAMESPACE).svc.cluster.local",
        ]);
        add(&["--cluster-preferred-endpoint-type", "hostname"]);
    }
    let field = |name: &str, path: &str| json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}});
    let mut env = vec![
        field("POD_IP", "status.podIP"),
        field("POD_NAME", "metadata.name"),
        field("POD_NAMESPACE", "metadata.namespace"),
    ];
    if redis.password.is_some() {
        let key = json!({"secretKeyRef": {"name": NAME, "key": "password"}});
        env.push(json!({"name": "REDISCLI_AUTH", "valueFrom": key}));
    }
    let mut mounts = vec![
        json!({"name": "conf", "mountPath": "/conf"}),
        json!({"name": "data", "mountPath": "/data"}),
    ];
    if redis.tls {
        mounts.push(json!({"name": "tls", "mountPath": "/tls"}));
    }
    // As root: a host-path volume belongs to root and knows no fsGroup.
    let mut container = json!({
        "name": "redis", "image": redis.image, "imagePullPolicy": "IfNotPresent",
        "command": command, "env": env, "volumeMounts": mounts,
        "ports": [
            {"name": "client", "containerPort": redis.port},
            {"name": "bus", "containerPort": redis.port + 10000},
        ],
        "readinessProbe": {"tcpSocket": {"port": "client"}, "periodSeconds": 2, "timeoutSeconds": 5},
        "resources": {"requests": {"cpu": "5m", "memory": "16Mi"}, "limits": {"memory": "256Mi"}},
    });
    if redis.probed {
        container["readinessProbe"] = readiness(redis);
        container["livenessProbe"] = liveness(redis);
    }
    container
}

/// One that knows only itself is ready, too: in a set that is new and started in order, nobody would be otherwise.
fn readiness(redis: &Redis) -> Value {
    let serves = "grep -qxE 'cluster_state:ok|cluster_known_nodes:1'";
    let script = format!("{} cluster info | tr -d '\\r' | {serves}", redis.client().join(" "));
    json!({"exec": {"command": ["sh", "-c", script]}, "periodSeconds": 2, "timeoutSeconds": 5})
}

/// Any answer will do, also that it is still loading.
fn liveness(redis: &Redis) -> Value {
    let mut command = redis.client();
    command.push("ping".to_owned());
    json!({"exec": {"command": command}, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6})
}

/// The folder of a case's certificates.
pub fn certificates(case: &Case) -> PathBuf {
    case.cluster.files.join(&case.namespace)
}

/// A Secret with a certificate that every member serves with and shows to the others.
pub fn certificate(case: &Case) -> Result<()> {
    let folder = certificates(case);
    std::fs::create_dir_all(&folder)?;
    let script = r#"cd "$0"
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=e2e -keyout ca.key -out ca.crt
openssl req -newkey rsa:2048 -nodes -subj /CN=redis -keyout tls.key -out tls.csr
printf 'subjectAltName=DNS:*.redis,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n' >extensions
openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile extensions -out tls.crt"#;
    let mut shell = case.cluster.command("sh");
    process::run(shell.args(["-euc", script]).arg(&folder), super::PATIENCE)?.ok()?;
    let from = |name: &str| format!("--from-file={}", folder.join(name).display());
    let files = [from("ca.crt"), from("tls.crt"), from("tls.key")];
    let mut create = vec!["create", "secret", "generic", "redis-tls"];
    create.extend(files.iter().map(String::as_str));
    case.kubectl(&create)?;
    Ok(())
}
