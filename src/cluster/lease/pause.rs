//! A word for who has the lease of a set: stop.

use super::{Holder, Lease, holder, record, who};
use crate::cluster::write::Writer;
use crate::model::{Set, Unread};
use crate::writes::Failed;

#[derive(Debug)]
pub enum NotPaused {
    /// What it is at is no rollout.
    Other(Holder),
    Failed(Failed),
    Unread(Unread),
}

/// The run that has the lease is to stop before its next step; None where nobody has it.
///
/// # Errors
/// When it is at something else, or it could not be written.
pub async fn pause(writer: &Writer<'_>, set: &Set) -> Result<Option<Holder>, NotPaused> {
    const TRIES: usize = 5;
    let lease = Lease::of(writer, set, "");
    for _ in 0..TRIES {
        let found = lease.read().await.map_err(NotPaused::Unread)?;
        let Some(mut found) = found else { return Ok(None) };
        let holder = holder(&found);
        if holder.who.is_empty() {
            return Ok(None);
        }
        if !holder.intent.starts_with("rollout") {
            return Err(NotPaused::Other(holder));
        }
        let mut record = record::of(&found).unwrap_or_default();
        let me = who();
        record.paused_by = Some(me.split('/').next().unwrap_or(&me).to_owned());
        found["metadata"]["annotations"][record::ANNOTATION] = record::text(&record).into();
        match lease.put(found).await {
            Ok(()) => return Ok(Some(holder)),
            // It is renewed every few seconds.
            Err(Failed::Changed) => {}
            Err(failed) => return Err(NotPaused::Failed(failed)),
        }
    }
    Err(NotPaused::Failed(Failed::Changed))
}
