//! docs/runbooks.md, as it stands there: what is under "After" runs on what `make demo` makes.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::case::{Case, Spec, gate, same};
use crate::process;
use crate::redis::{self, Formed, NAME};

pub const CASES: &[Spec] = &[
    gate("runbooks-scale-in", |case| walk(case, SCALE_IN)),
    gate("runbooks-upgrade", |case| walk(case, UPGRADE)),
    gate("runbooks-lost-volume", |case| walk(case, LOST_VOLUME)),
];

pub const ALONE: &[Spec] = &[gate("runbooks-node-drain", drain)];

const SCALE_IN: &str = "Scale-in";
const NODE_DRAIN: &str = "Node drain";
const UPGRADE: &str = "Upgrade";
const LOST_VOLUME: &str = "Lost volume";

const MANIFEST: &str = "tests/cluster/manifests/redis-cluster.yaml";
const FORM: &str = "tests/cluster/form-redis-cluster.sh";
const KEYS: u32 = 1_000;
/// A whole block.
const PATIENCE: Duration = Duration::from_secs(600);

fn walk(case: &Case, title: &str) -> Result<()> {
    let scripts = scripts(title)?;
    let demo = demo(case)?;
    for script in scripts {
        run(case, &script)?;
    }
    is_clean(&demo)
}

/// What it does to a node it does to the pods of all.
fn drain(case: &Case) -> Result<()> {
    let scripts = scripts(NODE_DRAIN)?;
    let demo = demo(case)?;
    case.alone(|| {
        let outcome = scripts.iter().try_for_each(|script| run(case, script));
        for node in ["node-1", "node-2"] {
            case.admin(&["uncordon", node])?;
        }
        outcome
    })?;
    is_clean(&demo)
}

/// The blocks under "After" of a runbook. Each runbook has a case.
fn scripts(title: &str) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(root().join("docs/runbooks.md"))?;
    let runbooks: Vec<(&str, &str)> =
        text.split("\n## ").skip(1).filter_map(|part| part.split_once('\n')).collect();
    let titles: Vec<&str> = runbooks.iter().map(|(title, _)| *title).collect();
    same("runbooks", &titles, &vec![SCALE_IN, NODE_DRAIN, UPGRADE, LOST_VOLUME])?;
    let (_, runbook) = runbooks.iter().find(|(it, _)| *it == title).context("no such runbook")?;
    let (_, after) = runbook.split_once("\n### After\n").context("it has no After")?;
    let blocks = after.split("\n```sh\n").skip(1).filter_map(|part| part.split_once("\n```"));
    let scripts: Vec<String> = blocks.map(|(script, _)| script.to_owned()).collect();
    ensure!(!scripts.is_empty(), "{title}: nothing to run");
    Ok(scripts)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn demo<'a>(case: &'a Case<'a>) -> Result<Formed<'a>> {
    case.cluster.image("redis:7.0")?;
    case.kubectl(&["apply", "-f", &root().join(MANIFEST).to_string_lossy()])?;
    let mut form = case.cluster.command(&root().join(FORM).to_string_lossy());
    process::run(form.arg(&case.namespace), PATIENCE)?.ok()?;
    let demo = Formed { case, redis: redis::redis() };
    demo.write_keys(KEYS)?;
    Ok(demo)
}

/// In a shell whose kubectl is in the namespace of the case.
fn run(case: &Case, script: &str) -> Result<()> {
    let kubeconfig = case.cluster.files.join(format!("{}.kubeconfig", case.namespace));
    std::fs::copy(&case.cluster.kubeconfig, &kubeconfig)?;
    let shell = || {
        let mut shell = case.cluster.command("sh");
        shell.env("KUBECONFIG", &kubeconfig).arg("-euc");
        shell
    };
    let namespace = format!("kubectl config set-context --current --namespace {}", case.namespace);
    process::run(shell().arg(namespace), PATIENCE)?.ok()?;
    let output = process::run(shell().arg(script), PATIENCE)?;
    case.note(&output);
    same("exit code", &output.code, &Some(0))
}

/// Every key is there, and nothing is found but where pods happened to be placed.
fn is_clean(demo: &Formed) -> Result<()> {
    demo.has_keys(KEYS)?;
    let check = demo.case.check(&[NAME])?;
    same("exit code", &check.output.code, &Some(0))?;
    let found = check.set()?.findings.iter().filter(|it| it.severity != "info");
    let found: BTreeSet<&str> =
        found.map(|it| it.rule.as_str()).filter(|rule| !rule.ends_with("-on-one-node")).collect();
    ensure!(found.is_empty(), "{found:?}");
    Ok(())
}
