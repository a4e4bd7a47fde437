//! The StatefulSet itself: what was asked for, and its names for things.

use std::ops::Range;

use super::{Claim, Labels, Place, Pod, Selector, Timestamp, VolumeSource};

#[derive(Clone, Debug)]
pub struct Set {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub created: Option<Timestamp>,
    pub deleting: Option<Timestamp>,
    pub labels: Labels,
    pub finalizers: Vec<String>,
    /// The controller that owns it: an operator that would undo what we write.
    pub owner: Option<Owner>,
    /// Who else writes it: GitOps, Helm, whoever set `spec.replicas`.
    pub management_trace: Trace,
    pub generation: i64,
    pub observed_generation: i64,
    pub replicas: u32,
    /// `spec.ordinals.start` (KEP-3335); 0 when unset.
    pub start: u32,
    pub selector: Selector,
    /// `spec.serviceName`; None when empty: the pods have no names in DNS.
    pub service: Option<String>,
    pub management: Management,
    pub update: Update,
    /// Seconds that a pod must be ready to count as available.
    pub min_ready_seconds: u32,
    pub retention: Retention,
    pub claim_templates: Vec<ClaimTemplate>,
    pub template: Template,
    /// `spec.revisionHistoryLimit`; negative keeps all.
    pub history_limit: i32,
    pub update_revision: Option<String>,
    pub current_revision: Option<String>,
    /// `status.currentReplicas`: what a pod is created from where `rollingUpdate` is nil.
    pub current_replicas: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub kind: String,
    pub name: String,
    pub uid: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Management {
    OrderedReady,
    Parallel,
}

/// `spec.updateStrategy`. A partition is an index into the ordinals, not an ordinal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// The partition is None when `rollingUpdate` is nil: pods that are created anew then follow
    /// `status.currentReplicas` instead.
    RollingUpdate {
        partition: Option<u32>,
        /// A number or a percentage, as it is written (KEP-961).
        max_unavailable: Option<String>,
    },
    OnDelete,
    /// A strategy that this version does not know, by its name (`Recreate`, alpha in 1.37).
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub when_deleted: RetentionPolicy,
    pub when_scaled: RetentionPolicy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetentionPolicy {
    Retain,
    Delete,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimTemplate {
    pub name: String,
    pub class: Option<String>,
    /// Bytes.
    pub request: Option<u64>,
    pub modes: Vec<String>,
    /// `Filesystem` or `Block`.
    pub volume_mode: String,
}

/// What shows who manages a set besides the person at the keyboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Field managers that own `spec.replicas`, with their operation: `Apply` or `Update`.
    pub replicas_set_by: Vec<(String, String)>,
    /// `kubectl.kubernetes.io/last-applied-configuration` names `spec.replicas`.
    pub replicas_applied: bool,
    /// `Argo CD`, `Flux`, `Helm`, with what it calls the application.
    pub deployed_by: Option<(&'static str, String)>,
}

/// `spec.template`, as a pod that was never created.
#[derive(Clone, Debug)]
pub struct Template {
    pub labels: Labels,
    pub pod: Pod,
}

impl Set {
    /// The ordinals that the set asks for: `start .. start + replicas`.
    pub fn ordinals(&self) -> Range<u32> {
        self.start..self.start.saturating_add(self.replicas)
    }

    pub fn pod_name(&self, ordinal: u32) -> String {
        format!("{}-{ordinal}", self.name)
    }

    pub fn claim_name(&self, template: &str, ordinal: u32) -> String {
        format!("{template}-{}-{ordinal}", self.name)
    }

    /// Where claims stand in it by their names, for looking at many of them.
    pub fn places(&self) -> Places<'_> {
        let prefix = |template: &ClaimTemplate| format!("{}-{}", template.name, self.name);
        Places { set: self, prefixes: self.claim_templates.iter().map(prefix).collect() }
    }

    /// Whether the template of its pods names a claim, besides those that it makes for each ordinal.
    pub fn names(&self, claim: &str) -> bool {
        let is_template = |name: &str| self.claim_templates.iter().any(|it| it.name == name);
        let mut volumes = self.template.pod.volumes.iter().filter(|it| !is_template(&it.name));
        volumes.any(|it| matches!(&it.source, VolumeSource::Claim(name) if name == claim))
    }

    /// Whether a pod is its own, by the uid of the owner.
    pub fn controls(&self, pod: &Pod) -> bool {
        pod.namespace == self.namespace
            && pod.owner.as_ref().is_some_and(|owner| owner.uid == self.uid)
    }

    /// The ordinal of a pod or claim suffix of this set: `redis-3` is 3 of `redis`.
    pub fn ordinal_of(&self, pod: &str) -> Option<u32> {
        ordinal_of(&self.name, pod)
    }

    /// The lowest ordinal that a rolling update replaces: the partition is an index.
    pub fn first_updated_ordinal(&self) -> u32 {
        match self.update {
            Update::RollingUpdate { partition, .. } => {
                self.start.saturating_add(partition.unwrap_or(0))
            }
            Update::OnDelete | Update::Other(_) => self.ordinals().end,
        }
    }
}

/// The places of a set. Two sets can claim one name (template `a` of set `b-c`, template `a-b` of set `c`), so a place is
/// a possibility until the other sets were looked at.
pub struct Places<'a> {
    set: &'a Set,
    prefixes: Vec<String>,
}

impl Places<'_> {
    pub fn of(&self, claim: &Claim) -> Option<Place> {
        if claim.namespace == self.set.namespace { self.of_name(&claim.name) } else { None }
    }

    /// The place of a claim of this name in the namespace of the set.
    pub fn of_name(&self, claim: &str) -> Option<Place> {
        let mut all = self.prefixes.iter().zip(&self.set.claim_templates);
        all.find_map(|(prefix, template)| {
            let ordinal = ordinal_of(prefix, claim)?;
            Some(Place { template: template.name.clone(), ordinal })
        })
    }
}

/// The ordinal in `<name>-<ordinal>`, written as the controller writes it: no sign, no leading zero.
pub fn ordinal_of(name: &str, full: &str) -> Option<u32> {
    let digits = full.strip_prefix(name)?.strip_prefix('-')?;
    let plain =
        digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()));
    if plain { digits.parse().ok() } else { None }
}

/// The name of a revision without that of its set: `7c9f5d` of `redis-7c9f5d`.
pub fn short_revision<'a>(name: &str, revision: &'a str) -> &'a str {
    let hash = revision.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
    hash.unwrap_or(revision)
}

#[cfg(test)]
mod tests {
    use super::ordinal_of;

    #[test]
    fn an_ordinal_is_what_follows_the_name_of_the_set() {
        for (full, expected) in [
            ("web-0", Some(0)),
            ("web-12", Some(12)),
            ("web-01", None),
            ("web-+1", None),
            ("web-", None),
            ("web", None),
            ("web-a-1", None),
            ("webs-1", None),
            ("web-99999999999", None),
        ] {
            assert_eq!(ordinal_of("web", full), expected, "{full}");
        }
    }
}
