//! `scale` while a node of Kubernetes is away, with its pods or without.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use super::scale_faults::{Fault, Tolerated};
use super::scale_faults_replicas::SLOWLY;
use crate::case::{Case, Spec, full};
use crate::redis::{Formed, NAME};
use crate::wait::pass;

pub const ALONE: &[Spec] = &[
    full("scale-kubelet-away", |case| {
        case.alone(|| {
            let cure = |formed: &Formed| comes_back(formed.case);
            let fault = Fault::new(&kubelet_away, Tolerated::Nothing);
            Fault { flags: SLOWLY, cure: &cure, ..fault }.run(case)
        })
    }),
    full("scale-node-lost", |case| case.alone(|| node_lost(case))),
];

const AWAY: Duration = Duration::from_secs(60);

/// Its pods serve on, and nobody reaches them through the API server.
fn kubelet_away(formed: &Formed) -> Result<()> {
    formed.case.cluster.stop("kubelet-2")?;
    pass(AWAY);
    formed.case.cluster.start("kubelet-2")
}

/// Two of four primaries with it: no majority is left to replace them, so that nothing serves their slots until it is back.
fn node_lost(case: &Case) -> Result<()> {
    let strike = |formed: &Formed| formed.case.cluster.lose("2");
    let cure = |formed: &Formed| {
        formed.case.cluster.start("containerd-2")?;
        formed.case.cluster.start("kubelet-2")?;
        comes_back(formed.case)?;
        formed.case.rolled_out(NAME)
    };
    let fault = Fault::new(&strike, Tolerated::OfAPrimary);
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
