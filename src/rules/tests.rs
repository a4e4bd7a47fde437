//! What holds for every rule.

use std::collections::BTreeSet;

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
            Value::Port(port) => port.to_string(),
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
fn findings_are_weighed_for_the_work_ahead() {
    let finding = |severity, blocks| Finding {
        rule: "a-rule",
        severity,
        blocks,
        violation: Violation::new(Object::set("redis"), "is odd"),
    };
    let down = Operation::ScaleDown;
    for (severity, blocks, expected) in [
        (Severity::Warning, &[Operation::ScaleDown][..], Severity::Error),
        (Severity::Warning, &[Operation::ScaleUp], Severity::Warning),
        (Severity::Error, Operation::ALL, Severity::Error),
        (Severity::Error, &[Operation::ScaleUp], Severity::Warning),
        (Severity::Info, &[], Severity::Info),
        (Severity::Unknown, Operation::ALL, Severity::Unknown),
    ] {
        let mut judged = Judged { findings: vec![finding(severity, blocks)], ..Judged::default() };
        judged.weigh(down);
        assert_eq!(judged.worst(), Some(expected), "{severity:?} {blocks:?}");
    }
}

#[test]
fn ids_are_unique_and_in_kebab_case() {
    let ids: Vec<&str> =
        RULES.iter().flat_map(|(_, rules)| rules.iter()).map(|rule| rule.info.id).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(unique.len(), ids.len());
    assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
}

/// What breaks a healthy world so that a rule fires, by the id of the rule.
pub(crate) type Broken = (&'static str, fn(&mut World));

const BROKEN: &[&[&[Broken]]] = &[
    set::BROKEN,
    pod::BROKEN,
    node::BROKEN,
    claim::BROKEN,
    network::BROKEN,
    policy::BROKEN,
    template::BROKEN,
    work::BROKEN,
];

pub(crate) fn broken() -> impl Iterator<Item = &'static Broken> {
    BROKEN.iter().copied().flatten().copied().flatten()
}

/// A finding of each rule, of what breaks it.
pub(crate) fn examples() -> Vec<Finding> {
    let example = |(id, break_it): &Broken| {
        let mut world = healthy(3);
        break_it(&mut world);
        judged(&world).findings.into_iter().find(|it| it.rule == *id)
    };
    broken().filter_map(example).collect()
}

/// Every rule is in here, so that none can be switched off, or stop to fire, without a test that fails.
#[test]
fn every_rule_has_a_world_that_breaks_it() {
    let mut shown = BTreeSet::new();
    for (id, break_it) in broken() {
        let mut world = healthy(3);
        break_it(&mut world);
        let found = found(&world);
        assert!(found.contains(id), "{id} does not fire, but {found:?}");
        judged(&world).findings.iter().for_each(|finding| {
            fill(finding.violation.says, &finding.violation);
        });
        shown.insert(*id);
    }
    let all: BTreeSet<&str> =
        RULES.iter().flat_map(|(_, rules)| rules.iter()).map(|rule| rule.info.id).collect();
    assert_eq!(all.difference(&shown).collect::<Vec<_>>(), [&""; 0], "rules that nothing breaks");
}
