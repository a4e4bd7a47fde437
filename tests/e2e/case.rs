//! One case: its namespace, what it may do there, and what is told of it when it fails.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::process::{self, Output};
use crate::sts::Check;
use crate::turns::Together;
use crate::wait::until;

const PATIENCE: Duration = Duration::from_secs(60);
/// A check that takes longer hangs: its own deadlines are far below.
const CHECK_PATIENCE: Duration = Duration::from_secs(60);
/// A run waits for pods, and for members to forget each other.
const RUN_PATIENCE: Duration = Duration::from_secs(300);
/// Of a long output, the end tells.
const SHOWN: usize = 6000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Run before every merge.
    Gate,
    /// Run with E2E_FULL=1.
    Full,
}

#[derive(Clone, Copy)]
pub struct Spec {
    pub name: &'static str,
    pub tier: Tier,
    /// Instead of `e2e-<name>`.
    pub namespace: Option<&'static str>,
    pub run: fn(&Case) -> Result<()>,
}

impl Spec {
    pub fn namespace(&self) -> String {
        self.namespace.map_or_else(|| format!("e2e-{}", self.name), str::to_owned)
    }
}

pub struct Case<'a> {
    pub namespace: String,
    pub cluster: &'a Cluster,
    turn: Together<'a>,
    log: Mutex<String>,
    /// Whether others have been asked about it, too.
    is_compared: AtomicBool,
}

impl Tier {
    pub fn name(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Full => "full",
        }
    }
}

pub const fn gate(name: &'static str, run: fn(&Case) -> Result<()>) -> Spec {
    Spec { name, tier: Tier::Gate, namespace: None, run }
}

pub const fn full(name: &'static str, run: fn(&Case) -> Result<()>) -> Spec {
    Spec { name, tier: Tier::Full, namespace: None, run }
}

