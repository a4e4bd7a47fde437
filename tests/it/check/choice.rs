//! Which sets are checked: names, namespaces, labels.

use insta::assert_snapshot;

use crate::workstation::Workstation;
use crate::world::World;

fn three_sets() -> Workstation {
    let world =
        World::healthy().and("shop", "orders", 2).and("warehouse", "ledger", 1).with_a_crash_loop();
    Workstation::of(&world)
}

#[test]
fn without_a_name_all_of_the_namespace() {
    assert_snapshot!(three_sets().run("check"), @r"
    NAME     READY   REVISION   DATABASE   HEALTH      PROBLEMS   WORST
    ledger   2/3     7c9f5d     -          unhealthy   1 error    pod-crash-loop pod/ledger-1
    orders   2/2     7c9f5d     -          healthy     -          -

    2 sets: 1 unhealthy, 1 healthy. 1 problem found: 1 error. -o wide shows what was found.
    [exit 1]
    ");
}

#[test]
fn all_namespaces() {
    assert_snapshot!(three_sets().run("check -A"), @r"
    NAMESPACE   NAME     READY   REVISION   DATABASE   HEALTH      PROBLEMS   WORST
    shop        ledger   2/3     7c9f5d     -          unhealthy   1 error    pod-crash-loop pod/ledger-1
    shop        orders   2/2     7c9f5d     -          healthy     -          -
    warehouse   ledger   1/1     7c9f5d     -          healthy     -          -

    3 sets: 1 unhealthy, 2 healthy. 1 problem found: 1 error. -o wide shows what was found.
    [exit 1]
    ");
}

#[test]
fn another_namespace() {
    assert_snapshot!(three_sets().run("check ledger -n warehouse"), @r"
    statefulset/ledger   1/1 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         ledger-0   1/1     7c9f5d     node-a   data-ledger-0   ok

    No problems found by N rules.
    [exit 0]
    ");
    assert_snapshot!(three_sets().run("--namespace=warehouse check"), @r"
    statefulset/ledger   1/1 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         ledger-0   1/1     7c9f5d     node-a   data-ledger-0   ok

    No problems found by N rules.
    [exit 0]
    ");
}

#[test]
fn by_labels() {
    let at = three_sets();
    assert_snapshot!(at.run("check -l app=orders"), @r"
    statefulset/orders   2/2 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         orders-0   1/1     7c9f5d     node-a   data-orders-0   ok
    1         orders-1   1/1     7c9f5d     node-b   data-orders-1   ok

    No problems found by N rules.
    [exit 0]
    ");
    assert_snapshot!(at.run("check -l app=nobody"), @r"
    [stderr]
    error: no StatefulSet found in namespace shop
    [exit 2]
    ");
    assert_snapshot!(at.run("check -l app=("), @r#"
    [stderr]
    error: invalid value 'app=(' for '--selector <LABELS>': "app=(" is not a label requirement: write KEY=VALUE, KEY!=VALUE, KEY or !KEY

    For more information, try '--help'.
    [exit 2]
    "#);
}

#[test]
fn several_names_in_their_order_each_once() {
    assert_snapshot!(three_sets().run("check orders ledger orders"), @r"
    statefulset/orders   2/2 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         orders-0   1/1     7c9f5d     node-a   data-orders-0   ok
    1         orders-1   1/1     7c9f5d     node-b   data-orders-1   ok

    No problems found by N rules.


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
fn a_name_may_say_its_kind() {
    let at = three_sets();
    let plain = at.run("check orders");
    assert!(plain.stdout.starts_with("statefulset/orders   2/2 ready"), "{plain}");
    for name in ["sts/orders", "statefulset/orders", "statefulset.apps/orders"] {
        assert_eq!(at.run(&format!("check {name}")).to_string(), plain.to_string(), "{name}");
    }
    assert_snapshot!(at.run("check pod/orders-0"), @r"
    [stderr]
    error: invalid value 'pod/orders-0' for '[NAME]...': pod is not a StatefulSet: give a name, sts/NAME or statefulset.apps/NAME

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn not_found_says_what_there_is() {
    let at = three_sets();
    assert_snapshot!(at.run("check nobody"), @r"
    [stderr]
    error: cannot check statefulset/nobody: not found in namespace shop (there are ledger, orders)
    [exit 2]
    ");
    assert_snapshot!(at.run("check ledgre"), @r"
    [stderr]
    error: cannot check statefulset/ledgre: not found in namespace shop (did you mean ledger?)
    [exit 2]
    ");
    assert_snapshot!(at.run("check ledger nobody"), @r"
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
    [stderr]
    error: cannot check statefulset/nobody: not found in namespace shop (there are ledger, orders)
    [exit 2]
    ");
    assert_snapshot!(at.run("check ledger -n empty"), @r"
    [stderr]
    error: cannot check statefulset/ledger: not found in namespace empty (there is none; give -n NAMESPACE, or -A for all)
    [exit 2]
    ");
    assert_snapshot!(at.run("check -n empty"), @r"
    [stderr]
    error: no StatefulSet found in namespace empty
    [exit 2]
    ");
}

#[test]
fn all_namespaces_are_all_whatever_the_namespace_is() {
    let at = three_sets();
    assert_eq!(at.run("check -A -n shop").stdout, at.run("check -A").stdout);
}

#[test]
fn flags_that_contradict_each_other() {
    let at = three_sets();
    assert_snapshot!(at.run("check ledger -A"), @r"
    [stderr]
    error: the argument '[NAME]...' cannot be used with '--all-namespaces'

    Usage: kubectl sts check <NAME>...

    For more information, try '--help'.
    [exit 2]
    ");
    for words in [
        "check ledger -l app=ledger",
        "check --from a --save b",
        "check --from a --password-file b",
    ] {
        let ran = at.run(words);
        assert_eq!((ran.code(), ran.stdout.as_str()), (Some(2), ""), "{words}: {ran}");
        assert!(ran.stderr.contains("cannot be used with"), "{words}: {ran}");
    }
    assert_eq!(at.requests(), 0);
}
