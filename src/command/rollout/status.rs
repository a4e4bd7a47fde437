//! `rollout status`: which revision each ordinal runs, and nothing is changed.

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::Output;
use crate::cluster::{Connection, Forwarded};
use crate::command::operation::look;
use crate::command::pace::Pace;
use crate::command::world::World;
use crate::command::{cannot, name};
use crate::reach::{Login, Occasion};
use crate::render;
use crate::report::Standing;
use crate::ui::{Exit, Ui};

/// Show which revision each ordinal runs, and which it would come back on
///
/// By the pods themselves, not by counters: a rollout that never began, or that a partition holds back, is not complete.
///
/// Exit codes: 0 every ordinal is available on the newest revision, 1 it is not so, 2 the question could not be answered.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// The set: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    name: String,
    /// Look again and again until it is complete
    #[arg(long, short)]
    watch: bool,
    /// Format of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
}

pub(super) async fn status(args: &StatusArgs, connection: &Connection, ui: &Ui) -> Result<Exit> {
    let reach = Forwarded::new(connection, Login::default(), Occasion::Check);
    let mut world = World::new(connection, &args.name, Some(&reach), false);
    let (mut shown, mut pace) = (String::new(), Pace::new(PAUSE));
    loop {
        let now = look(&mut world, ui).await?;
        pace.looked();
        let standing = Standing::new(&now).map_err(|unread| cannot(&unread))?;
        let text = match args.output {
            Output::Table => render::standing(&standing, ui.look()),
            Output::Json => render::standing_json(&standing)?,
        };
        // Off a terminal it is printed when something changed.
        if text != shown {
            let is_drawn = args.watch && args.output == Output::Table;
            if is_drawn { ui.draw(&text) } else { ui.result(&text) }?;
            shown = text;
        }
        if standing.is_complete() {
            return Ok(Exit::Ok);
        }
        if !args.watch || ui.is_unheard() {
            return Ok(Exit::No);
        }
        tokio::select! {
            () = pace.wait() => {}
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        }
    }
}

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);
