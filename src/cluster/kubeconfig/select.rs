//! The context, cluster and user in force.

use std::cmp::Reverse;

use anyhow::anyhow;
use kube::config::{Context, Kubeconfig};

use super::Target;
use super::files::Files;
use crate::cluster::connect::Options;

/// How many known names an error lists.
const SHOWN: usize = 6;

/// The namespace is empty if nothing sets it.
pub(super) fn target(files: &Files, options: &Options) -> anyhow::Result<Target> {
    let merged = &files.merged;
    let name = options.context.as_ref().or(merged.current_context.as_ref());
    let context = match name {
        Some(name) => {
            find("context", name, &merged.contexts, |it| (&it.name, it.context.as_ref()), files)?
        }
        None if options.cluster.is_some() || options.server.is_some() => Context::default(),
        None => return Err(no_context(merged, files)),
    };

    let cluster = match options.cluster.as_ref().or(non_empty(&context.cluster)) {
        None => None,
        Some(name) => {
            let found = find(
                "cluster",
                name,
                &merged.clusters,
                |it| (&it.name, it.cluster.as_ref()),
                files,
            );
            match found {
                // --server says where it is, so the context's own cluster may be missing.
                Err(_) if options.server.is_some() && options.cluster.is_none() => None,
                found => Some(found?),
            }
        }
    };
    let user = match options.user.as_ref().or(context.user.as_ref().and_then(non_empty)) {
        None => None,
        Some(name) => Some(find(
            "user",
            name,
            &merged.auth_infos,
            |it| (&it.name, it.auth_info.as_ref()),
            files,
        )?),
    };
    Ok(Target {
        context: name.cloned(),
        namespace: context.namespace.unwrap_or_default(),
        cluster: cluster.unwrap_or_default(),
        user: user.unwrap_or_default(),
    })
}

fn non_empty(name: &String) -> Option<&String> {
    (!name.is_empty()).then_some(name)
}

fn find<N, T: Clone + Default>(
    kind: &str,
    wanted: &str,
    all: &[N],
    parts: impl Fn(&N) -> (&String, Option<&T>),
    files: &Files,
) -> anyhow::Result<T> {
    if let Some((_, value)) = all.iter().map(&parts).find(|(name, _)| *name == wanted) {
        return Ok(value.cloned().unwrap_or_default());
    }
    let names = all.iter().map(|it| parts(it).0.as_str());
    Err(anyhow!("no {kind} {wanted:?} in {}: {}", files.paths(), known(kind, wanted, names)))
}

fn no_context(merged: &Kubeconfig, files: &Files) -> anyhow::Error {
    let names = merged.contexts.iter().map(|it| it.name.as_str());
    let known = known("context", "", names);
    anyhow!("no current context in {}: pass --context; {known}", files.paths())
}

/// The names there are, those most alike first.
fn known<'a>(kind: &str, wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_by_key(|name| (Reverse(alike(wanted, name)), *name));
    match names.len() {
        0 => format!("it has no {kind}s"),
        count if count <= SHOWN => format!("known {kind}s are {}", names.join(", ")),
        count => {
            format!("known {kind}s are {} and {} more", names[..SHOWN].join(", "), count - SHOWN)
        }
    }
}

/// How many characters two names share at their ends.
fn alike(a: &str, b: &str) -> usize {
    let start = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let end = a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).count();
    (start + end).min(a.chars().count())
}
