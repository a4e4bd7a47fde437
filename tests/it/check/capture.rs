//! `--save` and `--from`: the same check without the cluster.

use insta::assert_snapshot;

use crate::workstation::Workstation;
use crate::world::{World, event};

fn broken() -> Workstation {
    let mut world = World::healthy().with_a_crash_loop().without_references();
    world.events.push(event("BackOff", "Back-off restarting failed container postgres"));
    Workstation::of(&world)
}

/// A capture knows no context, so commands to paste name none.
fn without_context(text: &str) -> String {
    text.replace(" --context lab", "")
}

/// Nor does it hold what kubelets say of volumes.
fn without_usage(text: &str) -> String {
    let rules =
        "volume-full, volume-filling (cannot read how full volumes are: not part of the input)";
    text.replace(&format!(" N not run: {rules}."), "").replace(&format!("; {rules}"), "")
}

#[test]
fn what_was_saved_says_the_same_again() {
    let at = broken();
    let live = at.run("check ledger --save ledger.yaml");
    assert_eq!(live.code(), Some(1), "{live}");
    let requests = at.requests();
    let again = at.run("check ledger --from ledger.yaml");
    assert_eq!(without_usage(&again.to_string()), without_context(&live.to_string()));
    let piped = at.run_with("check ledger --from -", &at.home.read("ledger.yaml"));
    assert_eq!(piped.to_string(), again.to_string());
    assert_eq!(at.requests(), requests, "a file needs no server");
}

#[test]
fn what_was_not_read_is_not_read_in_the_capture_either() {
    let forbidden = crate::api::Answer::refusal(403, "Forbidden", "no");
    let answers = World::healthy().without_references().answers_but("nodes", &forbidden);
    let at = Workstation::at(crate::api::Api::start(answers, &[]));
    let live = at.run("check ledger --save ledger.yaml");
    assert!(live.stdout.contains("not run"), "{live}");
    let again = at.run("check --from ledger.yaml").to_string();
    assert_eq!(without_usage(&again), live.to_string());
}

#[test]
fn what_a_database_said_is_in_the_capture() {
    let at = Workstation::of(&World::redis().without_references());
    let live = at.run("check ledger --request-timeout=2s --save ledger.yaml");
    assert_eq!(live.code(), Some(2), "{live}");
    let again = at.run("check ledger --from ledger.yaml");
    assert_eq!(without_usage(&again.to_string()), without_context(&live.to_string()));
}

#[test]
fn what_shows_the_database_is_in_the_capture() {
    let mut world = World::redis().without_references();
    world.sets[0]["spec"]["template"]["spec"]["containers"][0]["image"] =
        "example.com/cache:1".into();
    for pod in &mut world.pods {
        pod["spec"]["containers"][0]["image"] = "example.com/cache:1".into();
    }
    let at = Workstation::of(&world);
    let live = at.run("check ledger -o wide --request-timeout=2s --save ledger.yaml");
    assert!(live.stdout.contains("recognised because"), "{live}");
    let again = at.run("check ledger -o wide --from ledger.yaml");
    assert_eq!(without_usage(&again.to_string()), without_context(&live.to_string()));
}

#[test]
fn the_capture_alone_is_on_stdout() {
    let at = broken();
    let ran = at.run("check ledger --save -");
    assert_eq!((ran.code(), ran.stderr.as_str()), (Some(1), ""), "{ran}");
    let again = at.run_with("check --from -", &ran.stdout);
    assert_eq!(again.to_string(), at.run_with("check ledger --from -", &ran.stdout).to_string());
    let live = at.run("check ledger").to_string();
    assert_eq!(without_usage(&again.to_string()), without_context(&live));
}

