//! `kubectl sts completion`: what makes TAB work.

mod install;
mod shim;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::program::Program;
use crate::ui::{Exit, Ui};

/// Complete names of sets, namespaces, rules and flags on TAB
///
/// kubectl completes `kubectl sts` by a program beside it, kubectl_complete-sts, which install puts in place. The others
/// print a script for a shell that runs kubectl-sts itself.
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  kubectl sts completion install                 for `kubectl sts`, in any shell
  source <(kubectl-sts completion bash)          for kubectl-sts, in bash"
)]
pub struct CompletionArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Put kubectl_complete-sts where kubectl finds it
    ///
    /// Beside kubectl-sts, if that is possible; else into the first folder of PATH below the home directory, else into
    /// ~/.local/bin. Takes kubectl 1.26 or later, with its own completion switched on in the shell.
    #[command(after_help = "\
Examples:
  kubectl sts completion install
  kubectl sts completion install --dir /usr/local/bin")]
    Install(InstallArgs),
    /// Print a script for bash
    #[command(after_help = "\
Examples:
  source <(kubectl-sts completion bash)          in ~/.bashrc")]
    Bash,
    /// Print a script for zsh
    #[command(after_help = "\
Examples:
  source <(kubectl-sts completion zsh)           in ~/.zshrc, after compinit")]
    Zsh,
    /// Print a script for fish
    #[command(after_help = "\
Examples:
  kubectl-sts completion fish > ~/.config/fish/completions/kubectl-sts.fish")]
    Fish,
    /// Print a script for PowerShell 7.3 and later
    #[command(after_help = "\
Examples:
  kubectl-sts completion powershell | Out-String | Invoke-Expression")]
    Powershell,
}

#[derive(Debug, Args)]
struct InstallArgs {
    /// Folder to put it into [default: see above]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

const BASH: &str = include_str!("../../completions/kubectl-sts.bash");
const ZSH: &str = include_str!("../../completions/kubectl-sts.zsh");
const FISH: &str = include_str!("../../completions/kubectl-sts.fish");
const POWERSHELL: &str = include_str!("../../completions/kubectl-sts.ps1");

pub(super) fn run(args: &CompletionArgs, program: &Program, ui: &Ui) -> Result<Exit> {
    let script = match &args.what {
        What::Install(args) => return install::install(args.dir.as_deref(), program, ui),
        What::Bash => BASH,
        What::Zsh => ZSH,
        What::Fish => FISH,
        What::Powershell => POWERSHELL,
    };
    ui.result(&called(script, program))?;
    Ok(Exit::Ok)
}

/// A script of ours, for the name that we go by.
fn called(script: &str, program: &Program) -> String {
    script
        .replace("kubectl-sts", &program.file)
        .replace("kubectl_complete-sts", &program.completer())
        .replace("kubectl sts", &program.usage())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn scripts_run_the_program_by_its_name() {
        let own = Program::started_as(None);
        let other = Program::started_as(Some(OsStr::new("/x/kubectl-foo_bar")));
        let shims = [
            include_str!("../../completions/kubectl_complete-sts"),
            include_str!("../../completions/kubectl_complete-sts.cmd"),
        ];
        for script in [BASH, ZSH, FISH, POWERSHELL].into_iter().chain(shims) {
            assert_eq!(called(script, &own), script);
            let called = called(script, &other);
            assert!(called.contains("kubectl-foo_bar __complete"), "{called}");
            assert!(!called.contains("kubectl-sts") && !called.contains("kubectl sts"), "{called}");
        }
    }
}
