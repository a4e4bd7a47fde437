//! Which claim belongs to whom, as it was asked: the one value that text and JSON come from.

use crate::claims::{Holding, State, is_undecided};
use crate::model::{Details, RetentionPolicy, Seen, Set, Timestamp, Unread, Usage};

pub struct ClaimMap<'a> {
    /// Name of the kubeconfig context in force; None inside a cluster.
    pub context: Option<String>,
    pub at: Timestamp,
    /// The sets that it is about.
    pub sets: Vec<ClaimedSet<'a>>,
    /// All that they hold, or what of it was asked for.
    pub holdings: Vec<Holding<'a>>,
    /// Whether it is about one claim or volume.
    pub is_of_one: bool,
    pub details: &'a Details,
    /// Whether it was asked how full volumes are.
    pub with_usage: bool,
}

/// A set with what would become of its claims.
pub struct ClaimedSet<'a> {
    pub set: &'a Set,
    /// When its replicas are lowered by one.
    pub when_scaled: Fate,
    /// When it is deleted.
    pub when_deleted: Fate,
}

/// What would become of the claims of a set if somebody lowered its replicas or deleted it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    pub policy: RetentionPolicy,
    /// Claims that it concerns.
    pub claims: usize,
    /// Of them, those whose volume goes with the claim (reclaim policy Delete); None where volumes were not read.
    pub volumes: Option<usize>,
}

impl ClaimMap<'_> {
    /// Whether it is known of every claim whose it is.
    pub fn is_complete(&self) -> bool {
        !is_undecided(&self.holdings)
    }

    /// Reads that failed, each once: of what may use a claim, of volumes, and of how full they are.
    pub fn unread(&self) -> Vec<&Unread> {
        let undecided = self.holdings.iter().flat_map(|it| &it.states);
        let undecided = undecided.filter_map(|state| match state {
            State::Unknown(unread) => Some(unread),
            _ => None,
        });
        let volumes = self.holdings.iter().filter_map(|it| it.volume.as_ref().err());
        let kubelets = self.details.usage.iter().flat_map(|by_node| by_node.values());
        let kubelets = kubelets.filter_map(|usage| usage.as_ref().err());
        let usage = self.details.usage.as_ref().err().into_iter().chain(kubelets);
        let usage = usage.filter(|_| self.with_usage);
        let mut once: Vec<&Unread> = Vec::new();
        for unread in undecided.chain(volumes).chain(usage) {
            if !once.contains(&unread) {
                once.push(unread);
            }
        }
        once
    }

    /// How full a claim is; None where no kubelet said.
    pub fn usage_of(&self, holding: &Holding<'_>) -> Option<&Usage> {
        let node = holding.pod.and_then(|pod| pod.node.as_deref());
        let by_node = self.details.usage.as_ref().ok()?;
        let is_it = |usage: &&Usage| {
            usage.namespace == holding.namespace && Some(&usage.claim) == holding.name.as_ref()
        };
        by_node.get(node?)?.as_ref().ok()?.iter().find(is_it)
    }
}

impl<'a> ClaimedSet<'a> {
    /// `holdings` is everything that the set holds.
    pub fn new(set: &'a Set, holdings: &[Holding<'_>]) -> Self {
        let (ordinals, last) = (set.ordinals(), set.ordinals().last());
        // Claims that are left behind belong to nobody: they stay whatever becomes of the set.
        let is_wanted = |it: &Holding<'_>| it.ordinal.is_some_and(|it| ordinals.contains(&it));
        Self {
            set,
            when_scaled: Fate::of(holdings, set.retention.when_scaled, |it| it.ordinal == last),
            when_deleted: Fate::of(holdings, set.retention.when_deleted, is_wanted),
        }
    }
}

impl Fate {
    fn of(
        holdings: &[Holding<'_>],
        policy: RetentionPolicy,
        concerns: impl Fn(&Holding<'_>) -> bool,
    ) -> Self {
        let concerned: Vec<&Holding<'_>> = holdings
            .iter()
            .filter(|it| it.claim.is_some() && it.source.kind() == Some("template") && concerns(it))
            .collect();
        let reclaims: Seen<Vec<Option<&str>>> = concerned.iter().map(|it| it.reclaim()).collect();
        let volumes =
            reclaims.ok().map(|all| all.iter().filter(|it| **it == Some("Delete")).count());
        Self { policy, claims: concerned.len(), volumes }
    }
}
