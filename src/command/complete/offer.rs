//! What may stand at a place: known from here, to be looked up, or left to the shell.

use clap::{Arg, ArgAction, ValueHint};

use super::walk::{Place, Wanted};
use crate::engine::ENGINES;
use crate::plan::ALLOWABLE;
use crate::rules;

/// A word that may stand at the cursor, and a few about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub value: String,
    pub about: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Known(Vec<Candidate>),
    /// The shell knows files.
    Files,
    Names(Names),
}

/// Names that somebody else knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Sets,
    Claims,
    Namespaces,
    Nodes,
    Volumes,
    Contexts,
    Clusters,
    Users,
    /// Of this set, by their numbers.
    Revisions(String),
    /// Of the pods of this set.
    Containers(String),
}

impl Candidate {
    pub(super) fn new(value: impl Into<String>, about: impl Into<String>) -> Self {
        Self { value: value.into(), about: about.into() }
    }
}

/// The flag that narrows `--for` to a node.
pub(super) const DRAIN_NODE: &str = "drain-node=";

pub(super) fn offer(place: &Place<'_>) -> Offer {
    match place.wanted {
        Wanted::Subcommands => Offer::Known(subcommands(place)),
        Wanted::Flags => Offer::Known(flags(place)),
        Wanted::Value(arg) => value(arg, place),
        Wanted::Nothing => Offer::Known(Vec::new()),
    }
}

fn subcommands(place: &Place<'_>) -> Vec<Candidate> {
    let below = place.command.get_subcommands().filter(|it| !it.is_hide_set());
    let about = |it: &clap::Command| it.get_about().map(ToString::to_string).unwrap_or_default();
    below.map(|it| Candidate::new(it.get_name(), about(it))).collect()
}

/// Each once, unless it may be given again.
fn flags(place: &Place<'_>) -> Vec<Candidate> {
    let is_open = |arg: &&Arg| {
        let is_given = place.given(arg.get_id().as_str()).is_some();
        !arg.is_hide_set() && (!is_given || matches!(arg.get_action(), ArgAction::Append))
    };
    let candidate = |arg: &Arg| {
        let about = arg.get_help().map(ToString::to_string).unwrap_or_default();
        Some(Candidate::new(format!("--{}", arg.get_long()?), about))
    };
    place.command.get_arguments().filter(is_open).filter_map(candidate).collect()
}

fn value(arg: &Arg, place: &Place<'_>) -> Offer {
    let possible = arg.get_possible_values();
    if !possible.is_empty() {
        let candidate = |it: &clap::builder::PossibleValue| {
            let about = it.get_help().map(ToString::to_string).unwrap_or_default();
            Candidate::new(it.get_name(), about)
        };
        return Offer::Known(
            possible.iter().filter(|it| !it.is_hide_set()).map(candidate).collect(),
        );
    }
    if matches!(arg.get_value_hint(), ValueHint::AnyPath) {
        return Offer::Files;
    }
    let set = || {
        let name = place.given("name").unwrap_or_default();
        name.rsplit_once('/').map_or(name, |(_, name)| name).to_owned()
    };
    Offer::Names(match arg.get_id().as_str() {
        "name" | "names" | "confirm" => Names::Sets,
        "claim" => Names::Claims,
        "volume" => Names::Volumes,
        "namespace" => Names::Namespaces,
        "context" => Names::Contexts,
        "cluster" => Names::Clusters,
        "user" => Names::Users,
        "to_revision" | "revision" => Names::Revisions(set()),
        "images" | "drain_container" => Names::Containers(set()),
        "intent" if place.begun.starts_with(DRAIN_NODE) => Names::Nodes,
        "intent" => return Offer::Known(intents()),
        "allow" => return Offer::Known(rules()),
        _ => return Offer::Known(Vec::new()),
    })
}

fn intents() -> Vec<Candidate> {
    vec![
        Candidate::new("scale=", "to so many replicas"),
        Candidate::new("rollout", "of another template"),
        Candidate::new(DRAIN_NODE, "of its pods"),
    ]
}

