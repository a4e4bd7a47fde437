//! Writes that only who has the lease may do.

use super::Lease;
use crate::model::Record;
use crate::reach::Boxed;
use crate::writes::{Change, Failed, Target, Writes};

/// Writes only while the lease is ours: before each it is renewed, or found to be another's.
pub struct Leased<'a>(pub &'a Lease<'a>);

impl Writes for Leased<'_> {
    fn change<'a>(
        &'a self,
        target: &'a Target,
        changes: &'a [Change],
    ) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            self.0.hold().await?;
            self.0.writer.change(target, changes).await
        })
    }

    fn delete<'a>(&'a self, target: &'a Target) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            self.0.hold().await?;
            self.0.writer.delete(target).await
        })
    }

    fn hold(&self) -> Boxed<'_, Result<(), Failed>> {
        Box::pin(self.0.hold())
    }

    fn remember<'a>(&'a self, record: &'a Record) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            self.0.hold().await?;
            self.0.remember(record).await
        })
    }
}
