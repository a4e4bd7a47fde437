//! The seam to the databases, and the list of those we know.

pub mod redis;

use std::any::Any;
use std::future::Future;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{Column, Evidence, Headline, Member, Pod, Seen, Snapshot, Unread, Why};
use crate::plan::{Data, Goal, Next, Words};
pub use crate::reach::{Boxed, Reach, Stream};
use crate::rules::{Finding, Judged, Rule, Section};

/// Every engine, in the order in which they are asked whether a set is theirs.
pub const ENGINES: &[&dyn AnyEngine] = &[&Erased::<redis::Redis>::NEW];

/// What the author of an engine writes: typed, native async.
pub trait Engine: 'static {
    const NAME: &'static str;
    const RULES: &'static [&'static [Rule<Self::Facts>]];
    const COLUMNS: &'static [Column];
    /// What its members answered, raw: what a capture holds. Never a secret.
    type Replies: Serialize + DeserializeOwned;
    type Facts: Send + Sync + 'static;

    /// Whether a set is this database, and what shows it.
    fn detect(now: &Snapshot) -> Option<Evidence>;

    /// Asks every member that should answer, all at once. What could not be read is part of the replies.
    fn ask(now: &Snapshot, reach: &dyn Reach) -> impl Future<Output = Self::Replies>;

    /// Turns replies into members and facts; errs only when there is nothing to say at all.
    fn interpret(now: &Snapshot, replies: Self::Replies) -> Seen<(Vec<Member>, Self::Facts)>;

    fn headline(now: &Snapshot, facts: &Self::Facts) -> Headline;

    /// What to do next on the way to a goal; pure.
    ///
    /// # Errors
    /// When a member that matters was not heard.
    fn next(now: &Snapshot, facts: &Self::Facts, goal: &Goal) -> Seen<Next<Snapshot>>;

    /// What it waits for, as if it had happened.
    fn settle(now: &mut Snapshot);

    /// How many of these ordinals, from the first, may be away at once.
    fn apart(now: &Snapshot, facts: &Self::Facts, ordinals: &[u32]) -> usize;

    /// What stands against giving members what these images run: an older one may not read what a newer one wrote.
    fn downgrade(now: &Snapshot, facts: &Self::Facts, template: &Pod) -> Option<Finding>;

    /// Whether a finding is what such a plan itself brings about, or sees to.
    fn sees_to(now: &Snapshot, goal: &Goal, finding: &Finding) -> bool;

    /// What a plan comes to, in a few words.
    fn says(now: &Snapshot, facts: &Self::Facts, goal: &Goal) -> Option<Words>;
}

/// An engine whose types are erased: what the rest of the program holds.
pub trait AnyEngine: Sync + Data {
    fn name(&self) -> &'static str;
    fn columns(&self) -> &'static [Column];
    /// What its rules look for.
    fn catalogue(&self) -> Section;
    fn detect(&self, now: &Snapshot) -> Option<Evidence>;
    fn ask<'a>(&'a self, now: &'a Snapshot, reach: &'a dyn Reach) -> Boxed<'a, serde_json::Value>;
    /// Fills `members` and `facts` of the snapshot from replies.
    fn interpret(&self, now: &mut Snapshot, replies: serde_json::Value);
    /// Judges a snapshot that was interpreted; every rule is "not run" where its facts were not read.
    fn judge(&self, now: &Snapshot, judged: &mut Judged);
    fn headline(&self, now: &Snapshot) -> Seen<Headline>;
}

/// The one adapter from `Engine` to `AnyEngine`.
pub struct Erased<E>(std::marker::PhantomData<fn() -> E>);

impl<E> Erased<E> {
    pub const NEW: Self = Self(std::marker::PhantomData);
}

impl<E: Engine> Erased<E> {
    fn facts(now: &Snapshot) -> Seen<&E::Facts> {
        let facts: &(dyn Any + Send + Sync) = now.facts.as_deref().map_err(Clone::clone)?;
        facts.downcast_ref().ok_or_else(|| Unread::not_asked(format!("ask {}", E::NAME)))
    }
}

impl<E: Engine> AnyEngine for Erased<E> {
    fn name(&self) -> &'static str {
        E::NAME
    }

    fn columns(&self) -> &'static [Column] {
        E::COLUMNS
    }

    fn catalogue(&self) -> Section {
        Section {
            subject: E::NAME.to_owned(),
            rules: E::RULES.iter().copied().flatten().map(|rule| rule.info).collect(),
        }
    }

    fn detect(&self, now: &Snapshot) -> Option<Evidence> {
        E::detect(now)
    }

    fn ask<'a>(&'a self, now: &'a Snapshot, reach: &'a dyn Reach) -> Boxed<'a, serde_json::Value> {
        Box::pin(async move {
            let replies = E::ask(now, reach).await;
            serde_json::to_value(replies).unwrap_or(serde_json::Value::Null)
        })
    }

    fn interpret(&self, now: &mut Snapshot, replies: serde_json::Value) {
        let outcome = serde_json::from_value(replies)
            .map_err(|error| {
                Unread::new(
                    format!("understand the replies of {}", E::NAME),
                    Why::Unreachable(error.to_string()),
                )
            })
            .and_then(|replies| E::interpret(now, replies));
        match outcome {
            Ok((members, facts)) => {
                now.members = Ok(members.into());
                now.facts = Ok(Arc::new(facts));
            }
            Err(unread) => {
                now.members = Err(unread.clone());
                now.facts = Err(unread);
            }
        }
    }

    fn judge(&self, now: &Snapshot, judged: &mut Judged) {
        match Self::facts(now) {
            Ok(facts) => E::RULES.iter().for_each(|rules| judged.add(now, facts, rules)),
            Err(why) => {
                let rules = E::RULES.iter().copied().flatten();
                judged.skip(rules.map(|rule| rule.info.id), &why);
            }
        }
    }

    fn headline(&self, now: &Snapshot) -> Seen<Headline> {
        Ok(E::headline(now, Self::facts(now)?))
    }
}

impl<E: Engine> Data for Erased<E> {
    fn next(&self, now: &Snapshot, goal: &Goal) -> Seen<Next<Snapshot>> {
        E::next(now, Self::facts(now)?, goal)
    }

    fn settle(&self, now: &mut Snapshot) {
        E::settle(now);
    }

    fn apart(&self, now: &Snapshot, ordinals: &[u32]) -> usize {
        Self::facts(now).map_or(1, |facts| E::apart(now, facts, ordinals))
    }

    fn downgrade(&self, now: &Snapshot, template: &Pod) -> Option<Finding> {
        E::downgrade(now, Self::facts(now).ok()?, template)
    }

    fn sees_to(&self, now: &Snapshot, goal: &Goal, finding: &Finding) -> bool {
        E::sees_to(now, goal, finding)
    }

    fn says(&self, now: &Snapshot, goal: &Goal) -> Option<Words> {
        E::says(now, Self::facts(now).ok()?, goal)
    }
}

/// The engine that a set belongs to, by its own evidence.
pub fn detect(now: &Snapshot) -> Option<(&'static dyn AnyEngine, Evidence)> {
    ENGINES.iter().find_map(|engine| Some((*engine, engine.detect(now)?)))
}

pub fn named(name: &str) -> Option<&'static dyn AnyEngine> {
    ENGINES.iter().copied().find(|engine| engine.name() == name)
}
