//! `kubectl sts rollout`: a new template comes to one ordinal after the other, each waited for.

mod guard;
mod says;
mod status;
mod template;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use super::allowed::Allowed;
use super::operation::{Ending, Operation, Output, RunArgs, is_wanted, look};
use super::world::World;
use super::{name, password};
use crate::cli::Target;
use crate::cluster::{Connection, Forwarded, parse_duration};
use crate::model::Snapshot;
use crate::plan::rollout::{NewTemplate, Rollout};
use crate::ui::{Exit, Ui};
use guard::Guarded;

/// Replace pods one after the other, from the top, each waited for
///
/// The template and the partition that holds every ordinal back are written at once. Then it is the turn of the highest: the
/// database hands its duty to another member, the pod is replaced, and it has to be available, and its member back and in
/// sync, before the next. What fails stops it, with everything below as it was.
///
/// Exit codes: 0 done, 1 blocked or nobody approved, 2 the question could not be answered, 3 stopped on the way and safe:
/// run it again, 130 interrupted between two writes.
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct RolloutArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Start every pod anew
    #[command(after_help = "\
Examples:
  kubectl sts rollout restart redis-cluster            show the plan, and ask
  kubectl sts rollout restart redis-cluster --yes --canary 1")]
    Restart(MoveArgs),
    /// Change images
    #[command(after_help = "\
Examples:
  kubectl sts rollout image redis-cluster redis=redis:7.2 --canary 2
  kubectl sts rollout resume redis-cluster             and then the others")]
    Image(ImageArgs),
    /// Go on with the template that is there, from where the pods are
    ///
    /// Whoever changed it: kubectl apply, GitOps, or a run that was cut off.
    Resume(MoveArgs),
    /// Go back to an earlier revision, also out of one that does not start
    #[command(after_help = "\
Examples:
  kubectl sts rollout undo redis-cluster
  kubectl sts rollout undo redis-cluster --to-revision 3   as rollout history numbers them")]
    Undo(UndoArgs),
    /// Let no change of the template begin before it is resumed, whoever makes it
    Hold(HoldArgs),
    /// Show which revision each ordinal runs, and which it would come back on
    Status(status::StatusArgs),
    /// Show the revisions that are kept, and which ordinals run them
    History(status::HistoryArgs),
}

#[derive(Debug, Args)]
struct MoveArgs {
    /// The set: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    name: String,
    #[command(flatten)]
    how: HowArgs,
}

#[derive(Debug, Args)]
struct ImageArgs {
    /// The set: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    name: String,
    /// Container and its new image; several may be given
    #[arg(value_name = "CONTAINER=IMAGE", required = true, value_parser = template::image)]
    images: Vec<(String, String)>,
    #[command(flatten)]
    how: HowArgs,
}

#[derive(Debug, Args)]
struct UndoArgs {
    /// The set: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    name: String,
    /// Number or name of the revision [default: the one before]
    #[arg(long, value_name = "REVISION")]
    to_revision: Option<String>,
    #[command(flatten)]
    how: HowArgs,
}

#[derive(Debug, Args)]
struct HoldArgs {
    /// The set: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    name: String,
    #[command(flatten)]
    run: RunArgs,
    /// Format of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
}

/// How it moves.
#[derive(Debug, Args)]
struct HowArgs {
    #[command(flatten)]
    run: RunArgs,
    /// Stop after so many of the highest ordinals; resume goes on
    #[arg(long, value_name = "N")]
    canary: Option<u32>,
    /// Time for which each pod is to stay available before the next, beyond minReadySeconds
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = parse_duration)]
    soak: Duration,
    /// A file whose first line is the password of the database; - for stdin
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Format of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
}

pub(super) async fn run(args: &RolloutArgs, target: &Target, ui: &Ui) -> Result<Exit> {
    let connection = super::connection(target).await?;
    match &args.what {
        What::Status(args) => status::status(args, &connection, ui).await,
        What::History(args) => status::history(args, &connection, ui).await,
        What::Hold(args) => hold(args, &connection, ui).await,
        What::Restart(args) => {
            let wanted = Wanted { name: &args.name, verb: "restart", how: &args.how, more: &[] };
            moves(&wanted, &connection, ui, async |now| template::restart(&connection, now).await)
                .await
        }
        What::Resume(args) => {
            let wanted = Wanted { name: &args.name, verb: "resume", how: &args.how, more: &[] };
            moves(&wanted, &connection, ui, async |_| Ok(None)).await
        }
        What::Image(args) => {
            let images: Vec<String> = args
                .images
                .iter()
                .map(|(container, image)| format!("{container}={image}"))
                .collect();
            let wanted = Wanted { name: &args.name, verb: "image", how: &args.how, more: &images };
            moves(&wanted, &connection, ui, async |now| {
                template::images(&connection, now, &args.images).await
            })
            .await
        }
        What::Undo(args) => {
            let to =
                args.to_revision.iter().flat_map(|to| ["--to-revision".to_owned(), to.clone()]);
            let to: Vec<String> = to.collect();
            let wanted = Wanted { name: &args.name, verb: "undo", how: &args.how, more: &to };
            moves(&wanted, &connection, ui, async |now| {
                template::undo(&connection, now, args.to_revision.as_deref()).await
            })
            .await
        }
    }
}

