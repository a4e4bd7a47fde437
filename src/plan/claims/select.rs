//! Which claims a deletion is about.

use super::{Chosen, Deletion, refusal};
use crate::claims::{Ground, Holding, State, former_place_in};
use crate::model::Seen;
use crate::rules::Finding;

/// What is to be deleted of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Which {
    /// Claims of ordinals that the set does not ask for
    LeftBehind,
    /// Claims of a set that is gone
    Orphan,
}

/// What was chosen of one set, there or gone.
pub struct Choice {
    pub deletion: Deletion,
    /// Claims that may not be chosen, and why.
    pub refused: Vec<Finding>,
}

impl Which {
    pub(super) fn is(self, state: Option<&State>) -> bool {
        match self {
            Self::LeftBehind => matches!(state, Some(State::LeftBehind(_))),
            Self::Orphan => matches!(state, Some(State::Orphan)),
        }
    }

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeftBehind => "left-behind",
            Self::Orphan => "orphan",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::LeftBehind => "left behind",
            Self::Orphan => "of a set that is gone",
        }
    }
}

impl Choice {
    /// Chooses from what was seen; the highest ordinal goes first.
    ///
    /// # Errors
    /// When sets, pods or claims were not read.
    pub fn of(
        now: &Ground,
        namespace: &str,
        set: &str,
        which: Which,
        discard_data: bool,
    ) -> Seen<Self> {
        let survey = now.survey();
        let sets = now.shared.sets.as_ref().map_err(Clone::clone)?;
        let found = sets.iter().find(|it| it.name == set && it.namespace == namespace);
        let mut holdings = match (which, found) {
            (Which::LeftBehind, Some(set)) => survey.of_set(set)?,
            (Which::LeftBehind, None) => Vec::new(),
            (Which::Orphan, _) => survey.of_nobody(Some(namespace))?,
        };
        if which == Which::Orphan {
            holdings.retain(|it| ordinal(it, set).is_some());
        }
        holdings.sort_by_key(|it| std::cmp::Reverse(it.ordinal.or_else(|| ordinal(it, set))));
        let refused = holdings.iter().filter_map(|it| match it.states.last() {
            Some(State::Parked) => Some(refusal::parked(it)),
            Some(State::Unknown(unread)) => Some(refusal::unknown(it, unread)),
            _ => None,
        });
        let chosen = holdings.iter().filter(|it| which.is(it.states.last()));
        let chosen = chosen.filter_map(|it| it.claim);
        let claims = chosen.map(|it| Chosen { name: it.name.clone(), uid: it.uid.clone() });
        Ok(Self {
            refused: refused.collect(),
            deletion: Deletion {
                which,
                namespace: namespace.to_owned(),
                claims: claims.collect(),
                discard_data,
            },
        })
    }
}

/// The ordinal that a claim had in a set of this name.
fn ordinal(holding: &Holding<'_>, set: &str) -> Option<u32> {
    Some(former_place_in(set, holding.name.as_deref()?)?.ordinal)
}
