//! The name that the program goes by: krew may install it under another one.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, CommandFactory};

use crate::cli::Cli;

/// As it was started.
pub(super) struct Program {
    /// Of its file: `kubectl-sts`.
    pub file: String,
    /// The folder through which kubectl, or a shell, found it; None where only a name was given.
    pub folder: Option<PathBuf>,
}

/// A file of any other name is a copy, or a test.
const FILE: &str = "kubectl-sts";
/// What stands in help, and in what is printed.
const USAGE: &str = "kubectl sts";

impl Program {
    /// kubectl gives a plugin its whole path as the first word.
    pub(super) fn started_as(word: Option<&OsStr>) -> Self {
        let path = Path::new(word.unwrap_or_default());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(".exe").unwrap_or(&name);
        let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_plugin = |name: &&str| name.starts_with("kubectl-") && name.chars().all(is_safe);
        let is_named = |rest: &str| rest.split('-').all(|part| !part.is_empty());
        let file = Some(name).filter(is_plugin).filter(|name| is_named(name));
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        Self { file: file.unwrap_or(FILE).to_owned(), folder: folder.map(Path::to_owned) }
    }

    /// `kubectl-foo-my_bar` is run as `kubectl foo my-bar`.
    pub(super) fn usage(&self) -> String {
        self.file.replace('-', " ").replace('_', "-")
    }

    /// What kubectl runs on TAB: `kubectl_complete-sts`.
    pub(super) fn completer(&self) -> String {
        self.file.replacen('-', "_complete-", 1)
    }

    /// Every flag and every word of help, by the name that it goes by.
    pub(super) fn command(&self) -> Command {
        let mut command = renamed(Cli::command(), &self.usage()).bin_name(self.usage());
        command.build();
        command
    }

    /// The same, as it parses and helps: of the flags that go with every command, help of each shows the commonest.
    pub(super) fn parser(&self) -> Command {
        let more = format!("All flags that choose a cluster and a user: {} --help", self.usage());
        each_below(self.command(), &|below| shortened(below, &more))
    }
}

const COMMON: [&str; 3] = ["namespace", "context", "kubeconfig"];

fn shortened(command: Command, more: &str) -> Command {
    let is_common = |arg: &Arg| !arg.is_global_set() || COMMON.contains(&arg.get_id().as_str());
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let command = command
        .mut_args(|arg| if is_common(&arg) { arg } else { arg.hide(true) })
        .after_help(format!("{examples}\n\n{more}"));
    each_below(command, &|below| shortened(below, more))
}

fn each_below(command: Command, change: &dyn Fn(Command) -> Command) -> Command {
    let below: Vec<String> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    below.iter().fold(command, |command, name| command.mut_subcommand(name, change))
}

fn renamed(command: Command, usage: &str) -> Command {
    let mut command = command;
    if usage != USAGE {
        if let Some(text) = command.get_after_help().map(ToString::to_string) {
            command = command.after_help(text.replace(USAGE, usage));
        }
        if let Some(text) = command.get_long_about().map(ToString::to_string) {
            command = command.long_about(text.replace(USAGE, usage));
        }
    }
    each_below(command, &|below| renamed(below, usage))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(word: &str) -> [String; 3] {
        let program = Program::started_as(Some(OsStr::new(word)));
        [program.usage(), program.completer(), program.file]
    }

    #[test]
    fn it_is_called_as_its_file_is() {
        let own = ["kubectl sts", "kubectl_complete-sts", "kubectl-sts"];
        for word in ["/usr/bin/kubectl-sts", "kubectl-sts.exe", "sts", "", "kubectl-", "it-1a2b"] {
            assert_eq!(named(word), own, "{word}");
        }
        let other = ["kubectl foo-bar", "kubectl_complete-foo_bar", "kubectl-foo_bar"];
        assert_eq!(named("/root/.krew/bin/kubectl-foo_bar"), other);
        assert_eq!(named("kubectl-foo-bar")[0], "kubectl foo bar");
        assert_eq!(named("kubectl-x;y"), own);
        assert_eq!(named("kubectl-a--b"), own);
    }

    /// On the narrowest of terminals an example is still one line.
    #[test]
    fn help_of_every_command_has_examples_of_80_columns() {
        let root = Program::started_as(None).command();
        let mut commands: Vec<&Command> = root.get_subcommands().collect();
        while let Some(command) = commands.pop().filter(|it| !it.is_hide_set()) {
            commands.extend(command.get_subcommands());
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let name = command.get_name();
            assert!(examples.starts_with("Examples:\n  "), "{name}: {examples:?}");
            let long = examples.lines().find(|line| line.chars().count() > 80);
            assert_eq!(long, None, "of {name}");
        }
    }

    #[test]
    fn help_of_a_command_names_few_of_the_flags_of_all_and_takes_them_all() {
        let parser = Program::started_as(None).parser();
        let help =
            |words: &[&str]| parser.clone().try_get_matches_from(words).unwrap_err().to_string();
        let (all, one) = (help(&["x", "--help"]), help(&["x", "rollout", "undo", "--help"]));
        assert!(all.contains("--as-group") && !one.contains("--as-group"), "{one}");
        assert!(one.contains("--namespace"), "{one}");
        assert!(one.ends_with("All flags that choose a cluster and a user: kubectl sts --help\n"));
        let words = ["x", "rollout", "undo", "web", "--as-group=g"];
        let matches = parser.clone().try_get_matches_from(words).unwrap();
        assert!(matches.get_many::<String>("as_groups").is_some());
    }

    #[test]
    fn help_speaks_of_it_by_that_name() {
        let program = Program::started_as(Some(OsStr::new("kubectl-foo_bar")));
        let parsed = program.parser().try_get_matches_from(["x", "rollout", "image", "--help"]);
        let help = parsed.unwrap_err().to_string();
        assert!(help.contains("Usage: kubectl foo-bar rollout image "), "{help}");
        assert!(help.contains("  kubectl foo-bar rollout image redis-cluster"), "{help}");
        assert!(!help.contains("kubectl sts"), "{help}");
    }
}
