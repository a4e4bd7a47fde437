//! How far a claim has come that was asked to grow.

use crate::model::{Claim, Condition, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Growth {
    /// It cannot, with what the storage says of it.
    Failed {
        message: Option<String>,
        since: Option<Timestamp>,
    },
    /// The volume has grown; the file system on it grows when a pod mounts it anew.
    WaitsForPod {
        since: Option<Timestamp>,
    },
    Running {
        since: Option<Timestamp>,
    },
    /// Nothing makes it grow.
    NotBegun,
}

const ERRORS: [&str; 3] = ["ControllerResizeError", "NodeResizeError", "ModifyVolumeError"];

impl Growth {
    /// None for a claim that has what it asks for.
    pub fn of(claim: &Claim) -> Option<Self> {
        let condition = |kind: &str| claim.conditions.iter().find(|it| it.holds && it.kind == kind);
        let status = claim.resize_status.as_deref().unwrap_or_default();
        let error = claim.conditions.iter().find(|it| is_error(it));
        if error.is_some() || status.ends_with("Infeasible") {
            return Some(Self::Failed {
                message: error.and_then(|it| it.message.clone()),
                since: error.and_then(|it| it.since),
            });
        }
        if let Some(pending) = condition("FileSystemResizePending") {
            return Some(Self::WaitsForPod { since: pending.since });
        }
        if claim.request? <= claim.capacity? {
            return None;
        }
        let resizing = condition("Resizing");
        let is_running = ["ControllerResizeInProgress", "NodeResizeInProgress"].contains(&status);
        Some(match resizing {
            Some(it) => Self::Running { since: it.since },
            None if is_running => Self::Running { since: None },
            None => Self::NotBegun,
        })
    }
}

fn is_error(condition: &Condition) -> bool {
    condition.holds && ERRORS.contains(&condition.kind.as_str())
}
