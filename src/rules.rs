//! Rules: each looks at one snapshot and says what is wrong, as data. A rule never does I/O.

mod claim;
mod network;
mod node;
mod pod;
mod policy;
mod set;
mod template;
mod work;

pub use set::is_failing;

use serde::Serialize;

use crate::model::{Operation, Seen, Snapshot, Timestamp, Unread, Value};

/// Rules about Kubernetes objects; engines bring their own.
pub const RULES: &[Subject] = &[
    ("the set", set::RULES),
    ("its pods", pod::RULES),
    ("nodes", node::RULES),
    ("claims and volumes", claim::RULES),
    ("names and endpoints", network::RULES),
    ("availability policy", policy::RULES),
    ("the template", template::RULES),
    ("the work ahead", work::RULES),
];

/// Rules by what they look at.
pub type Subject<F = ()> = (&'static str, &'static [Rule<F>]);

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
    /// The work that should not begin while it finds something.
    pub blocks: &'static [Operation],
}

impl<F> Rule<F> {
    /// An error, and a member that was not read, stand in the way of every work; nothing else does.
    pub const fn new(
        id: &'static str,
        severity: Severity,
        about: &'static str,
        check: fn(&Snapshot, &F) -> Seen<Vec<Violation>>,
    ) -> Self {
        let blocks = match severity {
            Severity::Error | Severity::Unknown => Operation::ALL,
            Severity::Warning | Severity::Info => &[],
        };
        Self { info: Info { id, severity, about, blocks }, check }
    }

    pub const fn blocks(self, blocks: &'static [Operation]) -> Self {
        Self { info: Info { blocks, ..self.info }, ..self }
    }
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
    /// The work that should not begin before it is gone.
    pub blocks: &'static [Operation],
    pub violation: Violation,
}

impl Finding {
    /// Why a plan is not done, whatever it is for.
    pub fn refusal(rule: &'static str, violation: Violation) -> Self {
        Self { rule, severity: Severity::Error, blocks: Operation::ALL, violation }
    }
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

    pub fn volume(name: &str) -> Self {
        Self { kind: "pv", name: name.to_owned() }
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

    pub fn autoscaler(name: &str) -> Self {
        Self { kind: "hpa", name: name.to_owned() }
    }

    pub fn quota(name: &str) -> Self {
        Self { kind: "quota", name: name.to_owned() }
    }
}

impl Judged {
    /// Judges one snapshot by more rules.
    pub fn add<F>(&mut self, now: &Snapshot, facts: &F, rules: &[Rule<F>]) {
        for rule in rules {
            match (rule.check)(now, facts) {
                Ok(violations) => {
                    self.ran += 1;
                    self.findings.extend(violations.into_iter().map(|violation| {
                        let severity = violation.severity.unwrap_or(rule.info.severity);
                        // What was lowered to a note is none for any work either.
                        let blocks =
                            if severity == Severity::Info { &[] } else { rule.info.blocks };
                        Finding { rule: rule.info.id, severity, blocks, violation }
                    }));
                }
                Err(why) => self.not_run.push(NotRun { rule: rule.info.id, why }),
            }
        }
        self.sort();
    }

    /// Notes rules that could not look, all for one reason.
    pub fn skip(&mut self, rules: impl Iterator<Item = &'static str>, why: &Unread) {
        self.not_run.extend(rules.map(|rule| NotRun { rule, why: why.clone() }));
    }

    /// Weighs the findings for a work: what stands in its way is an error, and no other is.
    pub fn weigh(&mut self, operation: Operation) {
        for finding in &mut self.findings {
            let is_in_the_way = finding.blocks.contains(&operation);
            finding.severity = match finding.severity {
                Severity::Warning | Severity::Error if is_in_the_way => Severity::Error,
                Severity::Error => Severity::Warning,
                other => other,
            };
        }
        self.sort();
    }

    fn sort(&mut self) {
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    }

    pub fn worst(&self) -> Option<Severity> {
        self.findings.first().map(|finding| finding.severity)
    }
}

/// What there is to know of rules without judging by them, by subject.
pub struct Section {
    pub subject: String,
    pub rules: Vec<Info>,
}

/// Every rule about Kubernetes objects.
pub fn catalogue() -> Vec<Section> {
    let section = |(subject, rules): &Subject| Section {
        subject: (*subject).to_owned(),
        rules: rules.iter().map(|rule| rule.info).collect(),
    };
    RULES.iter().map(section).collect()
}

/// Judges one snapshot by every rule about Kubernetes objects.
pub fn judge(now: &Snapshot) -> Judged {
    let mut judged = Judged::default();
    for (_, rules) in RULES {
        judged.add(now, &(), rules);
    }
    judged
}

#[cfg(test)]
pub(crate) mod tests;
