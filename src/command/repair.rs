//! `kubectl sts repair`: what `check` found and a plan can mend.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use clap::Args;

use super::allowed::Allowed;
use super::login::LoginArgs;
use super::operation::{Ending, Operation, Output, Proposal, RunArgs, about, is_wanted, look};
use super::world::World;
use super::{again, name};
use crate::cli::Target;
use crate::cluster::Forwarded;
use crate::engine::AnyEngine;
use crate::model::{Seen, Snapshot};
use crate::plan::repair::Repair;
use crate::plan::{Consent, Next, Plan, Planner, plan};
use crate::reach::Occasion;
use crate::render;
use crate::rules::{Finding, Judged, Object, Severity};
use crate::ui::{Exit, Ui};

/// Mend what check found in a database, without losing anything
///
/// Members that know each other only by addresses of before meet again, slots that were left open are moved to their end,
/// keys that are not with their owner are brought home, nodes that are gone are forgotten, replicas of nobody get a
/// primary, and settings that an interrupted run left are put back. What would lose data is not part of it: a replica
/// takes over without the votes of the others only with --allow replica-not-promoted.
///
/// Exit codes: 0 done or nothing to do, 1 blocked or nobody approved, 2 the question could not be answered, 3 stopped on
/// the way and safe: run it again, 130 interrupted between two writes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kubectl sts repair redis-cluster                    show the plan, and ask
  kubectl sts repair redis-cluster --dry-run=client   only show it
  kubectl sts repair redis-cluster --yes              for a script")]
pub struct RepairArgs {
    /// The set: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    name: String,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    login: LoginArgs,
    /// Format of the output
    #[arg(long, short, value_enum, default_value_t)]
    output: Output,
}

pub(super) async fn run(args: &RepairArgs, target: &Target, ui: &Ui) -> Result<Exit> {
    let connection = super::connection(target).await?;
    let reach = Forwarded::new(&connection, args.login.read()?, Occasion::Change);
    let mut world = World::new(&connection, &args.name, Some(&reach), false);
    let now = look(&mut world, ui).await?;
    let Some(engine) = world.engine(&now) else {
        bail!(
            "cannot repair statefulset/{}: no database is recognised on it, and pods are mended by Kubernetes itself; \
             {} check {} says what is wrong",
            args.name,
            render::name(),
            args.name
        );
    };
    let allowed = Allowed::new(&args.run.allow)?;
    let mending = allowed.mending();
    let repair = Repair { uid: now.set.uid.clone(), data: engine, mending };
    let planner = Guarded { repair, engine, allowed };
    let operation = Operation {
        connection: &connection,
        reach: &reach,
        args: &args.run,
        output: args.output,
        intent: "repair",
        is_wanted: &|| is_wanted("Repair", &args.name, &args.run, &connection, ui),
        ui,
    };
    let done = format!("{} is mended.", args.name);
    let flags = again::words(&args.run, &args.login);
    let again = ["kubectl", "sts", "repair", &args.name].into_iter();
    let again: Vec<&str> = again.chain(flags.iter().map(String::as_str)).collect();
    let ending = Ending { done: &done, again: &again, is_unfinished: false };
    operation.run(world, now, &planner, ending).await.map(|ended| ended.exit)
}

/// It is not gone on with over what puts all of it in doubt.
struct Guarded {
    repair: Repair<'static>,
    engine: &'static dyn AnyEngine,
    allowed: Allowed,
}

impl Guarded {
    fn judged(&self, now: &Snapshot) -> Judged {
        let mut judged = Judged::default();
        self.engine.judge(now, &mut judged);
        judged
    }

    fn blocked(&self, now: &Snapshot, judged: &Judged) -> Vec<Finding> {
        let is_in_the_way = |it: &Finding| {
            it.severity == Severity::Error
                && !self.allowed.has(it.rule)
                && !self.engine.sees_to(now, &self.repair.goal(), it)
        };
        judged.findings.iter().filter(|it| is_in_the_way(it)).cloned().collect()
    }
}

impl Proposal for Guarded {
    fn plan(&self, now: &Snapshot) -> Seen<Plan<Snapshot>> {
        let mut plan = plan(now, &self.repair)?;
        let judged = self.judged(now);
        plan.refused.extend(self.blocked(now, &judged));
        plan.guards = (!plan.steps.is_empty()).then_some(judged);
        Ok(plan)
    }

    /// What an interrupted run remembers is looked at by a run.
    fn is_done(&self, now: &Snapshot) -> Seen<bool> {
        Ok(now.record.is_none() && matches!(self.repair.next(now)?, Next::Done))
    }

    fn says(&self, now: &Snapshot, plan: &Plan<Snapshot>) -> String {
        match (plan.steps.is_empty(), plan.refused.is_empty()) {
            (_, false) => "It cannot be mended like this, see below.".to_owned(),
            (true, true) if matches!(self.repair.next(now), Ok(Next::Wait(_))) => {
                "Something happens by itself first; what is left then is mended.".to_owned()
            }
            (true, true) => "Nothing to mend.".to_owned(),
            (false, true) if self.repair.mending.takes_over => "To be mended:".to_owned(),
            (false, true) => "To be mended, and nothing is lost by it:".to_owned(),
        }
    }

    /// One thing shows the next, as members that have met again may need to be told whom they replicate.
    fn consents(&self, _plan: &Plan<Snapshot>) -> BTreeSet<Consent> {
        [Consent::Join, Consent::Arrange].into()
    }
}

impl Planner<Snapshot> for Guarded {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let next = self.repair.next(now)?;
        if !matches!(next, Next::Do(_)) {
            return Ok(next);
        }
        let blocked = self.blocked(now, &self.judged(now));
        Ok(if blocked.is_empty() { next } else { Next::Refuse(blocked) })
    }

    fn puts_back(&self) -> bool {
        true
    }

    fn leaves(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        self.repair.leaves(now)
    }

    fn settle(&self, now: &mut Snapshot) {
        self.repair.settle(now);
    }

    fn reasons(&self, now: &Snapshot, object: &Object) -> Vec<Finding> {
        about(self.judged(now), object)
    }
}

#[cfg(test)]
mod tests;
