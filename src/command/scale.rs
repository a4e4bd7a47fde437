//! `kubectl sts scale`: one ordinal at a time, guarded.

mod guard;
mod manner;
mod says;
#[cfg(test)]
mod tests;

use anyhow::{Result, bail, ensure};
use clap::{Args, ValueEnum, value_parser};

use super::allowed::Allowed;
use super::confirm::is_confirmed;
use super::login::LoginArgs;
use super::operation::{Ending, Engine, Operation, Output, RunArgs, is_wanted, look};
use super::world::World;
use super::{again, name};
use crate::cli::Target;
use crate::cluster::Forwarded;
use crate::model::Snapshot;
use crate::plan::{Path, Transfer, Wishes};
use crate::reach::Occasion;
use crate::render::plural;
use crate::ui::{Exit, Ui};
use guard::{Guarded, Wanted};
use manner::MannerArgs;

/// Add or take away ordinals, one at a time, each waited for
///
/// Takes the highest ordinal away, waits until its pod is gone and all others are ready, and goes on with the next; also
/// where podManagementPolicy is Parallel. Begins only if nothing stands in its way (`check --for scale=N` says the same).
/// Of a Redis Cluster or Valkey the slots go first: off the shards that leave, or to those that join. Of what it does not
/// know, --drain-exec or --drain-http moves the data.
///
/// Exit codes: 0 done, 1 blocked or nobody approved, 2 the question could not be answered, 3 stopped on the way and safe:
/// run it again, 130 interrupted between two writes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kubectl sts scale web --replicas=3                    show the plan, and ask
  kubectl sts scale web --replicas=3 --dry-run=server   the server tries it
  kubectl sts scale web --replicas=3 --yes              for a script
  kubectl sts scale web --replicas=3 --allow budget-missing
  kubectl sts scale web --replicas=3 --drain-exec 'nodetool decommission'
  kubectl sts scale web --replicas=3 --drain-http :8080/prepare-shutdown
  kubectl sts scale web --replicas=5 --fresh --yes --confirm web")]
pub struct ScaleArgs {
    /// The set: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    name: String,
    /// How many replicas it is to have
    #[arg(long, value_name = "N", required_unless_present = "rebalance")]
    replicas: Option<u32>,
    /// Only if it has so many now, or a run from so many was cut off on its way
    #[arg(long, value_name = "N")]
    current_replicas: Option<u32>,
    #[command(flatten)]
    run: RunArgs,
    /// Copies of each shard that are enough, without its primary [default: as most shards have now]
    #[arg(long, value_name = "N")]
    replicas_per_shard: Option<usize>,
    /// How many shards there are to be [default: the most that keep their replicas]
    #[arg(long, value_name = "N")]
    shards: Option<usize>,
    /// Give every shard its share of the slots, also where none joins
    #[arg(long)]
    rebalance: bool,
    /// How slots move: whole, by the servers themselves, key by key, or the best that they can do
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    migrate: Migrate,
    /// Percent of its time that a primary may be busy with handing keys over, in batches as much smaller: clients wait less, and
    /// the slots go key by key
    #[arg(long, value_name = "PERCENT", value_parser = value_parser!(u8).range(5..=100))]
    throttle: Option<u8>,
    #[command(flatten)]
    login: LoginArgs,
    /// Database to look for
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    engine: Engine,
    /// Format of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
    #[command(flatten)]
    manner: MannerArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Migrate {
    #[default]
    Auto,
    /// Valkey >= 9, Redis >= 8.4
    Atomic,
    Keys,
}

impl ScaleArgs {
    /// # Errors
    /// When one excludes another.
    fn wishes(&self, allowed: &Allowed) -> Result<Wishes> {
        ensure!(
            self.throttle.is_none() || self.migrate != Migrate::Atomic,
            "--throttle is about keys, and with --migrate=atomic the servers move whole slots at their own pace: leave out \
             one of them"
        );
        let transfer = Transfer {
            path: match self.migrate {
                Migrate::Auto => Path::Auto,
                Migrate::Atomic => Path::Atomic,
                Migrate::Keys => Path::Keys,
            },
            busy: self.throttle.unwrap_or(100),
            ..allowed.transfer()
        };
        Ok(Wishes { shards: self.shards, replicas_per_shard: self.replicas_per_shard, transfer })
    }

