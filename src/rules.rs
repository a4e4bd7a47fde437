//! Rules: each looks at one snapshot and says what is wrong, as data. A rule never does I/O.

mod claim;
mod network;
mod node;
mod pod;
mod policy;
mod set;

use serde::Serialize;

use crate::model::{Seen, Snapshot, Timestamp, Unread, Value};

/// Rules about Kubernetes objects; engines bring their own.
pub const RULES: &[&[Rule]] =
    &[set::RULES, pod::RULES, node::RULES, claim::RULES, network::RULES, policy::RULES];

/// One rule. `F` is what an engine knows beyond the snapshot.
pub struct Rule<F = ()> {
    pub info: Info,
    /// `?` on a field that was not read makes the rule "not run".
    pub check: fn(&Snapshot, &F) -> Seen<Vec<Violation>>,
}

#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Stable, in kebab-case: printed, documented, and the name by which a guard is overridden.
    pub id: &'static str,
    pub severity: Severity,
    /// One sentence that says what it looks for.
    pub about: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Warning,
    /// Something that should have answered was not read: the report is not complete.
    Unknown,
    Error,
}

/// One thing that breaks a rule. Sentences are made from it by `render`: `{name}` in a template is the
/// evidence of that name.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    pub object: Object,
    pub says: &'static str,
    pub evidence: Vec<(&'static str, Value)>,
    pub since: Option<Timestamp>,
    /// What happened, for the line `since`: a template like `says`.
    pub cause: Option<&'static str>,
    /// What will happen, or what to look at: a template like `says`.
    pub next: Option<&'static str>,
    /// Commands to paste, as argument lists. `render` adds the namespace and context in force.
    pub fix: Vec<Vec<String>>,
    /// Instead of the severity of the rule.
    pub severity: Option<Severity>,
}

/// What a finding is about, by the kind's short name as kubectl takes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Object {
    pub kind: &'static str,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub rule: &'static str,
    pub severity: Severity,
    pub violation: Violation,
}

/// A rule that could not look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRun {
    pub rule: &'static str,
    pub why: Unread,
}

/// The outcome of many rules over one snapshot.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Worst first; rules keep their order within a severity.
    pub findings: Vec<Finding>,
    pub ran: usize,
    pub not_run: Vec<NotRun>,
}

impl Violation {
    pub fn new(object: Object, says: &'static str) -> Self {
        Self {
            object,
            says,
            evidence: Vec::new(),
            since: None,
            cause: None,
            next: None,
            fix: Vec::new(),
            severity: None,
        }
    }

    pub fn with(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.evidence.push((field, value.into()));
        self
    }

    pub fn since(mut self, since: Option<Timestamp>) -> Self {
        self.since = since;
        self
    }

    pub fn cause(mut self, cause: &'static str) -> Self {
        self.cause = Some(cause);
        self
    }

    pub fn next(mut self, next: &'static str) -> Self {
        self.next = Some(next);
        self
    }

    /// One command to paste, its words without `-n` and `--context`.
    pub fn fix<const N: usize>(mut self, argv: [&str; N]) -> Self {
        self.fix.push(argv.map(str::to_owned).to_vec());
        self
    }

    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

impl Object {
    pub fn pod(name: &str) -> Self {
        Self { kind: "pod", name: name.to_owned() }
    }

    pub fn set(name: &str) -> Self {
        Self { kind: "statefulset", name: name.to_owned() }
    }

    pub fn claim(name: &str) -> Self {
        Self { kind: "pvc", name: name.to_owned() }
    }

    pub fn node(name: &str) -> Self {
        Self { kind: "node", name: name.to_owned() }
    }

    pub fn service(name: &str) -> Self {
        Self { kind: "service", name: name.to_owned() }
    }

    pub fn budget(name: &str) -> Self {
        Self { kind: "pdb", name: name.to_owned() }
    }
}

impl Judged {
    /// Judges one snapshot by more rules.
    pub fn add<F>(&mut self, now: &Snapshot, facts: &F, rules: &[Rule<F>]) {
        for rule in rules {
            match (rule.check)(now, facts) {
                Ok(violations) => {
                    self.ran += 1;
                    self.findings.extend(violations.into_iter().map(|violation| Finding {
                        rule: rule.info.id,
                        severity: violation.severity.unwrap_or(rule.info.severity),
                        violation,
                    }));
                }
                Err(why) => self.not_run.push(NotRun { rule: rule.info.id, why }),
            }
        }
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    }

    /// Notes rules that could not look, all for one reason.
    pub fn skip(&mut self, rules: impl Iterator<Item = &'static str>, why: &Unread) {
        self.not_run.extend(rules.map(|rule| NotRun { rule, why: why.clone() }));
    }

    pub fn worst(&self) -> Option<Severity> {
        self.findings.first().map(|finding| finding.severity)
    }
}

/// Judges one snapshot by every rule about Kubernetes objects.
pub fn judge(now: &Snapshot) -> Judged {
    let mut judged = Judged::default();
    for rules in RULES {
        judged.add(now, &(), rules);
    }
    judged
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::example::{World, healthy};

    pub(crate) fn judged(world: &World) -> Judged {
        judge(&world.snapshot())
    }

    /// The rules that fire, worst first.
    pub(crate) fn found(world: &World) -> Vec<&'static str> {
        judged(world).findings.iter().map(|finding| finding.rule).collect()
    }

    /// The sentence of the worst finding.
    pub(crate) fn sentence(world: &World) -> String {
        let judged = judged(world);
        let violation = judged.findings.first().map(|finding| &finding.violation);
        violation.map(|violation| fill(violation.says, violation)).unwrap_or_default()
    }

    /// Fails on a template that names evidence that is not there.
    pub(crate) fn fill(template: &str, violation: &Violation) -> String {
        let mut text = template.to_owned();
        for (field, value) in &violation.evidence {
            let words = match value {
                Value::Count(count) => count.to_string(),
                Value::Text(text) => text.clone(),
                Value::List(names) => names.join(", "),
                other => format!("{other:?}"),
            };
            text = text.replace(&format!("{{{field}}}"), &words);
        }
        for template in [Some(template), violation.cause, violation.next].into_iter().flatten() {
            for (_, rest) in template.match_indices('{').map(|(at, _)| template.split_at(at + 1)) {
                let name = rest.split(['}', ':']).next().unwrap_or_default();
                assert!(
                    violation.evidence.iter().any(|(field, _)| *field == name),
                    "{template}: {name}"
                );
            }
        }
        text
    }

    #[test]
    fn nothing_is_wrong_with_a_healthy_set() {
        for replicas in [1, 3, 6] {
            let judged = judged(&healthy(replicas));
            assert_eq!(judged.not_run, []);
            assert_eq!(judged.findings.iter().filter(|f| f.severity > Severity::Info).count(), 0);
        }
    }

    #[test]
    fn ids_are_unique_and_in_kebab_case() {
        let ids: Vec<&str> =
            RULES.iter().flat_map(|rules| rules.iter()).map(|rule| rule.info.id).collect();
        let unique: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len());
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
    }
}
