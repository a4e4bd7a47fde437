//! TAB: what is offered, by the words of kubectl's protocol, and that it never asks, waits or complains.

mod install;

use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::api::{Answer, Answers, Api};
use crate::workstation::{Ran, Workstation};
use crate::world::World;

/// What the server says in tables.
fn tables() -> Answers {
    let sets: &[&[&str]] = &[&["ledger", "3/3", "5d"], &["redis-cluster", "5/6", "2d"]];
    let revisions: &[&[&str]] = &[
        &["ledger-7c9f5d", "statefulset.apps/ledger", "2", "5d"],
        &["redis-cluster-1", "statefulset.apps/redis-cluster", "9", "1d"],
        &["ledger-84b4c7", "statefulset.apps/ledger", "10", "2h"],
    ];
    let namespaces: &[&[&str]] = &[&["shop", "Active", "9d"], &["warehouse", "Terminating", "9d"]];
    let mut answers = World::healthy().answers();
    for (path, rows) in [
        ("/apis/apps/v1/namespaces/shop/statefulsets", sets),
        ("/apis/apps/v1/namespaces/warehouse/statefulsets", &[]),
        ("/apis/apps/v1/namespaces/shop/controllerrevisions", revisions),
        ("/api/v1/namespaces", namespaces),
        ("/api/v1/nodes", &[&["node-a", "Ready"]]),
    ] {
        answers.insert(format!("{path} as table"), Answer::table(rows));
    }
    let ledger = World::healthy().sets[0].to_string();
    let path = "/apis/apps/v1/namespaces/shop/statefulsets/ledger".to_owned();
    answers.insert(path, Answer::Text(200, ledger));
    answers
}

fn lab() -> Workstation {
    Workstation::at(Api::start(tables(), &["a warning of the server"]))
}

/// Of a line whose last word is the one that TAB completes; nothing may stand on stderr.
fn tab(at: &Workstation, line: &str) -> String {
    let ran = tab_of(at, line);
    assert_eq!((ran.code(), ran.stderr.as_str()), (Some(0), ""), "{line}: {ran}");
    ran.stdout
}

fn tab_of(at: &Workstation, line: &str) -> Ran {
    let words: Vec<&str> = ["__complete"].into_iter().chain(line.split(' ')).collect();
    at.run_words(&words, "")
}

