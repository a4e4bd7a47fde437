//! Healthy clusters in the shapes in which people run them, and who may look at them.

use anyhow::{Result, ensure};
use serde_json::json;

use super::rights::somebody;
use crate::case::{Case, Spec, gate, same, step};
use crate::redis::{NAME, Redis, primaries, redis, valkey};
use crate::sts::{Check, NotRun};

pub const CASES: &[Spec] = &[
    gate("redis-healthy", healthy),
    gate("valkey-healthy", valkey_healthy),
    gate("redis-password", password),
    gate("redis-tls", tls),
    gate("redis-hostnames", hostnames),
    gate("redis-port-7000", port),
    gate("redis-exporter-first", exporter_first),
];

/// Healthy, and nothing at all to say.
fn is_healthy(check: &Check, title: &str, shards: u32) -> Result<()> {
    let set = check.is(0, "healthy", &[])?;
    // What kubelets say of volumes is in no capture.
    let of_kubelets = ["volume-full", "volume-filling"];
    let is_odd = |it: &&NotRun| !of_kubelets.contains(&it.rule.as_str());
    let odd: Vec<&NotRun> = set.not_run.iter().filter(is_odd).collect();
    ensure!(odd.is_empty(), "not run: {odd:?}");
    let engine = set.engine_is(title, "ok")?;
    same("slots", &engine.facts["slots"], &json!("16384/16384"))?;
    same("shards", &engine.facts["shards"], &json!(shards))
}

fn healthy(case: &Case) -> Result<()> {
    let redis = redis().form(case)?;
    redis.write_keys(1000)?;
    step("as it is", || {
        let check = case.check(&[NAME])?;
        is_healthy(&check, "redis cluster 7.0.15", 3)?;
        let facts = &check.set()?.engine_is("redis", "ok")?.facts;
        same("keys", &facts["keys"], &json!(1000))
    })?;
    step("by any name, in text", || {
        for name in
            ["sts/redis-cluster", "statefulset/redis-cluster", "statefulset.apps/redis-cluster"]
        {
            let output = case.sts(&["check", name])?;
            same("exit code", &output.code, &Some(0))?;
            for words in ["6/6 ready", "16384/16384 slots", "3 shards", "No problems found"] {
                ensure!(output.stdout.contains(words), "no {words:?} in {}", output.stdout);
            }
        }
        Ok(())
    })?;
    step("for a scale-down, which takes replicas and then slots", || {
        let check = case.check(&[NAME, "--for", "scale=5"])?;
        let left = "replicas-leave pod/redis-cluster-1";
        ensure!(check.set()?.has_rule("replicas-leave"), "no {left}: {:?}", check.set()?.named());
        let check = case.check(&[NAME, "--for", "scale=2"])?;
        check.has(1, "unhealthy", &["primary-leaves pod/redis-cluster-2"])?;
        redis.refuses(2, &[], "too-few-pods")
    })?;
    step("without asking the database", || {
        let check = case.check(&[NAME, "--engine", "none"])?;
        let set = check.is(0, "healthy", &[])?;
        ensure!(set.engine.is_none());
        Ok(())
    })?;
    step("from a capture", || {
        let path = case.cluster.files.join("healthy.yaml");
        let path = path.to_string_lossy();
        same("exit code", &case.sts(&["check", NAME, "--save", &path])?.code, &Some(0))?;
        is_healthy(&case.check(&[NAME, "--from", &path])?, "redis cluster 7.0.15", 3)
    })?;
    step("by somebody who may not forward ports", || {
        let lists = ["pods", "persistentvolumeclaims", "services", "events"];
        let mut rights: Vec<(&str, &str)> = lists.map(|resource| ("list", resource)).to_vec();
        rights.push(("list", "policy/poddisruptionbudgets"));
        rights.push(("list", "apps/statefulsets"));
        not_reached(case, "viewer", &rights, "get")?;
        // A forward over a WebSocket is a GET, and since Kubernetes 1.35 it has to be allowed to create as well.
        rights.push(("get", "pods.portforward"));
        not_reached(case, "getter", &rights, "create")
    })
}

