//! What the claims of a set, or of nobody, are looked at in: everything that was read around them.

use std::collections::{HashMap, HashSet};

use super::belonging::{former_place, without_set};
use super::{Holding, Source, State, rows, trouble};
use crate::model::{
    Claim, Details, PersistentVolume, Pod, Seen, Set, Shared, Snapshot, Timestamp, Workload,
};

#[derive(Clone, Copy)]
pub struct Survey<'a> {
    pub(super) at: Timestamp,
    pub(super) shared: &'a Shared,
    /// What else may come back to a claim; asked only where there is one that nobody uses.
    pub(super) workloads: &'a Seen<Vec<Workload>>,
}

/// What concerns some claims of one namespace, by their names.
pub(super) struct Around<'a> {
    pub(super) claims: HashMap<&'a str, &'a Claim>,
    users: HashMap<&'a str, Vec<&'a Pod>>,
    volumes: Seen<HashMap<&'a str, &'a PersistentVolume>>,
}

/// Everything that the ordinals of a set hold, and what is left of those that are gone.
///
/// # Errors
/// When sets, pods or claims were not read.
pub fn of(now: &Snapshot) -> Seen<Vec<Holding<'_>>> {
    Survey::new(now.at, &now.shared, &now.details).of_set(&now.set)
}

/// Of these the claims of ordinals that the set does not ask for. Most sets have none, and are not looked at further.
///
/// # Errors
/// When sets, pods or claims were not read.
pub fn beyond(now: &Snapshot) -> Seen<Vec<Holding<'_>>> {
    let ordinals = now.set.ordinals();
    if placed(now)?.all(|ordinal| ordinals.contains(&ordinal)) {
        return Ok(Vec::new());
    }
    let is_beyond = |it: &Holding<'_>| it.ordinal.is_some_and(|it| !ordinals.contains(&it));
    Ok(of(now)?.into_iter().filter(is_beyond).collect())
}

/// Whether it depends on what else makes pods whose a claim of the set is: only then that is read.
pub fn awaits_workloads(now: &Snapshot) -> bool {
    beyond(now).is_ok_and(|holdings| is_undecided(&holdings))
}

/// Of these the claims that are asked for and are not there. Where as many are there as should be, none is missing.
///
/// # Errors
/// When sets, pods or claims were not read.
pub fn missing(now: &Snapshot) -> Seen<Vec<Holding<'_>>> {
    let ordinals = now.set.ordinals();
    let is_there = placed(now)?.filter(|ordinal| ordinals.contains(ordinal)).count();
    if is_there == ordinals.len() * now.set.claim_templates.len() {
        return Ok(Vec::new());
    }
    Ok(of(now)?.into_iter().filter(|it| it.is("missing")).collect())
}

/// The ordinals of all claims that have a place in the set.
fn placed(now: &Snapshot) -> Seen<impl Iterator<Item = u32>> {
    let places = now.set.places();
    let claims = read(&now.shared.claims)?.iter();
    Ok(claims.filter_map(move |claim| Some(places.of(claim)?.ordinal)))
}

impl<'a> Survey<'a> {
    pub fn new(at: Timestamp, shared: &'a Shared, details: &'a Details) -> Self {
        Self { at, shared, workloads: &details.workloads }
    }

    /// Lowest ordinal first, the claims of templates before other volumes.
    ///
    /// # Errors
    /// When sets, pods or claims were not read.
    pub fn of_set(&self, set: &'a Set) -> Seen<Vec<Holding<'a>>> {
        rows::of_set(self, set)
    }

    /// Claims of a namespace, or of all, that have the name of a set's claim, where there is no such set. Those that a pod
    /// of something else mounts are that one's business.
    ///
    /// # Errors
    /// When sets, pods or claims were not read.
    pub fn of_nobody(&self, namespace: Option<&str>) -> Seen<Vec<Holding<'a>>> {
        let here = self.claims()?.filter(|it| namespace.is_none_or(|ns| it.namespace == ns));
        let mut unplaced = Vec::new();
        for claim in here.filter(|claim| former_place(&claim.name).is_some()) {
            if !self.has_place(claim)? {
                unplaced.push(claim);
            }
        }
        let mut holdings = self.without_set(&unplaced)?;
        let controlled: HashSet<(&str, &str)> = self
            .pods()?
            .filter(|pod| pod.owner.is_some())
            .map(|pod| (pod.namespace.as_str(), pod.name.as_str()))
            .collect();
        holdings
            .retain(|it| !it.users.iter().any(|pod| controlled.contains(&(it.namespace, *pod))));
        Ok(holdings)
    }

