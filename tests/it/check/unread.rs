//! What may not be read is said, and never taken for good news.

use insta::assert_snapshot;

use crate::api::{Answer, Api};
use crate::workstation::Workstation;
use crate::world::World;

fn forbidden(plural: &str, group: &str, place: &str) -> Answer {
    let message = format!(
        "{plural} is forbidden: User \"ada\" cannot list resource \"{plural}\" in API group \"{group}\" {place}"
    );
    Answer::refusal(403, "Forbidden", &message)
}

fn with(plural: &str, answer: &Answer) -> Workstation {
    Workstation::at(Api::start(World::healthy().answers_but(plural, answer), &[]))
}

#[test]
fn nodes_that_may_not_be_listed_leave_rules_that_do_not_run() {
    let nodes = forbidden("nodes", "", "at the cluster scope");
    assert_snapshot!(with("nodes", &nodes).run("check ledger"), @r#"
    statefulset/ledger   3/3 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         ledger-0   1/1     7c9f5d     node-a   data-ledger-0   ok
    1         ledger-1   1/1     7c9f5d     node-b   data-ledger-1   ok
    2         ledger-2   1/1     7c9f5d     node-a   data-ledger-2   ok

    No problems found by N rules. N not run: node-not-ready, node-gone, node-evicts-pod, node-draining, node-cordoned and N more (cannot list nodes: forbidden).
    missing right (ClusterRole): apiGroups: [""], resources: ["nodes"], verbs: ["list"]
    [exit 0]
    "#);
}

#[test]
fn budgets_that_may_not_be_listed() {
    let budgets = forbidden("poddisruptionbudgets", "policy", "in the namespace \"shop\"");
    assert_snapshot!(with("poddisruptionbudgets", &budgets).run("check ledger"), @r#"
    statefulset/ledger   3/3 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         ledger-0   1/1     7c9f5d     node-a   data-ledger-0   ok
    1         ledger-1   1/1     7c9f5d     node-b   data-ledger-1   ok
    2         ledger-2   1/1     7c9f5d     node-a   data-ledger-2   ok

    No problems found by N rules. N not run: budget-missing, budget-conflict, budget-allows-none, budget-exhausted, budget-stale (cannot list poddisruptionbudgets: forbidden).
    missing right (Role in shop): apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["list"]
    [exit 0]
    "#);
}

#[test]
fn claims_that_may_not_be_listed() {
    let claims = forbidden("persistentvolumeclaims", "", "in the namespace \"shop\"");
    assert_snapshot!(with("persistentvolumeclaims", &claims).run("check ledger"), @r#"
    statefulset/ledger   3/3 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         ledger-0   1/1     7c9f5d     node-a   data-ledger-0   ok
    1         ledger-1   1/1     7c9f5d     node-b   data-ledger-1   ok
    2         ledger-2   1/1     7c9f5d     node-a   data-ledger-2   ok

    No problems found by N rules. N not run: claim-missing, claim-pending, claim-lost, claim-terminating, claim-owner-gone and N more (cannot list persistentvolumeclaims: forbidden).
    missing right (Role in shop): apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["list"]
    [exit 0]
    "#);
}

#[test]
fn pods_that_may_not_be_listed_leave_no_answer() {
    let pods = forbidden("pods", "", "in the namespace \"shop\"");
    let at = with("pods", &pods);
    assert_snapshot!(at.run("check ledger"), @r#"
    statefulset/ledger   ?/3 ready: cannot list pods: forbidden

    Not complete: cannot list pods: forbidden. No problems found by the rules that could look. N not run: controller-refused, rollback-trap, rollout-stalled, rollout-in-progress, scale-down-deadlock and N more (cannot list pods: forbidden).
    missing right (Role in shop): apiGroups: [""], resources: ["pods"], verbs: ["list"]
    [exit 2]
    "#);
    assert_eq!(at.run("check ledger --fail-on never").code(), Some(2));
}

#[test]
fn sets_that_may_not_be_listed() {
    let sets = forbidden("statefulsets", "apps", "in the namespace \"shop\"");
    assert_snapshot!(with("statefulsets", &sets).run("check ledger"), @r#"
    [stderr]
    error: cannot list statefulsets: forbidden (the missing RBAC rule is apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["list"])
    [exit 2]
    "#);
}

#[test]
fn a_kind_the_server_does_not_know() {
    let unknown =
        Answer::refusal(404, "NotFound", "the server could not find the requested resource");
    let ran = with("storageclasses", &unknown).run("check ledger");
    assert_eq!(ran.code(), Some(0), "{ran}");
    let ran = with("pods", &unknown).run("check ledger");
    assert_eq!(ran.code(), Some(2), "{ran}");
}

#[test]
fn a_list_that_breaks_off_or_is_none() {
    let ran = with("pods", &Answer::HangUp).run("check ledger");
    assert_eq!(ran.code(), Some(2), "{ran}");
    let page = Answer::Text(200, "<html>Please log in</html>".to_owned());
    assert_snapshot!(with("pods", &page).run("check ledger"), @r"
    statefulset/ledger   ?/3 ready: cannot list pods: SERVER does not answer in JSON: is it an API server?

    Not complete: cannot list pods: SERVER does not answer in JSON: is it an API server. No problems found by the rules that could look. N not run: controller-refused, rollback-trap, rollout-stalled, rollout-in-progress, scale-down-deadlock and N more (cannot list pods: SERVER does not answer in JSON: is it an API server?).
    [exit 2]
    ");
}

#[test]
fn a_database_that_cannot_be_asked_leaves_no_answer() {
    let at = Workstation::of(&World::redis());
    let ran = at.run("check ledger --request-timeout=2s");
    assert_eq!(ran.code(), Some(2), "{ran}");
    assert!(ran.stdout.contains("unknown") && ran.stdout.contains("Not complete"), "{ran}");
    let unasked = at.run("check ledger --engine none");
    assert_eq!(unasked.code(), Some(0), "{unasked}");
}
