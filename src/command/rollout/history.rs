//! `rollout history`: the revisions that are kept, and what each of them changed.

use anyhow::Result;
use clap::Args;

use super::Output;
use super::diff::{Sides, external};
use super::template::chosen;
use crate::cluster::Connection;
use crate::command::operation::look;
use crate::command::world::World;
use crate::command::{cannot, name};
use crate::model::{Revision, Snapshot};
use crate::render;
use crate::report::kept;
use crate::ui::{Exit, Ui};

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// The set: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    name: String,
    /// Show what this one changed, against the one before; by number or name
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    /// Format of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
}

pub(super) async fn history(args: &HistoryArgs, connection: &Connection, ui: &Ui) -> Result<Exit> {
    let mut world = World::new(connection, &args.name, None, false);
    let now = look(&mut world, ui).await?;
    if let Some(wanted) = &args.revision {
        return revision(args, wanted, &now, connection, ui).await;
    }
    let kept = kept(&now).map_err(|unread| cannot(&unread))?;
    let text = match args.output {
        Output::Table => render::history(&now, &kept, ui.look()),
        Output::Json => render::history_json(&now, &kept)?,
    };
    ui.result(&text)?;
    Ok(Exit::Ok)
}

async fn revision(
    args: &HistoryArgs,
    wanted: &str,
    now: &Snapshot,
    connection: &Connection,
    ui: &Ui,
) -> Result<Exit> {
    let revisions = now.revisions().map_err(|unread| cannot(&unread))?;
    let it = chosen(now, &revisions, Some(wanted))?;
    let template = async |of: &Revision| {
        let template = connection.template_at(&of.name).await;
        template.map_err(|unread| cannot(&unread))
    };
    let new = template(it).await?;
    if args.output == Output::Json {
        ui.result(&render::revision_json(now, it, &new)?)?;
        return Ok(Exit::Ok);
    }
    let before = revisions.iter().rev().find(|other| other.number < it.number);
    let old = match before {
        Some(before) => Some((*before, template(before).await?)),
        None => None,
    };
    let sides = Sides::new(old.as_ref().map(|(of, it)| (*of, it)), (it, &new))?;
    if let Some(program) = external() {
        return sides.show_with(&program);
    }
    let text = render::difference(&sides.names(), &sides.old, &sides.new, ui.look());
    ui.result(&text)?;
    Ok(Exit::Ok)
}
