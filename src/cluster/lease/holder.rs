//! Who has the lease of a set.

use std::time::Duration;

use serde_json::Value;

use super::INTENT;
use crate::model::Timestamp;

/// Whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// `ann@desk/2f1a`; empty where a run stopped on its way and gave it back.
    pub who: String,
    /// What is being done: `scale=3`.
    pub intent: String,
    pub(super) renewed: String,
    pub(super) lasts: Duration,
}

pub(super) fn holder(lease: &Value) -> Holder {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let spec = &lease["spec"];
    Holder {
        who: text(&spec["holderIdentity"]),
        intent: text(&lease["metadata"]["annotations"][INTENT]),
        renewed: text(&spec["renewTime"]),
        lasts: Duration::from_secs(spec["leaseDurationSeconds"].as_u64().unwrap_or_default()),
    }
}

/// Who we are, and no other run.
pub(super) fn who() -> String {
    let name = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    let host = if host.is_empty() { "somewhere" } else { host };
    format!("{name}@{host}/{}-{:x}", std::process::id(), Timestamp::now().as_millisecond())
}
