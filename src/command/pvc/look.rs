//! One look at the claims that were asked for.

use std::sync::Arc;

use anyhow::{Error, Result, bail};

use super::{PvcArgs, whose};
use crate::claims::{self, Holding, Survey, former_place_in};
use crate::cluster::{Closer, Connection, Reading, look_closer, observe};
use crate::command::cannot;
use crate::command::choice::{self, Chosen};
use crate::model::{Details, Set, Shared, Snapshot, Timestamp};
use crate::report::{ClaimMap, ClaimedSet};
use crate::ui::Ui;

pub(super) struct Look {
    context: Option<String>,
    /// None for all namespaces.
    namespace: Option<String>,
    at: Timestamp,
    shared: Arc<Shared>,
    details: Details,
    snapshots: Vec<Snapshot>,
    /// A sentence for each name of which there is no set.
    missing: Vec<(String, Error)>,
    /// The one claim that it is about.
    claim: Option<String>,
}

impl Look {
    pub(super) async fn at(args: &PvcArgs, connection: &Connection, ui: &Ui) -> Result<Self> {
        let _spinner = ui.spinner("reading the cluster");
        let (namespace, claim) = match (&args.claim, &args.volume) {
            (Some(claim), _) => (Some(connection.namespace().to_owned()), Some(claim.clone())),
            (_, Some(volume)) => {
                let (namespace, claim) = whose::claim_of(connection, volume).await?;
                (Some(namespace), Some(claim))
            }
            _ if args.sets.all_namespaces => (None, None),
            _ => (Some(connection.namespace().to_owned()), None),
        };
        let inputs = observe(connection, namespace.as_deref(), Reading::Storage).await;
        let at = inputs.at;
        let shared = Arc::new(inputs.into_shared());
        let sets = shared.sets.clone().map_err(|unread| cannot(&unread))?;
        let all = sets.into_iter().map(|set| Snapshot::new(at, set, shared.clone()));
        let place = namespace.as_ref().map_or_else(String::new, |ns| format!(" in namespace {ns}"));
        let Chosen { snapshots, missing } = match &args.sets.selector {
            _ if !args.sets.names.is_empty() => {
                choice::by_name("map", &args.sets.names, &all.collect::<Vec<_>>(), &place)
            }
            Some(selector) => choice::by_labels(selector, all.collect()),
            None => Chosen { snapshots: all.collect(), missing: Vec::new() },
        };
        let context = connection.context().map(str::to_owned);
        let details = Details::default();
        let mut look = Self { context, namespace, at, shared, details, snapshots, missing, claim };
        let workloads = claims::is_undecided(&look.holdings(args)?);
        let closer = Closer { pods: false, usage: args.usage, workloads };
        let namespace = look.namespace.as_deref();
        look.details = look_closer(connection, &look.snapshots, namespace, closer).await;
        Ok(look)
    }

    /// With a sentence for each name of which there is neither a set nor a claim.
    pub(super) fn map(&self, args: &PvcArgs) -> Result<(ClaimMap<'_>, Vec<&Error>)> {
        let holdings = self.holdings(args)?;
        let is_former = |name: &str| holdings.iter().any(|it| was_of(it, name));
        let missing = self.missing.iter().filter(|(name, _)| !is_former(name));
        let missing = missing.map(|(_, error)| error).collect();
        let survey = Survey::new(self.at, &self.shared, &self.details);
        let is_of =
            |set: &Set| holdings.iter().any(|it| it.set.is_some_and(|it| it.uid == set.uid));
        let sets = self.snapshots.iter().map(|now| &*now.set);
        let sets = sets.filter(|set| self.claim.is_none() || is_of(set)).map(|set| {
            let all = survey.of_set(set).map_err(|unread| cannot(&unread))?;
            Ok(ClaimedSet::new(set, &all))
        });
        let sets = sets.collect::<Result<Vec<_>>>()?;
        let map = ClaimMap {
            context: self.context.clone(),
            at: self.at,
            sets,
            holdings,
            is_of_one: self.claim.is_some(),
            details: &self.details,
            with_usage: args.usage,
        };
        Ok((map, missing))
    }

    fn holdings(&self, args: &PvcArgs) -> Result<Vec<Holding<'_>>> {
        let survey = Survey::new(self.at, &self.shared, &self.details);
        if let Some(claim) = &self.claim {
            let namespace = self.namespace.as_deref().unwrap_or_default();
            let mut holdings =
                survey.of_claim(namespace, claim).map_err(|unread| cannot(&unread))?;
            if let Some(volume) = &args.volume {
                holdings.retain(|it| it.volume_name() == Some(volume));
                if holdings.is_empty() {
                    bail!(
                        "persistentvolume/{volume} is nobody's: the claim {claim} in namespace {namespace} that it was \
                         bound to is gone, and so is its set"
                    );
                }
            }
            if holdings.is_empty() {
                bail!(
                    "cannot say whose persistentvolumeclaim/{claim} is: not found in namespace {namespace}"
                );
            }
            return Ok(holdings);
        }
        let mut holdings = Vec::new();
        for now in &self.snapshots {
            holdings.extend(survey.of_set(&now.set).map_err(|unread| cannot(&unread))?);
        }
        let of_nobody =
            survey.of_nobody(self.namespace.as_deref()).map_err(|unread| cannot(&unread))?;
        let is_asked = |it: &Holding<'_>| match &args.sets.selector {
            Some(selector) => it.claim.is_some_and(|claim| selector.matches(&claim.labels)),
            None if args.sets.names.is_empty() => true,
            None => self.missing.iter().any(|(name, _)| was_of(it, name)),
        };
        holdings.extend(of_nobody.into_iter().filter(is_asked));
        Ok(holdings)
    }
}

/// Whether a claim has the name of one of a set that is gone.
fn was_of(holding: &Holding<'_>, set: &str) -> bool {
    let name = holding.name.as_deref().filter(|_| holding.set.is_none());
    name.is_some_and(|name| former_place_in(set, name).is_some())
}
