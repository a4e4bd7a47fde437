//! How the containers start, run and end.

use crate::model::{Container, Operation, Resources, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const NO_GRACE: Rule = Rule::new(
    "no-grace-period",
    Severity::Error,
    "terminationGracePeriodSeconds is 0: a pod is gone from the API before its processes have ended",
    no_grace,
)
.blocks(&[Operation::ScaleDown, Operation::Rollout, Operation::Drain]);

pub(super) const NO_READINESS_PROBE: Rule = Rule::new(
    "readiness-probe-missing",
    Severity::Warning,
    "no container has a readiness probe: ready only means started",
    no_readiness_probe,
);

pub(super) const NO_REQUESTS: Rule = Rule::new(
    "no-requests",
    Severity::Warning,
    "no container asks for CPU or memory: the pods are the first to be killed when memory runs out",
    no_requests,
);

pub(super) const MOVING_TAG: Rule = Rule::new(
    "image-tag-moves",
    Severity::Warning,
    "an image is pulled anew at every start, by a tag that moves: a restart may be an upgrade",
    moving_tag,
);

pub(super) const NOT_MOUNTED: Rule = Rule::new(
    "claim-template-not-mounted",
    Severity::Warning,
    "no container mounts the claims of a template: what is written is not on the volume",
    not_mounted,
);

fn no_grace(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    if now.set.template.pod.grace_seconds > 0 {
        return Ok(Vec::new());
    }
    let says = "terminationGracePeriodSeconds is 0: its pods are killed in mid-write, and a successor may start beside one that still runs";
    let next = "set it to what a clean shutdown takes, 30 or more";
    Ok(vec![Violation::new(Object::set(&now.set.name), says).next(next)])
}

fn no_readiness_probe(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pod = &now.set.template.pod;
    let has_probe = pod.containers.iter().any(|container| container.has_readiness_probe);
    if has_probe || !pod.readiness_gates.is_empty() || pod.containers.is_empty() {
        return Ok(Vec::new());
    }
    let says =
        "no container has a readiness probe: its pods count as ready as soon as they have started";
    let containers: Vec<String> =
        pod.containers.iter().map(|container| container.name.clone()).collect();
    Ok(vec![Violation::new(Object::set(&now.set.name), says).with("containers", containers)])
}

/// A LimitRange may have given the pods what the template does not ask for.
fn no_requests(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pod = &now.set.template.pod;
    let mut containers = pod.init_containers.iter().chain(&pod.containers);
    let asks =
        |it: &Container| [it.requests, it.limits].iter().any(|it| *it != Resources::default());
    let has_class = |qos: &Option<String>| qos.as_deref().is_some_and(|it| it != "BestEffort");
    if pod.containers.is_empty()
        || containers.any(asks)
        || now.pods()?.iter().any(|pod| has_class(&pod.qos))
    {
        return Ok(Vec::new());
    }
    let says = "no container asks for CPU or memory: its pods are the first to be killed when their node runs out of memory";
    Ok(vec![Violation::new(Object::set(&now.set.name), says)])
}

fn moving_tag(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let moves = |it: &&Container| {
        // Without a word for it, such a tag is always pulled.
        has_moving_tag(&it.image) && matches!(it.pull_policy.as_str(), "Always" | "")
    };
    let moving = now.set.template.pod.lasting_containers().filter(moves);
    let images: Vec<String> = moving.map(|it| it.image.clone()).collect();
    if images.is_empty() {
        return Ok(Vec::new());
    }
    let says = "{images} is pulled anew at every start, and its tag moves: a restart may be an upgrade, of one pod only";
    Ok(vec![
        Violation::new(Object::set(&now.set.name), says)
            .with("images", images)
            .next("name a version, or better a digest"),
    ])
}

/// `redis`, `redis:latest`, `registry:5000/redis`; not `redis:7.0` nor `redis@sha256:…`.
fn has_moving_tag(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    !name.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn not_mounted(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pod = &now.set.template.pod;
    let containers = || pod.init_containers.iter().chain(&pod.containers);
    let is_mounted = |name: &str| {
        containers().flat_map(|container| &container.mounts).any(|mount| mount.volume == name)
    };
    // A block device is given to a container in another way, which is not read.
    let unused = now.set.claim_templates.iter();
    let unused = unused.filter(|it| it.volume_mode != "Block" && !is_mounted(&it.name));
    let says =
        "no container mounts {template}: each pod has a claim of it, and nothing is written there";
    Ok(unused
        .map(|it| {
            Violation::new(Object::set(&now.set.name), says).with("template", it.name.as_str())
        })
        .collect())
}

#[cfg(test)]
pub(super) mod tests {
    use super::has_moving_tag;
    use crate::model::Resources;
    use crate::model::example::{World, healthy};
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] = &[
        ("no-grace-period", |world| world.set.template.pod.grace_seconds = 0),
        ("readiness-probe-missing", |world| {
            world.set.template.pod.containers[0].has_readiness_probe = false;
        }),
        ("no-requests", ask_nothing),
        ("image-tag-moves", |world| world.set.template.pod.containers[0].image = "redis".into()),
        ("claim-template-not-mounted", |world| {
            world.set.template.pod.containers[0].mounts.clear();
        }),
    ];

    fn ask_nothing(world: &mut World) {
        world.set.template.pod.containers[0].requests = Resources::default();
        world.pods.iter_mut().for_each(|pod| pod.qos = Some("BestEffort".into()));
    }

    #[test]
    fn a_set_without_a_grace_period() {
        let mut world = healthy(3);
        world.set.template.pod.grace_seconds = 0;
        assert_eq!(found(&world), ["no-grace-period"]);
    }

    #[test]
    fn a_set_without_a_readiness_probe() {
        let mut world = healthy(3);
        world.set.template.pod.containers[0].has_readiness_probe = false;
        assert_eq!(found(&world), ["readiness-probe-missing"]);
        world.set.template.pod.readiness_gates.push("example.com/in-sync".into());
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn pods_that_ask_for_nothing_unless_a_limit_range_did() {
        let mut world = healthy(3);
        ask_nothing(&mut world);
        assert_eq!(found(&world), ["no-requests"]);
        world.pods[0].qos = Some("Burstable".into());
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn tags_that_move() {
        for (image, moves) in [
            ("redis", true),
            ("redis:latest", true),
            ("registry:5000/redis", true),
            ("registry:5000/shop/redis:latest", true),
            ("redis:7.0", false),
            ("registry:5000/redis:7.0", false),
            ("redis@sha256:7a", false),
            ("redis:latest@sha256:7a", false),
        ] {
            assert_eq!(has_moving_tag(image), moves, "{image}");
        }
        let mut world = healthy(3);
        world.set.template.pod.containers[0].image = "redis:latest".into();
        assert_eq!(
            sentence(&world),
            "redis:latest is pulled anew at every start, and its tag moves: \
             a restart may be an upgrade, of one pod only"
        );
        world.set.template.pod.containers[0].pull_policy = "IfNotPresent".into();
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_claim_that_nobody_mounts() {
        let mut world = healthy(3);
        world.set.template.pod.containers[0].mounts[0].volume = "date".into();
        assert_eq!(found(&world), ["claim-template-not-mounted"]);
        world.set.claim_templates[0].volume_mode = "Block".into();
        assert!(!found(&world).contains(&"claim-template-not-mounted"));
    }
}