#[test]
fn what_kubectl_printed_will_do() {
    let at = Workstation::bare();
    let list = World::healthy().without_references().printed_by_kubectl();
    at.home.write("list.json", &serde_json::to_string_pretty(&list).unwrap());
    at.home.write("list.yaml", &serde_saphyr::to_string(&list).unwrap());
    let json = at.run("check --from list.json");
    assert_snapshot!(json, @r"
    statefulset/ledger   3/3 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         ledger-0   1/1     7c9f5d     node-a   data-ledger-0   ok
    1         ledger-1   1/1     7c9f5d     node-b   data-ledger-1   ok
    2         ledger-2   1/1     7c9f5d     node-a   data-ledger-2   ok

    No problems found by N rules. N not run: node-not-ready, node-gone, node-evicts-pod, node-draining, node-cordoned and N more (cannot find a Node in the file: not part of the input); volume-released (cannot find a PersistentVolume in the file: not part of the input); volume-attachment (cannot find a VolumeAttachment in the file: not part of the input); volume-full, volume-filling (cannot read how full volumes are: not part of the input); endpoint-missing, endpoint-without-name, endpoint-stale (cannot find a EndpointSlice in the file: not part of the input); autoscaler-owns-replicas, autoscaler-failing (cannot find a HorizontalPodAutoscaler in the file: not part of the input); quota-exceeded, quota-leaves-no-room (cannot find a ResourceQuota in the file: not part of the input).
    [exit 0]
    ");
    assert_eq!(at.run("check --from list.yaml").to_string(), json.to_string());
}

#[test]
fn names_and_namespaces_choose_from_a_file_too() {
    let at = Workstation::bare();
    let list = World::healthy().and("warehouse", "orders", 1).printed_by_kubectl();
    at.home.write("list.json", &list.to_string());
    assert_snapshot!(at.run("check nobody --from list.json"), @r"
    [stderr]
    error: cannot check statefulset/nobody: not found in list.json (there are ledger, orders)
    [exit 2]
    ");
    assert_snapshot!(at.run("check ledger -n warehouse --from list.json"), @r"
    [stderr]
    error: cannot check statefulset/ledger: not found in list.json (the only one is orders)
    [exit 2]
    ");
    let ran = at.run("check orders -n warehouse --from list.json");
    assert!(ran.stdout.starts_with("statefulset/orders   1/1 ready"), "{ran}");
}

#[test]
fn a_file_that_is_something_else() {
    let at = Workstation::bare();
    assert_snapshot!(at.run("check --from gone.yaml"), @r"
    [stderr]
    error: cannot read gone.yaml: No such file or directory (os error 2)
    [exit 2]
    ");
    for (text, why) in [
        ("", "holds no StatefulSet"),
        ("hello", "holds no StatefulSet"),
        ("{", "not valid JSON"),
        ("a: [", "not valid YAML"),
        ("apiVersion: v1\nkind: Pod\n", "holds no StatefulSet"),
        ("apiVersion: kubectl-sts/v9\nkind: Capture\n", "version"),
        ("apiVersion: kubectl-sts/v1\nkind: Capture\n", "not a capture of this version"),
        ("apiVersion: v1\nkind: List\nitems: []\n", "find a StatefulSet in the file"),
        ("apiVersion: v1\nkind: List\nitems: [{kind: StatefulSet, metadata: 7}]\n", "StatefulSet"),
    ] {
        let ran = at.run_with("check --from -", text);
        assert_eq!((ran.code(), ran.stdout.as_str()), (Some(2), ""), "{text:?}: {ran}");
        assert_eq!(ran.stderr.lines().count(), 1, "{text:?}: {ran}");
        assert!(ran.stderr.starts_with("error: cannot "), "{text:?}: {ran}");
        assert!(ran.stderr.contains(why), "{text:?}: {ran}");
    }
}

#[test]
fn a_capture_that_cannot_be_written() {
    let ran = broken().run("check ledger --save nowhere/ledger.yaml");
    assert_snapshot!(ran.stderr, @"error: cannot write nowhere/ledger.yaml: No such file or directory (os error 2)");
    assert_eq!(ran.code(), Some(2));
}
