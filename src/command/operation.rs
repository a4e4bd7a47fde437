//! One run on one set: its plan is shown and approved, the lease is taken, it goes on to its end, and the lease is given back.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum};

use super::allowed::Allowed;
use super::interrupt::Interrupt;
use super::run::Run;
use super::world::World;
use super::{cannot, review};
use crate::cli::DryRun;
use crate::cluster::{
    Connection, Holder, Lease, Leased, NotTaken, Writer, lease_rights, parse_duration,
};
use crate::execute::{End, Limits, execute};
use crate::model::{Seen, Set, Snapshot};
use crate::plan::rollout::PAUSED;
use crate::plan::{Consent, Next, Plan, Planner, Tools, Wait};
use crate::reach::Reach;
use crate::render::plan::Headline;
use crate::rules::{Finding, Judged, Object, Severity};
use crate::ui::{Exit, Ui};
use crate::writes::Writes;

/// Without progress.
pub(super) const STEP_TIMEOUT: Duration = Duration::from_secs(300);

/// The flags of every command that runs a plan on one set.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Go on although this rule stands in the way; may be given several times
    #[arg(long, value_name = "RULE")]
    pub allow: Vec<String>,
    /// Show the plan, and change nothing
    #[arg(long, value_enum, value_name = "HOW")]
    pub dry_run: Option<DryRun>,
    /// Longest time without progress
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = parse_duration)]
    pub step_timeout: Duration,
    /// Longest time in all [default: none]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub timeout: Option<Duration>,
}

/// Which database is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
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

/// What is proposed, before anybody approved it.
pub(super) trait Proposal: Planner<Snapshot> {
    /// The plan with all that stands in its way.
    fn plan(&self, now: &Snapshot) -> Seen<Plan<Snapshot>>;

    fn is_done(&self, now: &Snapshot) -> Seen<bool>;

    /// What it comes to, in one sentence.
    fn says(&self, now: &Snapshot, plan: &Plan<Snapshot>) -> String;

    /// What somebody approves with it.
    fn consents(&self, plan: &Plan<Snapshot>) -> BTreeSet<Consent> {
        plan.consents()
    }
}

pub(super) struct Operation<'a> {
    pub connection: &'a Connection,
    /// The way into pods, whether a database is looked for or not.
    pub reach: &'a dyn Reach,
    pub args: &'a RunArgs,
    pub output: Output,
    /// `scale=6`.
    pub intent: &'a str,
    /// Whether it is wanted, by a flag or by who is asked.
    pub is_wanted: &'a dyn Fn() -> Result<bool>,
    pub ui: &'a Ui,
}

/// What is said at its end.
pub(super) struct Ending<'a> {
    pub done: &'a str,
    /// The command that goes on with it.
    pub again: &'a [&'a str],
    /// What it remembers is kept for who goes on later.
    pub is_unfinished: bool,
}

pub(super) struct Ended {
    pub exit: Exit,
    /// What was begun did not come to a good end, and nobody wanted it to stop.
    pub has_failed: bool,
}

struct Approved<'a> {
    run: Run<'a>,
    consents: BTreeSet<Consent>,
}

impl<'a> Operation<'a> {
    pub(super) async fn run(
        &self,
        world: World<'_>,
        now: Snapshot,
        planner: &impl Proposal,
        ending: Ending<'_>,
    ) -> Result<Ended> {
        let mut world: World<'_> = world;
        let (set, is_resumed) = (now.set.clone(), now.record.is_some());
        let Approved { run, consents } = match self.approve(&mut world, now, planner).await? {
            Ok(approved) => approved,
            Err(exit) => return Ok(Ended { exit, has_failed: false }),
        };
        let interrupt = Interrupt::new()?;
        let writer = Writer::new(self.connection);
        let trial = writer.trial();
        let Some(lease) = take(&writer, &set, self.intent, self.ui).await? else {
            return Ok(Ended { exit: Exit::No, has_failed: false });
        };
        world.keep(&lease);
        let live = run.live();
        let leased = Leased(&lease);
        let (tell, say) = (|it: &_| live.progress(it), |it: &_| live.say(it));
        let outcome = execute(
            &consents,
            planner,
            &mut world,
            Tools { tell: &tell, say: &say, ..self.tools(&leased, &trial) },
            Limits { step: self.args.step_timeout, all: self.args.timeout },
            interrupt.asked(self.ui),
            |told| live.tell(&told),
        )
        .await;
        drop(live);
        // What an earlier run left is still to be done, where this one did not do it.
        let is_done = matches!(outcome.end, End::Done) && !ending.is_unfinished;
        if is_done || (outcome.writes == 0 && !is_resumed) {
            lease.release().await;
        } else {
            lease.leave().await;
        }
        let exit = run.end(&outcome, ending.done, ending.again)?;
        let has_failed = match &outcome.end {
            End::Refused(found) => found.iter().all(|it| it.rule != PAUSED),
            End::Stuck(_) | End::Overdue | End::Failed(_) => true,
            _ => false,
        };
        Ok(Ended { exit, has_failed })
    }

