//! Rules about the Service that gives the pods their names, and about what DNS answers from. NetworkPolicies are
//! not read.

mod endpoint;
mod port;
mod service;

use super::Rule;
use crate::model::{Endpoint, Seen, Service, Snapshot};

pub(super) const RULES: &[Rule] = &[
    service::MISSING,
    service::EXTERNAL_NAME,
    service::SELECTOR,
    service::NOT_HEADLESS,
    service::SELECTS_OTHERS,
    service::HIDES_UNREADY,
    service::NOT_NAMED,
    port::MISSING,
    endpoint::MISSING,
    endpoint::WITHOUT_NAME,
    endpoint::STALE,
];

/// The Service of `spec.serviceName`, where there is one.
fn governing(now: &Snapshot) -> Seen<Option<&Service>> {
    match &now.set.service {
        Some(name) => now.service(name),
        None => Ok(None),
    }
}

/// The same, where its endpoints are the pods of the set: else other rules speak.
fn selecting(now: &Snapshot) -> Seen<Option<&Service>> {
    let is_selecting = |it: &&Service| !it.is_external_name && it.selects(&now.set.template.labels);
    Ok(governing(now)?.filter(is_selecting))
}

fn endpoints<'a>(now: &'a Snapshot, service: &Service) -> Seen<Vec<&'a Endpoint>> {
    let all = now.shared.endpoints.as_ref().map_err(Clone::clone)?;
    let is_its = |it: &&Endpoint| it.service == service.name && it.namespace == service.namespace;
    Ok(all.iter().filter(is_its).collect())
}

/// A selector as kubectl writes it.
fn pairs(service: &Service) -> String {
    let pairs = service.selector.iter().map(|(key, value)| format!("{key}={value}"));
    pairs.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
pub(super) const BROKEN: &[&[super::tests::Broken]] =
    &[service::tests::BROKEN, port::tests::BROKEN, endpoint::tests::BROKEN];
