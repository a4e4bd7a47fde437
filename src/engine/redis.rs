//! Redis (>= 6.2) and Valkey: in cluster mode with slots and shards, otherwise roles alone.

mod ask;
mod command;
mod config;
mod container;
mod credentials;
#[cfg(test)]
pub(crate) mod example;
mod facts;
mod headline;
mod info;
mod members;
mod migrate;
mod nodes;
mod plan;
mod recorded;
mod replies;
mod rights;
mod rules;
#[cfg(test)]
pub(crate) mod servers;
mod session;
mod slots;
mod succession;
mod tasks;
mod tls;
mod topology;
mod version;
mod wire;

use crate::engine::{Engine, Reach};
use crate::model::{Column, Evidence, Headline, Member, Pod, Seen, Snapshot};
use crate::plan::{Goal, Next, Words};
use crate::rules::{Finding, Rule};

pub use facts::Facts;
pub use replies::Replies;
#[cfg(test)]
pub(crate) use rules::tests::broken::{examples, worlds};

pub struct Redis;

impl Engine for Redis {
    const NAME: &'static str = "redis";
    const RULES: &'static [&'static [Rule<Facts>]] = rules::RULES;
    const COLUMNS: &'static [Column] = members::COLUMNS;
    type Replies = Replies;
    type Facts = Facts;

    fn detect(now: &Snapshot) -> Option<Evidence> {
        let pods = now.pods().unwrap_or_default();
        let (_, words) = pods
            .iter()
            .map(AsRef::as_ref)
            .chain([&now.set.template.pod])
            .find_map(container::server)?;
        Some(Evidence { words })
    }

    async fn ask(now: &Snapshot, reach: &dyn Reach) -> Replies {
        ask::ask(now, reach).await
    }

    fn interpret(now: &Snapshot, replies: Replies) -> Seen<(Vec<Member>, Facts)> {
        now.pods()?;
        let facts = Facts::new(now, replies);
        Ok((members::members(now, &facts), facts))
    }

    fn headline(now: &Snapshot, facts: &Facts) -> Headline {
        headline::headline(now, facts)
    }

    fn next(now: &Snapshot, facts: &Facts, goal: &Goal) -> Seen<Next<Snapshot>> {
        plan::next(now, facts, goal)
    }

    fn settle(now: &mut Snapshot) {
        plan::settle(now);
    }

    fn apart(now: &Snapshot, facts: &Facts, ordinals: &[u32]) -> usize {
        plan::apart(now, facts, ordinals)
    }

    fn downgrade(now: &Snapshot, facts: &Facts, template: &Pod) -> Option<Finding> {
        version::downgrade(now, facts, template)
    }

    fn sees_to(now: &Snapshot, goal: &Goal, finding: &Finding) -> bool {
        plan::sees_to(now, goal, finding)
    }

    fn says(now: &Snapshot, facts: &Facts, goal: &Goal) -> Option<Words> {
        plan::says(now, facts, goal)
    }
}
