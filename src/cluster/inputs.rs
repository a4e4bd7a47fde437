//! Everything that one run reads of the cluster, still in the shape of the API: what a capture holds, and what the
//! model is made from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::kind::autoscaler::HorizontalPodAutoscaler;
use super::kind::budget::PodDisruptionBudget;
use super::kind::claim::PersistentVolumeClaim;
use super::kind::class::StorageClass;
use super::kind::event::Event;
use super::kind::node::Node;
use super::kind::pod::Pod;
use super::kind::quota::ResourceQuota;
use super::kind::revision::ControllerRevision;
use super::kind::service::Service;
use super::kind::set::StatefulSet;
use super::kind::slice::EndpointSlice;
use super::kind::volume::{PersistentVolume, VolumeAttachment};
use super::written;
use crate::model::{Seen, Shared, Snapshot, Timestamp, Unread, Version};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inputs {
    /// The API server's clock when it was read.
    pub at: Timestamp,
    #[serde(with = "written")]
    pub stateful_sets: Seen<Vec<StatefulSet>>,
    #[serde(with = "written")]
    pub pods: Seen<Vec<Pod>>,
    #[serde(with = "written")]
    pub persistent_volume_claims: Seen<Vec<PersistentVolumeClaim>>,
    #[serde(with = "written")]
    pub services: Seen<Vec<Service>>,
    #[serde(with = "written")]
    pub pod_disruption_budgets: Seen<Vec<PodDisruptionBudget>>,
    /// Warnings only.
    #[serde(with = "written")]
    pub events: Seen<Vec<Event>>,
    #[serde(with = "written")]
    pub nodes: Seen<Vec<Node>>,
    #[serde(with = "written")]
    pub storage_classes: Seen<Vec<StorageClass>>,
    #[serde(with = "written", default = "not_in_file")]
    pub controller_revisions: Seen<Vec<ControllerRevision>>,
    #[serde(with = "written", default = "not_in_file")]
    pub endpoint_slices: Seen<Vec<EndpointSlice>>,
    #[serde(with = "written", default = "not_in_file")]
    pub horizontal_pod_autoscalers: Seen<Vec<HorizontalPodAutoscaler>>,
    #[serde(with = "written", default = "not_in_file")]
    pub resource_quotas: Seen<Vec<ResourceQuota>>,
    #[serde(with = "written", default = "not_in_file")]
    pub persistent_volumes: Seen<Vec<PersistentVolume>>,
    #[serde(with = "written", default = "not_in_file")]
    pub volume_attachments: Seen<Vec<VolumeAttachment>>,
    #[serde(with = "written", default = "not_in_file")]
    pub version: Seen<Version>,
}

/// What an older version did not write.
fn not_in_file<T>() -> Seen<T> {
    Err(Unread::not_asked("find it in the file"))
}

impl Inputs {
    /// Puts what may be shown of each command line beside it, because it alone is written.
    pub(super) fn show_command_lines(&mut self) {
        let templates =
            self.stateful_sets.iter_mut().flatten().map(|set| &mut set.spec.template.spec);
        let pods = self.pods.iter_mut().flatten().map(|pod| &mut pod.spec);
        for spec in templates.chain(pods) {
            for container in spec.init_containers.iter_mut().chain(&mut spec.containers) {
                container.words = Some(container.words());
            }
        }
    }

    /// One snapshot a set; what surrounds the sets is shared.
    pub fn snapshots(self) -> Seen<Vec<Snapshot>> {
        let at = self.at;
        let shared = Arc::new(self.into_shared());
        let sets = shared.sets.clone()?;
        Ok(sets.into_iter().map(|set| Snapshot::new(at, set, shared.clone())).collect())
    }

    /// Everything in the shape of the model.
    pub fn into_shared(self) -> Shared {
        Shared {
            sets: models(self.stateful_sets, |set| Arc::new(set.to_model())),
            pods: models(self.pods, |pod| Arc::new(pod.to_model())),
            claims: models(self.persistent_volume_claims, |claim| Arc::new(claim.to_model())),
            services: models(self.services, Service::to_model),
            budgets: models(self.pod_disruption_budgets, PodDisruptionBudget::to_model),
            events: models(self.events, Event::to_model).map(oldest_first),
            nodes: models(self.nodes, Node::to_model),
            classes: models(self.storage_classes, StorageClass::to_model),
            revisions: models(self.controller_revisions, ControllerRevision::to_model),
            endpoints: models(self.endpoint_slices, EndpointSlice::to_model).map(flat),
            autoscalers: models(self.horizontal_pod_autoscalers, HorizontalPodAutoscaler::to_model),
            quotas: models(self.resource_quotas, ResourceQuota::to_model),
            volumes: models(self.persistent_volumes, PersistentVolume::to_model),
            attachments: models(self.volume_attachments, VolumeAttachment::to_model).map(flat),
            version: self.version,
        }
    }
}

/// Consumes the slim structs one by one: a large list is never held twice.
fn models<S, M>(list: Seen<Vec<S>>, to_model: impl Fn(&S) -> M) -> Seen<Vec<M>> {
    Ok(list?.into_iter().map(|item| to_model(&item)).collect())
}

fn oldest_first(mut events: Vec<crate::model::Event>) -> Vec<crate::model::Event> {
    events.sort_by_key(|event| event.last);
    events
}

fn flat<T, I: IntoIterator<Item = T>>(lists: Vec<I>) -> Vec<T> {
    lists.into_iter().flatten().collect()
}
