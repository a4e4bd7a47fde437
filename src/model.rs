//! What was seen of one StatefulSet at one moment: plain data and the queries derived from it.

mod claim;
#[cfg(test)]
pub(crate) mod example;
mod labels;
mod member;
mod pod;
mod quantity;
mod seen;
mod selector;
mod set;
mod shared;
mod snapshot;

pub use claim::{Claim, ClaimPhase, Place};
pub use labels::{Expression, Labels, Operator, Selector};
pub use member::{Cell, Column, EngineFacts, Evidence, Headline, Member, PodRef, Value, Verdict};
pub use pod::{
    Condition, Container, EnvSource, EnvVar, KeyRef, Mount, Phase, Pod, Port, Run, Status, Stopped,
    Volume, VolumeSource,
};
pub use quantity::bytes;
pub use seen::{Access, Seen, Unread, Why};
pub use set::{
    ClaimTemplate, Management, Owner, Retention, RetentionPolicy, Set, Template, Update, ordinal_of,
};
pub use shared::{Budget, BudgetLimit, Event, Node, Service, Shared, StorageClass, Taint};
pub use snapshot::{Ordinal, Snapshot};

/// The one time type; always the API server's clock, never this machine's.
pub use jiff::Timestamp;