/// Those that may stand in the way of something.
fn rules() -> Vec<Candidate> {
    let sections = rules::catalogue().into_iter().chain(ENGINES.iter().map(|it| it.catalogue()));
    let rules = sections.flat_map(|it| it.rules).filter(|rule| !rule.blocks.is_empty());
    let rules = rules.map(|rule| Candidate::new(rule.id, rule.about));
    rules.chain(ALLOWABLE.iter().map(|(id, about)| Candidate::new(*id, *about))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::command::complete::walk::place;
    use crate::command::program::Program;

    fn offered(line: &str) -> Offer {
        let root = Program::started_as(None).command();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        offer(&place(&root, &words))
    }

    fn known(line: &str) -> Vec<String> {
        let Offer::Known(candidates) = offered(line) else { panic!("{line}: not known from here") };
        candidates.into_iter().map(|it| it.value).collect()
    }

    #[test]
    fn commands_and_flags_are_those_of_help() {
        let commands = known("");
        assert!(["check", "rollout"].iter().all(|it| commands.contains(&(*it).to_owned())));
        assert!(!commands.contains(&"man".to_owned()), "it is hidden");
        let flags = known("check --watch --as-group a -");
        for flag in ["--output", "--namespace", "--as-group", "--help"] {
            assert!(flags.contains(&flag.to_owned()), "{flag} of {flags:?}");
        }
        assert!(!flags.contains(&"--watch".to_owned()), "it was given");
        assert_eq!(known("check -o "), ["table", "wide", "json", "yaml"]);
        assert_eq!(known("check --for="), ["scale=", "rollout", "drain-node="]);
    }

    #[test]
    fn a_rule_that_blocks_nothing_needs_no_leave() {
        let rules = known("scale web --allow ");
        for rule in ["pod-crash-loop", "budget-missing", "key-too-large"] {
            assert!(rules.contains(&rule.to_owned()), "{rule}");
        }
        assert!(!rules.contains(&"claim-left-behind-by-nobody".to_owned()));
    }

    #[test]
    fn names_are_looked_up_where_they_are_known() {
        for (line, names) in [
            ("check ", Names::Sets),
            ("pvc a sts/", Names::Sets),
            ("scale web --replicas 3 --yes --confirm ", Names::Sets),
            ("check -n ", Names::Namespaces),
            ("--context=", Names::Contexts),
            ("check --cluster ", Names::Clusters),
            ("check --user ", Names::Users),
            ("rollout undo sts/web --to-revision ", Names::Revisions("web".into())),
            ("rollout image web ", Names::Containers("web".into())),
            ("scale web --drain-container ", Names::Containers("web".into())),
            ("pvc --claim ", Names::Claims),
            ("pvc --volume ", Names::Volumes),
            ("check --for drain-node=", Names::Nodes),
        ] {
            assert_eq!(offered(line), Offer::Names(names), "{line}");
        }
        assert_eq!(offered("check --from "), Offer::Files);
        assert_eq!(offered("check --kubeconfig="), Offer::Files);
    }

    /// Whoever adds a flag says here that its values are nobody's names.
    #[test]
    fn no_value_is_forgotten() {
        const FREE: &[&str] = &[
            "as_groups",
            "as_uid",
            "as_user",
            "canary",
            "current_replicas",
            "drain_exec",
            "drain_http",
            "gate",
            "gate_timeout",
            "replicas",
            "replicas_per_shard",
            "request_timeout",
            "selector",
            "server",
            "shards",
            "soak",
            "step",
            "step_timeout",
            "throttle",
            "timeout",
            "tls_server_name",
            "token",
            "username",
        ];
        let root = Program::started_as(None).command();
        let (mut commands, mut free) = (vec![&root], BTreeSet::new());
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands());
            for arg in command.get_arguments().filter(|it| it.get_action().takes_values()) {
                let place =
                    Place { command, wanted: Wanted::Value(arg), begun: "", given: Vec::new() };
                if offer(&place) == Offer::Known(Vec::new()) {
                    free.insert(arg.get_id().as_str().to_owned());
                }
            }
        }
        assert_eq!(free.iter().map(String::as_str).collect::<Vec<_>>(), FREE);
    }
}
