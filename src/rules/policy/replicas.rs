//! Who else sets `spec.replicas`: an autoscaler, or what applies the manifest.

use crate::model::{Autoscaler, Condition, Operation, Seen, Snapshot, Trace};
use crate::rules::{Object, Rule, Severity, Violation};

const SCALING: &[Operation] = &[Operation::ScaleDown, Operation::ScaleUp];

pub(super) const AUTOSCALED: Rule = Rule::new(
    "autoscaler-owns-replicas",
    Severity::Warning,
    "an autoscaler sets the replicas: it undoes what is set by hand, and takes members without asking the database",
    autoscaled,
)
.blocks(SCALING);

pub(super) const AUTOSCALER_FAILING: Rule = Rule::new(
    "autoscaler-failing",
    Severity::Warning,
    "the autoscaler of the set cannot do its work",
    failing,
);

pub(super) const APPLIED: Rule = Rule::new(
    "replicas-applied",
    Severity::Info,
    "the replicas are written in a manifest that is applied again and again, and undoes what is set by hand",
    applied,
)
.blocks(SCALING);

/// Metrics of new pods take a minute or two.
const FAILING_SECONDS: i64 = 180;

fn autoscalers(now: &Snapshot) -> Seen<Vec<&Autoscaler>> {
    let all = now.shared.autoscalers.as_ref().map_err(Clone::clone)?;
    let set = &now.set;
    let is_its = |it: &&Autoscaler| {
        it.namespace == set.namespace
            && it.target_kind == "StatefulSet"
            && it.target_name == set.name
    };
    Ok(all.iter().filter(is_its).collect())
}

fn autoscaled(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let says = "it keeps {set} between {min} and {max} replicas: what is set by hand it undoes, and it takes members without asking the database";
    let of_keda = "ScaledObject {owner} (KEDA) keeps {set} between {min} and {max} replicas: what is set by hand it undoes, and it takes members without asking the database";
    let describe = |it: &Autoscaler| {
        let keda = it.owner.as_ref().filter(|owner| owner.kind == "ScaledObject");
        let owner = it.owner.as_ref().map_or("", |owner| owner.name.as_str());
        let says = if keda.is_some() { of_keda } else { says };
        let violation = Violation::new(Object::autoscaler(&it.name), says)
            .with("set", now.set.name.as_str())
            .with("owner", owner)
            .with("min", it.min)
            .with("max", it.max);
        if is_applied(&now.set.management_trace) {
            violation.next(
                "take spec.replicas out of what is applied: every apply undoes the autoscaler",
            )
        } else {
            violation
        }
    };
    Ok(autoscalers(now)?.into_iter().map(describe).collect())
}

fn failing(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let says = "it cannot scale {set} ({reason}): {message}";
    let describe = |it: &Autoscaler, condition: &Condition| {
        Violation::new(Object::autoscaler(&it.name), says)
            .with("set", now.set.name.as_str())
            .with("reason", condition.reason.as_deref().unwrap_or("no reason"))
            .with("message", condition.message.as_deref().unwrap_or_default())
            .since(condition.since)
    };
    let is_old = |condition: &Condition| {
        condition.since.is_none_or(|it| now.at.duration_since(it).as_secs() > FAILING_SECONDS)
    };
    // A set at 0 is not scaled on purpose.
    let is_failure = |it: &&Condition| {
        matches!(it.kind.as_str(), "AbleToScale" | "ScalingActive")
            && !it.holds
            && it.reason.as_deref() != Some("ScalingDisabled")
    };
    let failing = autoscalers(now)?.into_iter().filter_map(|it| {
        let condition = it.conditions.iter().find(is_failure).filter(|it| is_old(it))?;
        Some(describe(it, condition))
    });
    Ok(failing.collect())
}

/// Nearly every set was applied once: that matters only to somebody who is about to scale it. What GitOps
/// applies, it applies again by itself.
fn applied(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let trace = &now.set.management_trace;
    if !is_applied(trace) || now.set.owner.is_some() {
        return Ok(Vec::new());
    }
    let is_scaled = now.operation().is_some_and(|it| SCALING.contains(&it));
    let (says, tool, name, severity) = match &trace.deployed_by {
        Some((tool @ ("Argo CD" | "Flux"), name)) => (
            "{tool} ({name}) sets its replicas to what is written in the source: what is set by hand it undoes",
            *tool,
            name.as_str(),
            if is_scaled { Severity::Warning } else { Severity::Info },
        ),
        _ if !is_scaled => return Ok(Vec::new()),
        Some((tool, name)) => (
            "{tool} ({name}) has set its replicas: the next upgrade sets them again",
            *tool,
            name.as_str(),
            Severity::Info,
        ),
        None => (
            "its replicas are written in the manifest that was applied: the next apply sets them again",
            "",
            "",
            Severity::Info,
        ),
    };
    let next = "change the number there as well";
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("tool", tool)
            .with("name", name)
            .with("replicas", now.set.replicas)
            .severity(severity)
            .next(next),
    ])
}