    fn tools<'t>(&'t self, writes: &'t dyn Writes, trial: &'t dyn Writes) -> Tools<'t> {
        Tools { writes, trial, reach: Some(self.reach), tell: &|_| {}, say: &|_| {} }
    }

    /// Shows the plan and asks. After a yes it looks again: what was approved is what is done, and another plan is shown anew.
    /// Errs with how it ends where there is nothing to do, nothing allowed, or nobody wants it.
    async fn approve(
        &self,
        world: &mut World<'_>,
        mut now: Snapshot,
        planner: &impl Proposal,
    ) -> Result<Result<Approved<'a>, Exit>> {
        let mut approved = None;
        loop {
            let plan = planner.plan(&now).map_err(|unread| cannot(&unread))?;
            let headline = Headline {
                context: self.connection.context().map(str::to_owned),
                namespace: now.set.namespace.clone(),
                object: format!("statefulset/{} uid {}…", now.set.name, first(&now.set.uid)),
                now: now.at,
                says: planner.says(&now, &plan),
            };
            let run = Run::new(headline, self.output == Output::Json, self.ui);
            let consents = planner.consents(&plan);
            if approved.as_ref() == Some(&consents) && plan.refused.is_empty() {
                return Ok(Ok(Approved { run, consents }));
            }
            run.show(&plan)?;
            if !plan.refused.is_empty() {
                if let Some(hint) = Allowed::hint(&plan.refused) {
                    self.ui.hint(&hint);
                }
                return Ok(Err(Exit::No));
            }
            if planner.is_done(&now).map_err(|unread| cannot(&unread))? {
                // A run that was cut off at its very end has left its lease, and nothing else to do.
                let has_left = now.record.is_some() && self.args.dry_run.is_none();
                return Ok(if has_left { Ok(Approved { run, consents }) } else { Err(Exit::Ok) });
            }
            let rights = [plan.rights(), lease_rights(&now.set.namespace)].concat();
            review::rights(self.connection, &rights).await?;
            match self.args.dry_run {
                Some(DryRun::Client) => return Ok(Err(Exit::Ok)),
                Some(DryRun::Server) => {
                    let trial = Writer::new(self.connection).trial();
                    return Ok(Err(run.try_first(&plan, self.tools(&trial, &trial)).await));
                }
                None => {}
            }
            if !(self.is_wanted)()? {
                return Ok(Err(Exit::No));
            }
            if self.args.yes {
                return Ok(Ok(Approved { run, consents }));
            }
            approved = Some(consents);
            now = look(world, self.ui).await?;
        }
    }
}

/// What rules find wrong with one object.
pub(super) fn about(judged: Judged, object: &Object) -> Vec<Finding> {
    let is_of_it =
        |it: &Finding| it.severity >= Severity::Warning && it.violation.object == *object;
    judged.findings.into_iter().filter(is_of_it).collect()
}

/// Of a uid, as much as tells one set from another of its name.
fn first(uid: &str) -> &str {
    uid.split('-').next().unwrap_or(uid)
}

/// None where another run is at work: who it is was said.
pub(super) async fn take<'w>(
    writer: &'w Writer<'w>,
    set: &Set,
    intent: &str,
    ui: &Ui,
) -> Result<Option<Lease<'w>>> {
    let tell = |holder: &Holder| {
        ui.status(&format!(
            "waiting for the lease of {} ({}): it is taken over if nobody renews it",
            holder.who, holder.intent
        ));
    };
    match Lease::take(writer, set, intent, tell).await {
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

/// On the way it may pass: an address in DNS outlives its pod by a moment. Before anything was begun it is refused.
pub(super) fn in_the_way(blocked: Vec<Finding>, has_begun: bool) -> Next<Snapshot> {
    match blocked.first().filter(|_| has_begun) {
        Some(first) => Next::Wait(Wait {
            object: first.violation.object.clone(),
            says: "until {rule} no longer stands in the way",
            evidence: vec![("rule", first.rule.into())],
        }),
        None => Next::Refuse(blocked),
    }
}

pub(super) async fn look(world: &mut World<'_>, ui: &Ui) -> Result<Snapshot> {
    let _spinner = ui.spinner("reading the cluster");
    world.begin().await
}

/// `Scale redis in prod-eu/shop? [y/N]`, unless it is wanted by a flag.
pub(super) fn is_wanted(
    verb: &str,
    set: &str,
    args: &RunArgs,
    connection: &Connection,
    ui: &Ui,
) -> Result<bool> {
    if args.yes {
        return Ok(true);
    }
    let context = connection.context().map(|it| format!("{it}/")).unwrap_or_default();
    let namespace = connection.namespace();
    let answer = ui.ask(&format!("{verb} {set} in {context}{namespace}? [y/N] "))?;
    if answer.is_none() {
        ui.hint("nobody was asked: give --yes to do it");
    }
    Ok(answer.is_some_and(|answer| ["y", "yes"].contains(&answer.to_lowercase().as_str())))
}
