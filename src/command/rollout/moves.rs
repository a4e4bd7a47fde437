//! A rollout from its first look to its end; and back, where that was asked for.

use std::time::Duration;

use anyhow::Result;

use super::guard::Guarded;
use super::template;
use super::{FailingArgs, HowArgs, OnFailure, SOAK};
use crate::cluster::{Connection, Forwarded, parse_duration};
use crate::command::again;
use crate::command::allowed::Allowed;
use crate::command::operation::{Ended, Ending, Engine, Operation, RunArgs, is_wanted, look};
use crate::command::world::World;
use crate::model::Snapshot;
use crate::plan::rollout::{Gates, NewTemplate, Rollout};
use crate::reach::Occasion;
use crate::render;
use crate::ui::{Exit, Ui};

/// What is wanted of a set, in the words that were typed.
pub(super) struct Wanted<'a> {
    verb: &'a str,
    name: &'a str,
    how: &'a HowArgs,
    on_failure: OnFailure,
    more: Vec<String>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(verb: &'a str, name: &'a str, how: &'a HowArgs) -> Self {
        Self { verb, name, how, on_failure: OnFailure::Pause, more: Vec::new() }
    }

    pub(super) fn failing(self, failing: &FailingArgs) -> Self {
        Self { on_failure: failing.on_failure, ..self }
    }

    /// The words between the name and the flags that all have.
    pub(super) fn with(self, more: Vec<String>) -> Self {
        Self { more, ..self }
    }

    /// The command that goes on with it.
    fn words(&self) -> Vec<String> {
        let HowArgs { run, canary, step, soak, gate, gate_timeout, engine, login, .. } = self.how;
        let flag = |name: &str, value: String| [name.to_owned(), value];
        let mut words: Vec<String> =
            ["kubectl", "sts", "rollout", self.verb, self.name].map(str::to_owned).to_vec();
        words.extend(self.more.iter().cloned());
        words.extend(canary.iter().flat_map(|it| flag("--canary", it.to_string())));
        if *step > 1 {
            words.extend(flag("--step", step.to_string()));
        }
        if parse_duration(SOAK).is_ok_and(|usual| usual != *soak) {
            words.push(format!("--soak={}s", soak.as_secs()));
        }
        words.extend(gate.iter().flat_map(|it| flag("--gate", it.words.clone())));
        if !gate.is_empty() {
            words.push(format!("--gate-timeout={}s", gate_timeout.as_secs()));
        }
        if self.on_failure == OnFailure::Undo {
            words.push("--on-failure=undo".to_owned());
        }
        if *engine == Engine::None {
            words.push("--engine=none".to_owned());
        }
        words.extend(again::words(run, login));
        words
    }
}

pub(super) async fn moves(
    wanted: &Wanted<'_>,
    connection: &Connection,
    ui: &Ui,
    template: impl AsyncFnOnce(&Snapshot) -> Result<Option<NewTemplate>>,
) -> Result<Exit> {
    let HowArgs { run, engine, login, .. } = wanted.how;
    let reach = Forwarded::new(connection, login.read()?, Occasion::Change);
    let asked = (*engine == Engine::Auto).then_some(&reach);
    let mut world = World::new(connection, wanted.name, asked, false);
    let now = look(&mut world, ui).await?;
    let template = template(&now).await?;
    let way = Way { wanted, connection, reach: &reach, ui };
    let ended = way.goes(world, now.clone(), template.clone(), run, wanted.verb).await?;
    if !ended.has_failed || wanted.on_failure == OnFailure::Pause {
        return Ok(ended.exit);
    }
    let mut world = World::new(connection, wanted.name, asked, false);
    let failed = look(&mut world, ui).await?;
    if !is_ours(connection, &now, &failed, template.as_ref()).await? {
        ui.status("It is not undone: its template was changed by somebody else meanwhile.");
        return Ok(ended.exit);
    }
    ui.status("It has failed, and is undone (--on-failure undo):");
    let back = template::undo(connection, &failed, None).await?;
    let run = RunArgs { yes: true, dry_run: None, allow: run.allow.clone(), ..*run };
    // Who waits for the rollout is told that it failed, however well it was taken back.
    way.goes(world, failed, back, &run, "undo").await.map(|_| ended.exit)
}

/// Whether the template is still the one that was rolled out.
async fn is_ours(
    connection: &Connection,
    before: &Snapshot,
    now: &Snapshot,
    template: Option<&NewTemplate>,
) -> Result<bool> {
    let Some(template) = template else {
        return Ok(before.set.update_revision == now.set.update_revision);
    };
    let there = connection.templated(&now.set.name).await;
    let there = there.map_err(|unread| crate::command::cannot(&unread))?;
    Ok(there.template == *template.template)
}

struct Way<'a> {
    wanted: &'a Wanted<'a>,
    connection: &'a Connection,
    reach: &'a Forwarded<'a>,
    ui: &'a Ui,
}

/// Rules that say that a budget lets no pod go.
const BUDGETS: [&str; 2] = ["budget-allows-none", "budget-exhausted"];

impl Way<'_> {
    async fn goes(
        &self,
        world: World<'_>,
        now: Snapshot,
        template: Option<NewTemplate>,
        run: &RunArgs,
        verb: &str,
    ) -> Result<Ended> {
        let Wanted { name, how, on_failure, .. } = self.wanted;
        let is_back = verb != self.wanted.verb;
        let engine = world.engine(&now);
        let allowed = Allowed::new(&run.allow)?;
        let rollout = Rollout {
            uid: now.set.uid.clone(),
            template,
            data: engine.map(|engine| -> &'static dyn crate::plan::Data { engine }),
            most: how.canary.filter(|_| !is_back),
            together: how.step,
            soak: seconds(how.soak),
            // What fails by a gate is to go back all the same.
            gates: if is_back {
                Gates::default()
            } else {
                Gates { all: how.gate.clone(), patience: how.gate_timeout }
            },
            is_unbudgeted: BUDGETS.iter().any(|rule| allowed.has(rule)),
        };
        let is_undone = *on_failure == OnFailure::Undo && !is_back;
        let planner = Guarded::new(rollout, engine, allowed, &now).undone_on_failure(is_undone);
        let canary = how.canary.filter(|most| !is_back && *most < now.set.replicas);
        let done = match canary {
            Some(most) => format!(
                "The {most} highest of {} ordinals run the new revision; the others: {} rollout resume {name}",
                now.set.replicas,
                render::name()
            ),
            None => format!("Every ordinal of {name} runs the newest revision."),
        };
        let again = if is_back {
            ["kubectl", "sts", "rollout", "undo", name].map(str::to_owned).to_vec()
        } else {
            self.wanted.words()
        };
        let again: Vec<&str> = again.iter().map(String::as_str).collect();
        let operation = Operation {
            connection: self.connection,
            reach: self.reach,
            args: run,
            output: how.output,
            intent: &format!("rollout {verb}"),
            is_wanted: &|| is_wanted("Roll out", name, run, self.connection, self.ui),
            ui: self.ui,
        };
        let ending = Ending { done: &done, again: &again, is_unfinished: canary.is_some() };
        operation.run(world, now, &planner, ending).await
    }
}

fn seconds(span: Duration) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX)
}
