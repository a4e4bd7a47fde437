//! What a person sees of one set, and with which code it ends.

use insta::assert_snapshot;

use crate::workstation::Workstation;
use crate::world::{World, event};

fn broken() -> World {
    let mut world = World::healthy().with_a_crash_loop();
    world.events.push(event("BackOff", "Back-off restarting failed container postgres"));
    world
}

#[test]
fn a_healthy_set() {
    assert_snapshot!(Workstation::of(&World::healthy()).run("check ledger"), @r"
    statefulset/ledger   3/3 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         ledger-0   1/1     7c9f5d     node-a   data-ledger-0   ok
    1         ledger-1   1/1     7c9f5d     node-b   data-ledger-1   ok
    2         ledger-2   1/1     7c9f5d     node-a   data-ledger-2   ok

    No problems found by N rules.
    [exit 0]
    ");
}

#[test]
fn a_healthy_set_with_more_columns() {
    assert_snapshot!(Workstation::of(&World::healthy()).run("check ledger -o wide"), @r"
    statefulset/ledger   3/3 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           RESTARTS   AGE   IP         IMAGE         STATE
    0         ledger-0   1/1     7c9f5d     node-a   data-ledger-0   0          3d    10.0.0.1   postgres:17   ok
    1         ledger-1   1/1     7c9f5d     node-b   data-ledger-1   0          3d    10.0.0.2   postgres:17   ok
    2         ledger-2   1/1     7c9f5d     node-a   data-ledger-2   0          3d    10.0.0.3   postgres:17   ok

    No problems found by N rules.
    [exit 0]
    ");
}

#[test]
fn a_broken_set() {
    assert_snapshot!(Workstation::of(&broken()).run("check ledger"), @r"
    statefulset/ledger   2/3 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         ledger-0   1/1     7c9f5d     node-a   data-ledger-0   ok
    1         ledger-1   0/1     7c9f5d     node-b   data-ledger-1   crash loop (exit 1)
    2         ledger-2   1/1     7c9f5d     node-a   data-ledger-2   ok

    ERROR     pod-crash-loop        pod/ledger-1   container postgres ends again and again
                since   3m12s: Error (exit 1), 5 restarts
                fix     kubectl logs ledger-1 -c postgres --previous --context lab -n shop

    controller: waiting for pod ledger-1 to become ready (OrderedReady); it will not touch ordinal 2 until then

    1 problem found by N rules: 1 error.
    [exit 1]
    ");
}

#[test]
fn a_warning_is_an_answer_only_when_it_is_asked_for() {
    let mut world = World::healthy();
    world.budgets.clear();
    let at = Workstation::of(&world);
    assert_snapshot!(at.run("check ledger"), @r"
    statefulset/ledger   3/3 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         ledger-0   1/1     7c9f5d     node-a   data-ledger-0   ok
    1         ledger-1   1/1     7c9f5d     node-b   data-ledger-1   ok
    2         ledger-2   1/1     7c9f5d     node-a   data-ledger-2   ok

    WARNING   budget-missing        statefulset/ledger   no PodDisruptionBudget selects its pods: a node drain may take several at once

    1 problem found by N rules: 1 warning.
    [exit 0]
    ");
    assert_eq!(at.run("check ledger --fail-on warning").code(), Some(1));
    assert_eq!(at.run("check ledger --fail-on=info").code(), Some(1));
}

#[test]
fn an_error_is_no_answer_when_none_is_asked_for() {
    let at = Workstation::of(&broken());
    let (asked, unasked) = (at.run("check ledger"), at.run("check ledger --fail-on never"));
    assert_eq!((asked.code(), unasked.code()), (Some(1), Some(0)));
    assert_eq!(asked.stdout, unasked.stdout);
}

#[test]
fn colour_is_for_those_who_ask() {
    let at = Workstation::of(&broken());
    let plain = at.run("check ledger");
    let coloured = at.run("check ledger --color always");
    assert!(!plain.stdout.contains('\x1b'));
    assert!(coloured.stdout.contains('\x1b'));
    let uncoloured = without_colour(&coloured.stdout);
    assert_eq!(uncoloured, plain.stdout, "colour adds nothing but colour");
}

fn without_colour(text: &str) -> String {
    let (first, rest) = text.split_once("\x1b[").unwrap_or((text, ""));
    let others = rest.split("\x1b[").map(|part| part.split_once('m').map_or("", |(_, text)| text));
    std::iter::once(first).chain(others).collect()
}
