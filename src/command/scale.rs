//! `kubectl sts scale`: one ordinal at a time, guarded.

mod guard;
mod manner;
mod says;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};

use super::confirm::is_confirmed;
use super::interrupt::Interrupt;
use super::run::Run;
use super::world::World;
use super::{cannot, name, password, review};
use crate::cli::{DryRun, Target};
use crate::cluster::{
    Connection, Forwarded, Holder, Lease, Leased, NotTaken, Writer, lease_rights, parse_duration,
};
use crate::execute::{End, Limits, Observe, execute};
use crate::model::{Record, Set, Snapshot};
use crate::plan::{Plan, Shape, Tools};
use crate::reach::Reach;
use crate::render::plan::Headline;
use crate::render::plural;
use crate::ui::{Exit, Ui};
use guard::{Guarded, Wanted};
use manner::MannerArgs;
use says::says;

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
  kubectl sts scale web --replicas=3                   show the plan, and ask
  kubectl sts scale web --replicas=3 --dry-run=server  and have the server try it
  kubectl sts scale web --replicas=3 --yes             for a script
  kubectl sts scale web --replicas=3 --allow budget-missing
  kubectl sts scale web --replicas=3 --drain-exec 'nodetool decommission'
  kubectl sts scale web --replicas=3 --drain-http :8080/ingester/prepare-shutdown --delete-claims
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
    /// Go on although this rule stands in the way; may be given several times
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Show the plan, and change nothing
    #[arg(long, value_enum, value_name = "HOW")]
    dry_run: Option<DryRun>,
    /// Longest time without progress
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = parse_duration)]
    step_timeout: Duration,
    /// Longest time in all [default: none]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    timeout: Option<Duration>,
    /// Copies of each shard that are enough, without its primary [default: as most shards have now]
    #[arg(long, value_name = "N")]
    replicas_per_shard: Option<usize>,
    /// How many shards there are to be [default: the most that keep their replicas]
    #[arg(long, value_name = "N")]
    shards: Option<usize>,
    /// Give every shard its share of the slots, also where none joins
    #[arg(long)]
    rebalance: bool,
    /// A file whose first line is the password of the database; - for stdin
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
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
enum Engine {
    /// The one that the pods show
    #[default]
    Auto,
    /// Kubernetes alone, as if nothing ran on it
    None,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    #[default]
    Table,
    /// One object a line
    Json,
}

pub(super) async fn run(args: &ScaleArgs, target: &Target, ui: &Ui) -> Result<Exit> {
    let connection = super::connection(target).await?;
    let password = password::read(args.password_file.as_deref())?;
    let reach = Forwarded::new(&connection, password, true);
    let asked = (args.engine == Engine::Auto).then_some(&reach);
    let mut world = World::new(&connection, &args.name, asked, args.manner.is_about_claims());
    let now = look(&mut world, ui).await?;
    // With --rebalance alone it keeps those it has.
    let to = args.replicas.unwrap_or(now.set.replicas);
    is_expected(args, to, &now)?;
    let engine = world.engine(&now);
    let wanted = Wanted {
        to,
        shape: Shape { shards: args.shards, replicas_per_shard: args.replicas_per_shard },
        is_levelled: args.rebalance,
        allowed: &args.allow,
        manner: args.manner.manner(&now, engine, args.step_timeout)?,
    };
    let planner = Guarded::new(&now, engine, wanted)?;
    let is_resumed = now.record.is_some();
    let (mut run, plan) = match approve(args, &connection, &mut world, now, &planner, ui).await? {
        Approval::Given { run, plan } => (run, plan),
        Approval::Ended(exit) => return Ok(exit),
    };
    let interrupt = Interrupt::new()?;
    let writer = Writer::new(&connection);
    let trial = writer.trial();
    let intent = format!("scale={to}");
    let lease = take(&writer, planner.set(), &intent, &planner.record(), ui).await?;
    let Some(lease) = lease else { return Ok(Exit::No) };
    world.keep(&lease);
    let voice = run.voice();
    let outcome = execute(
        &plan.consents(),
        &planner,
        &mut world,
        Tools {
            writes: &Leased(&lease),
            trial: &trial,
            reach: Some(&reach),
            tell: &|_| {},
            say: &|said| voice.say(said),
        },
        Limits { step: args.step_timeout, all: args.timeout },
        interrupt.asked(ui),
        |told| run.tell(&told),
    )
    .await;
    // What an earlier run left is still to be done, where this one did not do it.
    if matches!(outcome.end, End::Done) || (outcome.writes == 0 && !is_resumed) {
        lease.release().await;
    } else {
        lease.leave().await;
    }
    let done = format!("{} has {}.", args.name, plural(to as usize, "replica"));
    let replicas = to.to_string();
    let manner = args.manner.words();
    let again = ["kubectl", "sts", "scale", &args.name, "--replicas", &replicas];
    let again: Vec<&str> = again.into_iter().chain(manner.iter().map(String::as_str)).collect();
    run.end(&outcome, &done, &again)
}

