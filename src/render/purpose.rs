//! What a check was asked `--for`: one line that says what that work comes to for this set, one that says whether
//! anything stands in its way.

use super::screen::Line;
use super::value::plural;
use crate::model::{Intent, Operation, Set, Update};
use crate::report::Report;
use crate::rules::Severity;

/// `scale=6: a scale-down from 8, redis-cluster-6 to -7 leave`.
pub(super) fn purpose(report: &Report) -> Option<Line> {
    let intent = report.now.intent.as_ref()?;
    let comes_to = match report.now.operation() {
        None => "nothing to do here".to_owned(),
        Some(operation) => work(report, intent, operation),
    };
    Some(Line::plain(&format!("{intent}: {comes_to}")))
}

/// `Nothing stands in the way of scale=6.`
pub(super) fn outcome(report: &Report) -> Option<String> {
    let intent = report.now.intent.as_ref()?;
    report.now.operation()?;
    let work = match intent {
        Intent::Rollout => "a rollout".to_owned(),
        other => other.to_string(),
    };
    let blocking = report.judged.findings.iter().filter(|it| it.severity == Severity::Error);
    Some(match blocking.count() {
        0 if report.is_complete() => format!("Nothing stands in the way of {work}."),
        0 => format!("Nothing that was read stands in the way of {work}."),
        some => format!("{} in the way of {work}.", stands(some)),
    })
}

fn stands(count: usize) -> String {
    let verb = if count == 1 { "stands" } else { "stand" };
    format!("{} {verb}", plural(count, "problem"))
}

fn work(report: &Report, intent: &Intent, operation: Operation) -> String {
    let set = &report.now.set;
    match (operation, intent) {
        (Operation::ScaleDown, Intent::Scale { replicas }) => {
            let from = set.start.saturating_add(*replicas);
            let leaving = pods(set, from, set.ordinals().end, "leaves", "leave");
            format!("a scale-down from {}, {leaving}", set.replicas)
        }
        (Operation::ScaleUp, Intent::Scale { replicas }) => {
            let end = set.start.saturating_add(*replicas);
            let joining = pods(set, set.ordinals().end, end, "joins", "join");
            format!("a scale-up from {}, {joining}", set.replicas)
        }
        (Operation::Drain, Intent::DrainNode { node }) => {
            let all = report.now.pods().unwrap_or_default();
            let there: Vec<&str> = all
                .iter()
                .filter(|pod| pod.node.as_deref() == Some(node))
                .map(|pod| pod.name.as_str())
                .collect();
            format!("a drain takes {}", there.join(", "))
        }
        _ => rollout(set),
    }
}

fn rollout(set: &Set) -> String {
    let (first, ordinals) = (set.first_updated_ordinal(), set.ordinals());
    match set.update {
        Update::OnDelete => "each pod is replaced when somebody deletes it (OnDelete)".to_owned(),
        Update::Other(ref strategy) => format!("pods are replaced by strategy {strategy}"),
        Update::RollingUpdate { .. } if first >= ordinals.end => {
            "no pod is replaced: the partition is not below the replicas".to_owned()
        }
        Update::RollingUpdate { .. } => {
            pods(set, first, ordinals.end, "is replaced", "are replaced")
        }
    }
}

/// `redis-6 leaves`, `redis-6 and redis-7 leave`, `redis-3 to redis-7 leave`.
fn pods(set: &Set, from: u32, end: u32, one: &str, several: &str) -> String {
    let (first, last) = (set.pod_name(from), set.pod_name(end.saturating_sub(1)));
    match end.saturating_sub(from) {
        0 | 1 => format!("{first} {one}"),
        2 => format!("{first} and {last} {several}"),
        _ => format!("{first} to {last} {several}"),
    }
}
