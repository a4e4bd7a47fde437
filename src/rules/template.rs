//! Rules about the template of the pods and what it refers to. The commands of probes may hold passwords, and
//! are not read.

mod container;
mod finalizer;
mod placement;
mod reference;

use super::Rule;
#[cfg(test)]
use super::tests::Broken;

pub(super) const RULES: &[Rule] = &[
    reference::MISSING,
    reference::CHANGED,
    container::NO_GRACE,
    container::NO_READINESS_PROBE,
    container::NO_REQUESTS,
    container::MOVING_TAG,
    container::NOT_MOUNTED,
    placement::NODE_FIXED,
    placement::HOST_PORT,
    placement::NO_SPREAD,
    finalizer::UNEXPECTED,
];

#[cfg(test)]
pub(super) const BROKEN: &[&[Broken]] = &[
    reference::tests::BROKEN,
    container::tests::BROKEN,
    placement::tests::BROKEN,
    finalizer::tests::BROKEN,
];
