//! One set and what surrounds it, at one moment. Cheap to clone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Budget, Claim, Details, EngineFacts, Event, Intent, Management, Member, Place, Pod, Record,
    Reference, ReferenceKind, Revision, Rollout, Seen, Service, Set, Shared, Timestamp, Unread,
    Update,
};

#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The server's clock.
    pub at: Timestamp,
    pub set: Arc<Set>,
    /// Pods that this set controls, by the uid of their owner, lowest ordinal first.
    pub pods: Seen<Arc<[Arc<Pod>]>>,
    pub shared: Arc<Shared>,
    pub details: Arc<Details>,
    /// What it is judged for; None for its health alone.
    pub intent: Option<Intent>,
    /// What an unfinished run remembers; None where there is none, or nobody looked.
    pub record: Option<Record>,
    /// What the database said; unread where there is none or it was not asked.
    pub members: Seen<Arc<[Member]>>,
    pub facts: Seen<EngineFacts>,
}

/// One ordinal: asked for, or still there although it is not.
#[derive(Clone, Copy, Debug)]
pub struct Ordinal<'a> {
    pub number: u32,
    /// Inside `start .. start + replicas`; outside it the controller will delete the pod.
    pub is_wanted: bool,
    pub pod: Option<&'a Arc<Pod>>,
}

impl Snapshot {
    pub fn new(at: Timestamp, set: Arc<Set>, shared: Arc<Shared>) -> Self {
        let pods = shared.pods.as_ref().map_err(Clone::clone).map(|all| {
            let mut own: Vec<Arc<Pod>> =
                all.iter().filter(|pod| set.controls(pod)).cloned().collect();
            own.sort_by_key(|pod| set.ordinal_of(&pod.name));
            Arc::from(own)
        });
        let unread = || Unread::not_asked("ask a database");
        Self {
            at,
            set,
            pods,
            shared,
            details: Arc::default(),
            intent: None,
            record: None,
            members: Err(unread()),
            facts: Err(unread()),
        }
    }

    /// What is remembered; of a run that begins now, the replicas that it found.
    pub fn record_or_new(&self) -> Record {
        self.record.clone().unwrap_or_else(|| Record::of(self.set.replicas))
    }

    /// A rollout of ours that is not at its end.
    pub fn rollout(&self) -> Option<&Rollout> {
        self.record.as_ref()?.rollout.as_ref()
    }

    /// Every wanted ordinal and every pod outside the range, lowest first.
    pub fn ordinals(&self) -> Seen<Vec<Ordinal<'_>>> {
        let wanted = self.set.ordinals();
        let mut ordinals: BTreeMap<u32, Ordinal<'_>> = wanted
            .clone()
            .map(|number| (number, Ordinal { number, is_wanted: true, pod: None }))
            .collect();
        for pod in self.pods()? {
            if let Some(number) = self.set.ordinal_of(&pod.name) {
                let is_wanted = wanted.contains(&number);
                ordinals.insert(number, Ordinal { number, is_wanted, pod: Some(pod) });
            }
        }
        Ok(ordinals.into_values().collect())
    }

    pub fn pods(&self) -> Seen<&[Arc<Pod>]> {
        self.pods.as_deref().map_err(Clone::clone)
    }

    pub fn pod(&self, ordinal: u32) -> Seen<Option<&Arc<Pod>>> {
        Ok(self.pods()?.iter().find(|pod| self.set.ordinal_of(&pod.name) == Some(ordinal)))
    }

    /// Claims with a place in this set by name, unless another set has that place inside its range.
    pub fn claims(&self) -> Seen<Vec<(Place, &Arc<Claim>)>> {
        let claims = seen(&self.shared.claims)?;
        let sets = seen(&self.shared.sets)?;
        let is_others = |claim: &Claim| {
            sets.iter().filter(|other| other.uid != self.set.uid).any(|other| {
                claim.place_in(other).is_some_and(|place| other.ordinals().contains(&place.ordinal))
            })
        };
        let places = self.set.places();
        Ok(claims
            .iter()
            .filter_map(|claim| {
                let place = places.of(claim)?;
                let is_ours = self.set.ordinals().contains(&place.ordinal) || !is_others(claim);
                is_ours.then_some((place, claim))
            })
            .collect())
    }

    /// The claim of one template for one ordinal.
    pub fn claim(&self, template: &str, ordinal: u32) -> Seen<Option<&Arc<Claim>>> {
        let name = self.set.claim_name(template, ordinal);
        let claims = seen(&self.shared.claims)?;
        Ok(claims.iter().find(|c| c.name == name && c.namespace == self.set.namespace))
    }

    /// Pods of the namespace, of whoever, that mount a claim and are not finished.
    pub fn users_of(&self, claim: &str) -> Seen<Vec<&Arc<Pod>>> {
        let pods = seen(&self.shared.pods)?;
        Ok(pods
            .iter()
            .filter(|pod| pod.namespace == self.set.namespace && !pod.is_finished())
            .filter(|pod| pod.claims().any(|name| name == claim))
            .collect())
    }

    /// The Service that `spec.serviceName` names; None when there is none by that name.
    pub fn service(&self, name: &str) -> Seen<Option<&Service>> {
        let services = seen(&self.shared.services)?;
        Ok(services.iter().find(|s| s.name == name && s.namespace == self.set.namespace))
    }

    /// Budgets that select the pods of this set, judged by the labels of the template.
    pub fn budgets(&self) -> Seen<Vec<&Budget>> {
        let budgets = seen(&self.shared.budgets)?;
        let labels = &self.set.template.labels;
        Ok(budgets
            .iter()
            .filter(|b| b.namespace == self.set.namespace)
            .filter(|b| b.selector.as_ref().is_some_and(|s| s.matches(labels)))
            .collect())
    }

    /// Warnings about one object, newest last; none when events could not be read: they only explain.
    pub fn events_of<'a>(&'a self, uid: &'a str) -> impl Iterator<Item = &'a Event> {
        self.shared.events.iter().flatten().filter(move |event| event.object_uid == uid)
    }

    /// What the next pod of this set cannot start without, with the namespace to look in (empty for kinds
    /// that have none).
    pub fn references(&self) -> impl Iterator<Item = (String, Reference)> {
        let references = self.set.template.pod.references.iter();
        references.map(|reference| {
            let namespace = match reference.kind {
                ReferenceKind::PriorityClass | ReferenceKind::RuntimeClass => "",
                _ => &self.set.namespace,
            };
            (namespace.to_owned(), reference.clone())
        })
    }

    /// Its ControllerRevisions, oldest number first.
    pub fn revisions(&self) -> Seen<Vec<&Revision>> {
        let revisions = seen(&self.shared.revisions)?;
        let is_own =
            |it: &&Revision| it.owner.as_ref().is_some_and(|owner| owner.uid == self.set.uid);
        let mut own: Vec<&Revision> = revisions.iter().filter(is_own).collect();
        own.sort_by_key(|it| it.number);
        Ok(own)
    }

    /// Whether a pod at this ordinal belongs on the newest revision.
    pub fn is_due_for_update(&self, ordinal: u32) -> bool {
        ordinal >= self.set.first_updated_ordinal()
            && matches!(self.set.update, Update::RollingUpdate { .. })
    }

    pub fn is_ordered(&self) -> bool {
        self.set.management == Management::OrderedReady
    }
}

fn seen<T>(field: &Seen<T>) -> Seen<&T> {
    field.as_ref().map_err(Clone::clone)
}