fn not_reached(case: &Case, who: &str, rights: &[(&str, &str)], verb: &str) -> Result<()> {
    let path = somebody(case, who, rights)?;
    let check = case.check_with(&[NAME], |command| {
        command.env("KUBECONFIG", path);
    })?;
    let set = check.is(2, "unknown", &["member-not-reached statefulset/redis-cluster"])?;
    set.engine_is("redis", "unknown")?;
    let finding = set.finding("member-not-reached")?;
    let access =
        format!("apiGroups: [\"\"], resources: [\"pods/portforward\"], verbs: [\"{verb}\"]");
    same("the right that is missing", &finding.evidence["access"], &json!(access))
}

fn valkey_healthy(case: &Case) -> Result<()> {
    valkey().form(case)?;
    is_healthy(&case.check(&[NAME])?, "valkey cluster 9.1", 3)
}

fn password(case: &Case) -> Result<()> {
    let redis = Redis { password: Some("open sesame"), ..primaries() };
    let formed = redis.form(case)?;
    step("from the Secret that the pods name", || {
        is_healthy(&case.check(&[NAME])?, "redis cluster 7.0.15", 3)
    })?;
    let path = case.cluster.files.join("password");
    let path = path.to_string_lossy();
    step("from a file", || {
        std::fs::write(&*path, "open sesame\n")?;
        let check = case.check(&[NAME, "--password-file", &path])?;
        is_healthy(&check, "redis cluster 7.0.15", 3)
    })?;
    step("a user who may not hand over", || {
        formed.cli(0, &["acl", "setuser", "default", "'-cluster|failover'"])?;
        let check = case.check(&[NAME, "--for", "rollout"])?;
        let found = check.sets.iter().flat_map(|set| &set.findings);
        let rules: Vec<&str> = found.map(|finding| finding.rule.as_str()).collect();
        ensure!(rules.contains(&"write-denied"), "{rules:?}");
        formed.cli(0, &["acl", "setuser", "default", "'+cluster|failover'"]).map(drop)
    })?;
    step("a wrong one", || {
        std::fs::write(&*path, "open barley\n")?;
        let check = case.check(&[NAME, "--password-file", &path])?;
        let set = check.is(2, "unknown", &["password-rejected statefulset/redis-cluster"])?;
        set.engine_is("redis", "unknown")?;
        for secret in ["sesame", "barley"] {
            let output = &check.output;
            ensure!(!output.stdout.contains(secret) && !output.stderr.contains(secret));
        }
        Ok(())
    })?;
    step("of somebody who may not read Secrets", || {
        let rights = [
            ("get", "pods.portforward"),
            ("create", "pods.portforward"),
            ("list", "pods"),
            ("list", "apps/statefulsets"),
        ];
        let path = somebody(case, "viewer", &rights)?;
        let check = case.check_with(&[NAME], |command| {
            command.env("KUBECONFIG", path);
        })?;
        let set = check.is(2, "unknown", &["password-unreadable statefulset/redis-cluster"])?;
        let finding = format!("{:?}", set.findings);
        ensure!(finding.contains("[\\\"secrets\\\"]"), "the right is not named: {finding}");
        Ok(())
    })
}

fn formed_and_healthy(case: &Case, redis: Redis) -> Result<()> {
    redis.form(case)?;
    is_healthy(&case.check(&[NAME])?, "redis cluster 7.0.15", 3)
}

fn tls(case: &Case) -> Result<()> {
    formed_and_healthy(case, Redis { tls: true, ..primaries() })
}

fn hostnames(case: &Case) -> Result<()> {
    formed_and_healthy(case, Redis { hostnames: true, ..primaries() })
}

fn port(case: &Case) -> Result<()> {
    formed_and_healthy(case, Redis { port: 7000, ..primaries() })
}

fn exporter_first(case: &Case) -> Result<()> {
    formed_and_healthy(case, Redis { exporter_first: true, ..primaries() })
}
