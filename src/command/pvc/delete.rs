//! `--delete`: shows what would go, has it approved by name, and deletes it claim by claim.

#[cfg(test)]
mod tests;
mod world;

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use super::{Output, PvcArgs};
use crate::claims::Ground;
use crate::cli::DryRun;
use crate::cluster::{Connection, Leased, Writer, lease_rights, parse_duration, unfinished};
use crate::command::confirm::is_confirmed;
use crate::command::interrupt::Interrupt;
use crate::command::operation::take;
use crate::command::run::Run;
use crate::command::{cannot, review};
use crate::execute::{Limits, Observe, execute};
use crate::model::Set;
use crate::plan::claims::{Choice, Deletion, Which};
use crate::plan::{Plan, Tools, plan};
use crate::render::plan::Headline;
use crate::render::plural;
use crate::ui::{Exit, Ui};
use crate::writes::Writes;
use world::World;

/// How claims are deleted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Deletion")]
pub(super) struct DeletionArgs {
    /// Delete claims of exactly one set that nobody uses; their volumes are kept
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with_all = ["all_namespaces", "selector", "state", "claim", "volume"])]
    pub(super) delete: Option<Which>,
    /// Let the data go with the claims where the reclaim policy says so
    #[arg(long, requires = "delete")]
    discard_data: bool,
    /// Do not ask; takes --confirm with it
    #[arg(long, short, requires = "delete")]
    yes: bool,
    /// Name of the set, in place of typing it
    #[arg(long, value_name = "NAME", requires = "yes")]
    confirm: Option<String>,
    /// Show the plan, and delete nothing
    #[arg(long, value_enum, value_name = "HOW", requires = "delete")]
    dry_run: Option<DryRun>,
    /// Longest time without progress
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = parse_duration)]
    step_timeout: Duration,
    /// Longest time in all [default: none]
    #[arg(long, value_name = "TIME", requires = "delete", value_parser = parse_duration)]
    timeout: Option<Duration>,
}

pub(super) async fn delete(
    args: &PvcArgs,
    which: Which,
    connection: &Connection,
    ui: &Ui,
) -> Result<Exit> {
    let [set] = args.sets.names.as_slice() else {
        bail!("cannot delete claims of {} sets: give exactly one NAME", args.sets.names.len());
    };
    let mut world = World::new(connection);
    let now = {
        let _spinner = ui.spinner("reading the cluster");
        world.observe().await.map_err(|unread| cannot(&unread))?
    };
    let (planner, plan) = chosen(args, set, which, connection, &now)?;
    let headline = Headline {
        context: connection.context().map(str::to_owned),
        namespace: connection.namespace().to_owned(),
        object: format!("statefulset/{set}"),
        now: now.at,
        says: says(&planner, &plan),
    };
    let run = Run::new(headline, args.output == Output::Json, ui);
    run.show(&plan)?;
    if !plan.refused.is_empty() {
        return Ok(Exit::No);
    }
    if plan.steps.is_empty() && planner.claims.is_empty() {
        return Ok(Exit::Ok);
    }
    let there = set_of(&now, set, connection.namespace());
    let rights = there.map(|set| lease_rights(&set.namespace)).unwrap_or_default();
    review::rights(connection, &[plan.rights(), rights].concat()).await?;
    let writer = Writer::new(connection);
    let trial = writer.trial();
    let tools = Tools { writes: &writer, trial: &trial, reach: None, tell: &|_| {}, say: &|_| {} };
    match args.deletion.dry_run {
        Some(DryRun::Client) => return Ok(Exit::Ok),
        Some(DryRun::Server) => return Ok(run.try_all(&plan, tools).await),
        None => {}
    }
    let DeletionArgs { yes, confirm, .. } = &args.deletion;
    if !is_confirmed(*yes, confirm.as_deref(), set, ui)? {
        return Ok(Exit::No);
    }
    // Of a set that is gone nobody else does anything, and there is no lease.
    let mut is_unfinished = false;
    let lease = match there {
        Some(set) => {
            let left = unfinished(connection, &set.name).await.map_err(|unread| cannot(&unread))?;
            is_unfinished = left.is_some();
            let Some(lease) = take(&writer, set, "pvc --delete", ui).await? else {
                return Ok(Exit::No);
            };
            Some(lease)
        }
        None => None,
    };
    world.keep(lease.as_ref());
    let leased = lease.as_ref().map(Leased);
    let hand: &dyn Writes = match &leased {
        Some(leased) => leased,
        None => &writer,
    };
    let tools = Tools { writes: hand, ..tools };
    let live = run.live();
    let outcome = execute(
        &plan.consents(),
        &planner,
        &mut world,
        tools,
        Limits { step: args.deletion.step_timeout, all: args.deletion.timeout },
        Interrupt::new()?.asked(ui),
        |told| live.tell(&told),
    )
    .await;
    drop((live, world));
    if let Some(lease) = lease {
        // What an unfinished run of another kind remembers is not ours to forget.
        if is_unfinished { lease.leave().await } else { lease.release().await }
    }
    let kept = if args.deletion.discard_data { "" } else { "; the data is kept on the volumes" };
    let done = format!("{} of {set} deleted{kept}.", plural(planner.claims.len(), "claim"));
    let mut again = vec!["kubectl", "sts", "pvc", set, "--delete", which.name()];
    again.extend(args.deletion.discard_data.then_some("--discard-data"));
    run.end(&outcome, &done, &again)
}

/// What is to go of one set, and how; with what may not be chosen.
fn chosen(
    args: &PvcArgs,
    set: &str,
    which: Which,
    connection: &Connection,
    now: &Ground,
) -> Result<(Deletion, Plan<Ground>)> {
    let read = |unread| cannot(&unread);
    let namespace = connection.namespace();
    let sets = now.shared.sets.as_ref().map_err(cannot)?;
    let is_there = sets.iter().any(|it| it.name == set && it.namespace == namespace);
    match (which, is_there) {
        (Which::LeftBehind, false) => bail!(
            "cannot delete what statefulset/{set} left behind: not found in namespace {namespace}; the claims of a set \
             that is gone are orphans"
        ),
        (Which::Orphan, true) => bail!(
            "cannot delete the orphans of statefulset/{set}: it is there, so its claims are no orphans; --delete \
             left-behind takes those of ordinals that it does not ask for"
        ),
        _ => {}
    }
    let choice =
        Choice::of(now, namespace, set, which, args.deletion.discard_data).map_err(read)?;
    let mut plan = plan(now, &choice.deletion).map_err(read)?;
    plan.refused.extend(choice.refused);
    Ok((choice.deletion, plan))
}

fn set_of<'a>(now: &'a Ground, name: &str, namespace: &str) -> Option<&'a Set> {
    let mut sets = now.shared.sets.as_deref().unwrap_or_default().iter().map(|it| &**it);
    sets.find(|it| it.name == name && it.namespace == namespace)
}

fn says(deletion: &Deletion, plan: &Plan<Ground>) -> String {
    let claims = plural(deletion.claims.len(), "claim");
    let which = deletion.which.words();
    match (deletion.claims.len(), plan.refused.is_empty()) {
        (0, true) => format!("No claim {which}: nothing to delete."),
        (_, false) => format!("{claims} {which}: not deleted, see below."),
        (_, true) => format!("{claims} {which} to be deleted:"),
    }
}
