//! TAB, with the cluster's own kubectl and a real bash.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::case::{Case, Spec, gate, same, step};
use crate::process::{self, Output};
use crate::sets::{NAME, plain};

pub const CASES: &[Spec] = &[gate("completion", completion)];

const PATIENCE: Duration = Duration::from_secs(30);
/// Beside kubectl's own time a name is there at once; with three cases and a control plane on two cores it is looked at
/// loosely.
const AT_ONCE: Duration = Duration::from_secs(1);

/// What kubectl's script takes from the package bash-completion, for words without `=` and `:`.
const RC: &str = r#"
_get_comp_words_by_ref() {
    words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
    cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
}
source <(kubectl completion bash)
bind 'set bell-style none'
"#;

/// A user of this case, with what was installed on PATH.
struct User<'a> {
    case: &'a Case<'a>,
    folder: PathBuf,
}

impl User<'_> {
    fn command(&self, program: &str) -> Command {
        let mut command = self.case.cluster.command(program);
        let path = format!("{}:{}", self.folder.display(), self.case.cluster.path);
        command.env("PATH", path).env("TERM", "dumb").env("HOME", &self.folder);
        command
    }

    fn run(&self, program: &str, words: &[&str]) -> Result<Output> {
        let output = process::run(self.command(program).args(words), PATIENCE)?;
        self.case.note(&output);
        Ok(output)
    }

    /// What kubectl offers for the last of these words, without its directive.
    fn offered(&self, words: &[&str]) -> Result<Vec<String>> {
        let words = [&["__complete", "sts"][..], words].concat();
        let text = self.run("kubectl", &words)?.ok()?;
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let directive = lines.pop().context("kubectl says how it ended")?;
        ensure!(directive.starts_with(':'), "no directive: {text}");
        Ok(lines)
    }
}

fn completion(case: &Case) -> Result<()> {
    let objects = plain();
    case.apply(&[objects.service, objects.budget, objects.set])?;
    case.rolled_out(NAME)?;
    let folder = case.cluster.files.join("completion");
    std::fs::create_dir_all(&folder)?;
    let user = User { case, folder };
    let namespace = case.namespace.as_str();
    step("it is installed", || {
        let dir = user.folder.display().to_string();
        let output = user.run("kubectl", &["sts", "completion", "install", "--dir", &dir])?;
        ensure!(output.ok()?.contains("kubectl_complete-sts is in place"), "it does not say so");
        Ok(())
    })?;
    step("kubectl offers the set", || {
        let words = ["check", "-n", namespace, ""];
        same("sets", &user.offered(&words)?, &vec![format!("{NAME}\t2/2 ready")])?;
        let namespaces = user.offered(&["check", "-n", namespace])?;
        ensure!(namespaces.iter().any(|it| it == namespace), "{namespaces:?}");
        same(
            "container",
            &user.offered(&["rollout", "image", NAME, "-n", namespace, "m"])?,
            &vec!["main=\tpause:1".to_owned()],
        )?;
        let revisions =
            user.offered(&["rollout", "undo", NAME, "-n", namespace, "--to-revision", ""])?;
        ensure!(
            matches!(&revisions[..], [one] if one.starts_with(&format!("1\t{NAME}-"))),
            "{revisions:?}"
        );
        Ok(())
    })?;
    step("at once", || {
        let words = ["__complete", "check", "-n", namespace, ""];
        let begun = Instant::now();
        user.run("kubectl-sts", &words)?.ok()?;
        ensure!(begun.elapsed() < AT_ONCE, "it took {:?}", begun.elapsed());
        Ok(())
    })?;
    step("who may not look is offered nothing, and told nothing", || {
        let nobody = ["check", "-n", namespace, "--as", "nobody", ""];
        let output = user.run("kubectl-sts", &[&["__complete"][..], &nobody[..]].concat())?;
        same("stderr", &output.stderr.as_str(), &"")?;
        same("stdout", &output.ok()?.as_str(), &":4\n")
    })?;
    step("bash completes the name, and runs the command", || typed(&user, namespace))
}

/// What a person types into a shell of their own terminal: the beginning of the name, TAB, and Enter.
fn typed(user: &User<'_>, namespace: &str) -> Result<()> {
    let rc = user.folder.join("bashrc");
    std::fs::write(&rc, RC)?;
    let begun = NAME.get(..1).unwrap_or(NAME);
    let keys = format!("kubectl sts check -n {namespace} {begun}\t\nexit\n");
    let shell = format!("bash --noprofile --rcfile '{}' -i", rc.display());
    let mut command = user.command("script");
    command.args(["-qec", &shell, "/dev/null"]);
    let output = process::run_with_input(&mut command, &keys, PATIENCE)?;
    user.case.note(&output);
    let expected = format!("statefulset/{NAME}   2/2 ready");
    ensure!(output.stdout.contains(&expected), "no {expected:?} on the screen");
    Ok(())
}
