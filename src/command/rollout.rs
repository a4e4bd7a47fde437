//! `kubectl sts rollout`: a new template comes to one ordinal after the other, each waited for.

mod diff;
mod guard;
mod history;
mod hold;
mod moves;
mod says;
mod status;
mod template;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};

use super::login::LoginArgs;
use super::name;
use super::operation::{Engine, Output, RunArgs};
use crate::cli::Target;
use crate::cluster::parse_duration;
use crate::plan::rollout::Gate;
use crate::ui::{Exit, Ui};
use moves::{Wanted, moves};

/// Replace pods one after the other, from the top, each waited for
///
/// The template and the partition that holds every ordinal back are written at once. Then it is the turn of the highest: the
/// database hands its duty to another member, the pod is replaced, and it has to be available, and its member back and in
/// sync, before the next. What fails stops it, with everything below as it was.
///
/// Exit codes: 0 done, 1 blocked or nobody approved, 2 the question could not be answered, 3 stopped on the way and safe:
/// run it again, 130 interrupted between two writes.
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  kubectl sts rollout restart redis-cluster          every pod anew
  kubectl sts rollout status redis-cluster --watch   until all run the newest
  kubectl sts rollout undo redis-cluster             back to the one before"
)]
pub struct RolloutArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Start every pod anew
    #[command(after_help = "\
Examples:
  kubectl sts rollout restart redis-cluster          show the plan, and ask
  kubectl sts rollout restart redis-cluster --yes --canary 1")]
    Restart(MoveArgs),
    /// Change images
    #[command(after_help = "\
Examples:
  kubectl sts rollout image redis-cluster redis=redis:7.2 --canary 2
  kubectl sts rollout resume redis-cluster           and then the others")]
    Image(ImageArgs),
    /// Change anything of the template, by a strategic merge patch
    #[command(after_help = "\
Examples:
  kubectl sts rollout apply redis-cluster -f patch.yaml --dry-run=server
  kubectl sts rollout apply redis-cluster -f - --yes < patch.yaml")]
    Apply(ApplyArgs),
    /// Go on with the template that is there, from where the pods are
    ///
    /// Whoever changed it: kubectl apply, GitOps, or a run that was cut off.
    #[command(after_help = "\
Examples:
  kubectl sts rollout resume redis-cluster
  kubectl sts rollout resume redis-cluster --soak 5m   5 minutes for each pod")]
    Resume(MoveArgs),
    /// Go back to an earlier revision, also out of one that does not start
    #[command(after_help = "\
Examples:
  kubectl sts rollout undo redis-cluster
  kubectl sts rollout undo redis-cluster --to-revision 3   see rollout history")]
    Undo(UndoArgs),
    /// Stop before the next ordinal, whoever moves it; resume goes on
    ///
    /// A run of rollout that is at work stops by itself, with exit code 3. What the controller does by itself is held back.
    #[command(after_help = "\
Examples:
  kubectl sts rollout pause redis-cluster
  kubectl sts rollout resume redis-cluster           and go on")]
    Pause(HoldArgs),
    /// Let no change of the template begin before it is resumed, whoever makes it
    #[command(after_help = "\
Examples:
  kubectl sts rollout hold redis-cluster
  kubectl sts rollout resume redis-cluster           once it has been changed")]
    Hold(HoldArgs),
    /// Show which revision each ordinal runs, and which it would come back on
    #[command(after_help = "\
Examples:
  kubectl sts rollout status redis-cluster
  kubectl sts rollout status redis-cluster --watch   until it is complete")]
    Status(status::StatusArgs),
    /// Show the revisions that are kept, and which ordinals run them
    #[command(after_help = "\
Examples:
  kubectl sts rollout history redis-cluster
  kubectl sts rollout history redis-cluster --revision 3   what it changed
  export KUBECTL_EXTERNAL_DIFF='diff -y'                   and how that is shown")]
    History(history::HistoryArgs),
}