#[test]
fn sets_with_what_is_ready_of_them() {
    let at = lab();
    assert_snapshot!(tab(&at, "check "), @r"
    ledger	3/3 ready
    redis-cluster	5/6 ready
    :4
    ");
    assert_snapshot!(tab(&at, "rollout restart sts/r"), @r"
    sts/redis-cluster	5/6 ready
    :4
    ");
    assert_snapshot!(tab(&at, "scale -n warehouse "), @":4");
    assert_snapshot!(tab(&at, "check --kubeconfig=nowhere "), @":4");
}

#[test]
fn one_slim_request_and_no_other() {
    let at = lab();
    tab(&at, "check ");
    let asked = at.api.as_ref().unwrap().asked();
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(asked.accept, "application/json;as=Table;v=v1;g=meta.k8s.io");
    assert_snapshot!(asked.target, @"/apis/apps/v1/namespaces/shop/statefulsets?limit=500&resourceVersion=0&includeObject=None");
}

#[test]
fn other_names() {
    let at = lab();
    assert_snapshot!(tab(&at, "check -n "), @r"
    shop
    warehouse	Terminating
    :4
    ");
    assert_snapshot!(tab(&at, "check --context="), @r"
    lab	cluster lab, namespace shop
    :4
    ");
    assert_snapshot!(tab(&at, "rollout undo ledger --to-revision "), @r"
    10	ledger-84b4c7, of 2h ago
    2	ledger-7c9f5d, of 5d ago
    :36
    ");
    assert_snapshot!(tab(&at, "rollout image ledger "), @r"
    postgres=	postgres:17
    :6
    ");
    assert_snapshot!(tab(&at, "check --for drain-node="), @r"
    drain-node=node-a	Ready
    :4
    ");
}

#[test]
fn names_that_need_no_cluster() {
    let at = Workstation::bare();
    assert_snapshot!(tab(&at, ""), @r"
    check	Check the health of StatefulSets, ordinal by ordinal
    completion	Complete names of sets, namespaces, rules and flags on TAB
    pvc	Show which claim, volume and node belongs to which ordinal, and which to nobody
    repair	Mend what check found in a database, without losing anything
    rollout	Replace pods one after the other, from the top, each waited for
    scale	Add or take away ordinals, one at a time, each waited for
    version	Print the version of this program and of the server
    :4
    ");
    assert_snapshot!(tab(&at, "check --allo"), @":4");
    let rules = tab(&at, "scale web --allow budget-m");
    assert!(rules.starts_with("budget-missing\tno PodDisruptionBudget"), "{rules}");
    assert_snapshot!(tab(&at, "check --fr"), @r"
    --from	Check a file that --save or `kubectl get sts,pods,pvc,svc,pdb -o yaml` wrote; - is stdin
    :4
    ");
    assert_snapshot!(tab(&at, "check --from "), @":0");
}

#[test]
fn who_may_not_list_namespaces_is_offered_those_of_contexts() {
    let mut answers = tables();
    let refusal = Answer::refusal(403, "Forbidden", "no");
    for path in ["/api/v1/namespaces", "/apis/apps/v1/namespaces/shop/statefulsets"] {
        answers.insert(format!("{path} as table"), refusal.clone());
    }
    let at = Workstation::at(Api::start(answers, &[]));
    assert_snapshot!(tab(&at, "check -n "), @r"
    shop
    :4
    ");
    assert_snapshot!(tab(&at, "check "), @":4");
}

#[test]
fn a_slip_in_the_name_of_a_set_is_answered_with_those_like_it() {
    let at = lab();
    assert_snapshot!(at.run("scale redis-clutser --replicas 3"), @r"
    [stderr]
    error: cannot find statefulset/redis-clutser: not found in namespace shop (did you mean redis-cluster?)
    [exit 2]
    ");
    assert_snapshot!(at.run("rollout status nobody"), @r"
    [stderr]
    error: cannot find statefulset/nobody: not found in namespace shop
    [exit 2]
    ");
}

#[test]
fn a_cluster_that_is_away_is_not_waited_for() {
    let silent = World::healthy().answers_but("statefulsets", &Answer::Silence);
    let begun = Instant::now();
    assert_eq!(tab(&Workstation::at(Api::start(silent, &[])), "check "), ":4\n");
    let away = Workstation::bare().with_user("127.0.0.1:1", "token: unused");
    assert_eq!(tab(&away, "check "), ":4\n");
    assert_eq!(tab(&Workstation::bare(), "check "), ":4\n", "no kubeconfig");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

/// A user whose credentials come from this script of sh.
fn with_plugin(mode: &str, script: &str) -> Workstation {
    let api = Api::start(tables(), &[]);
    let user = format!(
        "exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, args: ['-c', '{script}'], \
         interactiveMode: {mode}}}"
    );
    let at = Workstation::bare().with_user(&api.address(), &user);
    at.with_api(api)
}

#[test]
fn a_credential_plugin_asks_nobody() {
    let issue = "echo \"open your browser\" >&2; case $KUBERNETES_EXEC_INFO in *interactive*:true*) exit 1 ;; esac; \
                 echo \"{\\\"apiVersion\\\":\\\"client.authentication.k8s.io/v1\\\",\\\"kind\\\":\\\"ExecCredential\\\",\\\"status\\\":{\\\"token\\\":\\\"t\\\"}}\"";
    assert_snapshot!(tab(&with_plugin("IfAvailable", issue), "check l"), @r"
    ledger	3/3 ready
    :4
    ");
    // One that has to ask is not run at all.
    let always = with_plugin("Always", "touch asked");
    assert_eq!(tab(&always, "check "), ":4\n");
    assert!(!always.home.dir().join("asked").exists());
}

#[test]
fn a_credential_plugin_that_waits_is_ended() {
    let at = with_plugin("Never", "exec sleep 30");
    let begun = Instant::now();
    assert_eq!(tab(&at, "check "), ":4\n");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}
