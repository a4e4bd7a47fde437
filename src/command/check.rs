//! `kubectl sts check`: observe, judge, print.

mod list;
mod purpose;
mod round;
mod source;
mod watch;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::choice::Sets;
use super::login::LoginArgs;
use crate::cli::{Output, Target};
use crate::model::Intent;
use crate::render::{self, Scope};
use crate::report::{self, FailOn, Report};
use crate::ui::{Exit, Ui};
use source::Source;

/// Check the health of StatefulSets, ordinal by ordinal
///
/// Reads the sets, what surrounds them, and the database that runs on them, and says what is wrong, why, and what to
/// do next. Writes nothing to the cluster. Without a NAME it checks every set of the namespace.
///
/// Exit codes: 0 healthy, 1 findings at or above --fail-on, 2 the question could not be answered, or not in full.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kubectl sts check redis-cluster                      one set
  kubectl sts check -A                                 every set, a line each
  kubectl sts check -l app=redis -o json               for a script
  kubectl sts check redis-cluster --for scale=6        what stands in its way
  kubectl sts check redis-cluster --watch              keep looking
  kubectl sts check redis-cluster --save broken.yaml   keep what was read
  kubectl sts check redis-cluster --from broken.yaml   no cluster needed")]
pub struct CheckArgs {
    #[command(flatten)]
    sets: Sets,
    /// Format of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
    /// Exit with 1 for findings of this severity and above
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// What is to be done with the sets: say what would stand in its way, and exit with 1 if anything does
    #[arg(long = "for", value_name = "scale=N|rollout|drain-node=NODE", value_parser = purpose::parse)]
    intent: Option<Intent>,
    /// Look again and again, and show what changes: drawn anew on a terminal, otherwise a report a change
    #[arg(long, short, conflicts_with_all = ["from", "save"])]
    watch: bool,
    /// List the rules instead of checking anything
    #[arg(long, conflicts_with_all = ["names", "all_namespaces", "selector", "intent", "watch", "from", "save"])]
    list_rules: bool,
    /// Database to ask
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    engine: Engine,
    #[command(flatten)]
    login: LoginArgs,
    /// Check a file that --save or `kubectl get sts,pods,pvc,svc,pdb -o yaml` wrote; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with_all = ["username", "password_file"])]
    from: Option<PathBuf>,
    /// Write what was read to a file, without Secrets and values of variables; - is stdout
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    save: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// The one that the pods show
    #[default]
    Auto,
    /// None: look at Kubernetes only
    None,
    Redis,
}

pub(super) async fn run(args: &CheckArgs, target: &Target, ui: &Ui) -> Result<Exit> {
    if args.list_rules {
        ui.result(&list::list(args.output, ui)?)?;
        return Ok(Exit::Ok);
    }
    let source = match &args.from {
        Some(path) => Source::file(path, args, target)?,
        None => Source::cluster(args, target).await?,
    };
    if args.watch {
        return watch::watch(args, &source, ui).await;
    }
    let round = round::look(args, &source, ui).await?;
    let is_saved_to_stdout = args.save.as_deref().is_some_and(super::file::is_standard_stream);
    if !(round.reports.is_empty() || is_saved_to_stdout) {
        ui.result(&print(args, &round.reports, ui)?)?;
    }
    for error in &round.missing {
        ui.error(error);
    }
    Ok(if round.missing.is_empty() {
        report::answer(&round.reports, args.fail_on).into()
    } else {
        Exit::Unanswered
    })
}

fn print(args: &CheckArgs, reports: &[Report], ui: &Ui) -> Result<String> {
    let scope = match (args.sets.all_namespaces, args.sets.names.is_empty()) {
        (true, _) => Scope::Everywhere,
        (false, true) => Scope::Selected,
        (false, false) => Scope::Named,
    };
    match args.output {
        Output::Table => Ok(render::check(reports, scope, false, ui.look())),
        Output::Wide => Ok(render::check(reports, scope, true, ui.look())),
        Output::Json => render::json(reports),
        Output::Yaml => render::yaml(reports),
    }
}
