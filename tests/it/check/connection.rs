//! Servers that do not answer, or do not want to.

use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::api::{Answer, Api};
use crate::workstation::{TOKEN, Workstation};
use crate::world::World;

#[test]
fn a_server_that_is_away() {
    let at = Workstation::bare().with_user("127.0.0.1:1", "token: unused");
    assert_snapshot!(at.run("check ledger"), @r"
    [stderr]
    error: cannot list statefulsets: 127.0.0.1:1 refuses the connection: is it up, and is this the right context?
    [exit 2]
    ");
}

#[test]
fn a_silent_server_is_not_waited_for() {
    let silence = World::healthy().answers_but("statefulsets", &Answer::Silence);
    let at = Workstation::at(Api::start(silence, &[]));
    let start = Instant::now();
    assert_snapshot!(at.run("check ledger --request-timeout=1s"), @r"
    [stderr]
    error: cannot list statefulsets: no answer in time
    [exit 2]
    ");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn one_silent_list_is_one_that_was_not_read() {
    let silence = World::healthy().answers_but("nodes", &Answer::Silence);
    let at = Workstation::at(Api::start(silence, &[]));
    assert_snapshot!(at.run("check ledger --request-timeout 2"), @r"
    statefulset/ledger   3/3 ready, revision 7c9f5d on all ordinals

    ORDINAL   POD        READY   REVISION   NODE     CLAIM           STATE
    0         ledger-0   1/1     7c9f5d     node-a   data-ledger-0   ok
    1         ledger-1   1/1     7c9f5d     node-b   data-ledger-1   ok
    2         ledger-2   1/1     7c9f5d     node-a   data-ledger-2   ok

    No problems found by N rules. N not run: node-not-ready, node-gone, node-evicts-pod, node-draining, node-cordoned and N more (cannot list nodes: no answer in time).
    [exit 0]
    ");
}

#[test]
fn a_time_that_is_none() {
    assert_snapshot!(Workstation::bare().run("check --request-timeout=soon"), @r#"
    [stderr]
    error: invalid value 'soon' for '--request-timeout <TIME>': "soon" is not a duration: write seconds, or one like 5s or 1m30s

    For more information, try '--help'.
    [exit 2]
    "#);
}

#[test]
fn credentials_that_have_expired() {
    let refusal = Answer::refusal(401, "Unauthorized", "Unauthorized");
    let mut answers = World::healthy().answers();
    for answer in answers.values_mut() {
        answer.clone_from(&refusal);
    }
    let ran = Workstation::at(Api::start(answers, &[])).run("check ledger");
    assert!(!ran.to_string().contains(TOKEN));
    assert_snapshot!(ran, @r"
    [stderr]
    error: cannot list statefulsets: the server does not accept these credentials (expired?): log in again
    [exit 2]
    ");
}

#[test]
fn what_the_server_warns_of_is_said_once() {
    let warnings = ["ledger is due for an upgrade", "and a second thing"];
    let at = Workstation::at(Api::start(World::healthy().answers(), &warnings));
    let ran = at.run("check ledger");
    assert!(at.requests() > 1, "each answer carried them");
    assert_snapshot!(ran.stderr, @r"
    warning: ledger is due for an upgrade
    warning: and a second thing
    ");
    assert_eq!(ran.code(), Some(0));
}
