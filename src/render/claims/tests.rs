//! What a person sees of claims, and what a script gets.

use insta::assert_snapshot;

use super::*;
use crate::claims::{Ground, Survey};
use crate::model::example::{World, claim, healthy, volume};
use crate::model::{RetentionPolicy, Unread, Usage, Why};
use crate::render::json::tests::fits;

fn ground(world: &World) -> Ground {
    world.snapshot().into()
}

fn map(ground: &Ground) -> ClaimMap<'_> {
    let survey = Survey::new(ground.at, &ground.shared, &ground.details);
    let sets: Vec<_> = ground.shared.sets.iter().flatten().map(AsRef::as_ref).collect();
    let mut holdings: Vec<_> =
        sets.iter().flat_map(|set| survey.of_set(set).expect("read")).collect();
    holdings.extend(survey.of_nobody(Some("shop")).expect("read"));
    let sets = sets.into_iter().map(|set| ClaimedSet::new(set, &holdings)).collect();
    ClaimMap {
        context: Some("prod-eu".into()),
        at: ground.at,
        sets,
        holdings,
        is_of_one: false,
        details: &ground.details,
        with_usage: true,
    }
}

/// Two ordinals, the claim of a third left behind, and how full one volume is.
fn world() -> World {
    let mut world = healthy(2);
    world.claims.push(claim(&world.set, 2));
    world.volumes.push(volume(&world.set, 2));
    world.volumes.iter_mut().for_each(|it| it.reclaim = "Delete".into());
    world.volumes[0].name = "pvc-3511fb34-9a50-4a5c-8f3e-1f2e3d4c5b6a".into();
    world.claims[0].volume = Some(world.volumes[0].name.clone());
    let usage = Usage {
        namespace: "shop".into(),
        claim: "data-redis-0".into(),
        used: 212 << 20,
        capacity: 1 << 30,
        inodes_used: 0,
        inodes: 0,
    };
    world.details.usage = Ok([("node-1".to_owned(), Ok(vec![usage]))].into());
    world
}

fn text(world: &World, width: Option<usize>) -> String {
    let ground = ground(world);
    claims(&map(&ground), false, false, Look { colour: false, width })
}

#[test]
fn one_set() {
    assert_snapshot!(text(&world(), None), @r"
    ORDINAL   POD       TEMPLATE   CLAIM          STATUS   SIZE   USED          CLASS      VOLUME         RECLAIM   NODE     STATE
    0         redis-0   data       data-redis-0   Bound    1Gi    212Mi (20%)   standard   pvc-3511fb34   Delete    node-1   in use
    1         redis-1   data       data-redis-1   Bound    1Gi    -             standard   pv-1           Delete    node-2   in use
    2         -         data       data-redis-2   Bound    1Gi    -             standard   pv-2           Delete    -        left behind: a scale-up to 3 would start on this data

    kubectl scale to 1 would leave 1 claim behind (whenScaled: Retain).
    kubectl delete statefulset redis would keep every claim (whenDeleted: Retain).

    3 claims: 2 in use, 1 left behind.
    to delete them: kubectl sts pvc redis --delete left-behind --context prod-eu -n shop
    ");
}

#[test]
fn one_set_on_a_narrow_terminal() {
    assert_snapshot!(text(&world(), Some(80)), @r"
    ORDINAL   CLAIM          STATE
    0         data-redis-0   in use
    1         data-redis-1   in use
    2         data-redis-2   left behind: a scale-up to 3 would start on this data

    kubectl scale to 1 would leave 1 claim behind (whenScaled: Retain).
    kubectl delete statefulset redis would keep every claim (whenDeleted: Retain).

    3 claims: 2 in use, 1 left behind.
    to delete them: kubectl sts pvc redis --delete left-behind --context prod-eu -n shop
    ");
}

#[test]
fn a_state_that_does_not_fit_is_explained_below() {
    assert_snapshot!(text(&world(), Some(60)), @r"
    ORDINAL   CLAIM          SIZE   USED          STATE
    0         data-redis-0   1Gi    212Mi (20%)   in use
    1         data-redis-1   1Gi    -             in use
    2         data-redis-2   1Gi    -             left behind

    data-redis-2: left behind: a scale-up to 3 would start on
      this data

    kubectl scale to 1 would leave 1 claim behind (whenScaled:
      Retain).
    kubectl delete statefulset redis would keep every claim
      (whenDeleted: Retain).

    3 claims: 2 in use, 1 left behind.
    to delete them: kubectl sts pvc redis --delete left-behind --context prod-eu -n shop
    ");
}

#[test]
fn claims_that_go_with_ordinals_and_with_the_set() {
    let mut world = world();
    world.set.retention.when_scaled = RetentionPolicy::Delete;
    world.set.retention.when_deleted = RetentionPolicy::Delete;
    let text = text(&world, None);
    let fate: Vec<&str> = text.lines().filter(|line| line.starts_with("kubectl")).collect();
    assert_eq!(
        fate,
        [
            "kubectl scale to 1 would delete 1 claim and lose the data of 1 volume (whenScaled: Delete, reclaim policy Delete).",
            "kubectl delete statefulset redis would delete 2 claims and lose the data of 2 volumes (whenDeleted: Delete, reclaim policy Delete).",
        ]
    );
}

#[test]
fn what_was_not_read_is_said_to_be_unknown() {
    let mut world = world();
    world.details.workloads = Err(Unread::new("list jobs", Why::Forbidden(None)));
    let mut ground = ground(&world);
    let unread = Unread::new("list persistentvolumes", Why::Forbidden(None));
    std::sync::Arc::make_mut(&mut ground.shared).volumes = Err(unread);
    let map = map(&ground);
    assert!(!map.is_complete());
    assert_snapshot!(claims(&map, false, false, Look::default()), @r"
    ORDINAL   POD       TEMPLATE   CLAIM          STATUS   SIZE   USED          CLASS      VOLUME         RECLAIM   NODE     STATE
    0         redis-0   data       data-redis-0   Bound    1Gi    212Mi (20%)   standard   pvc-3511fb34   unknown   node-1   in use
    1         redis-1   data       data-redis-1   Bound    1Gi    -             standard   pv-1           unknown   node-2   in use
    2         -         data       data-redis-2   Bound    1Gi    -             standard   pv-2           unknown   -        unknown: cannot list jobs: forbidden

    kubectl scale to 1 would leave 1 claim behind (whenScaled: Retain).
    kubectl delete statefulset redis would keep every claim (whenDeleted: Retain).

    3 claims: 2 in use, 1 unknown. Not read: cannot list jobs: forbidden. Not read: cannot list persistentvolumes: forbidden.
    What is unknown is not offered for deletion: something that was not read may use it.
    ");
}

#[test]
fn names_are_what_other_commands_take() {
    let ground = ground(&world());
    assert_eq!(
        claim_names(&map(&ground)),
        "persistentvolumeclaim/data-redis-0\npersistentvolumeclaim/data-redis-1\npersistentvolumeclaim/data-redis-2\n"
    );
}

#[test]
fn the_json_fits_its_schema() {
    let ground = ground(&world());
    let text = crate::render::claims_json(&map(&ground)).expect("serializes");
    fits::<crate::render::json::claims::Claims>(&text);
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let left = &value["volumes"][2];
    assert_eq!((&left["state"], &left["ordinal"]), (&"left-behind".into(), &2.into()));
    assert_eq!(value["volumes"][0]["used"], 212 << 20);
    assert_eq!(value["sets"][0]["whenScaled"]["volumes"], 1);
}
