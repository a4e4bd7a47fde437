//! Whose a claim is, in worlds of which one thing is another than in a healthy one.

mod nobody;

use super::*;
use crate::model::example::{World, ago, claim, healthy, pod};
use crate::model::{ClaimPhase, ClaimRef, Condition, Volume, VolumeSource, Why, Workload};

fn ground(world: &World) -> Ground {
    world.snapshot().into()
}

/// `<claim> <states>` of each holding of the set.
fn of_set(world: &World) -> Vec<String> {
    let snapshot = world.snapshot();
    of(&snapshot).expect("read").iter().map(words).collect()
}

fn of_nobody(world: &World) -> Vec<String> {
    let ground = ground(world);
    ground.survey().of_nobody(Some("shop")).expect("read").iter().map(words).collect()
}

fn words(holding: &Holding<'_>) -> String {
    let states: Vec<&str> = holding.states.iter().map(State::name).collect();
    let name = holding.name.as_deref().or(holding.source.name()).unwrap_or("-");
    format!("{name} {}", states.join("+"))
}

fn workload(kind: &str, claim: &str) -> Workload {
    Workload {
        namespace: "shop".into(),
        kind: kind.into(),
        name: "it".into(),
        is_owned: false,
        claims: vec![claim.into()],
    }
}

#[test]
fn every_ordinal_has_its_claim() {
    let world = healthy(2);
    assert_eq!(of_set(&world), ["data-redis-0 in-use", "data-redis-1 in-use"]);
    let snapshot = world.snapshot();
    let holdings = of(&snapshot).expect("read");
    assert_eq!(holdings[1].ordinal, Some(1));
    assert_eq!(holdings[1].source, Source::Template("data"));
    assert_eq!(holdings[1].users, ["redis-1"]);
    assert_eq!(holdings[1].reclaim(), Ok(Some("Retain")));
}

#[test]
fn an_ordinal_without_a_claim_or_without_a_pod() {
    let mut world = healthy(3);
    world.claims.remove(0);
    world.pods.remove(1);
    assert_eq!(
        of_set(&world),
        ["data-redis-0 missing", "data-redis-1 waiting", "data-redis-2 in-use"]
    );
    world.claims.clear();
    world.pods.clear();
    let snapshot = world.snapshot();
    let first = &of(&snapshot).expect("read")[0];
    assert_eq!(first.states, [State::Missing { has_pod: false }]);
}

#[test]
fn what_most_sets_do_not_have_is_found_without_looking_at_all_of_them() {
    let mut world = healthy(2);
    let some = |world: &World| {
        let snapshot = world.snapshot();
        let (beyond, missing) =
            (beyond(&snapshot).expect("read"), missing(&snapshot).expect("read"));
        [beyond, missing].map(|holdings| holdings.iter().map(words).collect::<Vec<_>>())
    };
    assert_eq!(some(&world), [vec![], vec![]] as [Vec<String>; 2]);
    world.claims.push(claim(&world.set, 2));
    world.claims.remove(0);
    assert_eq!(some(&world), [vec!["data-redis-2 left-behind"], vec!["data-redis-0 missing"]]);
}

#[test]
fn a_start_beyond_zero_moves_the_range() {
    let mut world = healthy(2);
    world.set.start = 5;
    world.pods = (5..7).map(|ordinal| pod(&world.set, ordinal)).collect();
    world.claims = [0, 5, 6, 7].map(|ordinal| claim(&world.set, ordinal)).to_vec();
    assert_eq!(
        of_set(&world),
        [
            "data-redis-0 left-behind",
            "data-redis-5 in-use",
            "data-redis-6 in-use",
            "data-redis-7 left-behind"
        ]
    );
    let snapshot = world.snapshot();
    let holdings = of(&snapshot).expect("read");
    assert_eq!(holdings[0].states, [State::LeftBehind(None)]);
    assert_eq!(holdings[3].states, [State::LeftBehind(Some(3))]);
}

