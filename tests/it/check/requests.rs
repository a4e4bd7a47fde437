//! What a check costs the server: reads alone, and as many of them for a large cluster as for a small one.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use crate::api::Asked;
use crate::workstation::{TOKEN, Workstation};
use crate::world::World;

#[test]
fn only_these_reads_and_who_asks() {
    let at = Workstation::of(&World::healthy());
    assert_eq!(at.run("check ledger").code(), Some(0));
    let asked = at.api.as_ref().unwrap().asked();
    let lines: BTreeSet<String> =
        asked.iter().map(|it| format!("{} {}", it.method, it.target)).collect();
    assert_eq!(lines.len(), asked.len(), "nothing is read twice");
    assert_snapshot!(lines.into_iter().collect::<Vec<_>>().join("\n"), @r"
    GET /api/v1/namespaces/shop/events?&fieldSelector=type%3DWarning&limit=500
    GET /api/v1/namespaces/shop/persistentvolumeclaims?
    GET /api/v1/namespaces/shop/pods?
    GET /api/v1/namespaces/shop/resourcequotas?
    GET /api/v1/namespaces/shop/secrets/pg
    GET /api/v1/namespaces/shop/services?
    GET /api/v1/nodes/node-a/proxy/stats/summary
    GET /api/v1/nodes/node-b/proxy/stats/summary
    GET /api/v1/nodes?&resourceVersion=0&resourceVersionMatch=NotOlderThan
    GET /api/v1/persistentvolumes?&resourceVersion=0&resourceVersionMatch=NotOlderThan
    GET /apis/apps/v1/namespaces/shop/controllerrevisions?
    GET /apis/apps/v1/namespaces/shop/statefulsets?
    GET /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers?
    GET /apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?
    GET /apis/policy/v1/namespaces/shop/poddisruptionbudgets?
    GET /apis/storage.k8s.io/v1/storageclasses?&resourceVersion=0&resourceVersionMatch=NotOlderThan
    GET /apis/storage.k8s.io/v1/volumeattachments?&resourceVersion=0&resourceVersionMatch=NotOlderThan
    GET /version
    ");
    let agent = concat!("kubectl-sts/", env!("CARGO_PKG_VERSION"));
    assert!(asked.iter().all(|it| it.user_agent == agent), "{asked:?}");
    assert!(asked.iter().all(|it| it.authorization == format!("Bearer {TOKEN}")), "{asked:?}");
}

#[test]
fn every_namespace_is_one_list_a_kind() {
    let at = Workstation::of(&World::healthy().and("warehouse", "orders", 1));
    assert_eq!(at.run("check -A").code(), Some(0));
    let asked = at.api.as_ref().unwrap().asked();
    let is_by_name = |it: &&Asked| it.target.contains("/secrets/");
    let lists = asked.iter().filter(|it| !is_by_name(it));
    assert!(lists.into_iter().all(|it| !it.target.contains("/namespaces/")), "{asked:?}");
    assert!(asked.iter().all(|it| it.method == "GET"));
}

#[test]
fn as_many_for_200_ordinals_as_for_2() {
    let requests = |replicas| {
        let at = Workstation::of(&World::empty().and("shop", "ledger", replicas));
        assert_eq!(at.run("check ledger").code(), Some(0));
        at.requests()
    };
    assert_eq!(requests(2), requests(200));
}

#[test]
fn as_many_for_200_sets_as_for_1() {
    let requests = |sets: usize| {
        let world = (0..sets)
            .fold(World::empty(), |world, number| world.and("shop", &format!("set-{number}"), 3));
        let at = Workstation::of(&world);
        let ran = at.run("check");
        assert_eq!(ran.code(), Some(0), "{ran}");
        at.requests()
    };
    assert_eq!(requests(1), requests(200));
}