    /// The command that goes on with it, all that matters for that as it was typed.
    fn words(&self, to: u32) -> Vec<String> {
        let number = |it: usize| it.to_string();
        let values = [
            ("--replicas", Some(to.to_string())),
            ("--shards", self.shards.map(number)),
            ("--replicas-per-shard", self.replicas_per_shard.map(number)),
            ("--migrate", unless_default(&self.migrate)),
            ("--throttle", self.throttle.map(|it| it.to_string())),
            ("--engine", unless_default(&self.engine)),
        ];
        let values = values.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?]));
        let rebalance = self.rebalance.then(|| "--rebalance".to_owned());
        ["kubectl", "sts", "scale", &self.name]
            .into_iter()
            .map(str::to_owned)
            .chain(values.flatten())
            .chain(again::words(&self.run, &self.login))
            .chain(rebalance)
            .chain(self.manner.words())
            .collect()
    }
}

pub(super) async fn run(args: &ScaleArgs, target: &Target, ui: &Ui) -> Result<Exit> {
    let connection = super::connection(target).await?;
    let reach = Forwarded::new(&connection, args.login.read()?, Occasion::Change);
    let asked = (args.engine == Engine::Auto).then_some(&reach);
    let mut world = World::new(&connection, &args.name, asked, args.manner.is_about_claims());
    let now = look(&mut world, ui).await?;
    // With --rebalance alone it keeps those it has.
    let to = args.replicas.unwrap_or(now.set.replicas);
    is_expected(args, to, &now)?;
    let engine = world.engine(&now);
    let allowed = Allowed::new(&args.run.allow)?;
    let wanted = Wanted {
        to,
        wishes: args.wishes(&allowed)?,
        is_levelled: args.rebalance,
        allowed,
        manner: args.manner.manner(&now, engine, args.run.step_timeout)?,
    };
    let planner = Guarded::new(&now, engine, wanted);
    let done = format!("{} has {}.", args.name, plural(to as usize, "replica"));
    let again = args.words(to);
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    let is_wanted = || {
        if args.manner.is_about_claims() {
            let confirm = args.manner.confirm.as_deref();
            return is_confirmed(args.run.yes, confirm, &args.name, ui);
        }
        is_wanted("Scale", &args.name, &args.run, &connection, ui)
    };
    let operation = Operation {
        connection: &connection,
        reach: &reach,
        args: &args.run,
        output: args.output,
        intent: &format!("scale={to}"),
        is_wanted: &is_wanted,
        ui,
    };
    let ending = Ending { done: &done, again: &again, is_unfinished: false };
    operation.run(world, now, &planner, ending).await.map(|ended| ended.exit)
}

fn unless_default<T: ValueEnum + Default + PartialEq>(value: &T) -> Option<String> {
    let name = value.to_possible_value().filter(|_| *value != T::default())?;
    Some(name.get_name().to_owned())
}

/// `--current-replicas`; a run that was cut off has left any count between it and the target.
fn is_expected(args: &ScaleArgs, to: u32, now: &Snapshot) -> Result<()> {
    let set = &now.set;
    let Some(expected) = args.current_replicas else { return Ok(()) };
    let (least, most) = (expected.min(to), expected.max(to));
    let is_on_its_way = now.record.is_some() && (least..=most).contains(&set.replicas);
    if set.replicas == expected || is_on_its_way {
        return Ok(());
    }
    bail!(
        "cannot scale statefulset/{}: it has {} replicas, and --current-replicas expects {expected}",
        set.name,
        set.replicas
    )
}
