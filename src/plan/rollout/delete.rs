//! A pod that comes back on the new revision when it is deleted: by its uid, so that it is never another.

use super::begin::remembering;
use super::partition;
use super::renew;
use crate::model::{Access, Pod, Record, Snapshot};
use crate::plan::scale::publish;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::{Failed, Kind, Target};

#[derive(Debug)]
pub(super) struct Delete {
    pod: Target,
    ordinal: u32,
    says: &'static str,
    /// Where what was before is not remembered yet.
    record: Option<Record>,
}

impl Delete {
    /// The controller waits for it, and only another revision may mend it.
    pub(super) fn broken(now: &Snapshot, pod: &Pod, ordinal: u32) -> Self {
        let says =
            "it is broken, and the controller waits for it: it comes back on the new revision";
        Self::new(now, pod, ordinal, says)
    }

    /// Its update strategy is OnDelete.
    pub(super) fn turn(now: &Snapshot, pod: &Pod, ordinal: u32) -> Self {
        Self::new(now, pod, ordinal, "until it is back on the new revision")
    }

    pub(super) fn beside(now: &Snapshot, pod: &Pod, ordinal: u32) -> Self {
        let says = "together with the one above: it comes back on the new revision";
        Self::new(now, pod, ordinal, says)
    }

    fn new(now: &Snapshot, pod: &Pod, ordinal: u32, says: &'static str) -> Self {
        let target = Target {
            kind: Kind::Pod,
            namespace: now.set.namespace.clone(),
            name: pod.name.clone(),
            uid: pod.uid.clone(),
        };
        let is_remembered = now.rollout().is_some();
        let record = (!is_remembered).then(|| remembering(now, partition::of(now), None));
        Self { pod: target, ordinal, says, record }
    }
}

impl Step<Snapshot> for Delete {
    fn describe(&self) -> Description {
        Description::new("delete", Object::pod(&self.pod.name), self.says)
    }

    fn consent(&self) -> Consent {
        Consent::Restart(self.ordinal)
    }

    fn rights(&self) -> Vec<Access> {
        vec![self.pod.access("delete")]
    }

    fn forecast(&self, now: &mut Snapshot) {
        if self.record.is_some() {
            now.record.clone_from(&self.record);
        }
        renew(now, &self.pod.name);
        publish(now);
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            if let Some(record) = self.record.as_ref().filter(|_| !hands.is_trial()) {
                hands.writes().remember(record).await?;
            }
            hands.writes().delete(&self.pod).await
        })
    }
}
