//! Claims that were asked to grow: on the way, waiting, or failed.

use super::wanted;
use crate::model::{Claim, Condition, Seen, Snapshot, Value};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const FAILED: Rule =
    Rule::new("claim-resize-failed", Severity::Error, "a volume cannot grow", failed);

pub(super) const WAITING: Rule = Rule::new(
    "claim-resize-waiting",
    Severity::Warning,
    "a claim asks for more than its volume has",
    waiting,
);

/// The file system grows while the pod runs, if it can at all, in less than this.
const PATIENCE_SECONDS: i64 = 120;

const ERRORS: [&str; 3] = ["ControllerResizeError", "NodeResizeError", "ModifyVolumeError"];

fn failed(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let failed = wanted(now)?.filter(|claim| has_failed(claim));
    Ok(failed
        .map(|claim| {
            let condition = claim.conditions.iter().find(|it| is_error(it));
            let violation = of(claim, "its volume cannot grow from {has} to {asks}")
                .with("status", claim.resize_status.as_deref().unwrap_or_default())
                .next("ask for a size that its storage can give, no less than it has: lowering the request is allowed")
                .since(condition.and_then(|condition| condition.since));
            match condition.and_then(|condition| condition.message.as_deref()) {
                Some(message) => violation.with("message", message).cause("{message}"),
                None => violation,
            }
        })
        .collect())
}

fn is_error(condition: &Condition) -> bool {
    condition.holds && ERRORS.contains(&condition.kind.as_str())
}

fn has_failed(claim: &Claim) -> bool {
    claim.conditions.iter().any(is_error)
        || claim.resize_status.as_deref().is_some_and(|status| status.ends_with("Infeasible"))
}

fn of(claim: &Claim, says: &'static str) -> Violation {
    Violation::new(Object::claim(&claim.name), says)
        .with("has", Value::Bytes(claim.capacity.unwrap_or_default()))
        .with("asks", Value::Bytes(claim.request.unwrap_or_default()))
}

fn waiting(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let claims = wanted(now)?.filter(|claim| !has_failed(claim));
    Ok(claims.filter_map(|claim| state(now, claim)).collect())
}

fn state(now: &Snapshot, claim: &Claim) -> Option<Violation> {
    let condition = |kind: &str| claim.conditions.iter().find(|it| it.holds && it.kind == kind);
    let is = |status: &str| claim.resize_status.as_deref() == Some(status);
    if let Some(pending) = condition("FileSystemResizePending") {
        let age = pending.since.map(|since| now.at.duration_since(since).as_secs());
        let violation = of(
            claim,
            "its volume has grown, and the file system on it grows when the pod is created anew",
        )
        .since(pending.since);
        // Most drivers let it grow under a running pod.
        let is_on_its_way = age.is_none_or(|age| age < PATIENCE_SECONDS);
        return Some(if is_on_its_way { violation.severity(Severity::Info) } else { violation });
    }
    let (has, asks) = (claim.capacity?, claim.request?);
    if asks <= has {
        return None;
    }
    let resizing = condition("Resizing");
    if resizing.is_some() || is("ControllerResizeInProgress") || is("NodeResizeInProgress") {
        let says = "its volume is growing from {has} to {asks}";
        let since = resizing.and_then(|condition| condition.since);
        return Some(of(claim, says).since(since).severity(Severity::Info));
    }
    let class = claim.class.as_deref().unwrap_or_default();
    let known = now.shared.classes.iter().flatten().find(|it| it.name == class);
    let violation = of(claim, "it asks for {asks} and its volume has {has}: nothing makes it grow")
        .with("class", class)
        .with("provisioner", known.map(|it| it.provisioner.as_str()).unwrap_or_default());
    Some(match known {
        Some(_) => violation.next("look at the log of {provisioner}: its driver, or the resizer beside it, has to grow it"),
        None => violation,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::Condition;
    use crate::model::example::{World, ago, healthy};
    use crate::rules::Severity;
    use crate::rules::tests::{Broken, judged};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("claim-resize-failed", |world| {
            ask(world);
            world.claims[1].resize_status = Some("ControllerResizeInfeasible".into());
        }),
        ("claim-resize-waiting", ask),
    ];

    /// Every claim asks for twice what it has.
    fn ask(world: &mut World) {
        world.set.claim_templates[0].request = Some(2 << 30);
        world.claims.iter_mut().for_each(|claim| claim.request = Some(2 << 30));
    }

    fn of_second(world: &World) -> (&'static str, Severity) {
        let judged = judged(world);
        let mut findings = judged.findings.iter();
        let finding = findings.find(|it| it.violation.object.name == "data-redis-1");
        finding.map(|it| (it.rule, it.severity)).expect("a finding")
    }

    #[test]
    fn how_far_growing_has_come() {
        for (kind, seconds, expected) in [
            ("", 0, ("claim-resize-waiting", Severity::Warning)),
            ("Resizing", 9, ("claim-resize-waiting", Severity::Info)),
            ("FileSystemResizePending", 9, ("claim-resize-waiting", Severity::Info)),
            ("FileSystemResizePending", 900, ("claim-resize-waiting", Severity::Warning)),
            ("ControllerResizeError", 9, ("claim-resize-failed", Severity::Error)),
            ("ModifyVolumeError", 9, ("claim-resize-failed", Severity::Error)),
        ] {
            let mut world = healthy(3);
            ask(&mut world);
            world.claims[1].conditions.push(Condition {
                kind: kind.into(),
                holds: true,
                reason: None,
                message: Some("why".into()),
                since: ago(seconds),
            });
            assert_eq!(of_second(&world), expected, "{kind}");
        }
    }

    #[test]
    fn a_status_that_says_so_is_enough() {
        let mut world = healthy(3);
        ask(&mut world);
        world.claims[1].resize_status = Some("NodeResizeInfeasible".into());
        assert_eq!(of_second(&world).0, "claim-resize-failed");
        world.claims[1].resize_status = Some("ControllerResizeInProgress".into());
        assert_eq!(of_second(&world).1, Severity::Info);
    }
}