impl<'a> Case<'a> {
    /// Runs a case in a namespace of its own. The error holds all that is known.
    pub fn run(spec: &Spec, cluster: &'a Cluster) -> Result<()> {
        let case = Self {
            namespace: spec.namespace(),
            cluster,
            turn: cluster.turns.together(),
            log: Mutex::default(),
            is_compared: AtomicBool::new(false),
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            case.prepare()?;
            (spec.run)(&case)
        }));
        let outcome = outcome.unwrap_or_else(|panic| {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            Err(anyhow!("{}", words.or(panic.downcast_ref().copied()).unwrap_or("panicked")))
        });
        let outcome = outcome.map_err(|error| case.explain(&error));
        if outcome.is_ok() || !crate::is_set("KEEP") {
            let _ = case.remove(false);
        }
        outcome
    }

    fn prepare(&self) -> Result<()> {
        if self.admin(&["get", "namespace", &self.namespace]).is_ok() {
            self.remove(true)?;
        }
        self.admin(&["create", "namespace", &self.namespace])?;
        // No pod can be created before.
        until("the service account of the namespace", PATIENCE, || {
            Ok(self.kubectl(&["get", "serviceaccount", "default"]).ok())
        })?;
        Ok(())
    }

    fn remove(&self, wait: bool) -> Result<String> {
        let wait = format!("--wait={wait}");
        self.admin(&["delete", "namespace", &self.namespace, &wait])
    }

    /// Has the cluster to itself while `work` runs.
    pub fn alone<T>(&self, work: impl FnOnce() -> T) -> T {
        self.turn.alone(work)
    }

    /// kubectl in the namespace of this case; what it printed. Fails when it does.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        self.kubectl_with_input(arguments, "")
    }

    pub fn kubectl_with_input(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = self.cluster.command("kubectl");
        command.args(["-n", &self.namespace]).args(arguments);
        let output = process::run_with_input(&mut command, input, PATIENCE * 2)?;
        self.note(&output);
        output.ok()
    }

    /// kubectl without a namespace.
    pub fn admin(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.cluster.command("kubectl");
        let output = process::run(command.args(arguments), PATIENCE * 2)?;
        self.note(&output);
        output.ok()
    }

    /// An object, which is no part of the story.
    pub fn get(&self, words: &[&str]) -> Result<Value> {
        let mut command = self.cluster.command("kubectl");
        command.args(["-n", &self.namespace, "get", "-o", "json"]).args(words);
        Ok(serde_json::from_str(&process::run(&mut command, PATIENCE)?.ok()?)?)
    }

    pub fn apply(&self, objects: &[Value]) -> Result<()> {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        self.kubectl_with_input(&["apply", "-f", "-"], &list.to_string()).map(drop)
    }

    pub fn patch(&self, object: &str, patch: &Value) -> Result<()> {
        self.kubectl(&["patch", object, "--type=merge", "-p", &patch.to_string()]).map(drop)
    }

    /// The binary under test, with `-n` of this case.
    pub fn sts(&self, arguments: &[&str]) -> Result<Output> {
        self.sts_with(arguments, |_| {})
    }

    /// The same, with another environment.
    pub fn sts_with(
        &self,
        arguments: &[&str],
        change: impl FnOnce(&mut std::process::Command),
    ) -> Result<Output> {
        let mut command = self.cluster.command(env!("CARGO_BIN_EXE_kubectl-sts"));
        command.args(arguments);
        let has = |flags: &[&str]| arguments.iter().any(|word| flags.contains(word));
        if !has(&["-n", "--namespace", "-A", "--from"]) {
            command.args(["-n", &self.namespace]);
        }
        change(&mut command);
        let patience = if ["scale", "repair", "rollout"].iter().any(|it| arguments.contains(it)) {
            RUN_PATIENCE
        } else {
            CHECK_PATIENCE
        };
        let output = process::run(&mut command, patience)?;
        // A report is long: `check` notes what it says.
        if !arguments.contains(&"json") {
            self.note(&output);
        }
        ensure!(!output.stderr.contains("panicked"), "it panicked: {}", output.stderr);
        Ok(output)
    }

    /// `check` with JSON output, parsed.
    pub fn check(&self, arguments: &[&str]) -> Result<Check> {
        self.check_with(arguments, |_| {})
    }

    pub fn check_with(
        &self,
        arguments: &[&str],
        change: impl FnOnce(&mut std::process::Command),
    ) -> Result<Check> {
        let mut words = vec!["check", "-o", "json"];
        words.extend(arguments);
        let output = self.sts_with(&words, change)?;
        let check = Check::parse(output.clone());
        let stdout = check.as_ref().map_or(output.stdout.clone(), Check::summary);
        self.note(&Output { stdout, ..output });
        if let Ok(check) = &check {
            self.cluster.provoked.note(check);
            // With other questions neither others nor a scaling have anything to say.
            const OTHERS: [&str; 4] = ["--from", "--for", "--fail-on", "-A"];
            if !arguments.iter().any(|it| OTHERS.contains(it)) {
                self.cluster.guarded.refuse(self, arguments, check)?;
                self.compare(check)?;
            }
        }
        check
    }

    /// Once a case, at the first check that finds something; one that finds nothing counts while there is no other.
    fn compare(&self, check: &Check) -> Result<()> {
        let is_news = check.output.code != Some(0) || !self.cluster.compared.has(self);
        if self.is_compared.load(Relaxed) || !is_news || check.sets.is_empty() {
            return Ok(());
        }
        self.is_compared.store(check.output.code != Some(0), Relaxed);
        self.cluster.compared.ask(self, check)
    }

    #[expect(clippy::unused_self, reason = "a case waits as long as cases do")]
    pub fn until<T>(&self, what: &str, ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
        until(what, PATIENCE, ask)
    }

    /// Waits until a value of an object is so.
    pub fn until_value(
        &self,
        object: &[&str],
        pointer: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<()> {
        let what = format!("{} of {}", pointer, object.join(" "));
        until(&what, PATIENCE * 2, || {
            let value = self.get(object)?.pointer(pointer).cloned().unwrap_or_default();
            ensure!(is_so(&value), "it is {value}");
            Ok(Some(()))
        })
    }

    /// A quota from which on no pod is created that asks for something, as those of the sets do. The server hears of it a
    /// moment after it is there, and after a controller has counted: it is asked, by a pod that it would not keep.
    pub fn no_more_pods(&self) -> Result<()> {
        self.kubectl(&["create", "quota", "none", "--hard=pods=0", "--scopes=NotBestEffort"])?;
        let asks =
            json!({"name": "tried", "image": "none", "resources": {"requests": {"cpu": "1m"}}});
        let spec = format!("--overrides={}", json!({"spec": {"containers": [asks]}}));
        self.until("no pod is let in", || {
            let tried = self.kubectl(&["run", "tried", "--image=none", "--dry-run=server", &spec]);
            let words = tried.err().map(|error| format!("{error:#}"));
            Ok(words.filter(|words| words.contains("exceeded quota")).map(drop))
        })
    }

    pub fn rolled_out(&self, set: &str) -> Result<()> {
        let set = format!("statefulset/{set}");
        self.kubectl(&["rollout", "status", &set, "--timeout=100s"]).map(drop)
    }

    /// A line for the story that is told when the case fails.
    pub fn note(&self, output: &Output) {
        let Output { line, code, stdout, stderr, took } = output;
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let code = code.map_or_else(|| "signal".to_owned(), |code| code.to_string());
        let _ = writeln!(log, "$ {line}\n[{code}, {:.2} s]", took.as_secs_f64());
        for text in [stdout, stderr] {
            let _ = write!(log, "{}", end(text));
        }
    }

    fn explain(&self, error: &anyhow::Error) -> anyhow::Error {
        // What they print goes to the log.
        let _ = self.kubectl(&["get", "pods", "-o", "wide"]);
        let _ = self.kubectl(&["get", "events", "--sort-by=.metadata.creationTimestamp"]);
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        anyhow!("{}\n{}: {error:#}\n", end_of(&log, 20 * SHOWN), self.namespace)
    }
}

fn end(text: &str) -> String {
    end_of(text, SHOWN)
}

fn end_of(text: &str, shown: usize) -> String {
    let from = text.len().saturating_sub(shown);
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let cut = if from > 0 { "[…] " } else { "" };
    format!("{cut}{}", &text[from..])
}

/// Fails with what was expected and what was there.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, expected: &T) -> Result<()> {
    ensure!(is == expected, "{what}: {is:?} instead of {expected:?}");
    Ok(())
}

/// Adds words to an error, so that one case may run several checks.
pub fn step<T>(label: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    work().context(label)
}
