//! Whether every right is there that a plan needs, before its first write.

use anyhow::{Result, bail};

use crate::cluster::Connection;
use crate::model::Access;

/// # Errors
/// When one is missing; with the rules of RBAC that would give them. One that could not be asked about is tried.
pub(super) async fn rights(connection: &Connection, rights: &[Access]) -> Result<()> {
    let mut missing = Vec::new();
    for right in rights {
        if connection.may(right).await == Ok(false) {
            missing.push(right.to_string());
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!("cannot begin, nothing was changed: the missing RBAC rule is {}", missing.join("; and "))
}
