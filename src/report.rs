//! What is known of one set after it was judged: the one value that text and JSON come from.

mod claim_map;
mod revisions;
mod shape;

pub use claim_map::{ClaimMap, ClaimedSet, Fate};
pub use revisions::{Kept, Place, Standee, Standing, kept};
pub use shape::Shape;

use crate::claims::held;
use crate::controller::{self, Action};
use crate::model::{
    Column, Evidence, Headline, Member, Ordinal, Pod, Seen, Snapshot, Unread, Verdict,
};
use crate::rules::{Judged, Severity};

pub struct Report {
    /// Name of the kubeconfig context in force; None inside a cluster or from a capture.
    pub context: Option<String>,
    pub now: Snapshot,
    /// None where no database was recognised.
    pub engine: Option<EngineReport>,
    pub judged: Judged,
}

pub struct EngineReport {
    pub name: &'static str,
    pub evidence: Evidence,
    pub columns: &'static [Column],
    pub headline: Seen<Headline>,
}

/// One ordinal with what belongs to it.
pub struct Row<'a> {
    pub ordinal: Ordinal<'a>,
    /// Names of the claims that its pod mounts; without a pod, those that wait for one by their name.
    pub claims: Seen<Vec<String>>,
    pub member: Option<&'a Member>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Healthy,
    Degraded,
    /// Nothing is known to be broken, and not everything that should answer was read.
    Unknown,
    Unhealthy,
}

/// From which severity on a finding makes the answer "no".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    #[default]
    Error,
    Warning,
    Info,
    Never,
}

/// The answer to "is it healthy", from best to worst: the last one wins over many sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    Yes,
    /// A finding at or above the threshold.
    No,
    /// Not everything that should answer was read: a "no" may be wrong about the rest.
    Incomplete,
}

impl Report {
    /// Whether everything that should answer was read. Rules that did not run do not count: they
    /// are listed, and what they look at is not the data.
    pub fn is_complete(&self) -> bool {
        self.unread().is_empty()
            && self.verdict() != Some(Verdict::Unknown)
            && self.judged.findings.iter().all(|f| f.severity != Severity::Unknown)
    }

    /// The reads whose failure makes the report incomplete, each once.
    pub fn unread(&self) -> Vec<&Unread> {
        let mut unread: Vec<&Unread> = self.now.pods.as_ref().err().into_iter().collect();
        if let Some(engine) = &self.engine {
            unread.extend(self.now.facts.as_ref().err());
            unread.extend(engine.headline.as_ref().err());
        }
        let mut once: Vec<&Unread> = Vec::new();
        for this in unread {
            if !once.contains(&this) {
                once.push(this);
            }
        }
        once
    }

    /// The worst that is known, by the rules or by the engine's own verdict: an engine that says
    /// "down" is an error even where no rule found out why.
    pub fn worst(&self) -> Option<Severity> {
        let by_engine = self.verdict().and_then(|verdict| match verdict {
            Verdict::Ok => None,
            Verdict::Degraded => Some(Severity::Warning),
            Verdict::Unknown => Some(Severity::Unknown),
            Verdict::Down => Some(Severity::Error),
        });
        self.judged.worst().max(by_engine)
    }

    pub fn health(&self) -> Health {
        match self.worst() {
            Some(Severity::Error) => Health::Unhealthy,
            _ if !self.is_complete() => Health::Unknown,
            Some(Severity::Warning | Severity::Unknown) => Health::Degraded,
            Some(Severity::Info) | None => Health::Healthy,
        }
    }

    pub fn answer(&self, fail_on: FailOn) -> Answer {
        if !self.is_complete() {
            Answer::Incomplete
        } else if self.worst().is_some_and(|severity| fail_on.includes(severity)) {
            Answer::No
        } else {
            Answer::Yes
        }
    }

    /// How many of the wanted ordinals have a ready pod.
    pub fn ready(&self) -> Seen<usize> {
        Ok(self.wanted_pods()?.iter().filter(|pod| pod.is_ready()).count())
    }

    /// Revisions of the wanted ordinals with how many pods are on each, most first. The newest
    /// revision is among them even when no pod has it: a rollout that did not begin is not done.
    pub fn revisions(&self) -> Seen<Vec<(&str, usize)>> {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for revision in self.wanted_pods()?.iter().filter_map(|pod| pod.revision()) {
            match counts.iter_mut().find(|(known, _)| *known == revision) {
                Some((_, count)) => *count += 1,
                None => counts.push((revision, 1)),
            }
        }
        let newest = self.now.set.update_revision.as_deref();
        let is_unused = |newest: &&str| counts.iter().all(|(known, _)| known != newest);
        if let Some(newest) = newest.filter(is_unused).filter(|_| !counts.is_empty()) {
            counts.push((newest, 0));
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(counts)
    }

    pub fn rows(&self) -> Seen<Vec<Row<'_>>> {
        let rows = self.now.ordinals()?.into_iter().map(|ordinal| Row {
            claims: self.claims_of(&ordinal),
            member: ordinal.pod.and_then(|pod| self.member_of(pod)),
            ordinal,
        });
        Ok(rows.collect())
    }

    fn claims_of(&self, ordinal: &Ordinal<'_>) -> Seen<Vec<String>> {
        let set = &self.now.set;
        let pod = ordinal.pod.map(AsRef::as_ref);
        let names = held(set, ordinal.number, pod).into_iter().filter_map(|held| held.claim);
        if let Some(pod) = pod {
            return Ok(names.filter(|name| pod.claims().any(|it| it == name)).collect());
        }
        let claims = self.now.shared.claims.as_ref().map_err(Clone::clone)?;
        let is_there = |name: &String| {
            claims.iter().any(|it| it.name == *name && it.namespace == set.namespace)
        };
        Ok(names.filter(is_there).collect())
    }

    /// Members that no row holds: without a pod, of a pod that is gone, or in another set.
    pub fn other_members(&self) -> Vec<&Member> {
        let Ok(members) = &self.now.members else { return Vec::new() };
        let pods = self.now.pods().unwrap_or_default();
        let held: Vec<*const Member> =
            pods.iter().filter_map(|pod| self.member_of(pod)).map(std::ptr::from_ref).collect();
        members.iter().filter(|member| !held.contains(&std::ptr::from_ref(*member))).collect()
    }

    /// What the StatefulSet controller does next.
    pub fn controller(&self) -> Seen<Action> {
        controller::next_action(&self.now)
    }

    fn member_of(&self, pod: &Pod) -> Option<&Member> {
        let members = self.now.members.as_ref().ok()?;
        members.iter().find(|member| member.pod.as_ref().is_some_and(|it| it.uid == pod.uid))
    }

    fn wanted_pods(&self) -> Seen<Vec<&Pod>> {
        let ordinals = self.now.ordinals()?;
        let wanted = ordinals.into_iter().filter(|ordinal| ordinal.is_wanted);
        Ok(wanted.filter_map(|ordinal| ordinal.pod).map(AsRef::as_ref).collect())
    }

    fn verdict(&self) -> Option<Verdict> {
        Some(self.engine.as_ref()?.headline.as_ref().ok()?.verdict)
    }
}

impl FailOn {
    fn includes(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity >= Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Info => true,
            Self::Never => false,
        }
    }
}

/// The answer over many sets.
pub fn answer(reports: &[Report], fail_on: FailOn) -> Answer {
    reports.iter().map(|report| report.answer(fail_on)).max().unwrap_or(Answer::Yes)
}

#[cfg(test)]
mod tests;