enum Approval<'a> {
    Given {
        run: Run<'a>,
        plan: Plan<Snapshot>,
    },
    /// Nothing to do, nothing allowed, or nobody wants it.
    Ended(Exit),
}

/// Shows the plan and asks. After a yes it looks again: what was approved is what is done, and another plan is shown anew.
async fn approve<'a>(
    args: &ScaleArgs,
    connection: &Connection,
    world: &mut World<'_>,
    mut now: Snapshot,
    planner: &Guarded,
    ui: &'a Ui,
) -> Result<Approval<'a>> {
    let mut approved = None;
    loop {
        let plan = planner.plan(&now).map_err(|unread| cannot(&unread))?;
        let says = says(&now, planner, &plan);
        let headline = Headline {
            context: connection.context().map(str::to_owned),
            namespace: now.set.namespace.clone(),
            object: format!("statefulset/{} uid {}", now.set.name, now.set.uid),
            now: now.at,
            says,
        };
        let run = Run::new(headline, args.output == Output::Json, ui);
        if approved == Some(plan.consents()) && plan.refused.is_empty() {
            return Ok(Approval::Given { run, plan });
        }
        run.show(&plan)?;
        if !plan.refused.is_empty() {
            return Ok(Approval::Ended(Exit::No));
        }
        if planner.is_done(&now).map_err(|unread| cannot(&unread))? {
            return Ok(Approval::Ended(Exit::Ok));
        }
        let rights = [plan.rights(), lease_rights(&now.set.namespace)].concat();
        review::rights(connection, &rights).await?;
        match args.dry_run {
            Some(DryRun::Client) => return Ok(Approval::Ended(Exit::Ok)),
            Some(DryRun::Server) => {
                let trial = Writer::new(connection).trial();
                let reach = world.reach().map(|reach| -> &dyn Reach { reach });
                let tools =
                    Tools { writes: &trial, trial: &trial, reach, tell: &|_| {}, say: &|_| {} };
                return Ok(Approval::Ended(run.try_first(&plan, tools).await));
            }
            None => {}
        }
        if !is_wanted(args, connection, &now.set, ui)? {
            return Ok(Approval::Ended(Exit::No));
        }
        if args.yes {
            return Ok(Approval::Given { run, plan });
        }
        approved = Some(plan.consents());
        now = look(world, ui).await?;
    }
}

fn is_wanted(args: &ScaleArgs, connection: &Connection, set: &Set, ui: &Ui) -> Result<bool> {
    if args.manner.is_about_claims() {
        return is_confirmed(args.yes, args.manner.confirm.as_deref(), &args.name, ui);
    }
    if args.yes {
        return Ok(true);
    }
    let context = connection.context().map(|it| format!("{it}/")).unwrap_or_default();
    let answer = ui.ask(&format!("Scale {} in {context}{}? [y/N] ", args.name, set.namespace))?;
    if answer.is_none() {
        ui.hint("nobody was asked: give --yes to do it");
    }
    Ok(answer.is_some_and(|answer| ["y", "yes"].contains(&answer.to_lowercase().as_str())))
}

pub(super) async fn look(world: &mut World<'_>, ui: &Ui) -> Result<Snapshot> {
    let _spinner = ui.spinner("reading the cluster");
    world.observe().await.map_err(|unread| cannot(&unread))
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

/// None where another run is at work.
pub(super) async fn take<'a>(
    writer: &'a Writer<'a>,
    set: &Set,
    intent: &str,
    record: &Record,
    ui: &Ui,
) -> Result<Option<Lease<'a>>> {
    let tell = |holder: &Holder| {
        ui.status(&format!(
            "waiting for the lease of {} ({}): it is taken over if nobody renews it",
            holder.who, holder.intent
        ));
    };
    match Lease::take(writer, set, intent, record, tell).await {
        Ok(lease) => Ok(Some(lease)),
        Err(NotTaken::Unread(unread)) => Err(cannot(&unread)),
        Err(NotTaken::Failed(failed)) => bail!("cannot take the lease of the set: {failed}"),
        Err(NotTaken::Held(holder)) => {
            ui.error(&anyhow!(
                "{} is at work on statefulset/{} ({}): wait for that run, or end it",
                holder.who,
                set.name,
                holder.intent
            ));
            Ok(None)
        }
    }
}
