//! What every command that writes has in common: its plan is shown, what happens is told, and how it ended.

use std::cell::Cell;

use anyhow::{Context, Result, anyhow};

use crate::execute::{Outcome, Told};
use crate::plan::{Hands, Plan, Said, Step, Tools};
use crate::render::plan::{self as words, Headline};
use crate::ui::{Exit, Ui};

pub(super) struct Run<'a> {
    pub headline: Headline,
    ui: &'a Ui,
    /// One JSON object a line.
    is_json: bool,
    /// Waiting is told once, not at every look.
    last: String,
}

/// Says what comes out of a pod, while the run tells of its steps.
#[derive(Clone, Copy)]
pub(super) struct Voice<'a> {
    ui: &'a Ui,
    is_json: bool,
}

impl Voice<'_> {
    pub(super) fn say(self, said: &Said) {
        let line = if self.is_json {
            words::said_json(said).unwrap_or_default()
        } else {
            words::said(said) + "\n"
        };
        // A reader that has gone away ends the run by itself.
        let _ = self.ui.result(&line);
    }
}

const STDOUT: &str = "cannot write to stdout";

impl<'a> Run<'a> {
    pub(super) fn new(headline: Headline, is_json: bool, ui: &'a Ui) -> Self {
        Self { headline, ui, is_json, last: String::new() }
    }

    pub(super) fn voice(&self) -> Voice<'a> {
        Voice { ui: self.ui, is_json: self.is_json }
    }

    pub(super) fn show<N>(&self, plan: &Plan<N>) -> Result<()> {
        let text = if self.is_json {
            words::plan_json(&self.headline, plan)?
        } else {
            words::plan(&self.headline, plan, self.ui.look())
        };
        self.ui.result(&text).context(STDOUT)
    }

    pub(super) fn tell<N>(&mut self, told: &Told<'_, N>) {
        let line = if self.is_json {
            words::told_json(told, self.headline.now).unwrap_or_default()
        } else {
            words::told(told, self.headline.now) + "\n"
        };
        if line != self.last {
            // A reader that has gone away ends the run by itself.
            let _ = self.ui.result(&line);
            self.last = line;
        }
    }

    /// `done` is said when it is; `again` are the words that go on with it.
    pub(super) fn end(&self, outcome: &Outcome, done: &str, again: &[&str]) -> Result<Exit> {
        let Headline { context, namespace, .. } = &self.headline;
        let text = if self.is_json {
            words::ending_json(&self.headline, outcome)?
        } else {
            let again = words::again(again, context.as_deref(), namespace);
            words::ending(&self.headline, outcome, done, &again, self.ui.look())
        };
        self.ui.result(&text).context(STDOUT)?;
        Ok(Exit::from(outcome))
    }

    /// Every step, of which the server goes through all and keeps nothing.
    pub(super) async fn try_all<N>(&self, plan: &Plan<N>, tools: Tools<'_>) -> Exit {
        self.try_some(&plan.steps, tools).await
    }

    /// The first step alone, where the others come to be possible only by it.
    pub(super) async fn try_first<N>(&self, plan: &Plan<N>, tools: Tools<'_>) -> Exit {
        self.try_some(plan.steps.get(..1).unwrap_or_default(), tools).await
    }

    async fn try_some<N>(&self, steps: &[Box<dyn Step<N>>], tools: Tools<'_>) -> Exit {
        for step in steps {
            if let Err(failed) = step.act(&Hands::trial(tools, &Cell::new(false))).await {
                let object = step.describe().object;
                let (kind, name) = (object.kind, object.name);
                self.ui.error(&anyhow!("the server would not do it for {kind}/{name}: {failed}"));
                return Exit::No;
            }
        }
        self.ui.status("The server would do it (dry run): nothing was changed.");
        Exit::Ok
    }
}
