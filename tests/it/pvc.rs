//! `pvc`: what it asks for, what a person sees, and what it says no to.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use crate::usage::help;
use crate::workstation::Workstation;
use crate::world::World;

/// `ledger` scaled from three to two, with the claim of the third left behind.
pub fn left_behind() -> World {
    let mut world = World::healthy();
    world.sets[0]["spec"]["replicas"] = 2.into();
    world.pods.remove(2);
    world
}

#[test]
fn the_claims_of_a_set() {
    assert_snapshot!(Workstation::of(&left_behind()).run("pvc ledger"), @r"
    ORDINAL   POD        TEMPLATE   CLAIM           STATUS   SIZE   USED   CLASS      VOLUME             RECLAIM   NODE     STATE
    0         ledger-0   data       data-ledger-0   Bound    1Gi    -      standard   pv-data-ledger-0   Retain    node-a   in use
    1         ledger-1   data       data-ledger-1   Bound    1Gi    -      standard   pv-data-ledger-1   Retain    node-b   in use
    2         -          data       data-ledger-2   Bound    1Gi    -      standard   pv-data-ledger-2   Retain    -        left behind: a scale-up to 3 would start on this data

    kubectl scale to 1 would leave 1 claim behind (whenScaled: Retain).
    kubectl delete statefulset ledger would keep every claim (whenDeleted: Retain).

    3 claims: 2 in use, 1 left behind.
    to delete them: kubectl sts pvc ledger --delete left-behind --context lab -n shop
    [exit 0]
    ");
}

#[test]
fn only_these_reads() {
    let lines = |world: &World| {
        let at = Workstation::of(world);
        assert_eq!(at.run("pvc").code(), Some(0));
        let asked = at.api.as_ref().unwrap().asked();
        let lines: BTreeSet<String> =
            asked.iter().map(|it| format!("{} {}", it.method, it.target)).collect();
        assert_eq!(lines.len(), asked.len(), "nothing is read twice");
        lines.into_iter().collect::<Vec<_>>()
    };
    assert_snapshot!(lines(&World::healthy()).join("\n"), @r"
    GET /api/v1/namespaces/shop/events?&fieldSelector=type%3DWarning&limit=500
    GET /api/v1/namespaces/shop/persistentvolumeclaims?
    GET /api/v1/namespaces/shop/pods?
    GET /api/v1/persistentvolumes?&resourceVersion=0&resourceVersionMatch=NotOlderThan
    GET /apis/apps/v1/namespaces/shop/statefulsets?
    GET /apis/storage.k8s.io/v1/storageclasses?&resourceVersion=0&resourceVersionMatch=NotOlderThan
    ");
    let more = lines(&left_behind());
    assert_eq!(
        more.len(),
        lines(&World::healthy()).len() + 6,
        "what else may use a claim: {more:?}"
    );
}

#[test]
fn as_many_for_200_ordinals_as_for_2() {
    let requests = |replicas| {
        let at = Workstation::of(&World::empty().and("shop", "ledger", replicas));
        assert_eq!(at.run("pvc ledger").code(), Some(0));
        at.requests()
    };
    assert_eq!(requests(2), requests(200));
}

#[test]
fn what_does_not_go_together_is_said_in_one_sentence() {
    let at = Workstation::of(&left_behind());
    for words in [
        "pvc --delete left-behind",
        "pvc ledger other --delete left-behind",
        "pvc -A --delete orphan",
        "pvc -l app=x --delete orphan",
        "pvc ledger --yes",
        "pvc ledger --delete left-behind --confirm ledger",
        "pvc ledger --state nonsense",
        "pvc ledger --claim data-ledger-0",
        "pvc nobody",
        "pvc nobody --delete left-behind",
        "pvc ledger --delete orphan",
        "pvc --claim data-nobody-0",
    ] {
        let ran = at.run(words);
        assert_eq!(ran.code(), Some(2), "{words}: {ran}");
        assert_eq!(
            ran.stderr.lines().filter(|line| line.starts_with("error: ")).count(),
            1,
            "{ran}"
        );
        assert_eq!(ran.stdout, "", "{words}: {ran}");
    }
    let asked = at.api.as_ref().unwrap().asked();
    assert!(asked.iter().all(|it| it.method == "GET"), "nothing is written");
}

#[test]
fn a_plan_that_nobody_approved_writes_nothing() {
    let at = Workstation::of(&left_behind());
    let ran = at.run("pvc ledger --delete left-behind");
    assert_snapshot!(ran, @r"
    context lab   namespace shop   statefulset/ledger
    1 claim left behind to be deleted:

      1   delete     pvc/data-ledger-2: 1.0 GiB, made 3d ago, last use not known; its data stays on pv-data-ledger-2
    [stderr]
    hint: nobody was asked: give --yes --confirm ledger to delete them
    [exit 1]
    ");
    let asked = at.api.as_ref().unwrap().asked();
    let writes = asked
        .iter()
        .filter(|it| it.method != "GET" && !it.target.contains("selfsubjectaccessreviews"));
    assert_eq!(writes.count(), 0);
}

#[test]
fn lines_of_json_for_scripts() {
    let ran = Workstation::of(&left_behind())
        .run("pvc ledger --delete left-behind --dry-run=client -o json");
    assert_eq!(ran.code(), Some(0), "{ran}");
    let line = ran.stdout.lines().next().unwrap_or_default();
    assert!(line.starts_with(r#"{"apiVersion":"kubectl-sts/v1","kind":"Plan""#), "{line}");
}

#[test]
fn help_of_pvc() {
    let help = help("pvc --help");
    let own = help.split("Cluster:").next().unwrap_or_default();
    assert_snapshot!(own, @r"
    Show which claim, volume and node belongs to which ordinal, and which to nobody

    Reads the claims of the sets, every volume of every pod, and what else may use a claim. A claim is
    called left behind or an orphan only when everything that could use it was read. Without a NAME it
    shows every set of the namespace, and the claims of sets that are gone. NAME may be a set that is
    gone.

    Exit codes: 0 shown or done, 1 nobody approved or a deletion is blocked, 2 the question could not be
    answered, or not in full, 3 stopped on the way and safe: run it again, 130 interrupted between two
    writes.

    Usage: kubectl sts pvc [OPTIONS] [NAME]...

    Arguments:
      [NAME]...
              Sets: NAME, sts/NAME or statefulset.apps/NAME

    Options:
      -A, --all-namespaces
              The sets of all namespaces, whatever -n says

      -l, --selector <LABELS>
              The sets with these labels

      -o, --output <OUTPUT>
              Format of the output

              Possible values:
              - table
              - wide:  The table with more columns
              - json
              - yaml
              - name:  Names of claims, for other commands

              [default: table]

          --state <STATE>
              Show only claims of which one of these is so

              [possible values: in-use, waiting, missing, left-behind, parked, orphan, shared, foreign,
              terminating, pending, lost, resizing, drifted, stale-owner, released, not-durable,
              unknown, unrelated]

          --claim <NAME>
              Say whose one claim is

          --volume <PV>
              Say whose one volume is

          --usage
              Ask the kubelets how full the volumes are

      -h, --help
              Print help (see a summary with '-h')

    Deletion:
          --delete <WHAT>
              Delete claims of exactly one set that nobody uses; their volumes are kept

              Possible values:
              - left-behind: Claims of ordinals that the set does not ask for
              - orphan:      Claims of a set that is gone

          --discard-data
              Let the data go with the claims where the reclaim policy says so

      -y, --yes
              Do not ask; takes --confirm with it

          --confirm <NAME>
              Name of the set, in place of typing it

          --dry-run <HOW>
              Show the plan, and delete nothing

              Possible values:
              - client: It is shown
              - server: The server goes through every step as well, and keeps nothing

          --step-timeout <TIME>
              Longest time without progress

              [default: 5m]

          --timeout <TIME>
              Longest time in all [default: none]
    ");
    assert!(help.contains("kubectl sts pvc redis-cluster --delete left-behind"), "{help}");
}
