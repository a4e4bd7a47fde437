//! Volumes and what attaches them.

use super::{Expression, Timestamp};

#[derive(Clone, Debug)]
pub struct PersistentVolume {
    pub name: String,
    pub uid: String,
    pub deleting: Option<Timestamp>,
    /// `Available`, `Bound`, `Released`, `Failed`.
    pub phase: String,
    /// Why a volume is in that phase, where the API says so.
    pub message: Option<String>,
    /// `Delete`, `Retain` or `Recycle`: what becomes of the data when the claim goes.
    pub reclaim: String,
    pub claim: Option<ClaimRef>,
    /// Terms of `nodeAffinity.required`, of which one must match; None where every node will do.
    pub nodes: Option<Vec<Vec<Expression>>>,
    pub class: Option<String>,
}

/// The claim that a volume is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRef {
    pub namespace: String,
    pub name: String,
    pub uid: String,
}

/// One volume on its way to a node, or there.
#[derive(Clone, Debug)]
pub struct Attachment {
    pub name: String,
    pub volume: String,
    pub node: String,
    pub created: Option<Timestamp>,
    pub deleting: Option<Timestamp>,
    pub is_attached: bool,
    pub attach_error: Option<String>,
    pub detach_error: Option<String>,
}

#[derive(Clone, Debug)]
pub struct StorageClass {
    pub name: String,
    pub is_default: bool,
    pub provisioner: String,
    /// `volumeBindingMode: WaitForFirstConsumer`: a claim is bound only when a pod needs it.
    pub waits_for_consumer: bool,
    pub allows_growth: bool,
}

impl PersistentVolume {
    /// Whether a pod on this node could mount it.
    pub fn may_be_on(&self, node: &super::Node) -> bool {
        let meets = |term: &Vec<Expression>| term.iter().all(|it| it.matches(&node.labels));
        self.nodes.as_ref().is_none_or(|terms| terms.iter().any(meets))
    }
}