/// Whether the manifest that was applied names the replicas.
fn is_applied(trace: &Trace) -> bool {
    // They do not apply on the server's side, or not in each of their versions.
    const APPLIERS: [&str; 5] = [
        "argocd-application-controller",
        "argocd-controller",
        "helm",
        "helm-controller",
        "kustomize-controller",
    ];
    let mut managers = trace.replicas_set_by.iter();
    trace.replicas_applied
        || managers.any(|(name, how)| how == "Apply" || APPLIERS.contains(&name.as_str()))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, ago, healthy};
    use crate::model::{Autoscaler, Condition, Intent, Owner};
    use crate::rules::tests::{Broken, fill, found, judged, sentence};
    use crate::rules::{Finding, Severity};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("autoscaler-owns-replicas", |world| world.autoscalers.push(autoscaler())),
        ("autoscaler-failing", |world| world.autoscalers.push(failing("FailedGetResourceMetric"))),
        ("replicas-applied", |world| {
            world.set.management_trace.replicas_applied = true;
            world.set.management_trace.deployed_by = Some(("Flux", "shop".into()));
        }),
    ];

    fn autoscaler() -> Autoscaler {
        Autoscaler {
            namespace: "shop".into(),
            name: "redis".into(),
            owner: None,
            target_kind: "StatefulSet".into(),
            target_name: "redis".into(),
            min: 3,
            max: 9,
            desired: Some(3),
            conditions: Vec::new(),
        }
    }

    fn failing(reason: &str) -> Autoscaler {
        let condition = Condition {
            kind: "ScalingActive".into(),
            holds: false,
            reason: Some(reason.into()),
            message: Some("no metrics".into()),
            since: ago(600),
        };
        Autoscaler { conditions: vec![condition], ..autoscaler() }
    }

    fn scaled(mut world: World, replicas: u32) -> Vec<Finding> {
        world.intent = Some(Intent::Scale { replicas });
        judged(&world).findings
    }

    #[test]
    fn an_autoscaler_of_this_set() {
        let mut world = healthy(3);
        world.autoscalers.push(Autoscaler { target_name: "web".into(), ..autoscaler() });
        world.autoscalers.push(Autoscaler { target_kind: "Deployment".into(), ..autoscaler() });
        assert_eq!(found(&world), [""; 0]);
        world.autoscalers.push(autoscaler());
        assert_eq!(found(&world), ["autoscaler-owns-replicas"]);
    }

    #[test]
    fn an_autoscaler_of_keda() {
        let mut world = healthy(3);
        let owner =
            Owner { kind: "ScaledObject".into(), name: "redis-load".into(), uid: "1".into() };
        world.autoscalers.push(Autoscaler { owner: Some(owner), ..autoscaler() });
        assert!(
            sentence(&world)
                .starts_with("ScaledObject redis-load (KEDA) keeps redis between 3 and 9 replicas")
        );
    }

    #[test]
    fn an_autoscaler_that_does_not_work() {
        let mut world = healthy(3);
        world.autoscalers.push(failing("FailedGetResourceMetric"));
        assert_eq!(found(&world), ["autoscaler-owns-replicas", "autoscaler-failing"]);
        world.autoscalers = vec![failing("ScalingDisabled")];
        assert_eq!(found(&world), ["autoscaler-owns-replicas"]);
        world.autoscalers = vec![failing("FailedGetResourceMetric")];
        world.autoscalers[0].conditions[0].since = ago(20);
        assert_eq!(found(&world), ["autoscaler-owns-replicas"]);
    }

    #[test]
    fn what_was_applied_by_hand_is_told_to_those_who_scale() {
        let mut world = healthy(3);
        world.set.management_trace.replicas_applied = true;
        assert_eq!(found(&world), [""; 0]);
        let findings = scaled(world, 5);
        assert_eq!(findings[0].rule, "replicas-applied");
        assert_eq!((findings[0].severity, findings[0].blocks), (Severity::Info, [].as_slice()));
    }

    #[test]
    fn gitops_stands_in_the_way_of_those_who_scale() {
        let mut world = healthy(3);
        let trace = &mut world.set.management_trace;
        trace.deployed_by = Some(("Argo CD", "shop".into()));
        assert_eq!(found(&world), [""; 0], "its manifest does not name the replicas");
        let trace = &mut world.set.management_trace;
        trace.replicas_set_by.push(("argocd-controller".into(), "Update".into()));
        assert_eq!(judged(&world).worst(), Some(Severity::Info));
        let findings = scaled(world, 5);
        assert_eq!((findings[0].severity, findings[0].blocks.len()), (Severity::Warning, 2));
        assert_eq!(
            fill(findings[0].violation.says, &findings[0].violation),
            "Argo CD (shop) sets its replicas to what is written in the source: \
             what is set by hand it undoes"
        );
    }

    #[test]
    fn an_operator_speaks_for_its_own_set() {
        let mut world = healthy(3);
        world.set.management_trace.replicas_set_by = vec![("operator".into(), "Apply".into())];
        world.set.owner =
            Some(Owner { kind: "RedisCluster".into(), name: "shop".into(), uid: "1".into() });
        let findings = scaled(world, 5);
        assert!(findings.iter().all(|it| it.rule != "replicas-applied"));
    }
}
