//! The partition, which says whose turn it is.

use std::sync::Arc;

use serde_json::Value;

use super::begin::{remembering, rolling_update};
use super::renew;
use crate::model::{Access, Record, Snapshot, Update};
use crate::plan::scale::publish;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::{Change, Failed, Target};

/// None where there is none.
pub(super) fn of(now: &Snapshot) -> Option<u32> {
    match now.set.update {
        Update::RollingUpdate { partition, .. } => partition,
        Update::OnDelete | Update::Other(_) => None,
    }
}

/// More than any set has: also who joins comes on the revision of before.
pub const HOLD: u32 = 2_147_483_647;

#[derive(Debug)]
pub(super) struct Partition {
    set: Target,
    from: Option<u32>,
    to: u32,
    why: Why,
    generation: i64,
    rolling_update: Value,
    /// Where what was before is not remembered yet.
    record: Option<Record>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    /// Whose turn it is, and by its ordinal.
    Turn {
        pod: String,
        ordinal: u32,
    },
    /// It is broken, and comes before its turn.
    First {
        pod: String,
        ordinal: u32,
    },
    Held,
    /// There is nobody left to hold back.
    All,
    Restored,
}

impl Partition {
    /// It is the turn of the pod of this index; `to` is lower where others go together with it.
    pub(super) fn lowered(now: &Snapshot, index: u32, to: u32) -> Self {
        let ordinal = now.set.start.saturating_add(index);
        Self::new(now, to, Why::Turn { pod: now.set.pod_name(ordinal), ordinal })
    }

    pub(super) fn of_broken(now: &Snapshot, to: u32) -> Self {
        let ordinal = now.set.start.saturating_add(to);
        Self::new(now, to, Why::First { pod: now.set.pod_name(ordinal), ordinal })
    }

    pub(super) fn of_all(now: &Snapshot) -> Self {
        Self::new(now, 0, Why::All)
    }

    /// Nobody's turn until it was waited for those that are new already.
    pub(super) fn held(now: &Snapshot, to: u32) -> Self {
        Self::new(now, to, Why::Held)
    }

    /// What it was before does not come back: it is what was asked for.
    pub(super) fn held_for_good(now: &Snapshot) -> Self {
        Self { record: None, ..Self::new(now, HOLD, Why::Held) }
    }

    pub(super) fn restored(now: &Snapshot, to: u32) -> Self {
        Self::new(now, to, Why::Restored)
    }

    fn new(now: &Snapshot, to: u32, why: Why) -> Self {
        let from = of(now);
        let is_remembered = now.rollout().is_some();
        Self {
            set: Target::set(&now.set),
            from,
            to,
            why,
            generation: now.set.generation,
            rolling_update: rolling_update(now, to),
            record: (!is_remembered).then(|| remembering(now, from, None)),
        }
    }
}

impl Step<Snapshot> for Partition {
    fn describe(&self) -> Description {
        let object = Object::set(&self.set.name);
        match &self.why {
            Why::Turn { pod, .. } => {
                let says = "partition {from} -> {to}, until {pod} is back on the new revision";
                Description::new("update", object, says)
                    .with("from", self.from.unwrap_or(0))
                    .with("to", self.to)
                    .with("pod", pod.as_str())
            }
            Why::First { pod, .. } => {
                let says = "partition {from} -> {to}: {pod} is broken, and comes before the others";
                Description::new("update", object, says)
                    .with("from", self.from.unwrap_or(0))
                    .with("to", self.to)
                    .with("pod", pod.as_str())
            }
            Why::Held => {
                let says = "partition {to}: what runs an older revision waits for its turn";
                Description::new("hold", object, says).with("to", self.to)
            }
            Why::All => {
                let says = "partition {to}: all run the newest revision";
                Description::new("release", object, says).with("to", self.to)
            }
            Why::Restored => {
                Description::new("restore", object, "partition {to}, as it was").with("to", self.to)
            }
        }
    }

    fn consent(&self) -> Consent {
        match self.why {
            Why::Turn { ordinal, .. } | Why::First { ordinal, .. } => Consent::Restart(ordinal),
            Why::Held | Why::All | Why::Restored => Consent::Arrange,
        }
    }

    fn rights(&self) -> Vec<Access> {
        vec![self.set.access("patch")]
    }

    fn forecast(&self, now: &mut Snapshot) {
        if self.record.is_some() {
            now.record.clone_from(&self.record);
        }
        let set = Arc::make_mut(&mut now.set);
        if let Update::RollingUpdate { partition, .. } = &mut set.update {
            *partition = Some(self.to);
        }
        if let Why::Turn { pod, .. } = &self.why {
            renew(now, pod);
        }
        publish(now);
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            if let Some(record) = self.record.as_ref().filter(|_| !hands.is_trial()) {
                hands.writes().remember(record).await?;
            }
            let changes = [
                Change::test("/metadata/generation", self.generation),
                Change::put("/spec/updateStrategy/rollingUpdate", self.rolling_update.clone()),
            ];
            hands.writes().change(&self.set, &changes).await
        })
    }
}
