//! Guards: the rules of `check`, weighed for a rollout, before each step; and what fails on its way.

use std::cell::Cell;
use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::says::says;
use crate::command::allowed::Allowed;
use crate::command::operation::{Proposal, about, in_the_way};
use crate::engine::AnyEngine;
use crate::model::{Intent, Operation, Pod, Seen, Snapshot, Timestamp};
use crate::plan::rollout::{Hold, Pause, Rollout, not_undone, paused};
use crate::plan::{Consent, ENGINE_DOWNGRADE, Next, Plan, Planner, Wait, plan};
use crate::rules::{self, Finding, Judged, Object, Severity};

/// What a rollout itself brings about.
const ITS_WORK: &[&str] = &[
    "rollout-in-progress",
    "rollout-paused",
    "rollout-stalled",
    "partition-left",
    "partition-beyond-replicas",
    "three-revisions",
    "rollback-trap",
    "image-differs",
    "config-differs",
    "mixed-versions",
];
/// Of a pod on the new revision: what it does not come back from by itself.
const FATAL: &[&str] = &[
    "pod-image",
    "pod-config",
    "pod-init",
    "pod-crash-loop",
    "pod-failed",
    "pod-out-of-memory",
    "pod-unschedulable",
];

/// So long a pod that had failed before may take to be tried again.
const AGAIN: SignedDuration = SignedDuration::from_secs(60);

pub(super) struct Guarded {
    pub(super) rollout: Rollout<'static>,
    engine: Option<&'static dyn AnyEngine>,
    allowed: Allowed,
    /// What fails is taken back.
    is_undone: bool,
    /// When the run began: what had failed before is no news.
    began: Timestamp,
    /// Something was begun, so that what comes in its way is waited for.
    has_begun: Cell<bool>,
}

impl Guarded {
    pub(super) fn new(
        rollout: Rollout<'static>,
        engine: Option<&'static dyn AnyEngine>,
        allowed: Allowed,
        now: &Snapshot,
    ) -> Self {
        let has_begun = Cell::new(now.rollout().is_some());
        Self { rollout, engine, allowed, is_undone: false, began: now.at, has_begun }
    }

    pub(super) fn undone_on_failure(self, is_undone: bool) -> Self {
        Self { is_undone, ..self }
    }

    fn judged(&self, now: &Snapshot) -> Judged {
        let mut now = now.clone();
        now.intent = Some(Intent::Rollout);
        let mut judged = rules::judge(&now);
        // What is broken in the database may be so by the pod that is to be mended.
        if let Some(engine) = self.engine.filter(|_| !self.mends(&now)) {
            engine.judge(&now, &mut judged);
        }
        judged.weigh(Operation::Rollout);
        judged
    }

    fn blocked(&self, now: &Snapshot, judged: &Judged) -> Vec<Finding> {
        let broken: Vec<&str> = self
            .to_be_mended(now)
            .chain(self.to_be_replaced(now).filter(|pod| !pod.is_ready()))
            .chain(self.on_their_way(now))
            .map(|pod| pod.name.as_str())
            .collect();
        let is_in_the_way = |it: &&Finding| {
            // Once begun, who does not answer is waited for.
            let is_weighty = it.severity == Severity::Error
                || (it.severity == Severity::Unknown && !self.has_begun.get());
            is_weighty
                && !self.allowed.has(it.rule)
                && !ITS_WORK.contains(&it.rule)
                && !broken.contains(&it.violation.object.name.as_str())
        };
        let found = judged.findings.iter().filter(is_in_the_way).cloned();
        found.chain(self.downgrade(now)).chain(self.not_undone(now, judged)).collect()
    }

    /// What members run is given back to an older version.
    fn downgrade(&self, now: &Snapshot) -> Option<Finding> {
        let engine = self.engine.filter(|_| !self.allowed.has(ENGINE_DOWNGRADE))?;
        let template = self.rollout.template.as_ref().map(|it| &*it.pod);
        engine.downgrade(now, template.unwrap_or(&now.set.template.pod))
    }

    fn not_undone(&self, now: &Snapshot, judged: &Judged) -> Option<Finding> {
        let of_rule = judged.findings.iter().filter(|it| it.rule == "config-not-in-revision");
        let object = |it: &Finding| {
            let object = &it.violation.object;
            format!("{}/{}", object.kind, object.name)
        };
        let changed: Vec<String> = of_rule.map(object).collect();
        // Once begun, its own pods have read it.
        let is_refused = self.is_undone && !changed.is_empty() && !self.has_begun.get();
        is_refused.then(|| not_undone(&now.set, &changed))
    }

