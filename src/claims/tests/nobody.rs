//! Claims that are no set's.

use super::*;

#[test]
fn a_claim_whose_set_is_gone_is_an_orphan_if_nothing_names_it() {
    let mut world = healthy(1);
    let orphan = |name: &str| {
        let mut orphan = claim(&healthy(1).set, 0);
        (orphan.name, orphan.uid) = (name.into(), format!("uid-{name}"));
        orphan
    };
    world.claims.extend(["data-old-0", "data-old-1", "uploads"].map(orphan));
    assert_eq!(of_nobody(&world), ["data-old-0 orphan", "data-old-1 orphan"]);
    world.details.workloads = Ok(vec![workload("deployment", "data-old-0")]);
    assert_eq!(of_nobody(&world), ["data-old-0 foreign", "data-old-1 orphan"]);
    world.details.workloads = Err(Unread::new("list jobs", Why::Deadline));
    assert_eq!(of_nobody(&world), ["data-old-0 unknown", "data-old-1 unknown"]);
    let mut user = pod(&world.set, 7);
    (user.name, user.owner) = ("reader".into(), None);
    user.volumes[0].source = VolumeSource::Claim("data-old-0".into());
    world.other_pods.push(user);
    assert_eq!(
        of_nobody(&world),
        ["data-old-0 in-use", "data-old-1 unknown"],
        "of a pod of nobody"
    );
    world.other_pods[0].owner = world.pods[0].owner.clone();
    assert_eq!(of_nobody(&world), ["data-old-1 unknown"]);
    assert_eq!(of_set(&world), ["data-redis-0 in-use"]);
}

#[test]
fn one_claim_is_anybodys() {
    let mut world = healthy(2);
    let mut uploads = claim(&world.set, 0);
    uploads.name = "uploads".into();
    world.claims.push(uploads);
    let whose = |world: &World, name: &str| -> Vec<String> {
        let ground = ground(world);
        ground.survey().of_claim("shop", name).expect("read").iter().map(words).collect()
    };
    assert_eq!(whose(&world, "data-redis-1"), ["data-redis-1 in-use"]);
    assert_eq!(whose(&world, "uploads"), ["uploads unrelated"]);
    assert_eq!(whose(&world, "nothing"), [""; 0]);
    world.details.workloads = Ok(vec![workload("deployment", "uploads")]);
    assert_eq!(whose(&world, "uploads"), ["uploads foreign"]);
}
