//! Where a person runs the program: a home directory with a kubeconfig, an environment without surprises, and what
//! came out of a run.

use std::fmt;
use std::path::PathBuf;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::api::Api;
use crate::scratch::Scratch;
use crate::world::World;

/// Nothing here takes longer, unless it hangs.
const LIMIT: Duration = Duration::from_secs(30);
/// Of the kubeconfig; no output may hold it.
pub const TOKEN: &str = "canary-of-the-token";

pub struct Workstation {
    pub home: Scratch,
    pub api: Option<Api>,
    program: PathBuf,
    variables: Vec<(&'static str, String)>,
}

/// What a run printed, and how it ended.
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub status: ExitStatus,
}

impl Workstation {
    /// Without a kubeconfig.
    pub fn bare() -> Self {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_kubectl-sts"));
        Self { home: Scratch::new(), api: None, program, variables: Vec::new() }
    }

    /// With a kubeconfig for this server.
    pub fn at(api: Api) -> Self {
        Self::bare().with_user(&api.address(), &format!("token: {TOKEN}")).with_api(api)
    }

    /// Beside a server that its kubeconfig names already.
    pub fn with_api(self, api: Api) -> Self {
        Self { api: Some(api), ..self }
    }

    /// With a kubeconfig for a server that serves this world.
    pub fn of(world: &World) -> Self {
        Self::at(Api::start(world.answers(), &[]))
    }

    /// Its kubeconfig, with one context `lab` of namespace `shop` and this user.
    pub fn with_user(self, address: &str, user: &str) -> Self {
        let text = format!(
            "apiVersion: v1
kind: Config
current-context: lab
contexts:
- name: lab
  context: {{cluster: lab, user: lab, namespace: shop}}
clusters:
- name: lab
  cluster: {{server: 'http://{address}'}}
users:
- name: lab
  user:
    {user}
"
        );
        self.home.write(".kube/config", &text);
        self
    }

    pub fn with_variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Started by this file of the home directory, a link to the program if there is none of that name.
    pub fn with_program(mut self, name: &str) -> Self {
        let path = self.home.dir().join(name);
        if !path.exists() {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder below ours");
            std::os::unix::fs::symlink(&self.program, &path).expect("a link below ours");
        }
        self.program = path;
        self
    }

    /// The words after `kubectl sts`.
    pub fn run(&self, words: &str) -> Ran {
        self.run_with(words, "")
    }

    pub fn run_with(&self, words: &str, stdin: &str) -> Ran {
        self.run_words(&words.split_whitespace().collect::<Vec<_>>(), stdin)
    }

    /// Words that may be empty.
    pub fn run_words(&self, words: &[&str], stdin: &str) -> Ran {
        self.stable(self.spawn(words, stdin, Stdio::piped()))
    }

    /// With a stdout that nobody reads any more.
    pub fn run_into_closed_pipe(&self, words: &str) -> Ran {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let words: Vec<&str> = words.split_whitespace().collect();
        self.stable(self.spawn(&words, "", writer.into()))
    }

    /// How many requests the server got.
    pub fn requests(&self) -> usize {
        self.api.as_ref().map_or(0, |api| api.asked().len())
    }

    fn spawn(&self, words: &[&str], stdin: &str, stdout: Stdio) -> Output {
        let mut command = Command::new(&self.program);
        command
            .args(words)
            .current_dir(self.home.dir())
            .env_clear()
            .env("HOME", self.home.dir())
            .env("PATH", "/usr/bin:/bin")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let ran = async {
                let mut child = command.spawn().expect("the binary that cargo built");
                // Our copy of the other end of its stdout.
                drop(command);
                let mut input = child.stdin.take().expect("a pipe");
                // It need not read it.
                let _ = input.write_all(stdin.as_bytes()).await;
                drop(input);
                child.wait_with_output().await.expect("a child of ours")
            };
            tokio::time::timeout(LIMIT, ran).await.expect("a run that ends")
        })
    }

    /// Without what is different from run to run.
    fn stable(&self, output: Output) -> Ran {
        let stable = |bytes: Vec<u8>| {
            let mut text = String::from_utf8(bytes).expect("text");
            text = text.replace(&*self.home.dir().to_string_lossy(), "HOME");
            if let Some(api) = &self.api {
                text = text.replace(&api.address(), "SERVER");
            }
            let program = concat!("kubectl-sts ", env!("CARGO_PKG_VERSION"));
            // How many rules there are is no subject here, and a new one is no reason to fail.
            [" rules", " not run", " more"]
                .into_iter()
                .fold(text.replace(program, "kubectl-sts VERSION"), |text, words| {
                    uncounted(&text, words)
                })
        };
        let Output { status, stdout, stderr } = output;
        Ran { stdout: stable(stdout), stderr: stable(stderr), status }
    }
}

impl Ran {
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }
}

/// `N` for each number that stands before these words.
fn uncounted(text: &str, words: &str) -> String {
    let mut parts: Vec<&str> = text.split(words).collect();
    let last = parts.pop().unwrap_or_default();
    let counted = parts.into_iter().map(|part| {
        let without = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = if without.len() < part.len() { "N" } else { "" };
        format!("{without}{number}{words}")
    });
    counted.chain([last.to_owned()]).collect()
}

/// Everything that a person sees, in one text.
impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stdout)?;
        if !self.stderr.is_empty() {
            write!(f, "[stderr]\n{}", self.stderr)?;
        }
        match self.code() {
            Some(code) => write!(f, "[exit {code}]"),
            None => write!(f, "[{}]", self.status),
        }
    }
}
