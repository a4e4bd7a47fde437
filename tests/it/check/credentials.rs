//! Kubeconfigs, and the plugins they name.

use insta::assert_snapshot;

use crate::api::Api;
use crate::workstation::{TOKEN, Workstation};
use crate::world::World;

#[test]
fn no_kubeconfig() {
    assert_snapshot!(Workstation::bare().run("check ledger"), @r"
    [stderr]
    error: cannot connect: no kubeconfig found at HOME/.kube/config: set KUBECONFIG or pass --kubeconfig
    [exit 2]
    ");
    assert_snapshot!(Workstation::bare().run("check ledger --kubeconfig=gone"), @r"
    [stderr]
    error: cannot connect: the kubeconfig gone does not exist
    [exit 2]
    ");
}

#[test]
fn a_context_that_does_not_exist() {
    let at = Workstation::of(&World::healthy());
    assert_snapshot!(at.run("check ledger --context prod"), @r#"
    [stderr]
    error: cannot connect: no context "prod" in HOME/.kube/config: known contexts are lab
    [exit 2]
    "#);
    assert_eq!(at.requests(), 0);
}

#[test]
fn a_kubeconfig_that_is_none_is_not_quoted() {
    for garbage in [
        TOKEN.to_owned(),
        format!("users: {{token: {TOKEN}"),
        format!("- {TOKEN}\n- {TOKEN}"),
        format!("users:\n- name: lab\n  user: {TOKEN}\n"),
        format!("current-context: [{TOKEN}]"),
        format!("\u{0}{TOKEN}"),
    ] {
        let at = Workstation::bare();
        at.home.write(".kube/config", &garbage);
        let ran = at.run("check ledger");
        assert_eq!((ran.code(), ran.stdout.as_str()), (Some(2), ""), "{garbage:?}: {ran}");
        assert!(!ran.stderr.contains(TOKEN), "{garbage:?}: {ran}");
        assert!(ran.stderr.starts_with("error: cannot connect: "), "{garbage:?}: {ran}");
        assert_eq!(ran.stderr.lines().count(), 1, "{garbage:?}: {ran}");
    }
}

#[test]
fn the_variable_of_kubectl_names_the_file() {
    let at = Workstation::of(&World::healthy());
    let here = at.home.dir().join(".kube/config");
    let elsewhere = at.home.write("elsewhere", &std::fs::read_to_string(&here).unwrap());
    std::fs::remove_file(here).unwrap();
    let at = at.with_variable("KUBECONFIG", &elsewhere.to_string_lossy());
    assert_eq!(at.run("check ledger").code(), Some(0));
}

/// A kubeconfig whose user logs in by this script.
fn with_plugin(address: &str, script: &str) -> Workstation {
    let at = Workstation::bare();
    let path = at.home.write("plugin", script);
    let user = format!(
        "exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, args: ['{}'], interactiveMode: Never}}",
        path.display()
    );
    at.with_user(address, &user)
}

#[test]
fn a_plugin_runs_once_in_a_command() {
    let api = Api::start(World::healthy().answers(), &[]);
    let script = r#"
        echo run >> "$HOME/runs"
        echo '{ "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",'
        echo '  "status": { "token": "of-the-plugin" } }'
    "#;
    let at = with_plugin(&api.address(), script);
    let ran = at.run("check ledger");
    assert_eq!(ran.code(), Some(0), "{ran}");
    assert_eq!(at.home.read("runs"), "run\n");
    let asked = api.asked();
    assert!(asked.len() > 1);
    assert!(asked.iter().all(|it| it.authorization == "Bearer of-the-plugin"), "{asked:?}");
}

#[test]
fn a_plugin_that_fails_speaks_for_itself_and_its_output_is_kept_back() {
    let at = with_plugin("127.0.0.1:1", &format!("echo {TOKEN}; echo log in first >&2; exit 3"));
    assert_snapshot!(at.run("check ledger"), @r"
    [stderr]
    log in first
    error: cannot connect: the credential plugin sh failed (exit status: 3): log in again, or run it by hand
    [exit 2]
    ");
}