#[derive(Debug, Args)]
struct MoveArgs {
    /// The set: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    name: String,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    failing: FailingArgs,
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
    #[command(flatten)]
    failing: FailingArgs,
}

#[derive(Debug, Args)]
struct ApplyArgs {
    /// The set: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    name: String,
    /// The patch, YAML or JSON: of spec.template, or of the set with nothing else in it; - for stdin
    #[arg(long, short, value_name = "FILE")]
    filename: PathBuf,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    failing: FailingArgs,
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
    /// So many at once, where the database and the disruption budgets allow it
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    step: u32,
    /// Time for which each pod is to stay available before the next, beyond minReadySeconds: a container that ends at once
    /// may be ready for a moment
    #[arg(long, value_name = "TIME", default_value = SOAK, value_parser = parse_duration)]
    soak: Duration,
    /// What has to be so after each pod; may be given several times
    ///
    /// exec:COMMAND is run in the first container of the pod and exits with 0; http:URL answers 2xx; prom:URL?QUERY finds
    /// something in Prometheus, and nothing of it is 0.
    #[arg(long, value_name = "GATE", value_parser = str::parse::<Gate>)]
    gate: Vec<Gate>,
    /// How soon after each pod its gates have to be passed
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = parse_duration)]
    gate_timeout: Duration,
    /// Database to look for
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    engine: Engine,
    #[command(flatten)]
    login: LoginArgs,
    /// Format of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
}

const SOAK: &str = "3s";

#[derive(Debug, Args)]
struct FailingArgs {
    /// What to do where a pod does not come back or a gate is not passed
    #[arg(long, value_enum, value_name = "HOW", default_value_t)]
    on_failure: OnFailure,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum OnFailure {
    /// Stop, with what has not had its turn held back
    #[default]
    Pause,
    /// Bring the pods that are new back to what they were; the exit code stays 3
    Undo,
}

pub(super) async fn run(args: &RolloutArgs, target: &Target, ui: &Ui) -> Result<Exit> {
    let connection = &super::connection(target).await?;
    match &args.what {
        What::Status(args) => status::status(args, connection, ui).await,
        What::History(args) => history::history(args, connection, ui).await,
        What::Hold(args) => hold::hold(args, connection, ui).await,
        What::Pause(args) => hold::pause(args, connection, ui).await,
        What::Restart(args) => {
            let wanted = Wanted::new("restart", &args.name, &args.how).failing(&args.failing);
            moves(&wanted, connection, ui, async |now| template::restart(connection, now).await)
                .await
        }
        What::Resume(args) => {
            let wanted = Wanted::new("resume", &args.name, &args.how).failing(&args.failing);
            moves(&wanted, connection, ui, async |_| Ok(None)).await
        }
        What::Image(args) => {
            let images =
                args.images.iter().map(|(container, image)| format!("{container}={image}"));
            let wanted = Wanted::new("image", &args.name, &args.how).failing(&args.failing);
            let wanted = wanted.with(images.collect());
            let template = async |now: &_| template::images(connection, now, &args.images).await;
            moves(&wanted, connection, ui, template).await
        }
        What::Apply(args) => {
            let file = args.filename.display().to_string();
            let wanted = Wanted::new("apply", &args.name, &args.how).failing(&args.failing);
            let wanted = wanted.with(vec!["--filename".to_owned(), file]);
            let template = async |now: &_| template::apply(connection, now, &args.filename).await;
            moves(&wanted, connection, ui, template).await
        }
        What::Undo(args) => {
            let to = args.to_revision.as_deref();
            let more = to.map(|to| vec!["--to-revision".to_owned(), to.to_owned()]);
            let wanted = Wanted::new("undo", &args.name, &args.how).with(more.unwrap_or_default());
            moves(&wanted, connection, ui, async |now| template::undo(connection, now, to).await)
                .await
        }
    }
}
