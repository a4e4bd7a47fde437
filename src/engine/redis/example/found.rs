//! What the rules find in a model, as text to compare.

use std::fmt::Write;

use super::super::facts::Facts;
use super::super::rules::RULES;
use crate::model::{Snapshot, Value};
use crate::rules::{Severity, Violation};

/// Every finding as text: severity, rule, object, sentences, commands.
pub fn found(now: &Snapshot, facts: &Facts) -> Vec<String> {
    RULES
        .iter()
        .copied()
        .flatten()
        .flat_map(|rule| {
            let violations = (rule.check)(now, facts).expect("all was read");
            violations.into_iter().map(|violation| {
                let severity = violation.severity.unwrap_or(rule.info.severity);
                describe(rule.info.id, severity, &violation)
            })
        })
        .collect()
}

fn describe(rule: &str, severity: Severity, violation: &Violation) -> String {
    let object = format!("{}/{}", violation.object.kind, violation.object.name);
    let mut text = format!("{severity:?} {rule} {object}: {}", fill(violation.says, violation));
    for (label, template) in [("cause", violation.cause), ("next", violation.next)] {
        if let Some(template) = template {
            let _ = write!(text, "\n  {label}: {}", fill(template, violation));
        }
    }
    for argv in &violation.fix {
        let _ = write!(text, "\n  fix: {}", argv.join(" "));
    }
    text
}

/// Panics on a placeholder without evidence.
fn fill(template: &str, violation: &Violation) -> String {
    let mut pieces = template.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (inside, rest) = piece.split_once('}').expect("a brace is closed");
        let (name, noun) = inside.split_once(':').unwrap_or((inside, ""));
        let (_, value) = violation
            .evidence
            .iter()
            .find(|(field, _)| *field == name)
            .unwrap_or_else(|| panic!("no evidence {name} for {template:?}"));
        text.push_str(&words(value));
        if !noun.is_empty() {
            let _ = write!(text, " {noun}(s)");
        }
        text.push_str(rest);
    }
    text
}

fn words(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Count(count) => count.to_string(),
        Value::List(items) => items.join(", "),
        Value::Seconds(seconds) => format!("{seconds}s"),
        other => format!("{other:?}"),
    }
}
