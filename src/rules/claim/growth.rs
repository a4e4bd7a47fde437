//! Claims that were asked to grow: on the way, waiting, or failed.

use super::wanted;
use crate::claims::Growth;
use crate::model::{Claim, Seen, Snapshot, Value};
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

fn growing(now: &Snapshot) -> Seen<Vec<(&Claim, Growth)>> {
    Ok(wanted(now)?.filter_map(|claim| Some((claim, Growth::of(claim)?))).collect())
}

fn of(claim: &Claim, says: &'static str) -> Violation {
    Violation::new(Object::claim(&claim.name), says)
        .with("has", Value::Bytes(claim.capacity.unwrap_or_default()))
        .with("asks", Value::Bytes(claim.request.unwrap_or_default()))
}

fn failed(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let failed = growing(now)?.into_iter().filter_map(|(claim, growth)| {
        let Growth::Failed { message, since } = growth else { return None };
        let violation = of(claim, "its volume cannot grow from {has} to {asks}")
            .with("status", claim.resize_status.as_deref().unwrap_or_default())
            .next("ask for a size that its storage can give, no less than it has: lowering the request is allowed")
            .since(since);
        Some(match message {
            Some(message) => violation.with("message", message).cause("{message}"),
            None => violation,
        })
    });
    Ok(failed.collect())
}

fn waiting(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let growing = growing(now)?.into_iter();
    Ok(growing.filter_map(|(claim, growth)| state(now, claim, &growth)).collect())
}

fn state(now: &Snapshot, claim: &Claim, growth: &Growth) -> Option<Violation> {
    match growth {
        Growth::Failed { .. } => None,
        Growth::WaitsForPod { since } => {
            let age = since.map(|since| now.at.duration_since(since).as_secs());
            let says = "its volume has grown, and the file system on it grows when the pod is created anew";
            let violation = of(claim, says).since(*since);
            // Most drivers let it grow under a running pod.
            let is_on_its_way = age.is_none_or(|age| age < PATIENCE_SECONDS);
            Some(if is_on_its_way { violation.severity(Severity::Info) } else { violation })
        }
        Growth::Running { since } => {
            let says = "its volume is growing from {has} to {asks}";
            Some(of(claim, says).since(*since).severity(Severity::Info))
        }
        Growth::NotBegun => Some(not_begun(now, claim)),
    }
}

fn not_begun(now: &Snapshot, claim: &Claim) -> Violation {
    let class = claim.class.as_deref().unwrap_or_default();
    let known = now.shared.classes.iter().flatten().find(|it| it.name == class);
    let violation = of(claim, "it asks for {asks} and its volume has {has}: nothing makes it grow")
        .with("class", class)
        .with("provisioner", known.map(|it| it.provisioner.as_str()).unwrap_or_default());
    match known {
        Some(_) => violation.next("look at the log of {provisioner}: its driver, or the resizer beside it, has to grow it"),
        None => violation,
    }
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