    /// Whose one claim is: a holding for each pod that has it as its own, otherwise one; none when it is not there.
    ///
    /// # Errors
    /// When sets, pods or claims were not read.
    pub fn of_claim(&self, namespace: &str, name: &str) -> Seen<Vec<Holding<'a>>> {
        let mut found = Vec::new();
        for set in self.sets()?.filter(|set| set.namespace == namespace) {
            let holdings = self.of_set(set)?.into_iter();
            found.extend(holdings.filter(|it| it.name.as_deref() == Some(name)));
        }
        if found.is_empty() {
            let is_it = |it: &&Claim| it.namespace == namespace && it.name == name;
            found = self.without_set(&self.claims()?.filter(is_it).collect::<Vec<_>>())?;
        }
        Ok(found)
    }

    fn without_set(&self, claims: &[&'a Claim]) -> Seen<Vec<Holding<'a>>> {
        let mut by_namespace: HashMap<&str, Around<'a>> = HashMap::new();
        for namespace in claims.iter().map(|claim| claim.namespace.as_str()) {
            if !by_namespace.contains_key(namespace) {
                let here = claims.iter().filter(|claim| claim.namespace == namespace);
                let names = here.map(|claim| claim.name.as_str()).collect();
                by_namespace.insert(namespace, self.around(namespace, &names)?);
            }
        }
        let holdings = claims.iter().map(|claim| {
            let around = &by_namespace[claim.namespace.as_str()];
            let users = around.users_of(&claim.name);
            let mut states = trouble::of_claim(self, claim, users);
            states.push(without_set(self, claim, users)?);
            Ok(Holding {
                namespace: &claim.namespace,
                set: None,
                ordinal: None,
                pod: None,
                source: Source::Nobody,
                name: Some(claim.name.clone()),
                claim: Some(claim),
                volume: around.volume_of(claim),
                users: users.iter().map(|pod| pod.name.as_str()).collect(),
                states,
            })
        });
        holdings.collect()
    }

    /// Whether a set has a place for a claim, in its range or beyond, or names it in the template of its pods.
    fn has_place(&self, claim: &Claim) -> Seen<bool> {
        let mut sets = self.sets()?.filter(|set| set.namespace == claim.namespace);
        Ok(sets.any(|set| claim.place_in(set).is_some() || set.names(&claim.name)))
    }

    /// Reads once through everything for what concerns these claims.
    pub(super) fn around(&self, namespace: &str, names: &HashSet<&str>) -> Seen<Around<'a>> {
        let here = self.claims()?.filter(|it| it.namespace == namespace);
        let claims: HashMap<&str, &Claim> = here
            .filter(|claim| names.contains(claim.name.as_str()))
            .map(|claim| (claim.name.as_str(), claim))
            .collect();
        let mut users: HashMap<&str, Vec<&Pod>> = HashMap::new();
        for pod in self.pods()?.filter(|it| it.namespace == namespace && !it.is_finished()) {
            let mounted: HashSet<&str> = pod.claims().filter(|name| names.contains(name)).collect();
            for name in mounted {
                users.entry(name).or_default().push(pod);
            }
        }
        let behind: HashSet<&str> =
            claims.values().filter_map(|claim| claim.volume.as_deref()).collect();
        let volumes = read(&self.shared.volumes).map(|volumes| {
            let behind = volumes.iter().filter(|it| behind.contains(it.name.as_str()));
            behind.map(|volume| (volume.name.as_str(), volume)).collect()
        });
        Ok(Around { claims, users, volumes })
    }

    pub(super) fn sets(&self) -> Seen<impl Iterator<Item = &'a Set> + use<'a>> {
        Ok(read(&self.shared.sets)?.iter().map(AsRef::as_ref))
    }

    pub(super) fn pods(&self) -> Seen<impl Iterator<Item = &'a Pod> + use<'a>> {
        Ok(read(&self.shared.pods)?.iter().map(AsRef::as_ref))
    }

    pub(super) fn claims(&self) -> Seen<impl Iterator<Item = &'a Claim> + use<'a>> {
        Ok(read(&self.shared.claims)?.iter().map(AsRef::as_ref))
    }
}

impl<'a> Around<'a> {
    pub(super) fn users_of(&self, claim: &str) -> &[&'a Pod] {
        self.users.get(claim).map_or(&[], Vec::as_slice)
    }

    pub(super) fn volume_of(&self, claim: &Claim) -> Seen<Option<&'a PersistentVolume>> {
        let Some(name) = &claim.volume else { return Ok(None) };
        let volumes = self.volumes.as_ref().map_err(Clone::clone)?;
        Ok(volumes.get(name.as_str()).copied())
    }
}

/// Whether something that could use a claim was not read.
pub fn is_undecided(holdings: &[Holding<'_>]) -> bool {
    holdings.iter().flat_map(|it| &it.states).any(|state| matches!(state, State::Unknown(_)))
}

pub(super) fn read<T>(field: &Seen<T>) -> Seen<&T> {
    field.as_ref().map_err(Clone::clone)
}
