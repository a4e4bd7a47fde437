//! What was seen of one StatefulSet at one moment: plain data and the queries derived from it.

mod claim;
mod details;
#[cfg(test)]
pub(crate) mod example;
mod intent;
mod labels;
mod member;
mod network;
mod pod;
mod quantity;
mod record;
mod seen;
mod selector;
mod set;
mod shared;
mod snapshot;
mod storage;
mod version;
mod workload;

pub use claim::{Claim, ClaimPhase, Place};
pub use details::{Details, Presence, Usage};
pub use intent::{Intent, Operation};
pub use labels::{Expression, Labels, Operator, Selector};
pub use member::{Cell, Column, EngineFacts, Evidence, Headline, Member, PodRef, Value, Verdict};
pub use network::{Endpoint, Service, ServicePort};
pub use pod::{
    Condition, Container, EnvSource, EnvVar, KeyRef, Mount, Phase, Pod, Port, Reference,
    ReferenceKind, Resources, Run, Status, Stopped, Toleration, Volume, VolumeSource,
};
pub use quantity::{bytes, millis};
pub use record::{Record, Rollout};
pub use seen::{Access, Seen, Unread, Why};
pub use set::{
    ClaimTemplate, Management, Owner, Places, Retention, RetentionPolicy, Set, Template, Trace,
    Update, ordinal_of, short_revision,
};
pub use shared::{
    Autoscaler, Budget, BudgetLimit, Event, Node, Quota, QuotaLimit, Revision, Shared, Taint,
};
pub use snapshot::{Ordinal, Snapshot};
pub use storage::{Attachment, ClaimRef, PersistentVolume, StorageClass};
pub use version::Version;
pub use workload::Workload;

/// The one time type; always the API server's clock, never this machine's.
pub use jiff::Timestamp;
