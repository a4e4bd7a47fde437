//! A broken pod for which the controller waits, and which only another revision would mend.

use super::renew;
use crate::model::{Access, Pod, Snapshot};
use crate::plan::scale::publish;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::{Failed, Kind, Target};

#[derive(Debug)]
pub(super) struct Unblock {
    pod: Target,
    ordinal: u32,
}

impl Unblock {
    pub(super) fn new(now: &Snapshot, pod: &Pod, ordinal: u32) -> Self {
        let pod = Target {
            kind: Kind::Pod,
            namespace: now.set.namespace.clone(),
            name: pod.name.clone(),
            uid: pod.uid.clone(),
        };
        Self { pod, ordinal }
    }
}

impl Step<Snapshot> for Unblock {
    fn describe(&self) -> Description {
        let says =
            "it is broken, and the controller waits for it: it comes back on the new revision";
        Description::new("delete", Object::pod(&self.pod.name), says)
    }

    fn consent(&self) -> Consent {
        Consent::Restart(self.ordinal)
    }

    fn rights(&self) -> Vec<Access> {
        vec![self.pod.access("delete")]
    }

    fn forecast(&self, now: &mut Snapshot) {
        renew(now, &self.pod.name);
        publish(now);
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        hands.writes().delete(&self.pod)
    }
}
