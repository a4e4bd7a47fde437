//! Every case, by its subject. Those that break the cluster come last: they wait until nobody else runs.

mod captures;
mod claims;
mod nodes;
mod pods;
mod questions;
mod redis_healthy;
mod redis_members;
mod redis_replaced;
mod redis_slots;
mod rights;
mod surroundings;

use crate::case::Spec;

pub fn all() -> impl Iterator<Item = Spec> {
    [
        redis_replaced::CASES,
        redis_members::CASES,
        redis_healthy::CASES,
        redis_slots::CASES,
        captures::CASES,
        pods::CASES,
        claims::CASES,
        surroundings::CASES,
        questions::CASES,
        rights::CASES,
        nodes::ALONE,
        questions::ALONE,
    ]
    .into_iter()
    .flatten()
    .copied()
}
