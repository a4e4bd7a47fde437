//! What was seen at one moment of claims and of all that may use them.

use std::sync::Arc;

use super::Survey;
use crate::model::{Details, Shared, Snapshot, Timestamp};

#[derive(Clone, Debug)]
pub struct Ground {
    /// The server's clock.
    pub at: Timestamp,
    pub shared: Arc<Shared>,
    pub details: Arc<Details>,
}

impl From<Snapshot> for Ground {
    fn from(now: Snapshot) -> Self {
        Self { at: now.at, shared: now.shared, details: now.details }
    }
}

impl Ground {
    pub fn survey(&self) -> Survey<'_> {
        Survey::new(self.at, &self.shared, &self.details)
    }
}
