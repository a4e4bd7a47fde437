//! Members that hold nothing any more stay for a while: they tell clients where everything is now.

use super::super::layout::Layout;
use crate::model::{Record, Snapshot};
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::Failed;

#[derive(Debug)]
pub struct Linger {
    pods: Vec<String>,
    record: Record,
}

impl Linger {
    pub fn new(now: &Snapshot, pods: Vec<String>, layout: &Layout) -> Self {
        let mut record = now.record_or_new();
        record.replicas_per_shard.get_or_insert(layout.replicas_per_shard);
        record.drained = Some(now.at);
        Self { pods, record }
    }
}

impl Step<Snapshot> for Linger {
    fn describe(&self) -> Description {
        let first = self.pods.first().map(String::as_str).unwrap_or_default();
        let says = "{pods} hold nothing now and answer MOVED, until no client is left on them or 30 s are over";
        Description::new("wait", Object::pod(first), says).with("pods", self.pods.clone())
    }

    fn consent(&self) -> Consent {
        Consent::Arrange
    }

    fn forecast(&self, now: &mut Snapshot) {
        now.record = Some(self.record.clone());
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        hands.writes().remember(&self.record)
    }
}
