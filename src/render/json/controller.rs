//! What the StatefulSet controller does next, as it is promised.

use serde::Serialize;

use super::Object;
use crate::controller::Action;
use crate::render::controller::say;
use crate::report::Report;

/// What the StatefulSet controller does next, or waits for, by its own algorithm.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Controller {
    /// It is about to `create`, `replace`, `scale-down` or `update` pods, has to `wait`, or is `blocked`; `idle`,
    /// `spec-not-observed`, `unknown`.
    kind: &'static str,
    /// Of `wait`: `terminating`, `not-running`, `not-ready`, `not-available`. Of `blocked`: `deleting`, `stale-claim`,
    /// `claim-terminating`, `name-taken`, `refused`, `deadlock`. Else null.
    reason: Option<&'static str>,
    /// What it waits for, or the first pod that it acts on; null for none.
    object: Option<Object>,
    /// For a person.
    message: String,
}

impl Controller {
    pub(super) fn new(report: &Report, action: &Action) -> Self {
        let said = say(report, action);
        Self {
            kind: said.kind,
            reason: said.reason,
            object: said.object.as_ref().map(Object::from),
            message: said.message,
        }
    }
}
