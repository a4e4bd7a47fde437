//! Plans: what to do next is a pure function of what was seen, and is asked again after every act. A run that was cut off
//! and the first run are the same case.
//!
//! `N` is what was seen at one moment.

mod unfold;

pub mod claims;
pub mod scale;

use std::fmt;

pub use unfold::{Plan, plan};

use crate::model::{Access, Seen, Value};
use crate::reach::Boxed;
use crate::rules::{Finding, Object};
use crate::writes::{Failed, Writes};

/// It holds the intent.
pub trait Planner<N> {
    /// # Errors
    /// When something that it decides on was not read.
    fn next(&self, now: &N) -> Seen<Next<N>>;

    /// What it waits for, as if it had happened: the plan that is shown goes on behind it.
    fn settle(&self, now: &mut N);
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
    /// What RBAC has to allow.
    fn rights(&self) -> Vec<Access>;
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
}

/// The right to write: every act takes it, and only `execute` makes one.
pub struct Hands<'a> {
    writes: &'a dyn Writes,
}

impl<'a> Hands<'a> {
    pub(crate) fn new(writes: &'a dyn Writes) -> Self {
        Self { writes }
    }

    /// The right to try: what the server goes through and does not keep.
    pub fn trial(writes: &'a dyn Writes) -> Self {
        Self { writes }
    }

    pub fn writes(&self) -> &dyn Writes {
        self.writes
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
