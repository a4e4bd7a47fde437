//! Which program this is, by name and by number; and its manual.

use insta::assert_snapshot;
use serde_json::Value;

use crate::workstation::{Ran, Workstation};
use crate::world::World;

/// Without the version, the build and the machine.
fn stable(ran: &Ran) -> String {
    let is_client = |line: &&str| line.starts_with("client   ");
    let text = ran.to_string();
    match text.lines().find(is_client) {
        Some(line) => text.replace(line, "client   VERSION"),
        None => text,
    }
}

#[test]
fn of_program_and_server() {
    let at = Workstation::of(&World::healthy());
    assert_snapshot!(stable(&at.run("version")), @r"
    client   VERSION
    server   v1.36.2
    [exit 0]
    ");
    assert_snapshot!(stable(&Workstation::bare().run("version --client")), @r"
    client   VERSION
    [exit 0]
    ");
}

#[test]
fn a_server_that_is_away_does_not_keep_the_program_from_saying_its_own() {
    let away = Workstation::bare().with_user("127.0.0.1:1", "token: unused");
    assert_snapshot!(stable(&away.run("version")), @r"
    client   VERSION
    server   unknown
    [stderr]
    error: cannot get the server's version: 127.0.0.1:1 refuses the connection: is it up, and is this the right context?
    [exit 2]
    ");
    assert_eq!(away.run("version --client").code(), Some(0));
}

#[test]
fn json_and_yaml_keep_the_schema() {
    let schema = serde_json::from_str(include_str!("../../docs/version.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let at = Workstation::of(&World::healthy());
    for words in ["version -o json", "version --client -o json"] {
        let printed: Value = serde_json::from_str(&at.run(words).stdout).expect("JSON");
        assert!(validator.is_valid(&printed), "{printed}");
        let yaml = at.run(&words.replace("json", "yaml")).stdout;
        assert_eq!(serde_saphyr::from_str::<Value>(&yaml).expect("YAML"), printed);
    }
    let printed: Value = serde_json::from_str(&at.run("version -o json").stdout).expect("JSON");
    assert_eq!(printed["server"]["version"], "v1.36.2");
    assert_eq!(printed["client"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn under_another_name_it_speaks_of_itself_by_that() {
    let at = Workstation::of(&World::healthy()).with_program("bin/kubectl-foo_bar");
    let help = at.run("rollout undo --help");
    assert!(help.stdout.contains("Usage: kubectl foo-bar rollout undo [OPTIONS] <NAME>"), "{help}");
    assert!(!help.to_string().contains("kubectl sts"), "{help}");
    assert_snapshot!(at.run("scale ledger --replicas 2 --allow none"), @r"
    [stderr]
    error: there is no rule none: kubectl foo-bar check --list-rules has them, and beside those there are engine-downgrade, key-too-large, target-memory, replica-not-promoted
    [exit 2]
    ");
}

#[test]
fn a_page_of_the_manual_for_each_command() {
    let at = Workstation::bare();
    let ran = at.run("man pages");
    assert_eq!((ran.code(), ran.stdout.as_str()), (Some(0), ""), "{ran}");
    let page = |name: &str| at.home.dir().join("pages").join(name).is_file();
    assert!(page("kubectl-sts.1") && page("kubectl-sts-check.1"));
    assert!(page("kubectl-sts-rollout-undo.1") && page("kubectl-sts-completion-install.1"));
    assert!(!page("kubectl-sts-man.1"), "it is hidden");
}
