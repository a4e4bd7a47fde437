//! What makes pods besides StatefulSets, of all kinds: a claim that no pod mounts may be theirs.

use super::connect::Connection;
use super::kind::workload::Workload as Slim;
use super::read::{Listing, Resource};
use crate::model::{Seen, Workload};

/// Group, version, plural, singular.
const KINDS: [(&str, &str, &str, &str); 6] = [
    ("apps", "v1", "deployments", "deployment"),
    ("apps", "v1", "replicasets", "replicaset"),
    ("apps", "v1", "daemonsets", "daemonset"),
    ("batch", "v1", "cronjobs", "cronjob"),
    ("batch", "v1", "jobs", "job"),
    ("", "v1", "replicationcontrollers", "replicationcontroller"),
];

/// All of a namespace, or of all; none where one kind was not read.
pub(super) async fn workloads(
    connection: &Connection,
    namespace: Option<&str>,
) -> Seen<Vec<Workload>> {
    let lists = KINDS.map(async |(group, version, plural, singular)| {
        let of = Resource { group, version, plural, singular };
        let items = connection.list::<Slim>(&Listing::new(of, namespace)).await?;
        Ok(items.iter().map(|it| it.to_model(singular)).collect::<Vec<_>>())
    });
    let lists = futures_util::future::join_all(lists).await;
    let lists = lists.into_iter().collect::<Seen<Vec<Vec<Workload>>>>()?;
    Ok(lists.into_iter().flatten().collect())
}