/// What is wanted of a set, in the words that were typed.
struct Wanted<'a> {
    name: &'a str,
    verb: &'a str,
    how: &'a HowArgs,
    more: &'a [String],
}

impl Wanted<'_> {
    /// The command that goes on with it.
    fn words(&self) -> Vec<String> {
        let HowArgs { run, canary, soak, .. } = self.how;
        let canary = canary.iter().flat_map(|it| ["--canary".to_owned(), it.to_string()]);
        let soak = (!soak.is_zero()).then(|| format!("--soak={}s", soak.as_secs()));
        let allowed = run.allow.iter().flat_map(|rule| ["--allow".to_owned(), rule.clone()]);
        ["kubectl", "sts", "rollout", self.verb, self.name]
            .into_iter()
            .map(str::to_owned)
            .chain(self.more.iter().cloned())
            .chain(canary)
            .chain(soak)
            .chain(allowed)
            .collect()
    }
}

async fn moves(
    wanted: &Wanted<'_>,
    connection: &Connection,
    ui: &Ui,
    template: impl AsyncFnOnce(&Snapshot) -> Result<Option<NewTemplate>>,
) -> Result<Exit> {
    let Wanted { name, verb, how, .. } = wanted;
    let password = password::read(how.password_file.as_deref())?;
    let reach = Forwarded::new(connection, password, true);
    let mut world = World::new(connection, name, Some(&reach), false);
    let now = look(&mut world, ui).await?;
    let engine = world.engine(&now);
    let template = template(&now).await?;
    let rollout = Rollout {
        uid: now.set.uid.clone(),
        template,
        data: engine.map(|engine| -> &'static dyn crate::plan::Data { engine }),
        most: how.canary,
        soak: u32::try_from(how.soak.as_secs()).unwrap_or(u32::MAX),
    };
    let planner = Guarded::new(rollout, engine, Allowed::new(&how.run.allow)?, &now);
    let is_canary = how.canary.is_some_and(|most| most < now.set.replicas);
    let done = match how.canary.filter(|_| is_canary) {
        Some(most) => format!(
            "The {most} highest of {} ordinals run the new revision; the others: kubectl sts rollout resume {name}",
            now.set.replicas
        ),
        None => format!("Every ordinal of {name} runs the newest revision."),
    };
    let again = wanted.words();
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    let operation = Operation {
        connection,
        reach: &reach,
        args: &how.run,
        output: how.output,
        intent: &format!("rollout {verb}"),
        is_wanted: &|| is_wanted("Roll out", name, &how.run, connection, ui),
        ui,
    };
    let ending = Ending { done: &done, again: &again, is_unfinished: is_canary };
    operation.run(world, now, &planner, ending).await
}

/// One write: there is nothing to wait for.
async fn hold(args: &HoldArgs, connection: &Connection, ui: &Ui) -> Result<Exit> {
    let reach = Forwarded::new(connection, None, true);
    let mut world = World::new(connection, &args.name, None, false);
    let now = look(&mut world, ui).await?;
    if now.rollout().is_some() {
        bail!(
            "cannot hold statefulset/{}: a rollout of it is on its way, and holds every ordinal back that has not had its turn",
            args.name
        );
    }
    let planner = guard::Holding { uid: now.set.uid.clone() };
    let operation = Operation {
        connection,
        reach: &reach,
        args: &args.run,
        output: args.output,
        intent: "rollout hold",
        is_wanted: &|| is_wanted("Hold", &args.name, &args.run, connection, ui),
        ui,
    };
    let done = format!(
        "{} is held: a change of its template begins with kubectl sts rollout resume {}",
        args.name, args.name
    );
    let again = ["kubectl", "sts", "rollout", "hold", &args.name];
    operation
        .run(world, now, &planner, Ending { done: &done, again: &again, is_unfinished: false })
        .await
}