#[test]
fn a_claim_beyond_the_range_is_whose_names_it() {
    let mut world = healthy(2);
    world.claims.push(claim(&world.set, 2));
    let state = |world: &World| of_set(world).pop().unwrap_or_default();
    assert_eq!(state(&world), "data-redis-2 left-behind");
    world.details.workloads = Ok(vec![workload("cronjob", "data-redis-2")]);
    assert_eq!(state(&world), "data-redis-2 foreign");
    world.details.workloads = Ok(vec![workload("cronjob", "data-redis-3")]);
    assert_eq!(state(&world), "data-redis-2 left-behind");
    world.details.workloads = Err(Unread::new("list jobs", Why::Deadline));
    assert_eq!(state(&world), "data-redis-2 unknown");
    let mut other = world.set.clone();
    (other.name, other.uid, other.replicas) = ("other".into(), "other".into(), 0);
    other.claim_templates.clear();
    let volume = Volume { name: "x".into(), source: VolumeSource::Claim("data-redis-2".into()) };
    other.template.pod.volumes.push(volume);
    world.other_sets.push(other);
    assert_eq!(state(&world), "data-redis-2 foreign", "known without the workloads");
}

#[test]
fn an_owner_that_is_there_may_need_its_claim() {
    let mut world = healthy(2);
    world.claims.push(claim(&world.set, 2));
    let owned_by = |world: &mut World, kind: &str, name: &str, uid: &str| {
        world.claims[2].owners =
            vec![Owner { kind: kind.into(), name: name.into(), uid: uid.into() }];
        of_set(world).pop().unwrap_or_default()
    };
    assert_eq!(owned_by(&mut world, "Backup", "nightly", "b"), "data-redis-2 foreign");
    assert_eq!(owned_by(&mut world, "StatefulSet", "redis", "set-uid"), "data-redis-2 left-behind");
    assert_eq!(owned_by(&mut world, "Pod", "redis-0", "uid-redis-0"), "data-redis-2 foreign");
    assert_eq!(
        owned_by(&mut world, "StatefulSet", "redis", "former"),
        "data-redis-2 stale-owner+left-behind"
    );
    assert_eq!(
        owned_by(&mut world, "Pod", "redis-2", "former"),
        "data-redis-2 stale-owner+left-behind"
    );
}

#[test]
fn the_claims_of_a_set_at_zero_are_parked_and_nobody_is_asked() {
    let mut world = healthy(2);
    world.set.replicas = 0;
    world.pods.clear();
    world.details.workloads = Err(Unread::new("list jobs", Why::Deadline));
    assert_eq!(of_set(&world), ["data-redis-0 parked", "data-redis-1 parked"]);
}

#[test]
fn a_pod_that_is_on_its_way_out_still_has_its_claim() {
    let mut world = healthy(2);
    world.claims.push(claim(&world.set, 2));
    world.pods.push(pod(&world.set, 2));
    assert_eq!(of_set(&world)[2], "data-redis-2 in-use");
    world.pods[2].owner = None;
    assert_eq!(of_set(&world)[2], "data-redis-2 in-use", "by a pod of nobody");
    world.pods[2].phase = crate::model::Phase::Succeeded;
    assert_eq!(of_set(&world)[2], "data-redis-2 left-behind", "a finished pod holds nothing");
}

#[test]
fn two_sets_that_have_one_name_for_their_claims() {
    // Template `a` of set `b-c` and template `a-b` of set `c`.
    let mut world = healthy(1);
    (world.set.name, world.set.claim_templates[0].name) = ("c".into(), "a-b".into());
    world.pods.clear();
    world.claims = vec![claim(&world.set, 0), claim(&world.set, 1)];
    for (ordinal, claim) in world.claims.iter_mut().enumerate() {
        claim.name = format!("a-b-c-{ordinal}");
    }
    let mut other = world.set.clone();
    (other.name, other.uid, other.replicas) = ("b-c".into(), "other".into(), 2);
    other.claim_templates[0].name = "a".into();
    world.other_sets.push(other);
    assert_eq!(of_set(&world), ["a-b-c-0 waiting"], "ordinal 1 is in the range of the other only");
    assert_eq!(of_nobody(&world), [""; 0]);
}

