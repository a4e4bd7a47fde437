//! `kubectl sts pvc`: which claim, volume and node belongs to which ordinal, and which to nobody.

mod delete;
mod look;
mod whose;

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::choice::Sets;
use crate::claims::State;
use crate::cli::Target;
use crate::render;
use crate::report::ClaimMap;
use crate::ui::{Exit, Ui};
use delete::DeletionArgs;
use look::Look;

/// Show which claim, volume and node belongs to which ordinal, and which to nobody
///
/// Reads the claims of the sets, every volume of every pod, and what else may use a claim. A claim is called left behind
/// or an orphan only when everything that could use it was read. Without a NAME it shows every set of the namespace, and
/// the claims of sets that are gone. NAME may be a set that is gone.
///
/// Exit codes: 0 shown or done, 1 nobody approved or a deletion is blocked, 2 the question could not be answered, or not
/// in full, 3 stopped on the way and safe: run it again, 130 interrupted between two writes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kubectl sts pvc redis-cluster                        one set
  kubectl sts pvc -A --state orphan,left-behind        what nobody uses
  kubectl sts pvc redis-cluster --usage                how full the volumes are
  kubectl sts pvc --claim data-redis-cluster-6         whose is this claim
  kubectl sts pvc --volume pvc-3511fb34-…              whose is this volume
  kubectl sts pvc redis-cluster --delete left-behind   and keep the data")]
pub struct PvcArgs {
    #[command(flatten)]
    sets: Sets,
    /// Format of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
    /// Show only claims of which one of these is so
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = PossibleValuesParser::new(State::NAMES))]
    state: Vec<String>,
    /// Say whose one claim is
    #[arg(long, value_name = "NAME", conflicts_with_all = ["names", "all_namespaces", "selector"])]
    claim: Option<String>,
    /// Say whose one volume is
    #[arg(long, value_name = "PV", conflicts_with_all = ["names", "all_namespaces", "selector", "claim"])]
    volume: Option<String>,
    /// Ask the kubelets how full the volumes are
    #[arg(long)]
    usage: bool,
    #[command(flatten)]
    deletion: DeletionArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Output {
    #[default]
    Table,
    /// The table with more columns
    Wide,
    Json,
    Yaml,
    /// Names of claims, for other commands
    Name,
}

pub(super) async fn run(args: &PvcArgs, target: &Target, ui: &Ui) -> Result<Exit> {
    let connection = super::connection(target).await?;
    if let Some(which) = args.deletion.delete {
        return delete::delete(args, which, &connection, ui).await;
    }
    let look = Look::at(args, &connection, ui).await?;
    let (mut map, missing) = look.map(args)?;
    connection.warnings().iter().for_each(|warning| ui.warn(warning));
    if !args.state.is_empty() {
        map.holdings.retain(|holding| args.state.iter().any(|state| holding.is(state)));
    }
    if !(map.sets.is_empty() && map.holdings.is_empty()) || missing.is_empty() {
        ui.result(&print(args, &map, ui)?)?;
    }
    for error in &missing {
        ui.error(error);
    }
    Ok(if missing.is_empty() && map.is_complete() { Exit::Ok } else { Exit::Unanswered })
}

fn print(args: &PvcArgs, map: &ClaimMap<'_>, ui: &Ui) -> Result<String> {
    let is_wide = args.output == Output::Wide;
    match args.output {
        Output::Table | Output::Wide => {
            Ok(render::claims(map, args.sets.all_namespaces, is_wide, ui.look()))
        }
        Output::Json => render::claims_json(map),
        Output::Yaml => render::claims_yaml(map),
        Output::Name => Ok(render::claim_names(map)),
    }
}
