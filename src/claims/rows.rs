//! What a set holds, ordinal by ordinal, and what is left of ordinals that are gone.

use std::collections::{BTreeMap, HashSet};

use super::place::{Held, Source, held};
use super::survey::{Around, Survey, read};
use super::{Holding, State, belonging, trouble};
use crate::model::{Claim, ClaimPhase, PersistentVolume, Place, Pod, Seen, Set};

/// One set among what concerns it.
struct Rows<'a, 'b> {
    survey: &'b Survey<'a>,
    set: &'a Set,
    around: Around<'a>,
    pods: BTreeMap<u32, &'a Pod>,
}

pub(super) fn of_set<'a>(survey: &Survey<'a>, set: &'a Set) -> Seen<Vec<Holding<'a>>> {
    let own = survey.pods()?.filter(|pod| set.controls(pod));
    let pods: BTreeMap<u32, &Pod> =
        own.filter_map(|pod| Some((set.ordinal_of(&pod.name)?, pod))).collect();
    let ordinals: BTreeMap<u32, Option<&Pod>> = set
        .ordinals()
        .map(|ordinal| (ordinal, None))
        .chain(pods.iter().map(|(ordinal, pod)| (*ordinal, Some(*pod))))
        .collect();
    let held: Vec<(u32, Held<'_>)> = ordinals
        .iter()
        .flat_map(|(ordinal, pod)| held(set, *ordinal, *pod).into_iter().map(|it| (*ordinal, it)))
        .collect();
    let places = set.places();
    let by_name: Vec<(Place, &Claim)> =
        survey.claims()?.filter_map(|claim| Some((places.of(claim)?, claim))).collect();

    let names: HashSet<&str> = held
        .iter()
        .filter_map(|(_, held)| held.claim.as_deref())
        .chain(by_name.iter().map(|(_, claim)| claim.name.as_str()))
        .chain(set.template.pod.claims())
        .collect();
    let around = survey.around(&set.namespace, &names)?;
    let rows = Rows { survey, set, around, pods };

    let mut holdings = Vec::new();
    for (ordinal, held) in held {
        holdings.push(rows.of_ordinal(ordinal, held)?);
    }
    for (place, claim) in by_name {
        if !ordinals.contains_key(&place.ordinal) && !rows.is_others(claim)? {
            holdings.push(rows.beyond(&place, claim)?);
        }
    }
    holdings.sort_by_key(|holding| holding.ordinal);
    holdings.extend(rows.of_template(&holdings)?);
    holdings.extend(rows.former()?);
    Ok(holdings)
}

impl<'a> Rows<'a, '_> {
    fn of_ordinal(&self, ordinal: u32, held: Held<'a>) -> Seen<Holding<'a>> {
        let claim = held.claim.as_deref().and_then(|name| self.around.claims.get(name).copied());
        let pod = self.pods.get(&ordinal).copied();
        let name = match held.source {
            Source::Template(template) => template,
            _ => "",
        };
        let place = Place { template: name.to_owned(), ordinal };
        let states = match (held.source, claim) {
            (Source::Folder(_, kind), _) => vec![State::NotDurable(kind)],
            (_, None) => vec![State::Missing { has_pod: pod.is_some() }],
            (Source::Template(_), Some(claim)) => self.states_in_place(&place, claim)?,
            (_, Some(claim)) => self.states(&place, claim)?,
        };
        Ok(self.holding(Some(ordinal), held.source, held.claim, claim, states))
    }

    /// A claim of an ordinal that is not asked for and has no pod.
    fn beyond(&self, place: &Place, claim: &'a Claim) -> Seen<Holding<'a>> {
        let source = self.source(place);
        let states = self.states_in_place(place, claim)?;
        let name = Some(claim.name.clone());
        Ok(self.holding(Some(place.ordinal), source, name, Some(claim), states))
    }

    /// Claims that the template of the pods names and no pod of the set has.
    fn of_template(&self, holdings: &[Holding<'_>]) -> Seen<Vec<Holding<'a>>> {
        let is_shown = |name: &str| holdings.iter().any(|it| it.name.as_deref() == Some(name));
        let template = held(self.set, self.set.ordinals().end, Some(&self.set.template.pod));
        let direct = template.into_iter().filter(|it| matches!(it.source, Source::Direct(_)));
        let unshown =
            direct.filter_map(|it| Some((it.source, it.claim.filter(|it| !is_shown(it))?)));
        unshown
            .map(|(source, name)| {
                let claim = self.around.claims.get(name.as_str()).copied();
                let states = match claim {
                    None => vec![State::Missing { has_pod: false }],
                    Some(claim) => {
                        let mut states = self.troubles(claim);
                        let is_used = !self.around.users_of(&claim.name).is_empty();
                        states.push(match self.set.replicas {
                            _ if is_used => State::InUse,
                            0 => State::Parked,
                            _ => State::Waiting,
                        });
                        states
                    }
                };
                Ok(self.holding(None, source, Some(name), claim, states))
            })
            .collect()
    }

    /// Volumes that a claim of the set had before, and that were kept.
    fn former(&self) -> Seen<Vec<Holding<'a>>> {
        // Without the right to list volumes there is nothing to say of them; the others say so already.
        let Ok(volumes) = read(&self.survey.shared.volumes) else { return Ok(Vec::new()) };
        let places = self.set.places();
        let former = volumes.iter().filter_map(|volume| {
            let of = volume.claim.as_ref().filter(|of| of.namespace == self.set.namespace)?;
            let is_over = volume.phase == "Released" || volume.phase == "Failed";
            let is_bound = self.around.claims.get(of.name.as_str()).is_some_and(|claim| {
                claim.volume.as_ref() == Some(&volume.name) && claim.phase != ClaimPhase::Pending
            });
            let place = places.of_name(&of.name)?;
            (is_over && !is_bound).then_some((place, of.name.clone(), volume))
        });
        let mut former: Vec<_> =
            former.map(|(place, name, volume)| self.released(&place, name, volume)).collect();
        former.sort_by_key(|holding| holding.ordinal);
        Ok(former)
    }

    fn released(&self, place: &Place, name: String, volume: &'a PersistentVolume) -> Holding<'a> {
        Holding {
            namespace: &self.set.namespace,
            set: Some(self.set),
            ordinal: Some(place.ordinal),
            pod: None,
            source: self.source(place),
            name: Some(name),
            claim: None,
            volume: Ok(Some(volume)),
            users: Vec::new(),
            states: vec![State::Released],
        }
    }

    fn source(&self, place: &Place) -> Source<'a> {
        let template = self.set.claim_templates.iter().find(|it| it.name == place.template);
        template.map_or(Source::Nobody, |it| Source::Template(&it.name))
    }

    /// Whether the place of a claim is in the range of another set: template `a` of set `b-c` and template `a-b` of set
    /// `c` give the same names.
    fn is_others(&self, claim: &Claim) -> Seen<bool> {
        let mut others = self.survey.sets()?.filter(|other| other.uid != self.set.uid);
        Ok(others.any(|other| {
            claim.place_in(other).is_some_and(|place| other.ordinals().contains(&place.ordinal))
        }))
    }

    fn states_in_place(&self, place: &Place, claim: &Claim) -> Seen<Vec<State>> {
        let mut states = self.troubles(claim);
        let pod = self.pods.get(&place.ordinal).copied();
        states.extend(trouble::in_set(self.set, place, pod, claim));
        let belonging = self.belonging(place, claim)?;
        if !states.contains(&belonging) {
            states.push(belonging);
        }
        Ok(states)
    }

    fn states(&self, place: &Place, claim: &Claim) -> Seen<Vec<State>> {
        let mut states = self.troubles(claim);
        states.push(self.belonging(place, claim)?);
        Ok(states)
    }

    fn belonging(&self, place: &Place, claim: &Claim) -> Seen<State> {
        let users = self.around.users_of(&claim.name);
        belonging::in_set(self.survey, self.set, place, claim, users)
    }

    fn troubles(&self, claim: &Claim) -> Vec<State> {
        trouble::of_claim(self.survey, claim, self.around.users_of(&claim.name))
    }

    fn holding(
        &self,
        ordinal: Option<u32>,
        source: Source<'a>,
        name: Option<String>,
        claim: Option<&'a Claim>,
        states: Vec<State>,
    ) -> Holding<'a> {
        let users = name.as_deref().map_or(&[][..], |name| self.around.users_of(name));
        Holding {
            namespace: &self.set.namespace,
            set: Some(self.set),
            ordinal,
            pod: ordinal.and_then(|ordinal| self.pods.get(&ordinal).copied()),
            source,
            volume: claim.map_or(Ok(None), |claim| self.around.volume_of(claim)),
            users: users.iter().map(|pod| pod.name.as_str()).collect(),
            name,
            claim,
            states,
        }
    }
}
