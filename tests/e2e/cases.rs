//! Every case, by its subject. Those that break the cluster come last: they wait until nobody else runs.

mod claims;
mod pods;
mod questions;
mod rights;
mod surroundings;

use crate::case::Spec;

pub fn all() -> impl Iterator<Item = Spec> {
    [
        pods::CASES,
        claims::CASES,
        surroundings::CASES,
        questions::CASES,
        rights::CASES,
        questions::ALONE,
    ]
    .into_iter()
    .flatten()
    .copied()
}
