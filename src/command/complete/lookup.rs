//! Names that a cluster or a kubeconfig knows, by one slim request; none where they cannot be had.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::offer::{Candidate, Names};
use super::walk::Place;
use crate::cluster::kind::set::StatefulSet;
use crate::cluster::{Connection, Named, NamedContext, Options, Resource, connect, named};

const REVISIONS: Resource<'static> = kind("apps", "controllerrevisions", "controllerrevision");
const CLAIMS: Resource<'static> = kind("", "persistentvolumeclaims", "persistentvolumeclaim");
const VOLUMES: Resource<'static> = kind("", "persistentvolumes", "persistentvolume");
const NODES: Resource<'static> = kind("", "nodes", "node");
const NAMESPACES: Resource<'static> = kind("", "namespaces", "namespace");

const fn kind(
    group: &'static str,
    plural: &'static str,
    singular: &'static str,
) -> Resource<'static> {
    Resource { group, version: "v1", plural, singular }
}

/// No request takes longer than `limit`.
pub(super) async fn look_up(names: &Names, place: &Place<'_>, limit: Duration) -> Vec<Candidate> {
    let options = options(place, limit);
    let kubeconfig = || named(options.kubeconfig.as_deref()).unwrap_or_default();
    match names {
        Names::Contexts => contexts(kubeconfig()),
        Names::Clusters => without_words(kubeconfig().clusters),
        Names::Users => without_words(kubeconfig().users),
        // Few may list them, and everybody has been given some.
        Names::Namespaces => match of_cluster(names, &options).await {
            Some(found) => found,
            None => of_contexts(kubeconfig()),
        },
        _ => of_cluster(names, &options).await.unwrap_or_default(),
    }
}

/// None where it does not say.
async fn of_cluster(names: &Names, options: &Options) -> Option<Vec<Candidate>> {
    let connection = connect(options).await.ok()?;
    let here = Some(connection.namespace());
    match names {
        Names::Sets => {
            rows(&connection, Resource::SETS, here, |row| format!("{} ready", cell(row, 1))).await
        }
        Names::Claims => rows(&connection, CLAIMS, here, |row| cell(row, 1).to_owned()).await,
        Names::Volumes => rows(&connection, VOLUMES, None, |row| cell(row, 5).to_owned()).await,
        Names::Nodes => rows(&connection, NODES, None, |row| cell(row, 1).to_owned()).await,
        Names::Namespaces => {
            let state =
                |row: &[String]| Some(cell(row, 1)).filter(|it| *it != "Active").map(str::to_owned);
            rows(&connection, NAMESPACES, None, |row| state(row).unwrap_or_default()).await
        }
        Names::Revisions(set) => {
            connection.table(REVISIONS, here).await.ok().map(|rows| revisions(&rows, set))
        }
        Names::Containers(set) => {
            let set: StatefulSet = connection.get(Resource::SETS, here, set).await.ok()?;
            Some(containers(&set))
        }
        Names::Contexts | Names::Clusters | Names::Users => None,
    }
}

async fn rows(
    connection: &Connection,
    of: Resource<'_>,
    namespace: Option<&str>,
    about: impl Fn(&[String]) -> String,
) -> Option<Vec<Candidate>> {
    let rows = connection.table(of, namespace).await.ok()?;
    Some(rows.iter().map(|row| Candidate::new(cell(row, 0), about(row))).collect())
}

fn cell(row: &[String], at: usize) -> &str {
    row.get(at).map_or("", String::as_str)
}

/// NAME, CONTROLLER, REVISION, AGE; the newest first.
fn revisions(rows: &[Vec<String>], set: &str) -> Vec<Candidate> {
    let owner = format!("statefulset.apps/{set}");
    let of_set = rows.iter().filter(|row| cell(row, 1) == owner);
    let mut found: Vec<(u64, Candidate)> = of_set
        .filter_map(|row| {
            let (name, number, age) = (cell(row, 0), cell(row, 2), cell(row, 3));
            let about = format!("{name}, of {age} ago");
            Some((number.parse().ok()?, Candidate::new(number, about)))
        })
        .collect();
    found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

fn containers(set: &StatefulSet) -> Vec<Candidate> {
    let pod = set.to_model().template.pod;
    let all = pod.containers.iter().chain(&pod.init_containers);
    all.map(|it| Candidate::new(it.name.clone(), it.image.clone())).collect()
}

fn contexts(named: Named) -> Vec<Candidate> {
    let about = |cluster: String, namespace: Option<String>| match namespace {
        Some(namespace) => format!("cluster {cluster}, namespace {namespace}"),
        None => format!("cluster {cluster}"),
    };
    let candidate = |it: NamedContext| Candidate::new(it.name, about(it.cluster, it.namespace));
    named.contexts.into_iter().map(candidate).collect()
}

fn of_contexts(named: Named) -> Vec<Candidate> {
    let of = named.contexts.into_iter().filter_map(|it| it.namespace);
    without_words(of.collect::<BTreeSet<_>>())
}

fn without_words(names: impl IntoIterator<Item = String>) -> Vec<Candidate> {
    names.into_iter().map(|name| Candidate::new(name, "")).collect()
}

/// The cluster and the user that the flags before the cursor choose.
fn options(place: &Place<'_>, limit: Duration) -> Options {
    let text = |name: &str| place.given(name).map(str::to_owned);
    let path = |name: &str| place.given(name).map(PathBuf::from);
    let groups = place.given.iter().filter(|(name, _)| *name == "as_groups");
    Options {
        kubeconfig: path("kubeconfig"),
        context: text("context"),
        cluster: text("cluster"),
        user: text("user"),
        as_: text("as_user"),
        as_groups: groups.map(|(_, group)| (*group).to_owned()).collect(),
        as_uid: text("as_uid"),
        token: text("token").map(SecretString::from),
        server: text("server"),
        tls_server_name: text("tls_server_name"),
        certificate_authority: path("certificate_authority"),
        client_certificate: path("client_certificate"),
        client_key: path("client_key"),
        insecure_skip_tls_verify: text("insecure_skip_tls_verify").is_some(),
        request_timeout: Some(limit),
        namespace: text("namespace"),
        // Nobody who presses TAB wants to log in.
        interactive: false,
        silent: true,
    }
}