#[test]
fn one_claim_for_all_pods_is_shown_with_each() {
    let mut world = healthy(2);
    let volume = Volume { name: "all".into(), source: VolumeSource::Claim("everything".into()) };
    world.set.template.pod.volumes.push(volume.clone());
    world.pods.iter_mut().for_each(|pod| pod.volumes.push(volume.clone()));
    let mut shared = claim(&world.set, 0);
    shared.name = "everything".into();
    world.claims.push(shared);
    assert_eq!(
        of_set(&world),
        [
            "data-redis-0 in-use",
            "everything shared+in-use",
            "data-redis-1 in-use",
            "everything shared+in-use"
        ]
    );
    world.set.replicas = 0;
    world.pods.clear();
    assert_eq!(of_set(&world)[2], "everything parked");
}

#[test]
fn folders_are_not_durable_and_configuration_is_left_out() {
    let mut world = healthy(1);
    let volumes = [
        ("tmp", VolumeSource::EmptyDir),
        ("disk", VolumeSource::HostPath),
        ("conf", VolumeSource::ConfigMap("conf".into())),
        ("scratch", VolumeSource::EphemeralClaim("redis-0-scratch".into())),
    ];
    let volumes = volumes.map(|(name, source)| Volume { name: name.into(), source });
    world.pods[0].volumes.extend(volumes);
    let mut scratch = claim(&world.set, 0);
    scratch.name = "redis-0-scratch".into();
    world.claims.push(scratch);
    assert_eq!(
        of_set(&world),
        ["data-redis-0 in-use", "tmp not-durable", "disk not-durable", "redis-0-scratch in-use"]
    );
}

#[test]
fn what_a_claim_shows_by_itself() {
    let state = |change: fn(&mut World)| {
        let mut world = healthy(1);
        change(&mut world);
        of_set(&world)[0].clone()
    };
    assert_eq!(state(|world| world.claims[0].deleting = ago(3)), "data-redis-0 terminating+in-use");
    assert_eq!(state(|world| world.claims[0].phase = ClaimPhase::Lost), "data-redis-0 lost+in-use");
    assert_eq!(
        state(|world| world.claims[0].phase = ClaimPhase::Pending),
        "data-redis-0 pending+in-use"
    );
    assert_eq!(
        state(|world| world.claims[0].request = Some(2 << 30)),
        "data-redis-0 resizing+in-use"
    );
    assert_eq!(
        state(|world| world.claims[0].class = Some("slow".into())),
        "data-redis-0 drifted+in-use"
    );
}

#[test]
fn a_volume_that_outlived_its_claim_is_shown_beside_the_new_one() {
    let mut world = healthy(1);
    let mut kept = world.volumes[0].clone();
    (kept.name, kept.phase) = ("pv-former".into(), "Released".into());
    let former = ClaimRef { uid: "former".into(), ..kept.claim.clone().expect("a claim") };
    kept.claim = Some(former);
    world.volumes.push(kept);
    assert_eq!(of_set(&world), ["data-redis-0 in-use", "data-redis-0 released"]);
    let snapshot = world.snapshot();
    assert_eq!(of(&snapshot).expect("read")[1].volume_name(), Some("pv-former"));
}

#[test]
fn what_was_not_read_is_unread_and_not_empty() {
    let world = healthy(1);
    let mut snapshot = world.snapshot();
    let mut shared = (*snapshot.shared).clone();
    shared.volumes = Err(Unread::new("list persistentvolumes", Why::Forbidden(None)));
    snapshot.shared = std::sync::Arc::new(shared.clone());
    assert!(of(&snapshot).expect("claims are read")[0].reclaim().is_err());
    shared.pods = Err(Unread::new("list pods", Why::Deadline));
    snapshot.shared = std::sync::Arc::new(shared);
    assert!(of(&snapshot).is_err());
}

#[test]
fn since_when_nobody_uses_a_claim_is_what_the_cluster_says() {
    let mut world = healthy(1);
    world.claims.push(claim(&world.set, 1));
    world.claims[1].conditions.push(Condition {
        kind: "Unused".into(),
        holds: true,
        reason: None,
        message: None,
        since: ago(3 * 86_400),
    });
    let snapshot = world.snapshot();
    let holdings = of(&snapshot).expect("read");
    assert_eq!((holdings[0].unused_since(), holdings[1].unused_since()), (None, ago(3 * 86_400)));
}
