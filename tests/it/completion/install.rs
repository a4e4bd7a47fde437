//! What is put in place for kubectl, and the scripts for shells.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use super::lab;
use crate::workstation::Workstation;

fn checked_in(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(name);
    fs::read_to_string(path).expect("it is checked in")
}

/// A home directory with the program in a folder of its own, and this PATH below it.
fn installed(path: &[&str]) -> Workstation {
    let at = Workstation::bare().with_program("plugins/kubectl-sts");
    let below = |name: &&str| at.home.dir().join(name).display().to_string();
    let path: Vec<String> = path.iter().map(below).chain(["/usr/bin".to_owned()]).collect();
    at.with_variable("PATH", &path.join(":"))
}

#[test]
fn it_is_put_beside_the_program() {
    let at = installed(&["plugins"]);
    let first = at.run("completion install");
    assert_snapshot!(first, @r"
    HOME/plugins/kubectl_complete-sts is in place.
    [stderr]
    hint: kubectl 1.26 or later runs it, once its own completion is switched on: kubectl completion --help
    [exit 0]
    ");
    assert_eq!(at.home.read("plugins/kubectl_complete-sts"), checked_in("kubectl_complete-sts"));
    let mode = fs::metadata(at.home.dir().join("plugins/kubectl_complete-sts")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o755);
    assert_eq!(at.run("completion install").to_string(), first.to_string(), "once more");
}

#[test]
fn elsewhere_where_the_program_is_on_no_path() {
    let at = installed(&["bin"]);
    assert_snapshot!(at.run("completion install").stdout, @"HOME/bin/kubectl_complete-sts is in place.");
    let at = installed(&[]);
    assert_snapshot!(at.run("completion install"), @r#"
    HOME/.local/bin/kubectl_complete-sts is in place.
    [stderr]
    hint: HOME/.local/bin is not on PATH, where kubectl looks for it: add it, export PATH="HOME/.local/bin:$PATH"
    hint: kubectl 1.26 or later runs it, once its own completion is switched on: kubectl completion --help
    [exit 0]
    "#);
}

#[test]
fn a_folder_that_is_asked_for() {
    let at = installed(&["plugins"]);
    at.home.write("plugins/kubectl_complete-sts", "another");
    let ran = at.run("completion install --dir there");
    assert_snapshot!(ran, @r"
    there/kubectl_complete-sts is in place.
    [stderr]
    hint: kubectl finds HOME/plugins/kubectl_complete-sts before it: remove that one
    hint: kubectl 1.26 or later runs it, once its own completion is switched on: kubectl completion --help
    [exit 0]
    ");
    at.home.write("file", "no folder");
    assert_snapshot!(at.run("completion install --dir file"), @r"
    [stderr]
    error: cannot write file/kubectl_complete-sts: File exists (os error 17)
    [exit 2]
    ");
}

#[test]
fn under_another_name_it_answers_to_that() {
    let at = Workstation::bare().with_program("bin/kubectl-foo_bar");
    let ran = at.run("completion install --dir bin");
    assert!(ran.stdout.contains("bin/kubectl_complete-foo_bar is in place"), "{ran}");
    assert!(
        at.home.read("bin/kubectl_complete-foo_bar").contains("exec kubectl-foo_bar __complete")
    );
}

/// kubectl runs what was installed, with these words.
#[test]
fn what_was_installed_answers() {
    let at = lab().with_program("plugins/kubectl-sts");
    at.run("completion install --dir plugins");
    let run = |path: String| {
        let mut command = Command::new(at.home.dir().join("plugins/kubectl_complete-sts"));
        command.args(["check", "le"]).env_clear().env("HOME", at.home.dir()).env("PATH", path);
        let ran = command.output().expect("a script of sh");
        (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap())
    };
    let plugins = at.home.dir().join("plugins").display().to_string();
    let answer = run(format!("{plugins}:/usr/bin:/bin"));
    assert_eq!(answer, ("ledger\t3/3 ready\n:4\n".to_owned(), String::new()));
    assert_eq!(
        run("/usr/bin:/bin".to_owned()),
        (String::new(), String::new()),
        "the program is gone"
    );
}

#[test]
fn scripts_are_those_that_are_checked_in() {
    let at = Workstation::bare();
    for (shell, name) in [("bash", "bash"), ("zsh", "zsh"), ("fish", "fish"), ("powershell", "ps1")]
    {
        let ran = at.run(&format!("completion {shell}"));
        assert_eq!((ran.code(), ran.stderr.as_str()), (Some(0), ""), "{ran}");
        assert_eq!(ran.stdout, checked_in(&format!("kubectl-sts.{name}")), "{shell}");
    }
}

/// What bash puts in place of the word, by the script of ours.
fn bash(at: &Workstation, line: &str) -> String {
    let script = format!(
        "{}\nCOMP_LINE='{line}' COMP_POINT=${{#COMP_LINE}}; COMP_POINT=${{#COMP_LINE}}\n_kubectl_sts\n\
         printf '%s ' \"${{COMPREPLY[@]}}\"",
        checked_in("kubectl-sts.bash")
    );
    let plugins = at.home.dir().join("plugins");
    let mut command = Command::new("bash");
    command.args(["-c", &script]).env_clear().env("HOME", at.home.dir());
    command.env("PATH", format!("{}:/usr/bin:/bin", plugins.display()));
    let ran = command.output().expect("bash");
    String::from_utf8(ran.stdout).expect("text").trim_end().to_owned()
}

#[test]
fn bash_completes_by_its_script() {
    let at = lab().with_program("plugins/kubectl-sts");
    assert_eq!(bash(&at, "kubectl-sts check "), "ledger redis-cluster");
    assert_eq!(bash(&at, "kubectl-sts check re"), "redis-cluster");
    assert_eq!(bash(&at, "kubectl-sts roll"), "rollout");
    assert_eq!(bash(&at, "kubectl-sts check --namespace=w"), "warehouse");
    assert_eq!(bash(&at, "kubectl-sts check --for=drain-node=no"), "node-a");
    assert_eq!(bash(&at, "kubectl-sts check --from "), "");
}
