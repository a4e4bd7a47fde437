//! Guards: the rules of `check`, weighed for the scaling ahead, before each step.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::engine::{self, ENGINES};
use crate::model::{Intent, Operation, Seen, Set, Snapshot};
use crate::plan::scale::Scale;
use crate::plan::{Next, Plan, Planner, Wait, plan};
use crate::rules::{self, Finding, Object, Severity, Violation};

/// A plan that is begun only where nothing stands in its way, and that waits where something comes into it.
pub(super) struct Guarded {
    scale: Scale,
    set: Set,
    allowed: BTreeSet<String>,
    heeds_databases: bool,
}

impl Guarded {
    /// # Errors
    /// When a rule is to be allowed that there is not.
    pub(super) fn new(
        now: &Snapshot,
        to: u32,
        allowed: &[String],
        heeds_databases: bool,
    ) -> Result<Self> {
        let sections =
            rules::catalogue().into_iter().chain(ENGINES.iter().map(|it| it.catalogue()));
        let known: BTreeSet<&str> = sections.flat_map(|it| it.rules).map(|rule| rule.id).collect();
        if let Some(unknown) = allowed.iter().find(|rule| !known.contains(rule.as_str())) {
            bail!("there is no rule {unknown}: kubectl sts check --list-rules has them");
        }
        Ok(Self {
            scale: Scale { uid: now.set.uid.clone(), to },
            set: (*now.set).clone(),
            allowed: allowed.iter().cloned().collect(),
            heeds_databases,
        })
    }

    pub(super) fn to(&self) -> u32 {
        self.scale.to
    }

    /// As it was at the beginning.
    pub(super) fn set(&self) -> &Set {
        &self.set
    }

    /// The plan that is shown. Guards look at what is there, not at what is forecast. Where a run that was cut off has left
    /// something to wait for, that stands in nobody's way: then only a pod that stays and is broken does.
    pub(super) fn plan(&self, now: &Snapshot) -> Seen<Plan<Snapshot>> {
        let mut plan = plan(now, &self.scale)?;
        match self.scale.next(now)? {
            Next::Do(_) => plan.refused.extend(self.blocked(now)),
            Next::Wait(_) => plan.refused.extend(self.broken(now)),
            Next::Refuse(_) | Next::Done => {}
        }
        Ok(plan)
    }

    fn broken(&self, now: &Snapshot) -> Vec<Finding> {
        let stays: Vec<String> = now.set.ordinals().map(|it| now.set.pod_name(it)).collect();
        let is_broken = |it: &Finding| {
            let object = &it.violation.object;
            it.severity == Severity::Error
                && !self.allowed.contains(it.rule)
                && object.kind == "pod"
                && stays.contains(&object.name)
        };
        let found = rules::judge(now).findings.into_iter().filter(is_broken);
        self.of_database(now).into_iter().chain(found).collect()
    }

    pub(super) fn is_done(&self, now: &Snapshot) -> Seen<bool> {
        Ok(matches!(self.scale.next(now)?, Next::Done))
    }

    fn blocked(&self, now: &Snapshot) -> Vec<Finding> {
        let mut now = now.clone();
        now.intent = Some(Intent::Scale { replicas: self.scale.to });
        let mut judged = rules::judge(&now);
        if let Some(operation) = now.operation() {
            judged.weigh(operation);
        }
        let is_in_the_way =
            |it: &Finding| it.severity == Severity::Error && !self.allowed.contains(it.rule);
        let guards = judged.findings.into_iter().filter(is_in_the_way);
        self.of_database(&now).into_iter().chain(guards).collect()
    }

    /// Data has to be moved off an ordinal that leaves, and to one that joins.
    fn of_database(&self, now: &Snapshot) -> Option<Finding> {
        let (engine, evidence) = engine::detect(now).filter(|_| self.heeds_databases)?;
        let says = "it runs {engine} ({evidence}), whose data would have to be moved first: that is not offered yet";
        let next = "--engine none scales it as if nothing ran on it: what the ordinals that leave hold is then lost to the others";
        let violation = Violation::new(Object::set(&now.set.name), says)
            .with("engine", engine.name())
            .with("evidence", evidence.words)
            .next(next);
        Some(Finding {
            rule: "database-not-scaled",
            severity: Severity::Error,
            blocks: Operation::ALL,
            violation,
        })
    }
}

impl Planner<Snapshot> for Guarded {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let next = self.scale.next(now)?;
        if !matches!(next, Next::Do(_)) {
            return Ok(next);
        }
        let blocked = self.blocked(now);
        let Some(first) = blocked.first() else { return Ok(next) };
        // On the way it may pass: an address in DNS outlives its pod by a moment.
        let has_begun = now.set.replicas != self.set.replicas;
        Ok(if has_begun {
            Next::Wait(Wait {
                object: first.violation.object.clone(),
                says: "until {rule} no longer stands in the way",
                evidence: vec![("rule", first.rule.into())],
            })
        } else {
            Next::Refuse(blocked)
        })
    }

    fn settle(&self, now: &mut Snapshot) {
        self.scale.settle(now);
    }
}
