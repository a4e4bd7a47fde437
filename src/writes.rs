//! The only ways in which anything is changed. Each names the object by its uid and the value that was seen, so that it
//! does nothing to an object that is another by now.

use std::fmt;

use serde_json::Value;

use crate::model::{Access, Record, Set};
use crate::reach::Boxed;

/// An object as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub kind: Kind,
    /// Empty for kinds that have none.
    pub namespace: String,
    pub name: String,
    pub uid: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Claim,
    Pod,
    Set,
    Volume,
}

/// One value of an object, by its JSON pointer: what has to be there, and what is to be there then.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub path: &'static str,
    /// None where another value that is asked for stands for it.
    pub from: Option<Value>,
    /// None where it is only asked for.
    pub to: Option<Value>,
}

impl Change {
    /// What was seen is replaced.
    pub fn new(path: &'static str, from: impl Into<Value>, to: impl Into<Value>) -> Self {
        Self { path, from: Some(from.into()), to: Some(to.into()) }
    }

    /// It has to be there, for the other changes to be made.
    pub fn test(path: &'static str, value: impl Into<Value>) -> Self {
        Self { path, from: Some(value.into()), to: None }
    }

    /// Whatever is there.
    pub fn put(path: &'static str, to: impl Into<Value>) -> Self {
        Self { path, from: None, to: Some(to.into()) }
    }
}

pub trait Writes {
    /// Makes all of these changes of the object, or none.
    fn change<'a>(
        &'a self,
        target: &'a Target,
        changes: &'a [Change],
    ) -> Boxed<'a, Result<(), Failed>>;

    /// Deletes the object. It may be there for a while: what holds it decides.
    fn delete<'a>(&'a self, target: &'a Target) -> Boxed<'a, Result<(), Failed>>;

    /// Errs unless this run alone may write now: asked before what is changed in a database. Without a lease there is nobody
    /// to give way to.
    fn hold(&self) -> Boxed<'_, Result<(), Failed>> {
        Box::pin(async { Ok(()) })
    }

    /// Keeps what the next run has to know if this one is cut off. What is not kept with a lease is not kept.
    fn remember<'a>(&'a self, _record: &'a Record) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async { Ok(()) })
    }
}

/// A write that did not happen, or of which nobody knows. It is never repeated blindly: look again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The object is another by now, or has another value, or is gone.
    Changed,
    /// No answer: it may have happened.
    Unknown(String),
    /// RBAC does not allow it.
    Denied(Access),
    /// The server, or something that it asks, refuses: its words.
    Rejected(String),
    /// It was begun in a pod, and did not come to a good end: what it has done stays done.
    Halfway(String),
}

/// After "the server would not do it" or "stopped".
impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str("it is not what it was a moment ago"),
            Self::Denied(access) => write!(f, "a right is missing: {access}"),
            Self::Unknown(words) | Self::Rejected(words) | Self::Halfway(words) => {
                f.write_str(words)
            }
        }
    }
}

impl Target {
    pub fn set(set: &Set) -> Self {
        Self {
            kind: Kind::Set,
            namespace: set.namespace.clone(),
            name: set.name.clone(),
            uid: set.uid.clone(),
        }
    }

    /// Its group (empty for the core) and its name in the path.
    pub const fn resource(&self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::Claim => ("", "persistentvolumeclaims"),
            Kind::Pod => ("", "pods"),
            Kind::Set => ("apps", "statefulsets"),
            Kind::Volume => ("", "persistentvolumes"),
        }
    }

    /// The right that a verb needs on it.
    pub fn access(&self, verb: &str) -> Access {
        let (group, resource) = self.resource();
        Access {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            namespace: (!self.namespace.is_empty()).then(|| self.namespace.clone()),
        }
    }
}

/// A trial that has no effect, for tests.
#[cfg(test)]
pub(crate) struct Nothing;

#[cfg(test)]
impl Writes for Nothing {
    fn change<'a>(&'a self, _: &'a Target, _: &'a [Change]) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn delete<'a>(&'a self, _: &'a Target) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
