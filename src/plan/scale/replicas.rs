//! The replicas of a set are changed by one.

use std::sync::Arc;

use crate::model::{Access, Pod, RetentionPolicy, Snapshot};
use crate::plan::scale::{Manner, publish, ready};
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::{Change, Failed, Target};

#[derive(Debug)]
pub(super) struct Replicas {
    set: Target,
    from: u32,
    to: u32,
    /// It leaves or joins.
    ordinal: u32,
    pod: String,
    claims: Vec<String>,
    fate: Fate,
}

/// What becomes of the claims of an ordinal that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    /// By us, next.
    Deleted,
    /// By Kubernetes (`whenScaled: Delete`), with or without what is on their volumes.
    DeletedByKubernetes,
    LostByKubernetes,
}

impl Fate {
    fn of(now: &Snapshot, manner: &Manner) -> Self {
        let is_theirs = now.set.retention.when_scaled == RetentionPolicy::Delete;
        match (is_theirs, manner.deletes_claims) {
            (false, false) => Self::Kept,
            (false, true) => Self::Deleted,
            (true, true) if !manner.discards_data => Self::DeletedByKubernetes,
            (true, _) => Self::LostByKubernetes,
        }
    }
}

impl Replicas {
    pub(super) fn lowered(now: &Snapshot, manner: &Manner) -> Self {
        let fate = Fate::of(now, manner);
        Self { fate, ..Self::new(now, now.set.replicas - 1, now.set.ordinals().end - 1) }
    }

    pub(super) fn raised(now: &Snapshot) -> Self {
        Self::new(now, now.set.replicas + 1, now.set.ordinals().end)
    }

    fn new(now: &Snapshot, to: u32, ordinal: u32) -> Self {
        let set = &now.set;
        Self {
            set: Target::set(set),
            from: set.replicas,
            to,
            ordinal,
            pod: set.pod_name(ordinal),
            claims: set
                .claim_templates
                .iter()
                .map(|it| set.claim_name(&it.name, ordinal))
                .collect(),
            fate: Fate::Kept,
        }
    }
}

impl Step<Snapshot> for Replicas {
    fn describe(&self) -> Description {
        let object = Object::set(&self.set.name);
        let (verb, says) = match (self.to < self.from, self.claims.is_empty(), self.fate) {
            (true, true, _) => {
                ("lower", "{from} -> {to}, until {pod} is gone and the others are ready")
            }
            (true, false, Fate::Kept) => (
                "lower",
                "{from} -> {to}, until {pod} is gone and the others are ready; {claims} kept (whenScaled: Retain)",
            ),
            (true, false, Fate::Deleted) => (
                "lower",
                "{from} -> {to}, until {pod} is gone and the others are ready; {claims} deleted next (--delete-claims)",
            ),
            (true, false, Fate::DeletedByKubernetes) => (
                "lower",
                "{from} -> {to}, until {pod} is gone and the others are ready; Kubernetes deletes {claims} (whenScaled: Delete)",
            ),
            (true, false, Fate::LostByKubernetes) => (
                "lower",
                "{from} -> {to}, until {pod} is gone and the others are ready; {claims} DELETED WITH THEIR DATA (whenScaled: Delete)",
            ),
            (false, ..) => ("raise", "{from} -> {to}, until {pod} is ready"),
        };
        Description::new(verb, object, says)
            .with("from", self.from)
            .with("to", self.to)
            .with("pod", self.pod.as_str())
            .with("claims", self.claims.clone())
    }

    fn consent(&self) -> Consent {
        Consent::Replicas(self.to)
    }

    fn rights(&self) -> Vec<Access> {
        vec![self.set.access("patch")]
    }

    fn forecast(&self, now: &mut Snapshot) {
        let Ok(pods) = &now.pods else { return };
        let mut pods: Vec<Arc<Pod>> = pods.to_vec();
        if self.to < self.from {
            pods.retain(|pod| pod.name != self.pod);
        } else {
            pods.extend(ready(now, self.ordinal));
        }
        now.pods = Ok(pods.into());
        Arc::make_mut(&mut now.set).replicas = self.to;
        publish(now);
        let is_theirs = matches!(self.fate, Fate::DeletedByKubernetes | Fate::LostByKubernetes);
        if let Ok(claims) = &mut Arc::make_mut(&mut now.shared).claims
            && is_theirs
        {
            let namespace = &self.set.namespace;
            claims.retain(|it| it.namespace != *namespace || !self.claims.contains(&it.name));
        }
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let change = Change::new("/spec/replicas", self.from, self.to);
            hands.writes().change(&self.set, &[change]).await
        })
    }
}
