//! `--for`: what stands in the way of a certain work.

use insta::assert_snapshot;
use serde_json::json;

use crate::workstation::Workstation;
use crate::world::World;

#[test]
fn what_it_comes_to_and_that_nothing_stands_in_its_way() {
    let at = Workstation::of(&World::healthy());
    let last_lines = |purpose: &str| {
        let ran = at.run(&format!("check ledger --for {purpose}"));
        let lines: Vec<&str> = ran.stdout.lines().filter(|it| it.contains(purpose)).collect();
        assert_eq!(ran.code(), Some(0), "{ran}");
        lines.join("\n")
    };
    assert_snapshot!(last_lines("scale=2"), @r"
    scale=2: a scale-down from 3, ledger-2 leaves
    Nothing stands in the way of scale=2. No problems found by N rules.
    ");
    assert_snapshot!(last_lines("scale=6"), @r"
    scale=6: a scale-up from 3, ledger-3 to ledger-5 join
    Nothing stands in the way of scale=6. No problems found by N rules.
    ");
    assert_snapshot!(last_lines("scale=3"), @r"scale=3: nothing to do here");
    assert_snapshot!(last_lines("rollout"), @r"
    rollout: ledger-0 to ledger-2 are replaced
    Nothing stands in the way of a rollout. No problems found by N rules.
    ");
    assert_snapshot!(last_lines("drain-node=node-b"), @r"
    drain-node=node-b: a drain takes ledger-1
    Nothing stands in the way of drain-node=node-b. No problems found by N rules.
    ");
}

#[test]
fn a_warning_that_stands_in_the_way_is_an_error_then() {
    let mut world = World::healthy();
    world.budgets[0]["spec"]["maxUnavailable"] = 0.into();
    world.budgets[0]["status"]["disruptionsAllowed"] = 0.into();
    let at = Workstation::of(&world);
    assert_eq!(at.run("check ledger").code(), Some(0));
    assert_eq!(at.run("check ledger --for scale=2").code(), Some(0));
    let ran = at.run("check ledger --for drain-node=node-a");
    assert_eq!(ran.code(), Some(1), "{ran}");
    assert_snapshot!(ran.stdout.lines().last().unwrap_or_default(), @r"1 problem stands in the way of drain-node=node-a. 1 problem found by N rules: 1 error.");
    let report = serde_json::from_str::<serde_json::Value>(
        &at.run("check ledger --for drain-node=node-a -o json").stdout,
    )
    .unwrap();
    let expected = json!({ "for": "drain-node=node-a", "work": "drain", "blocked": true });
    assert_eq!(report["sets"][0]["purpose"], expected);
}

#[test]
fn an_error_that_stands_in_no_way_is_a_warning_then() {
    let mut world = World::healthy();
    let mut second = world.budgets[0].clone();
    second["metadata"]["name"] = "second".into();
    world.budgets.push(second);
    let at = Workstation::of(&world);
    assert_eq!(at.run("check ledger").code(), Some(1));
    assert_eq!(at.run("check ledger --for drain-node=node-a").code(), Some(1));
    let ran = at.run("check ledger --for scale=2");
    assert_eq!(ran.code(), Some(0), "{ran}");
    assert!(ran.stdout.contains("WARNING   budget-conflict"), "{ran}");
    // Where there is nothing to do the set is judged for its health.
    assert_eq!(at.run("check ledger --for scale=3").code(), Some(1));
}

#[test]
fn claims_that_would_go_are_named() {
    let mut world = World::healthy();
    world.sets[0]["spec"]["persistentVolumeClaimRetentionPolicy"] =
        json!({ "whenScaled": "Delete", "whenDeleted": "Retain" });
    let at = Workstation::of(&world);
    assert_eq!(at.run("check ledger --fail-on warning").code(), Some(0));
    let ran = at.run("check ledger --for scale=1");
    assert_eq!(ran.code(), Some(1), "{ran}");
    assert!(ran.stdout.contains("data-ledger-1, data-ledger-2"), "{ran}");
}

#[test]
fn a_purpose_that_is_none_is_refused() {
    let at = Workstation::of(&World::healthy());
    for purpose in ["scale=many", "restart", "drain-node=", ""] {
        let ran = at.run(&format!("check ledger --for={purpose}"));
        assert_eq!(ran.code(), Some(2), "{ran}");
    }
    let ran = at.run("check ledger --for drain-node=node-z");
    assert_eq!(ran.code(), Some(2), "{ran}");
    assert!(ran.stderr.contains("there is no such node"), "{ran}");
    assert_eq!(ran.stdout, "");
}
