//! What README shows is what the program prints. `UPDATE=1 cargo test --test it readme` rewrites it.

use std::path::Path;
use std::process::Command;

const COMMAND: &str = "check redis-cluster --from examples/degraded.yaml";

#[test]
fn the_line_that_needs_no_cluster_prints_what_readme_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_kubectl-sts"));
    let ran = program.args(COMMAND.split(' ')).current_dir(root).output().unwrap();
    let printed = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(ran.status.code(), Some(1));

    let (before, rest) = readme.split_once(COMMAND).expect("the command stands in README");
    let (line_end, rest) = rest.split_once("```console\n").expect("what it prints follows");
    let (shown, after) = rest.split_once("```\n").expect("the block ends");
    if std::env::var_os("UPDATE").is_some() {
        let updated = format!("{before}{COMMAND}{line_end}```console\n{printed}```\n{after}");
        std::fs::write(&path, updated).unwrap();
    } else {
        assert_eq!(shown, printed);
    }
}
