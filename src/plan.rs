//! Plans: what to do next is a pure function of what was seen, and is asked again after every act. A run that was cut off
//! and the first run are the same case.
//!
//! `N` is what was seen at one moment.

mod goal;
mod unfold;

pub mod claims;
pub mod repair;
pub mod rollout;
pub mod scale;

use std::cell::Cell;
use std::fmt;

pub use goal::{
    ALLOWABLE, Data, ENGINE_DOWNGRADE, Goal, KEY_TOO_LARGE, Mending, NOT_PROMOTED, Path,
    TARGET_MEMORY, Transfer, Wishes, Words,
};
pub use unfold::{Plan, plan};

use crate::model::{Access, Seen, Value};
use crate::reach::{Boxed, Reach};
use crate::rules::{Finding, Object};
use crate::writes::{Failed, Writes};

/// It holds the intent.
pub trait Planner<N> {
    /// # Errors
    /// When something that it decides on was not read.
    fn next(&self, now: &N) -> Seen<Next<N>>;

    /// What it waits for, as if it had happened: the plan that is shown goes on behind it.
    fn settle(&self, now: &mut N);

    /// What is known to be wrong with what it waits for.
    fn reasons(&self, _now: &N, _object: &Object) -> Vec<Finding> {
        Vec::new()
    }

    /// Whether anything may have to be put back where a run stops on its way.
    fn puts_back(&self) -> bool {
        false
    }

    /// What is put back then.
    ///
    /// # Errors
    /// When something that it decides on was not read.
    fn leaves(&self, _now: &N) -> Seen<Next<N>> {
        Ok(Next::Done)
    }
}

pub enum Next<N> {
    Do(Box<dyn Step<N>>),
    /// Nothing to do until something has happened.
    Wait(Wait),
    /// It will not be done: what stands in its way.
    Refuse(Vec<Finding>),
    Done,
}

/// One conditional write, or a slice of long work.
pub trait Step<N>: fmt::Debug {
    fn describe(&self) -> Description;
    /// What a person has to have approved for it.
    fn consent(&self) -> Consent;
    /// What RBAC has to allow beyond looking.
    fn rights(&self) -> Vec<Access> {
        Vec::new()
    }
    /// Its effect, on data: the plan that is shown is `next` unfolded over it.
    fn forecast(&self, now: &mut N);
    /// # Errors
    /// When it was not done, or nobody knows.
    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>>;
}

/// A step in words: `{name}` in `says` is the evidence of that name.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    pub verb: &'static str,
    pub object: Object,
    pub says: &'static str,
    pub evidence: Vec<(&'static str, Value)>,
}

/// What is waited for. It makes progress as long as its words change.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    pub object: Object,
    pub says: &'static str,
    pub evidence: Vec<(&'static str, Value)>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consent {
    /// To delete the claim of this uid.
    DeleteClaim(String),
    /// To have so many replicas, for a while or at the end.
    Replicas(u32),
    /// To take all that an ordinal has, and itself, out of the database.
    Leave(u32),
    /// To let pods become members.
    Join,
    /// To change who does what among those that stay.
    Arrange,
    /// To give the pods another template.
    Template,
    /// To let the pod of an ordinal be replaced.
    Restart(u32),
}

/// With what a run writes.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    pub writes: &'a dyn Writes,
    /// Answers a write without doing it (a server's dry run).
    pub trial: &'a dyn Writes,
    /// The way to the members of a database, where there is one.
    pub reach: Option<&'a dyn Reach>,
    /// Told of long work on its way.
    pub tell: &'a dyn Fn(&Progress),
    /// Told what a step hears from a pod.
    pub say: &'a dyn Fn(&Said),
}

/// A line of what is run in a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub pod: String,
    pub line: String,
}

/// How far long work has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
    /// Of what: `slots`.
    pub unit: &'static str,
    pub keys: u64,
}

/// The right to write: every act takes it, and only `execute` makes one.
pub struct Hands<'a> {
    tools: Tools<'a>,
    is_trial: bool,
    stop: &'a Cell<bool>,
    has_begun: Cell<bool>,
}

impl<'a> Hands<'a> {
    pub(crate) fn new(tools: Tools<'a>, stop: &'a Cell<bool>) -> Self {
        Self { tools, is_trial: false, stop, has_begun: Cell::new(false) }
    }

    /// The right to try: nothing is kept of what is done with it.
    pub fn trial(tools: Tools<'a>, stop: &'a Cell<bool>) -> Self {
        Self { tools, is_trial: true, stop, has_begun: Cell::new(false) }
    }

    pub fn writes(&self) -> &dyn Writes {
        if self.is_trial { self.tools.trial } else { self.tools.writes }
    }

    /// Whether nothing may be changed that no server can try.
    pub fn is_trial(&self) -> bool {
        self.is_trial
    }

    /// # Errors
    /// Where the run was given none.
    pub fn reach(&self) -> Result<&dyn Reach, Failed> {
        self.tools.reach.ok_or_else(|| Failed::Rejected("no way to the database".to_owned()))
    }

    /// Said before a member of a database is told to change anything: a step that is refused later has not left it as it was.
    pub fn begins(&self) {
        self.has_begun.set(true);
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun.get()
    }

    /// Whether somebody wants the run to end: long work stops where it may.
    pub fn is_to_stop(&self) -> bool {
        self.stop.get()
    }

    pub fn tell(&self, progress: &Progress) {
        (self.tools.tell)(progress);
    }

    pub fn say(&self, said: &Said) {
        (self.tools.say)(said);
    }
}

impl Description {
    pub fn new(verb: &'static str, object: Object, says: &'static str) -> Self {
        Self { verb, object, says, evidence: Vec::new() }
    }

    pub fn with(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.evidence.push((field, value.into()));
        self
    }
}
