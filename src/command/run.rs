//! What every command that writes has in common: its plan is shown, what happens is told, and how it ended.

use std::cell::Cell;

use anyhow::{Result, anyhow};

use super::live::Live;
use crate::execute::Outcome;
use crate::plan::{Hands, Plan, Step, Tools};
use crate::render::plan::{self as words, Headline};
use crate::ui::{Exit, Ui};

pub(super) struct Run<'a> {
    pub headline: Headline,
    ui: &'a Ui,
    /// One JSON object a line.
    is_json: bool,
}

impl<'a> Run<'a> {
    pub(super) fn new(headline: Headline, is_json: bool, ui: &'a Ui) -> Self {
        Self { headline, ui, is_json }
    }

    /// For as long as it runs.
    pub(super) fn live(&self) -> Live<'a> {
        Live::new(self.ui, self.is_json, self.headline.now)
    }

    pub(super) fn show<N>(&self, plan: &Plan<N>) -> Result<()> {
        let text = if self.is_json {
            words::plan_json(&self.headline, plan)?
        } else {
            words::plan(&self.headline, plan, self.ui.look())
        };
        self.ui.result(&text)
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
        self.ui.result(&text)?;
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
