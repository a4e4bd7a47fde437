//! What the lease of a set remembers.

use serde_json::Value;

use super::{find, name};
use crate::cluster::connect::Connection;
use crate::model::{Record, Seen};

pub(super) const ANNOTATION: &str = "kubectl-sts/record";

pub(super) fn text(record: &Record) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

pub(super) fn of(lease: &Value) -> Option<Record> {
    let text = lease["metadata"]["annotations"][ANNOTATION].as_str()?;
    serde_json::from_str(text).ok()
}

/// What a run on this set left to remember that did not come to its end; None where none did.
///
/// # Errors
/// When the lease could not be read.
pub async fn unfinished(connection: &Connection, set: &str) -> Seen<Option<Record>> {
    let lease = find(connection, connection.namespace(), &name(set)).await?;
    Ok(lease.as_ref().and_then(of))
}
