//! What somebody is about to do with a set: a check weighs its findings for it.

use std::fmt;

use serde::Serialize;

use super::Snapshot;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    Scale { replicas: u32 },
    Rollout,
    DrainNode { node: String },
}

/// The kinds of work that a finding can stand in the way of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    ScaleDown,
    ScaleUp,
    Rollout,
    Drain,
}

impl Operation {
    pub const ALL: &'static [Self] = &[Self::ScaleDown, Self::ScaleUp, Self::Rollout, Self::Drain];

    pub const fn name(self) -> &'static str {
        match self {
            Self::ScaleDown => "scale-down",
            Self::ScaleUp => "scale-up",
            Self::Rollout => "rollout",
            Self::Drain => "drain",
        }
    }
}

/// As it is written after `--for`.
impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scale { replicas } => write!(f, "scale={replicas}"),
            Self::Rollout => f.write_str("rollout"),
            Self::DrainNode { node } => write!(f, "drain-node={node}"),
        }
    }
}

impl Snapshot {
    /// What the intent comes to for this set; None without one, or where it has nothing to do here.
    pub fn operation(&self) -> Option<Operation> {
        match self.intent.as_ref()? {
            Intent::Scale { replicas } if *replicas < self.set.replicas => {
                Some(Operation::ScaleDown)
            }
            Intent::Scale { replicas } if *replicas > self.set.replicas => Some(Operation::ScaleUp),
            Intent::Scale { .. } => None,
            Intent::Rollout => Some(Operation::Rollout),
            // Pods that were not read may be on it.
            Intent::DrainNode { node } => {
                let is_there = self
                    .pods()
                    .map_or(true, |pods| pods.iter().any(|pod| pod.node.as_deref() == Some(node)));
                is_there.then_some(Operation::Drain)
            }
        }
    }
}
