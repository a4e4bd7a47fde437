//! `rollout hold` and `rollout pause`: one write, and nothing to wait for.

use anyhow::{Result, anyhow, bail};

use super::HoldArgs;
use super::guard::Holding;
use crate::cluster::{Connection, Forwarded, NotPaused, Writer, pause_holder};
use crate::command::cannot;
use crate::command::operation::{Ending, Operation, is_wanted, look};
use crate::command::world::World;
use crate::model::Snapshot;
use crate::reach::{Login, Occasion};
use crate::render;
use crate::ui::{Exit, Ui};

pub(super) async fn hold(args: &HoldArgs, connection: &Connection, ui: &Ui) -> Result<Exit> {
    let mut world = World::new(connection, &args.name, None, false);
    let now = look(&mut world, ui).await?;
    if now.rollout().is_some() {
        bail!(
            "cannot hold statefulset/{}: a rollout of it is on its way, and holds every ordinal back that has not had its turn",
            args.name
        );
    }
    let done = format!(
        "{} is held: a change of its template begins with {} rollout resume {}",
        args.name,
        render::name(),
        args.name
    );
    let ending = Ending {
        done: &done,
        again: &["kubectl", "sts", "rollout", "hold", &args.name],
        // What a run of another kind has left to do is not forgotten.
        is_unfinished: now.record.is_some(),
    };
    holds(args, connection, ui, (world, now), false, ending).await
}

/// A run that is at work is told; else it is held back here.
pub(super) async fn pause(args: &HoldArgs, connection: &Connection, ui: &Ui) -> Result<Exit> {
    let mut world = World::new(connection, &args.name, None, false);
    let now = look(&mut world, ui).await?;
    if args.run.dry_run.is_none() {
        match pause_holder(&Writer::new(connection), &now.set).await {
            Ok(None) => {}
            Ok(Some(holder)) => {
                ui.status(&format!(
                    "{} ({}) stops before the next ordinal; to go on: {} rollout resume {}",
                    holder.who,
                    holder.intent,
                    render::name(),
                    args.name
                ));
                return Ok(Exit::Ok);
            }
            Err(NotPaused::Other(holder)) => bail!(
                "cannot pause: {} is at work on statefulset/{} ({}), which is no rollout",
                holder.who,
                args.name,
                holder.intent
            ),
            Err(NotPaused::Unread(unread)) => return Err(cannot(&unread)),
            Err(NotPaused::Failed(failed)) => {
                return Err(anyhow!("cannot write to the lease of the set: {failed}"));
            }
        }
    }
    let done = format!(
        "No further pod of {} is replaced; to go on: {} rollout resume {}",
        args.name,
        render::name(),
        args.name
    );
    let ending = Ending {
        done: &done,
        again: &["kubectl", "sts", "rollout", "pause", &args.name],
        is_unfinished: true,
    };
    holds(args, connection, ui, (world, now), true, ending).await
}

async fn holds(
    args: &HoldArgs,
    connection: &Connection,
    ui: &Ui,
    (world, now): (World<'_>, Snapshot),
    is_pause: bool,
    ending: Ending<'_>,
) -> Result<Exit> {
    let reach = Forwarded::new(connection, Login::default(), Occasion::Check);
    let planner = Holding { uid: now.set.uid.clone(), is_pause };
    let (verb, intent) =
        if is_pause { ("Pause", "rollout pause") } else { ("Hold", "rollout hold") };
    let operation = Operation {
        connection,
        reach: &reach,
        args: &args.run,
        output: args.output,
        intent,
        is_wanted: &|| is_wanted(verb, &args.name, &args.run, connection, ui),
        ui,
    };
    operation.run(world, now, &planner, ending).await.map(|ended| ended.exit)
}
