//! `scale`: its help, its plan, and what it says no to.

use insta::assert_snapshot;

use crate::usage::help;
use crate::workstation::Workstation;
use crate::world::World;

#[test]
fn help_of_scale() {
    let help = help("scale --help");
    let own = help.split("Cluster:").next().unwrap_or_default();
    assert_snapshot!(own, @r"
    Add or take away ordinals, one at a time, each waited for

    Takes the highest ordinal away, waits until its pod is gone and all others are ready, and goes on
    with the next; also where podManagementPolicy is Parallel. Begins only if nothing stands in its way
    (`check --for scale=N` says the same). Of a Redis Cluster or Valkey the slots go first: off the
    shards that leave, or to those that join. Of what it does not know, --drain-exec or --drain-http
    moves the data.

    Exit codes: 0 done, 1 blocked or nobody approved, 2 the question could not be answered, 3 stopped on
    the way and safe: run it again, 130 interrupted between two writes.

    Usage: kubectl sts scale [OPTIONS] <NAME>

    Arguments:
      <NAME>
              The set: NAME, sts/NAME or statefulset.apps/NAME

    Options:
          --replicas <N>
              How many replicas it is to have

          --current-replicas <N>
              Only if it has so many now, or a run from so many was cut off on its way

      -y, --yes
              Do not ask

          --allow <RULE>
              Go on although this rule stands in the way; may be given several times

          --dry-run <HOW>
              Show the plan, and change nothing

              Possible values:
              - client: It is shown
              - server: The server goes through every step as well, and keeps nothing

          --step-timeout <TIME>
              Longest time without progress

              [default: 5m]

          --timeout <TIME>
              Longest time in all [default: none]

          --replicas-per-shard <N>
              Copies of each shard that are enough, without its primary [default: as most shards have
              now]

          --shards <N>
              How many shards there are to be [default: the most that keep their replicas]

          --rebalance
              Give every shard its share of the slots, also where none joins

          --migrate <HOW>
              How slots move: whole, by the servers themselves, key by key, or the best that they can do

              Possible values:
              - auto
              - atomic: Valkey >= 9, Redis >= 8.4
              - keys

              [default: auto]

          --throttle <PERCENT>
              Percent of its time that a primary may be busy with handing keys over, in batches as much
              smaller: clients wait less, and the slots go key by key

          --username <NAME>
              User of the database; default: the one without a name

          --password-file <FILE>
              File with the database's password, or -; default: what the pods name, then $REDISCLI_AUTH

          --engine <NAME>
              Database to look for

              Possible values:
              - auto: The one that the pods show
              - none: Kubernetes alone, as if nothing ran on it

              [default: auto]

      -o, --output <OUTPUT>
              Format of the output

              Possible values:
              - table
              - json:  One object a line

              [default: table]

      -h, --help
              Print help (see a summary with '-h')

    Data of ordinals that leave or join:
          --drain-exec <COMMAND>
              Run this with sh -c in the pod before its ordinal leaves; any exit code but 0 stops the
              run

              For a database that this command does not know. It has --step-timeout to end, and runs
              once for each pod; where it was cut off in the middle it is run again, so it has to bear
              that.

          --drain-container <NAME>
              Container to run it in [default: the first]

          --drain-http <:PORT/PATH>
              POST to this port and path of the pod before its ordinal leaves; any answer but 2xx stops
              the run

              Such as :8080/ingester/prepare-shutdown. As --drain-exec, over plain HTTP. If you change
              your mind, nothing of it is taken back: tell the pod yourself.

          --delete-claims
              Delete the claims of each ordinal that leaves, once it is gone; their volumes are kept

              With whenScaled: Delete it is Kubernetes that deletes them, and without this flag the set
              is not scaled down.

          --fresh
              Delete claims that an earlier ordinal of that number left, before one joins; their volumes
              are kept

          --discard-data
              Let the data go with the claims where the reclaim policy says so

          --confirm <NAME>
              Name of the set, in place of typing it where claims are deleted
    ");
}

#[test]
fn a_plan_that_nobody_approved_writes_nothing() {
    let at = Workstation::of(&World::healthy());
    assert_snapshot!(at.run("scale ledger --replicas=1"), @r"
    context lab   namespace shop   statefulset/ledger uid shop…
    3 -> 1 ordinals, leaving: ledger-2, ledger-1.

      1   lower      statefulset/ledger: 3 -> 2, until ledger-2 is gone and the others are ready; data-ledger-2 kept (whenScaled: Retain)
      2   lower      statefulset/ledger: 2 -> 1, until ledger-1 is gone and the others are ready; data-ledger-1 kept (whenScaled: Retain)

    111 guards passed.
    [stderr]
    hint: nobody was asked: give --yes to do it
    [exit 1]
    ");
    let asked = at.api.as_ref().unwrap().asked();
    let is_write = |it: &&crate::api::Asked| {
        it.method != "GET" && !it.target.contains("selfsubjectaccessreviews")
    };
    assert_eq!(asked.iter().filter(is_write).count(), 0);
}

#[test]
fn what_is_not_known_is_drained_and_its_claims_go() {
    let at = Workstation::of(&World::healthy());
    let ran = at.run("scale ledger --replicas=2 --drain-http :8080/prepare?now=1 --delete-claims");
    assert_snapshot!(ran, @r"
    context lab   namespace shop   statefulset/ledger uid shop…
    3 -> 2 ordinals, leaving: ledger-2.

      1   drain      pod/ledger-2: POST to :8080/prepare?now=1, which has to answer 2xx within 5m
      2   lower      statefulset/ledger: 3 -> 2, until ledger-2 is gone and the others are ready; data-ledger-2 deleted next (--delete-claims)
      3   delete     pvc/data-ledger-2: 1.0 GiB, made 3d ago, last use not known; its data stays on pv-data-ledger-2

    111 guards passed.
    [stderr]
    hint: nobody was asked: give --yes --confirm ledger to delete them
    [exit 1]
    ");
}

#[test]
fn what_stands_in_the_way_is_shown() {
    let at = Workstation::of(&World::healthy().with_a_crash_loop());
    assert_snapshot!(at.run("scale ledger --replicas=4 --yes"), @r"
    context lab   namespace shop   statefulset/ledger uid shop…
    3 -> 4 ordinals, joining: ledger-3. Not done, see below.

      1   raise      statefulset/ledger: 3 -> 4, until ledger-3 is ready

    ERROR     pod-crash-loop        pod/ledger-1   container postgres ends again and again
                since   3m12s: Error (exit 1), 5 restarts
                fix     kubectl logs ledger-1 -c postgres --previous --context lab -n shop
    [stderr]
    hint: to do it all the same, where you know better: --allow pod-crash-loop
    [exit 1]
    ");
}

#[test]
fn nothing_to_do() {
    assert_snapshot!(Workstation::of(&World::healthy()).run("scale sts/ledger --replicas=3"), @r"
    context lab   namespace shop   statefulset/ledger uid shop…
    It has 3 replicas: nothing to do.
    [exit 0]
    ");
}

#[test]
fn words_that_make_no_sense() {
    let at = Workstation::of(&World::healthy());
    for words in [
        "scale --replicas=3",
        "scale ledger",
        "scale ledger --replicas=-1",
        "scale ledger other --replicas=1",
        "scale ledger --replicas=1 --allow no-such-rule",
        "scale ledger --replicas=1 --current-replicas=2",
        "scale nobody --replicas=1",
        "scale ledger --replicas=1 --drain-exec x --drain-http :1/x",
        "scale ledger --replicas=1 --drain-container x",
        "scale ledger --replicas=1 --drain-exec x --drain-container nobody",
        "scale ledger --replicas=1 --drain-http 8080",
        "scale ledger --replicas=1 --discard-data",
        "scale ledger --replicas=1 --confirm ledger",
    ] {
        let ran = at.run(words);
        assert_eq!(ran.code(), Some(2), "{words}: {ran}");
        assert_eq!(
            ran.stderr.lines().filter(|line| line.starts_with("error: ")).count(),
            1,
            "{ran}"
        );
    }
}
