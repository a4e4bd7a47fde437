//! `kubectl sts repair`: what `check` found and a plan can mend.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use super::interrupt::Interrupt;
use super::run::Run;
use super::scale::{look, take};
use super::world::World;
use super::{cannot, name, password, review};
use crate::cli::{DryRun, Target};
use crate::cluster::{Connection, Forwarded, Leased, Writer, lease_rights, parse_duration};
use crate::command::scale::Output;
use crate::engine::AnyEngine;
use crate::execute::{End, Limits, execute};
use crate::model::{Seen, Snapshot};
use crate::plan::repair::Repair;
use crate::plan::{Consent, Goal, Next, Plan, Planner, Tools, plan};
use crate::reach::Reach;
use crate::render::plan::Headline;
use crate::rules::{Finding, Severity};
use crate::ui::{Exit, Ui};

/// Mend what check found in a database, without losing anything
///
/// Members that know each other only by addresses of before meet again, slots that were left open are moved to their end,
/// keys that are not with their owner are brought home, nodes that are gone are forgotten, replicas of nobody get a
/// primary, and settings that an interrupted run left are put back. What would lose data is not part of it.
///
/// Exit codes: 0 done or nothing to do, 1 blocked or nobody approved, 2 the question could not be answered, 3 stopped on
/// the way and safe: run it again, 130 interrupted between two writes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kubectl sts repair redis-cluster                  show the plan, and ask
  kubectl sts repair redis-cluster --dry-run=client only show it
  kubectl sts repair redis-cluster --yes            for a script")]
pub struct RepairArgs {
    /// The set: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    name: String,
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
    /// A file whose first line is the password of the database; - for stdin
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Format of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
}

/// What is approved: one thing shows the next, as members that have met again may need to be told whom they replicate.
const MENDING: [Consent; 2] = [Consent::Join, Consent::Arrange];

pub(super) async fn run(args: &RepairArgs, target: &Target, ui: &Ui) -> Result<Exit> {
    let connection = super::connection(target).await?;
    let password = password::read(args.password_file.as_deref())?;
    let reach = Forwarded::new(&connection, password, true);
    let mut world = World::new(&connection, &args.name, Some(&reach), false);
    let now = look(&mut world, ui).await?;
    let Some(engine) = world.engine(&now) else {
        bail!(
            "cannot repair statefulset/{}: no database is recognised on it, and pods are mended by Kubernetes itself; \
             kubectl sts check {} says what is wrong",
            args.name,
            args.name
        );
    };
    let planner = Guarded { repair: Repair { uid: now.set.uid.clone(), data: engine }, engine };
    let plan = planner.plan(&now).map_err(|unread| cannot(&unread))?;
    let headline = Headline {
        context: connection.context().map(str::to_owned),
        namespace: now.set.namespace.clone(),
        object: format!("statefulset/{} uid {}", now.set.name, now.set.uid),
        now: now.at,
        says: says(&plan),
    };
    let mut run = Run::new(headline, args.output == Output::Json, ui);
    run.show(&plan)?;
    if !plan.refused.is_empty() {
        return Ok(Exit::No);
    }
    if plan.steps.is_empty() && now.record.is_none() {
        return Ok(Exit::Ok);
    }
    let rights = [plan.rights(), lease_rights(&now.set.namespace)].concat();
    review::rights(&connection, &rights).await?;
    let writer = Writer::new(&connection);
    let trial = writer.trial();
    match args.dry_run {
        Some(DryRun::Client) => return Ok(Exit::Ok),
        Some(DryRun::Server) => {
            let tools = tools(&trial, &trial, &reach);
            return Ok(run.try_first(&plan, tools).await);
        }
        None if args.yes => {}
        None if !is_wanted(args, &connection, ui)? => return Ok(Exit::No),
        None => {}
    }
    let interrupt = Interrupt::new()?;
    let record = now.record_or_new();
    let Some(lease) = take(&writer, &now.set, "repair", &record, ui).await? else {
        return Ok(Exit::No);
    };
    world.keep(&lease);
    let outcome = execute(
        &MENDING.into(),
        &planner,
        &mut world,
        tools(&Leased(&lease), &trial, &reach),
        Limits { step: args.step_timeout, all: args.timeout },
        interrupt.asked(ui),
        |told| run.tell(&told),
    )
    .await;
    if matches!(outcome.end, End::Done) || (outcome.writes == 0 && now.record.is_none()) {
        lease.release().await;
    } else {
        lease.leave().await;
    }
    let done = format!("{} is mended.", args.name);
    run.end(&outcome, &done, &["kubectl", "sts", "repair", &args.name])
}

fn tools<'a>(
    writes: &'a dyn crate::writes::Writes,
    trial: &'a dyn crate::writes::Writes,
    reach: &'a dyn Reach,
) -> Tools<'a> {
    Tools { writes, trial, reach: Some(reach), tell: &|_| {}, say: &|_| {} }
}

fn says(plan: &Plan<Snapshot>) -> String {
    match (plan.steps.is_empty(), plan.refused.is_empty()) {
        (_, false) => "It cannot be mended like this, see below.".to_owned(),
        (true, true) => "Nothing to mend.".to_owned(),
        (false, true) => "To be mended, and nothing is lost by it:".to_owned(),
    }
}

fn is_wanted(args: &RepairArgs, connection: &Connection, ui: &Ui) -> Result<bool> {
    let context = connection.context().map(|it| format!("{it}/")).unwrap_or_default();
    let question = format!("Repair {} in {context}{}? [y/N] ", args.name, connection.namespace());
    let answer = ui.ask(&question)?;
    if answer.is_none() {
        ui.hint("nobody was asked: give --yes to do it");
    }
    Ok(answer.is_some_and(|answer| ["y", "yes"].contains(&answer.to_lowercase().as_str())))
}

/// It is not gone on with over what puts all of it in doubt.
struct Guarded {
    repair: Repair<'static>,
    engine: &'static dyn AnyEngine,
}

impl Guarded {
    fn plan(&self, now: &Snapshot) -> Seen<Plan<Snapshot>> {
        let mut plan = plan(now, &self.repair)?;
        plan.refused.extend(self.blocked(now));
        Ok(plan)
    }

    fn blocked(&self, now: &Snapshot) -> Vec<Finding> {
        let mut judged = crate::rules::Judged::default();
        self.engine.judge(now, &mut judged);
        let is_in_the_way = |it: &Finding| {
            it.severity == Severity::Error && !self.engine.sees_to(now, &Goal::Settled, it)
        };
        judged.findings.into_iter().filter(is_in_the_way).collect()
    }
}

impl Planner<Snapshot> for Guarded {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let next = self.repair.next(now)?;
        if !matches!(next, Next::Do(_)) {
            return Ok(next);
        }
        let blocked = self.blocked(now);
        Ok(if blocked.is_empty() { next } else { Next::Refuse(blocked) })
    }

    fn settle(&self, now: &mut Snapshot) {
        self.repair.settle(now);
    }
}
