//! `scale` while a node of Kubernetes is away, with its pods or without.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use super::scale_faults::{Fault, Tolerated};
use super::scale_faults_replicas::SLOWLY;
use crate::case::{Case, Spec, full};
use crate::redis::{self, Formed, NAME, Redis};
use crate::wait::pass;

pub const ALONE: &[Spec] = &[
    full("scale-kubelet-away", |case| case.alone(|| without_kubelet(case, redis::redis()))),
    full("scale-kubelet-away-hard", |case| case.alone(|| without_kubelet(case, redis::hard()))),
    full("scale-kubelet-away-valkey", |case| case.alone(|| without_kubelet(case, redis::valkey()))),
    full("scale-node-lost", |case| case.alone(|| node_lost(case, redis::redis()))),
    full("scale-node-lost-hard", |case| case.alone(|| node_lost(case, redis::hard()))),
    full("scale-node-lost-valkey", |case| case.alone(|| node_lost(case, redis::valkey()))),
];

const AWAY: Duration = Duration::from_secs(60);

fn without_kubelet(case: &Case, redis: Redis) -> Result<()> {
    let cure = |formed: &Formed| comes_back(formed.case);
    let fault = Fault::on(redis, &kubelet_away, Tolerated::Nothing);
    Fault { flags: SLOWLY, cure: &cure, ..fault }.run(case)
}

/// Its pods serve on, and nobody reaches them through the API server.
fn kubelet_away(formed: &Formed) -> Result<()> {
    formed.case.cluster.stop("kubelet-2")?;
    pass(AWAY);
    formed.case.cluster.start("kubelet-2")
}

/// Two of four primaries with it: no majority is left to replace them, so that nothing serves their slots until it is back.
fn node_lost(case: &Case, redis: Redis) -> Result<()> {
    let strike = |formed: &Formed| formed.case.cluster.lose("2");
    let cure = |formed: &Formed| {
        formed.case.cluster.start("containerd-2")?;
        formed.case.cluster.start("kubelet-2")?;
        comes_back(formed.case)?;
        formed.case.rolled_out(NAME)
    };
    let fault = Fault::on(redis, &strike, Tolerated::OfAPrimary);
    let flags = &["--throttle", "25", "--step-timeout", "40s"];
    let outcome = Fault { flags, cure: &cure, ..fault }.run(case);
    // Also where it failed: other cases need the node.
    case.cluster.start("containerd-2")?;
    case.cluster.start("kubelet-2")?;
    outcome
}

fn comes_back(case: &Case) -> Result<()> {
    case.until_value(&["node", "node-2"], "/status/conditions", |conditions| {
        let mut conditions = conditions.as_array().into_iter().flatten();
        conditions.any(|it: &Value| it["type"] == "Ready" && it["status"] == "True")
    })
}
