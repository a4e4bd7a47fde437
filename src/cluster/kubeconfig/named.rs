//! The names that a kubeconfig knows.

use std::path::Path;

use super::files;
use crate::cluster::environment::Environment;

/// What `--context`, `--cluster` and `--user` may name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub contexts: Vec<NamedContext>,
    pub clusters: Vec<String>,
    pub users: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct NamedContext {
    pub name: String,
    pub cluster: String,
    /// None where it names none.
    pub namespace: Option<String>,
}

/// Of the kubeconfig in force; None where it cannot be read.
pub fn named(explicit: Option<&Path>) -> Option<Named> {
    named_in(explicit, &Environment::of_process())
}

pub(super) fn named_in(explicit: Option<&Path>, env: &Environment) -> Option<Named> {
    let merged = files::load(explicit, env).ok()?.merged;
    let contexts = merged.contexts.into_iter().map(|it| {
        let context = it.context.unwrap_or_default();
        NamedContext { name: it.name, cluster: context.cluster, namespace: context.namespace }
    });
    Some(Named {
        contexts: contexts.collect(),
        clusters: merged.clusters.into_iter().map(|it| it.name).collect(),
        users: merged.auth_infos.into_iter().map(|it| it.name).collect(),
    })
}
