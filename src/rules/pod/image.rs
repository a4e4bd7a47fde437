//! One image name, and another image on another ordinal.

use std::collections::{BTreeMap, BTreeSet};

use super::staying;
use crate::model::{Pod, Seen, Snapshot};
use crate::rules::{Object, Rule, Severity, Violation};

pub(super) const DIFFERS: Rule = Rule::new(
    "image-differs",
    Severity::Warning,
    "pods of one revision run different images under one name",
    differs,
);

/// What should be one image: revision, architecture of the node, container, name of the image.
type Same<'a> = (&'a str, &'a str, &'a str, &'a str);

fn differs(now: &Snapshot, (): &()) -> Seen<Vec<Violation>> {
    let mut images: BTreeMap<Same<'_>, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for pod in staying(now)? {
        let (Some(revision), architecture) = (pod.revision(), architecture(now, pod)) else {
            continue;
        };
        for container in &pod.containers {
            let id = container.status.as_ref().and_then(|status| digest(&status.image_id));
            if let Some(id) = id {
                let same =
                    (revision, architecture, container.name.as_str(), container.image.as_str());
                images.entry(same).or_default().entry(id).or_default().push(&pod.name);
            }
        }
    }
    let differing = images.into_iter().filter(|(_, by_digest)| by_digest.len() > 1);
    Ok(differing.map(|(same, by_digest)| differing_image(now, same, &by_digest)).collect())
}

/// An image that was not pulled has another kind of id, which says nothing beside a digest.
fn digest(image_id: &str) -> Option<&str> {
    image_id.split_once('@').map(|(_, digest)| digest)
}

/// A name may stand for one image for each architecture.
fn architecture<'a>(now: &'a Snapshot, pod: &Pod) -> &'a str {
    let mut nodes = now.shared.nodes.iter().flatten();
    let node = nodes.find(|node| pod.node.as_ref() == Some(&node.name));
    node.and_then(|node| node.labels.get("kubernetes.io/arch")).map_or("", String::as_str)
}

fn differing_image(
    now: &Snapshot,
    (_, _, container, image): Same<'_>,
    by_digest: &BTreeMap<&str, Vec<&str>>,
) -> Violation {
    // The odd ones out are those that fewer pods have.
    let most = by_digest.values().map(Vec::len).max().unwrap_or_default();
    let fewer: BTreeSet<&str> =
        by_digest.values().filter(|pods| pods.len() < most).flatten().copied().collect();
    let all = || by_digest.values().flatten().copied().collect();
    let pods = if fewer.is_empty() { all() } else { fewer };
    let says =
        "{image} of container {container} is not the same image on every ordinal: see {pods}";
    Violation::new(Object::set(&now.set.name), says)
        .with("container", container)
        .with("image", image)
        .with("pods", pods.into_iter().map(str::to_owned).collect::<Vec<_>>())
        .with("digests", by_digest.keys().map(|digest| (*digest).to_owned()).collect::<Vec<_>>())
        .next("somebody pushed another image under that name: name the image by its digest, or by a tag that stays")
}

#[cfg(test)]
pub(super) mod tests {
    use crate::model::example::{World, healthy};
    use crate::rules::tests::{Broken, found, sentence};

    pub(in crate::rules) const BROKEN: &[Broken] =
        &[("image-differs", |world| run(world, 1, "redis@sha256:other"))];

    fn run(world: &mut World, pod: usize, image_id: &str) {
        let status = world.pods[pod].containers[0].status.as_mut().expect("a status");
        status.image_id = image_id.into();
    }

    #[test]
    fn one_name_and_two_images() {
        let mut world = healthy(3);
        run(&mut world, 1, "redis@sha256:other");
        assert_eq!(found(&world), ["image-differs"]);
        let says =
            "redis:7.0 of container redis is not the same image on every ordinal: see redis-1";
        assert_eq!(sentence(&world), says);
    }

    #[test]
    fn images_that_may_differ() {
        let mut world = healthy(3);
        run(&mut world, 1, "sha256:imported");
        assert_eq!(found(&world), [""; 0]);
        run(&mut world, 1, "redis@sha256:other");
        world.nodes[1].labels.insert("kubernetes.io/arch".into(), "arm64".into());
        assert_eq!(found(&world), [""; 0]);
    }
}
