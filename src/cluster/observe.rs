//! Reads what a command needs: a fixed number of requests, all at once, whatever the number of sets and ordinals.

use futures_util::future::join3;
use serde::de::DeserializeOwned;

use super::connect::Connection;
use super::inputs::Inputs;
use super::read::{Listing, Resource};
use crate::model::{Seen, Timestamp, Unread};

/// Events only explain what other objects show, so a busy namespace does not slow a check.
const EVENTS_READ: u32 = 500;

/// How much is read around the sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Everything,
    /// Pods, claims and volumes.
    Storage,
}

/// The sets of one namespace, or of all, and what surrounds them.
#[expect(clippy::too_many_lines, reason = "each kind is named once")]
pub async fn observe(connection: &Connection, namespace: Option<&str>, reading: Reading) -> Inputs {
    let all = reading == Reading::Everything;
    let namespaced = |group, version, plural, singular| {
        Listing::new(Resource { group, version, plural, singular }, namespace)
    };
    // What has no namespace changes seldom: the server's cache will do.
    let of_cluster = |group, version, plural, singular| Listing {
        stale_ok: true,
        ..Listing::new(Resource { group, version, plural, singular }, None)
    };
    let events = Listing {
        field_selector: Some("type=Warning".to_owned()),
        limit: Some(EVENTS_READ),
        ..namespaced("", "v1", "events", "event")
    };
    let own = async {
        tokio::join!(
            list(connection, namespaced("apps", "v1", "statefulsets", "statefulset")),
            list(connection, namespaced("", "v1", "pods", "pod")),
            list(
                connection,
                namespaced("", "v1", "persistentvolumeclaims", "persistentvolumeclaim")
            ),
            list_if(
                all,
                connection,
                namespaced("apps", "v1", "controllerrevisions", "controllerrevision")
            ),
            list(connection, events),
        )
    };
    let around = async {
        tokio::join!(
            list_if(all, connection, namespaced("", "v1", "services", "service")),
            list_if(
                all,
                connection,
                namespaced("discovery.k8s.io", "v1", "endpointslices", "endpointslice")
            ),
            list_if(
                all,
                connection,
                namespaced("policy", "v1", "poddisruptionbudgets", "poddisruptionbudget")
            ),
            list_if(
                all,
                connection,
                namespaced(
                    "autoscaling",
                    "v2",
                    "horizontalpodautoscalers",
                    "horizontalpodautoscaler"
                )
            ),
            list_if(all, connection, namespaced("", "v1", "resourcequotas", "resourcequota")),
        )
    };
    let below = async {
        tokio::join!(
            list_if(all, connection, of_cluster("", "v1", "nodes", "node")),
            list(connection, of_cluster("storage.k8s.io", "v1", "storageclasses", "storageclass")),
            list(connection, of_cluster("", "v1", "persistentvolumes", "persistentvolume")),
            list_if(
                all,
                connection,
                of_cluster("storage.k8s.io", "v1", "volumeattachments", "volumeattachment")
            ),
            async {
                if all {
                    connection.server_version().await
                } else {
                    Err(Unread::not_asked("get the server's version"))
                }
            },
        )
    };
    let (own, around, below) = join3(own, around, below).await;
    let (stateful_sets, pods, persistent_volume_claims, controller_revisions, events) = own;
    let (
        services,
        endpoint_slices,
        pod_disruption_budgets,
        horizontal_pod_autoscalers,
        resource_quotas,
    ) = around;
    let (nodes, storage_classes, persistent_volumes, volume_attachments, version) = below;
    Inputs {
        at: connection.server_time().unwrap_or_else(Timestamp::now),
        stateful_sets,
        pods,
        persistent_volume_claims,
        services,
        pod_disruption_budgets,
        events,
        nodes,
        storage_classes,
        controller_revisions,
        endpoint_slices,
        horizontal_pod_autoscalers,
        resource_quotas,
        persistent_volumes,
        volume_attachments,
        version,
    }
}

async fn list_if<T: DeserializeOwned>(
    is_asked: bool,
    connection: &Connection,
    listing: Listing<'_>,
) -> Seen<Vec<T>> {
    if is_asked {
        list(connection, listing).await
    } else {
        Err(Unread::not_asked(format!("list {}", listing.of.plural)))
    }
}

async fn list<T: DeserializeOwned>(connection: &Connection, listing: Listing<'_>) -> Seen<Vec<T>> {
    // Boxed: so many of them side by side would make the future of the whole command large.
    Box::pin(connection.list(&listing)).await
}
