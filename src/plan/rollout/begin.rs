//! The template, and in the same write the partition that holds every ordinal back.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{NewTemplate, partition};
use crate::model::{self, Access, Record, Snapshot, Update};
use crate::plan::scale::publish;
use crate::plan::{Consent, Description, Hands, Step};
use crate::reach::Boxed;
use crate::rules::Object;
use crate::writes::{Change, Failed, Target};

#[derive(Debug)]
pub(super) struct Begin {
    set: Target,
    replicas: u32,
    template: NewTemplate,
    /// None where its pods are deleted one by one.
    rolling_update: Option<Value>,
    record: Record,
}

impl Begin {
    pub(super) fn new(now: &Snapshot, template: &NewTemplate) -> Self {
        let is_by_partition = matches!(now.set.update, Update::RollingUpdate { .. });
        Self {
            set: Target::set(&now.set),
            replicas: now.set.replicas,
            template: template.clone(),
            rolling_update: is_by_partition.then(|| rolling_update(now, now.set.replicas)),
            record: remembering(now, partition::of(now), Some(template)),
        }
    }
}

/// What it was before: the partition is put back in the end.
pub(super) fn remembering(
    now: &Snapshot,
    partition: Option<u32>,
    template: Option<&NewTemplate>,
) -> Record {
    let mut record = now.record_or_new();
    let before = record.rollout.as_ref().map_or(partition, |it| it.partition);
    record.rollout = Some(model::Rollout {
        partition: before,
        revision: template.and_then(|it| it.revision.clone()),
        is_undo: template.is_some_and(|it| it.is_undo),
        gated: BTreeSet::new(),
    });
    record
}

/// `spec.updateStrategy.rollingUpdate` with another partition.
pub(super) fn rolling_update(now: &Snapshot, partition: u32) -> Value {
    let mut value = json!({ "partition": partition });
    if let Update::RollingUpdate { max_unavailable: Some(most), .. } = &now.set.update {
        value["maxUnavailable"] = most.parse::<u32>().map_or_else(|_| json!(most), |it| json!(it));
    }
    value
}

/// A revision that nobody has seen yet.
const NEXT: &str = "the new one";

impl Step<Snapshot> for Begin {
    fn describe(&self) -> Description {
        let says = match self.rolling_update {
            Some(_) => "{change}; partition {replicas} holds every ordinal back",
            None => "{change}; nothing is replaced by itself (OnDelete)",
        };
        Description::new("change", Object::set(&self.set.name), says)
            .with("change", self.template.says.as_str())
            .with("replicas", self.replicas)
    }

    fn consent(&self) -> Consent {
        Consent::Template
    }

    fn rights(&self) -> Vec<Access> {
        vec![self.set.access("patch")]
    }

    fn forecast(&self, now: &mut Snapshot) {
        now.record = Some(self.record.clone());
        let set = Arc::make_mut(&mut now.set);
        set.generation += 1;
        set.observed_generation = set.generation;
        set.update_revision = Some(NEXT.to_owned());
        if let Update::RollingUpdate { partition, .. } = &mut set.update {
            *partition = Some(self.replicas);
        }
        publish(now);
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let mut changes = vec![
                Change::test("/metadata/generation", self.template.generation),
                Change::put("/spec/template", (*self.template.template).clone()),
            ];
            if let Some(rolling_update) = &self.rolling_update {
                let path = "/spec/updateStrategy/rollingUpdate";
                changes.push(Change::put(path, rolling_update.clone()));
            }
            if !hands.is_trial() {
                hands.writes().remember(&self.record).await?;
            }
            hands.writes().change(&self.set, &changes).await
        })
    }
}
