//! Everything that one run reads of the cluster, still in the shape of the API: what a capture holds, and what the
//! model is made from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::kind::budget::PodDisruptionBudget;
use super::kind::claim::PersistentVolumeClaim;
use super::kind::class::StorageClass;
use super::kind::event::Event;
use super::kind::node::Node;
use super::kind::pod::Pod;
use super::kind::service::Service;
use super::kind::set::StatefulSet;
use crate::model::{Seen, Shared, Snapshot, Timestamp};

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

    /// One snapshot a set; what surrounds the sets is turned into the model once and shared.
    pub fn snapshots(self) -> Seen<Vec<Snapshot>> {
        let shared = Arc::new(Shared {
            sets: models(self.stateful_sets, |set| Arc::new(set.to_model())),
            pods: models(self.pods, |pod| Arc::new(pod.to_model())),
            claims: models(self.persistent_volume_claims, |claim| Arc::new(claim.to_model())),
            services: models(self.services, Service::to_model),
            budgets: models(self.pod_disruption_budgets, PodDisruptionBudget::to_model),
            events: models(self.events, Event::to_model).map(oldest_first),
            nodes: models(self.nodes, Node::to_model),
            classes: models(self.storage_classes, StorageClass::to_model),
        });
        let sets = shared.sets.clone()?;
        Ok(sets.into_iter().map(|set| Snapshot::new(self.at, set, shared.clone())).collect())
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

/// A list as a sequence; one that was not read as a map that says why.
mod written {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::model::{Seen, Unread};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Written<T> {
        Read(Vec<T>),
        Unread { unread: Unread },
    }

    pub(super) fn serialize<S: Serializer, T: Serialize>(
        list: &Seen<Vec<T>>,
        output: S,
    ) -> Result<S::Ok, S::Error> {
        match list {
            Ok(items) => items.serialize(output),
            Err(unread) => Written::<T>::Unread { unread: unread.clone() }.serialize(output),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
        input: D,
    ) -> Result<Seen<Vec<T>>, D::Error> {
        Ok(match Written::deserialize(input)? {
            Written::Read(items) => Ok(items),
            Written::Unread { unread } => Err(unread),
        })
    }
}