    /// Pods that the rollout gives another revision.
    fn to_be_replaced<'a>(&self, now: &'a Snapshot) -> impl Iterator<Item = &'a Pod> {
        let newest = now.set.update_revision.as_deref();
        let is_changed = self.rollout.is_to_change(now);
        wanted(now).filter(move |pod| is_changed || pod.revision() != newest)
    }

    /// Those of them that are broken, or run what is gone back from.
    fn to_be_mended<'a>(&self, now: &'a Snapshot) -> impl Iterator<Item = &'a Pod> {
        let rollout = &self.rollout;
        self.to_be_replaced(now)
            .filter(|pod| rollout.is_broken(now, pod) || rollout.is_given_up(now, pod))
    }

    /// Pods that have had their turn and are not back yet: they are waited for.
    fn on_their_way<'a>(&self, now: &'a Snapshot) -> impl Iterator<Item = &'a Pod> {
        let newest = now.set.update_revision.as_deref();
        let is_changed = self.rollout.is_to_change(now);
        wanted(now).filter(move |pod| !is_changed && pod.revision() == newest && !pod.is_ready())
    }

    fn mends(&self, now: &Snapshot) -> bool {
        self.to_be_mended(now).next().is_some()
    }

    /// Why the pod that is waited for will not come back, and how to go back.
    fn failed(&self, now: &Snapshot, wait: &Wait) -> Vec<Finding> {
        let name = &now.set.name;
        let is_of_it = |it: &Finding| {
            it.severity == Severity::Error
                && FATAL.contains(&it.rule)
                && it.violation.object == wait.object
                && !self.allowed.has(it.rule)
                && self.is_news(now, it)
        };
        let mut found: Vec<Finding> =
            rules::judge(now).findings.into_iter().filter(is_of_it).collect();
        if let Some(last) = found.last_mut().filter(|it| it.violation.fix.is_empty()) {
            last.violation =
                last.violation.clone().fix(["kubectl", "sts", "rollout", "undo", name]);
        }
        found
    }
}

impl Guarded {
    /// What made it fail may be mended by now: a container is started again after a while, and an image is asked for again.
    fn is_news(&self, now: &Snapshot, finding: &Finding) -> bool {
        let is_later = finding.violation.since.is_none_or(|since| since >= self.began);
        let is_over = now.at.duration_since(self.began) > AGAIN;
        is_later || (is_over && finding.rule != "pod-crash-loop")
    }
}

impl Proposal for Guarded {
    fn plan(&self, now: &Snapshot) -> Seen<Plan<Snapshot>> {
        let mut plan = plan(now, &self.rollout)?;
        if let Next::Do(_) = self.rollout.next(now)? {
            let judged = self.judged(now);
            plan.refused.extend(self.blocked(now, &judged));
            plan.guards = Some(judged);
        }
        Ok(plan)
    }

    fn is_done(&self, now: &Snapshot) -> Seen<bool> {
        Ok(matches!(self.rollout.next(now)?, Next::Done))
    }

    fn says(&self, now: &Snapshot, plan: &Plan<Snapshot>) -> String {
        says(now, &self.rollout, plan)
    }

    /// Whoever else moves the partition is held back again.
    fn consents(&self, plan: &Plan<Snapshot>) -> BTreeSet<Consent> {
        plan.consents().into_iter().chain([Consent::Arrange]).collect()
    }
}

impl Planner<Snapshot> for Guarded {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let next = self.rollout.next(now)?;
        match next {
            Next::Wait(wait) => {
                let failed = self.failed(now, &wait);
                Ok(if failed.is_empty() { Next::Wait(wait) } else { Next::Refuse(failed) })
            }
            Next::Do(step) => {
                let paused_by = now.record.as_ref().and_then(|it| it.paused_by.as_ref());
                if let Some(who) = paused_by.filter(|_| is_a_turn(&step.consent())) {
                    return Ok(Next::Refuse(vec![paused(&now.set, who)]));
                }
                let blocked = self.blocked(now, &self.judged(now));
                if blocked.is_empty() {
                    self.has_begun.set(true);
                    return Ok(Next::Do(step));
                }
                Ok(in_the_way(blocked, self.has_begun.get()))
            }
            other => Ok(other),
        }
    }

    fn settle(&self, now: &mut Snapshot) {
        self.rollout.settle(now);
    }

    fn reasons(&self, now: &Snapshot, object: &Object) -> Vec<Finding> {
        let mut judged = rules::judge(now);
        if let Some(engine) = self.engine {
            engine.judge(now, &mut judged);
        }
        about(judged, object)
    }
}

/// Its pods, but for those beyond its replicas: a rollout has nothing to do with these.
fn wanted(now: &Snapshot) -> impl Iterator<Item = &Pod> {
    let ordinals = now.ordinals().unwrap_or_default().into_iter();
    ordinals.filter(|it| it.is_wanted).filter_map(|it| it.pod).map(|pod| &**pod)
}

/// A pod is to be replaced, or all of them.
fn is_a_turn(consent: &Consent) -> bool {
    matches!(consent, Consent::Restart(_) | Consent::Template)
}

/// `hold` and `pause`: nothing that is judged stands in their way.
pub(super) struct Holding {
    pub uid: String,
    /// Of what is on its way, not of what comes after it.
    pub is_pause: bool,
}

impl Planner<Snapshot> for Holding {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let uid = &self.uid;
        if self.is_pause { Pause { uid }.next(now) } else { Hold { uid }.next(now) }
    }

    fn settle(&self, _now: &mut Snapshot) {}
}

impl Proposal for Holding {
    fn plan(&self, now: &Snapshot) -> Seen<Plan<Snapshot>> {
        plan(now, self)
    }

    fn is_done(&self, now: &Snapshot) -> Seen<bool> {
        Ok(matches!(self.next(now)?, Next::Done))
    }

    fn says(&self, _now: &Snapshot, plan: &Plan<Snapshot>) -> String {
        match (plan.steps.is_empty(), plan.refused.is_empty()) {
            (_, false) => "It cannot be held, see below.".to_owned(),
            (true, true) if self.is_pause => "Nothing is on its way: nothing to do.".to_owned(),
            (true, true) => "It is held already: nothing to do.".to_owned(),
            (false, true) if self.is_pause => "No further pod is replaced from then on:".to_owned(),
            (false, true) => "A change of its template waits from then on:".to_owned(),
        }
    }
}
