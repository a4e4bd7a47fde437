//! Sets that keep nothing when a pod is created anew.

use crate::model::{Container, Seen, Snapshot, Volume, VolumeSource};
use crate::rules::{Object, Rule, Severity, Violation};

/// A note and no warning: a cache means it so. And only where something is written to a folder that looks like data:
/// a set without any volume may hold no data at all.
pub(super) const NONE: Rule = Rule::new(
    "storage-not-durable",
    Severity::Info,
    "all that the set writes is in folders that go with their pod or node",
    not_durable,
);

/// What is mounted here is no data.
const NO_DATA: [&str; 10] = [
    "/tmp",
    "/run",
    "/var/run",
    "/var/tmp",
    "/var/log",
    "/dev",
    "/etc",
    "/sys",
    "/proc",
    "/lib/modules",
];

fn not_durable(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let pod = &now.set.template.pod;
    if !now.set.claim_templates.is_empty() || pod.claims().next().is_some() {
        return Ok(Vec::new());
    }
    let passing = pod.volumes.iter().filter(|volume| is_passing(volume));
    let volumes: Vec<String> = passing
        .filter(|volume| pod.containers.iter().any(|container| holds_data(container, volume)))
        .map(|volume| volume.name.clone())
        .collect();
    if volumes.is_empty() {
        return Ok(Vec::new());
    }
    let says = "it has no claims: what its pods write to {volumes} goes with the pod, or stays behind on its node";
    let violation = Violation::new(Object::set(&now.set.name), says).with("volumes", volumes);
    Ok(vec![violation.next("if that is data, give each ordinal a claim by volumeClaimTemplates")])
}

fn is_passing(volume: &Volume) -> bool {
    matches!(volume.source, VolumeSource::EmptyDir | VolumeSource::HostPath)
}

fn holds_data(container: &Container, volume: &Volume) -> bool {
    let is_below = |path: &str, folder: &str| {
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let is_data = |path: &str| !NO_DATA.iter().any(|folder| is_below(path, folder));
    container.mounts.iter().any(|mount| mount.volume == volume.name && is_data(&mount.path))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, healthy};
    use crate::model::{Volume, VolumeSource};
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] =
        &[("storage-not-durable", |world| keep_in(world, "/data"))];

    /// Its only volume is an empty folder at this path.
    fn keep_in(world: &mut World, path: &str) {
        let pod = &mut world.set.template.pod;
        pod.volumes = vec![Volume { name: "data".into(), source: VolumeSource::EmptyDir }];
        pod.containers[0].mounts[0].path = path.into();
        world.set.claim_templates.clear();
        world.claims.clear();
    }

    #[test]
    fn data_that_goes_with_its_pod() {
        let mut world = healthy(3);
        keep_in(&mut world, "/data");
        assert_eq!(found(&world), ["storage-not-durable"]);
        assert!(sentence(&world).starts_with("it has no claims: what its pods write to data goes"));
        keep_in(&mut world, "/tmp/work");
        assert_eq!(found(&world), [""; 0]);
        keep_in(&mut world, "/tmpdata");
        assert_eq!(found(&world), ["storage-not-durable"]);
    }
}
