//! Plans and what becomes of them, one JSON object a line: docs/json.md has the fields.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Headline, guards, in_words};
use crate::execute::{End, Outcome, Told};
use crate::model::Timestamp;
use crate::plan::{Description, Plan, Said};
use crate::render::json::{Finding, NotRun, Object, Value, line};
use crate::render::template::fill;
use crate::rules::Judged;

/// What would be done, before anybody approved it. The first line.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::render) struct PlanLine {
    /// `kubectl-sts/v1`.
    api_version: &'static str,
    /// `Plan`.
    kind: &'static str,
    context: Option<String>,
    namespace: String,
    /// What it is about: `statefulset/redis`.
    about: String,
    /// For a person.
    message: String,
    steps: Vec<StepLine>,
    /// What stands in its way; empty for a plan that can run.
    refused: Vec<Finding>,
    /// What was judged before its first step; null where nothing was.
    guards: Option<Guards>,
}

/// Rules that were judged for what is ahead.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Guards {
    /// How many found nothing worse than a note.
    passed: usize,
    /// Names of those that found something that is not in the way.
    warned: Vec<&'static str>,
    not_run: Vec<NotRun>,
}

/// One step.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StepLine {
    /// `keep`, `delete`, …
    verb: &'static str,
    object: Object,
    /// For a person; `evidence` has the same as values.
    message: String,
    evidence: BTreeMap<&'static str, Value>,
}

/// Something that happens. A line each.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::render) struct EventLine {
    /// `Event`.
    kind: &'static str,
    /// `begins`: a step; `waits`: for what `message` says, or because a read failed; `says`: a line of what a step
    /// runs in a pod; `progress`: how far long work has come.
    event: &'static str,
    step: Option<StepLine>,
    message: String,
}

/// How it ended. The last line.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(in crate::render) struct EndLine {
    /// `End`.
    kind: &'static str,
    /// `done`, `interrupted`, `refused`, `not-approved`, `stuck`, `overdue`, `unread`, `denied`, `rejected`, `failed`.
    end: &'static str,
    /// Writes that happened, or may have.
    writes: usize,
    /// Why, where it is not done.
    message: Option<String>,
    refused: Vec<Finding>,
}

pub fn plan_json<N>(headline: &Headline, plan: &Plan<N>) -> anyhow::Result<String> {
    let now = headline.now;
    let findings = plan.refused.iter().map(|it| Finding::new(headline.place(), it));
    line(&PlanLine {
        api_version: "kubectl-sts/v1",
        kind: "Plan",
        context: headline.context.clone(),
        namespace: headline.namespace.clone(),
        about: headline.object.clone(),
        message: headline.says.clone(),
        steps: plan.steps.iter().map(|step| StepLine::new(&step.describe(), now)).collect(),
        refused: findings.collect(),
        guards: plan.guards.as_ref().filter(|_| plan.refused.is_empty()).map(Guards::from),
    })
}

pub fn told_json<N>(told: &Told<'_, N>, now: Timestamp) -> anyhow::Result<String> {
    let (event, step, message) = match told {
        Told::Begins(step) => {
            let step = step.describe();
            ("begins", Some(StepLine::new(&step, now)), in_words(&step, now))
        }
        Told::Waits(wait) => {
            let says = fill(wait.says, &wait.evidence, now);
            ("waits", None, format!("{}/{}: {says}", wait.object.kind, wait.object.name))
        }
        Told::Unread(unread) => ("waits", None, unread.to_string()),
    };
    line(&EventLine { kind: "Event", event, step, message })
}

pub fn progress_json(done: u64, total: u64, unit: &str) -> anyhow::Result<String> {
    let message = format!("{done} of {total} {unit}");
    line(&EventLine { kind: "Event", event: "progress", step: None, message })
}

pub fn said_json(said: &Said) -> anyhow::Result<String> {
    let message = format!("pod/{}: {}", said.pod, said.line);
    line(&EventLine { kind: "Event", event: "says", step: None, message })
}

pub fn ending_json(headline: &Headline, outcome: &Outcome) -> anyhow::Result<String> {
    let (end, message) = match &outcome.end {
        End::Done => ("done", None),
        End::Interrupted => ("interrupted", None),
        End::Refused(_) => ("refused", None),
        End::NotApproved(object) => ("not-approved", Some(object.clone())),
        End::Stuck(object) => ("stuck", Some(object.clone())),
        End::Overdue => ("overdue", None),
        End::Unread(unread) => ("unread", Some(unread.to_string())),
        End::Denied(access) => ("denied", Some(access.to_string())),
        End::Rejected(words) => ("rejected", Some(words.clone())),
        End::Failed(words) => ("failed", Some(words.clone())),
    };
    let refused = match &outcome.end {
        End::Refused(findings) => findings.as_slice(),
        _ => outcome.reasons.as_slice(),
    };
    line(&EndLine {
        kind: "End",
        end,
        writes: outcome.writes,
        message,
        refused: refused.iter().map(|it| Finding::new(headline.place(), it)).collect(),
    })
}

impl From<&Judged> for Guards {
    fn from(judged: &Judged) -> Self {
        let warned = guards::warned(judged);
        Self {
            passed: judged.ran.saturating_sub(warned.len()),
            warned: warned.into_iter().collect(),
            not_run: judged.not_run.iter().map(NotRun::from).collect(),
        }
    }
}

impl StepLine {
    fn new(step: &Description, now: Timestamp) -> Self {
        Self {
            verb: step.verb,
            object: Object::from(&step.object),
            message: in_words(step, now),
            evidence: step
                .evidence
                .iter()
                .map(|(name, value)| (*name, Value::from(value)))
                .collect(),
        }
    }
}
