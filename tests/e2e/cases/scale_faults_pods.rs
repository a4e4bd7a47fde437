//! `scale` while a pod of a target is taken away: what it was to get goes to nobody else.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::scale_faults::{Fault, TARGET, Tolerated};
use super::scale_faults_replicas::SLOWLY;
use crate::case::{Case, Spec, full, same};
use crate::redis::{self, Formed, NAME, Redis, pod};

pub const CASES: &[Spec] = &[
    full("scale-pod-evicted", |case| pod_evicted(case, redis::redis())),
    full("scale-pod-evicted-hard", |case| pod_evicted(case, redis::hard())),
    full("scale-pod-evicted-valkey", |case| pod_evicted(case, redis::valkey())),
];

/// Those that say which address is given out next.
pub const ALONE: &[Spec] = &[
    full("scale-stranger", |case| case.alone(|| stranger(case, redis::redis()))),
    full("scale-stranger-valkey", |case| case.alone(|| stranger(case, redis::valkey()))),
];

const STRANGER: &str = "stranger";

fn pod_evicted(case: &Case, redis: Redis) -> Result<()> {
    Fault { flags: SLOWLY, ..Fault::on(redis, &evicted, Tolerated::Errors) }.run(case)
}

/// As `kubectl drain` does it.
fn evicted(formed: &Formed) -> Result<()> {
    let case = formed.case;
    let eviction = json!({
        "apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": {"name": pod(TARGET), "namespace": case.namespace},
    });
    let path = format!("/api/v1/namespaces/{}/pods/{}/eviction", case.namespace, pod(TARGET));
    let before = uid(case)?;
    case.kubectl_with_input(&["create", "--raw", &path, "-f", "-"], &eviction.to_string())?;
    case.until("it is another pod", || Ok((uid(case)? != before).then_some(())))
}

fn uid(case: &Case) -> Result<String> {
    let pod = case.get(&["pod", &pod(TARGET)])?;
    Ok(pod["metadata"]["uid"].as_str().context("a pod without a uid")?.to_owned())
}

/// A target comes back with another address, and a server that takes whatever `MIGRATE` sends has the one that it had.
fn stranger(case: &Case, redis: Redis) -> Result<()> {
    let had = RefCell::default();
    let strike = |formed: &Formed| {
        *had.borrow_mut() = formed.address(TARGET)?;
        replaced(formed, &had.borrow())
    };
    let cure = |formed: &Formed| {
        let ask = |words: &[&str]| {
            let client = formed.redis.server.replace("-server", "-cli");
            case.kubectl(&[&["exec", STRANGER, "--", &client], words].concat())
        };
        same("keys of the stranger", &ask(&["dbsize"])?.trim(), &"0")?;
        let stats = ask(&["info", "commandstats"])?;
        ensure!(!stats.contains("cmdstat_restore"), "it was handed keys: {stats}");
        ensure!(formed.address(TARGET)? != *had.borrow(), "it came back with the same address");
        Ok(())
    };
    Fault { flags: SLOWLY, cure: &cure, ..Fault::on(redis, &strike, Tolerated::OfAPrimary) }
        .run(case)
}

fn replaced(formed: &Formed, address: &str) -> Result<()> {
    let case = formed.case;
    let host = formed.host(TARGET)?;
    case.no_more_pods()?;
    case.kubectl(&["delete", "pod", &pod(TARGET), "--grace-period=0", "--force"])?;
    case.until("its address is free", || {
        Ok((!reservation(case, &host, address)?.exists()).then_some(()))
    })?;
    gives_next(case, &host, address)?;
    // What clients send to an address that they knew is none of its business.
    let user =
        "--user default on nopass ~* &* -@all +restore +restore-asking +select +dbsize +info";
    let options = "--protected-mode no --appendonly no".split(' ').chain(user.split(' '));
    let command: Vec<&str> = std::iter::once(formed.redis.server).chain(options).collect();
    case.apply(&[json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": STRANGER},
        "spec": {
            "nodeName": host, "terminationGracePeriodSeconds": 0,
            "containers": [{
                "name": "redis", "image": formed.redis.image, "imagePullPolicy": "IfNotPresent",
                "command": command,
            }],
        },
    })])?;
    case.until_value(&["pod", STRANGER], "/status/podIP", |it| *it == address)?;
    case.kubectl(&["wait", "--for=condition=Ready", "pod", STRANGER, "--timeout=60s"])?;
    case.kubectl(&["delete", "quota", "none"])?;
    case.until("it is there again", || Ok(case.get(&["pod", &pod(TARGET)]).ok()))?;
    case.rolled_out(NAME)
}

/// The file that stands for an address which a pod has.
fn reservation(case: &Case, host: &str, address: &str) -> Result<PathBuf> {
    let state = case.cluster.kubeconfig.parent().unwrap_or(Path::new("/"));
    Ok(state.join(host).join("ipam/pods").join(address))
}

/// Addresses are given out in turn, each after the last one.
fn gives_next(case: &Case, host: &str, address: &str) -> Result<()> {
    let (net, last) = address.rsplit_once('.').context("not an address")?;
    let before = last.parse::<u8>()?.checked_sub(1).context("the first of its net")?;
    let file = reservation(case, host, "last_reserved_ip.0")?;
    Ok(std::fs::write(file, format!("{net}.{before}"))?)
}
