//! The cluster: what `tests/cluster/cluster` does for us.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::compared::Compared;
use crate::guarded::Guarded;
use crate::process::{self, Output};
use crate::provoked::Provoked;
use crate::turns::Turns;
use crate::written::Written;

/// Its name; with E2E_CLUSTER=name several runs stand side by side.
fn name() -> String {
    std::env::var("E2E_CLUSTER").unwrap_or_else(|_| "e2e".to_owned())
}

/// Building an image or a component for the first time takes minutes.
const PATIENCE: Duration = Duration::from_secs(1200);

pub struct Cluster {
    name: String,
    pub kubeconfig: PathBuf,
    /// `PATH` with the cluster's own kubectl and the binary under test, as `kubectl sts`, in front.
    pub path: String,
    /// For what a case writes; it goes with the cluster.
    pub files: PathBuf,
    pub turns: Turns,
    pub compared: Compared,
    pub written: Written,
    pub provoked: Provoked,
    pub guarded: Guarded,
    images: Mutex<BTreeSet<&'static str>>,
}

impl Cluster {
    /// Boots the cluster; with KEEP=1 one that is up is used again.
    pub fn up() -> Result<Self> {
        let name = name();
        let is_up = harness(&["list"])?.lines().any(|line| line == name);
        if !(is_up && crate::is_set("KEEP")) {
            harness(&["up", &name, "--nodes", "2"])?;
        }
        // What the harness would have a shell do.
        let mut shell = Command::new("bash");
        shell.args(["-euc", r#"eval "$("$0" env "$1")"; printf '%s\n%s\n' "$KUBECONFIG" "$PATH""#]);
        shell.arg(program()).arg(&name);
        let answer = process::run(&mut shell, PATIENCE)?.ok()?;
        let (kubeconfig, path) = answer.trim_end().split_once('\n').context("no answer of env")?;
        let files = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
        std::fs::create_dir_all(&files)?;
        let binary = Path::new(env!("CARGO_BIN_EXE_kubectl-sts"));
        let plugins = binary.parent().context("the binary is in no folder")?;
        Ok(Self {
            name,
            kubeconfig: kubeconfig.into(),
            path: format!("{}:{path}", plugins.display()),
            files,
            turns: Turns::default(),
            compared: Compared::default(),
            written: Written::default(),
            provoked: Provoked::default(),
            guarded: Guarded::default(),
            images: Mutex::default(),
        })
    }

    pub fn down(&self) {
        if let Err(error) = harness(&["down", &self.name]) {
            eprintln!("{error:#}");
        }
    }

    /// Sees to it that every node has an image.
    pub fn image(&self, image: &'static str) -> Result<()> {
        let mut images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if !images.contains(image) {
            harness(&["image", &self.name, image])?;
            images.insert(image);
        }
        Ok(())
    }

    /// Kills a process of the cluster as a crash does, at once.
    pub fn stop(&self, process: &str) -> Result<()> {
        harness(&["stop", &self.name, process]).map(drop)
    }

    pub fn start(&self, process: &str) -> Result<()> {
        harness(&["start", &self.name, process]).map(drop)
    }

    /// A node with all that runs on it is gone at once.
    pub fn lose(&self, node: &str) -> Result<()> {
        harness(&["lose", &self.name, node]).map(drop)
    }

    /// Every line of the audit log, oldest first.
    pub fn audit(&self) -> Result<String> {
        let path = harness(&["audit", &self.name])?;
        std::fs::read_to_string(path.trim_end()).context("cannot read the audit log")
    }

    /// A command that sees this cluster and no other.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("KUBECONFIG", &self.kubeconfig)
            .env("PATH", &self.path)
            .env_remove("REDISCLI_AUTH");
        command
    }

    /// A command in the cluster's network, where addresses and names of pods answer.
    pub fn command_in_network(&self, program: &Path) -> Command {
        let mut command = Command::new(self::program());
        command.args(["run", &self.name, "--"]).arg(program);
        command
    }
}

fn program() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/cluster")
}

fn harness(arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(program());
    let Output { code, stdout, stderr, .. } = process::run(command.args(arguments), PATIENCE)?;
    ensure!(code == Some(0), "tests/cluster/cluster {}: {stderr}", arguments.join(" "));
    Ok(stdout)
}
