//! Guards: the rules of `check`, weighed for the scaling ahead, before each step.

use std::cell::Cell;

use super::says::says;
use crate::command::allowed::Allowed;
use crate::command::operation::{Proposal, about, in_the_way};
use crate::engine::AnyEngine;
use crate::model::{Intent, Seen, Set, Snapshot, Unread};
use crate::plan::scale::{Manner, Scale};
use crate::plan::{Next, Plan, Planner, Wishes, Words, plan};
use crate::rules::{self, Finding, Judged, Object, Severity};

/// A plan that is begun only where nothing stands in its way, and that waits where something comes into it.
pub(super) struct Guarded {
    scale: Scale<'static>,
    engine: Option<&'static dyn AnyEngine>,
    set: Set,
    allowed: Allowed,
    /// Something was begun, so that what comes in its way is waited for.
    has_begun: Cell<bool>,
}

/// What is wanted of a set.
pub(super) struct Wanted {
    pub to: u32,
    pub wishes: Wishes,
    pub is_levelled: bool,
    pub manner: Manner,
    pub allowed: Allowed,
}

impl Guarded {
    pub(super) fn new(
        now: &Snapshot,
        engine: Option<&'static dyn AnyEngine>,
        wanted: Wanted,
    ) -> Self {
        Self {
            scale: Scale {
                uid: now.set.uid.clone(),
                from: now.set.replicas,
                to: wanted.to,
                data: engine.map(|engine| -> &'static dyn crate::plan::Data { engine }),
                wishes: wanted.wishes,
                is_levelled: wanted.is_levelled,
                manner: wanted.manner,
            },
            engine,
            set: (*now.set).clone(),
            allowed: wanted.allowed,
            has_begun: Cell::new(now.record.is_some()),
        }
    }

    pub(super) fn to(&self) -> u32 {
        self.scale.to
    }

    /// What it comes to for the database.
    pub(super) fn of_data(&self, now: &Snapshot) -> Option<Words> {
        self.scale.data?.says(now, &self.scale.goal(now))
    }

    /// Why what is waited for does not come: a pod that stays and is broken, or a controller that does not get on.
    fn broken(&self, now: &Snapshot) -> Vec<Finding> {
        let stays: Vec<String> = now.set.ordinals().map(|it| now.set.pod_name(it)).collect();
        let is_broken = |it: &Finding| {
            let object = &it.violation.object;
            match object.kind {
                "pod" => stays.contains(&object.name) || it.rule == "scale-down-deadlock",
                kind => kind == "statefulset",
            }
        };
        let found = rules::judge(now).findings.into_iter().filter(is_broken);
        found.filter(|it| self.is_in_the_way(now, it)).collect()
    }

    /// What stands in the way, where a plan cannot be made: that may be why. Not where a member that should answer was not
    /// heard, as more may stand in the way then.
    fn unplanned(&self, now: &Snapshot, unread: Unread) -> Seen<Plan<Snapshot>> {
        let judged = self.judged(now);
        let refused = self.blocked(now, &judged);
        if refused.is_empty() || judged.findings.iter().any(|it| it.severity == Severity::Unknown) {
            return Err(unread);
        }
        Ok(Plan { steps: Vec::new(), refused, guards: Some(judged) })
    }

    /// Every rule, weighed for what is ahead.
    fn judged(&self, now: &Snapshot) -> Judged {
        let mut now = now.clone();
        now.intent = Some(Intent::Scale { replicas: self.scale.to });
        let mut judged = rules::judge(&now);
        if let Some(engine) = self.engine {
            engine.judge(&now, &mut judged);
        }
        if let Some(operation) = now.operation() {
            judged.weigh(operation);
        }
        judged
    }

    fn blocked(&self, now: &Snapshot, judged: &Judged) -> Vec<Finding> {
        let found = judged.findings.iter();
        found.filter(|it| self.is_in_the_way(now, it)).cloned().collect()
    }

    fn is_in_the_way(&self, now: &Snapshot, finding: &Finding) -> bool {
        // A claim that a run on its way left behind is taken up again by the same run.
        let is_own = now.record.as_ref().is_some_and(|record| self.scale.to <= record.replicas)
            && finding.rule == "claim-left-behind";
        let is_seen_to =
            self.scale.data.is_some_and(|data| data.sees_to(now, &self.scale.goal(now), finding));
        finding.severity == Severity::Error
            && !self.allowed.has(finding.rule)
            && !is_own
            && !self.scale.manner.sees_to(finding)
            && !is_seen_to
    }
}

impl Proposal for Guarded {
    /// The plan that is shown. Guards look at what is there, not at what is forecast. Where a run that was cut off has left
    /// something to wait for, that stands in nobody's way: then only what keeps it from coming does.
    fn plan(&self, now: &Snapshot) -> Seen<Plan<Snapshot>> {
        let planned = plan(now, &self.scale).and_then(|plan| Ok((plan, self.scale.next(now)?)));
        let (mut plan, next) = match planned {
            Ok(planned) => planned,
            Err(unread) => return self.unplanned(now, unread),
        };
        match next {
            // What stands in the way may be why there is no plan.
            Next::Do(_) | Next::Refuse(_) => {
                let judged = self.judged(now);
                let mut refused = self.blocked(now, &judged);
                plan.refused.retain(|it| !refused.contains(it));
                refused.append(&mut plan.refused);
                (plan.refused, plan.guards) = (refused, Some(judged));
            }
            Next::Wait(_) => plan.refused.extend(self.broken(now)),
            Next::Done => {}
        }
        Ok(plan)
    }

    fn is_done(&self, now: &Snapshot) -> Seen<bool> {
        Ok(matches!(self.scale.next(now)?, Next::Done))
    }

    fn says(&self, now: &Snapshot, plan: &Plan<Snapshot>) -> String {
        says(now, self, plan)
    }
}

impl Planner<Snapshot> for Guarded {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let next = self.scale.next(now)?;
        if !matches!(next, Next::Do(_)) {
            return Ok(next);
        }
        let blocked = self.blocked(now, &self.judged(now));
        if blocked.is_empty() {
            self.has_begun.set(true);
            return Ok(next);
        }
        let has_begun = self.has_begun.get() || now.set.replicas != self.set.replicas;
        Ok(in_the_way(blocked, has_begun))
    }

    fn puts_back(&self) -> bool {
        true
    }

    fn leaves(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        self.scale.leaves(now)
    }

    fn settle(&self, now: &mut Snapshot) {
        self.scale.settle(now);
    }

    fn reasons(&self, now: &Snapshot, object: &Object) -> Vec<Finding> {
        about(self.judged(now), object)
    }
}
