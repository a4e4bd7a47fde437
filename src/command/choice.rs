//! Which of the sets that were read are meant.

use anyhow::{Error, anyhow};
use clap::Args;

use super::name;
use super::nearest::did_you_mean;
use crate::model::{Selector, Snapshot};

#[derive(Debug, Args)]
pub(super) struct Sets {
    /// Sets: NAME, sts/NAME or statefulset.apps/NAME
    #[arg(value_name = "NAME", value_parser = name::parse)]
    pub names: Vec<String>,
    /// The sets of all namespaces, whatever -n says
    #[arg(long, short = 'A', conflicts_with = "names")]
    pub all_namespaces: bool,
    /// The sets with these labels
    #[arg(long, short = 'l', value_name = "LABELS", conflicts_with = "names")]
    pub selector: Option<Selector>,
}

pub(super) struct Chosen {
    /// In the order in which they were asked for, each once.
    pub snapshots: Vec<Snapshot>,
    /// Each name that is not there, with a sentence about it.
    pub missing: Vec<(String, Error)>,
}

pub(super) fn by_labels(selector: &Selector, snapshots: Vec<Snapshot>) -> Chosen {
    let matches = |now: &Snapshot| selector.matches(&now.set.labels);
    Chosen { snapshots: snapshots.into_iter().filter(matches).collect(), missing: Vec::new() }
}

/// `verb` and `place` stand in what is said of a name that is not there: `check`, ` in namespace shop`.
pub(super) fn by_name(verb: &str, names: &[String], snapshots: &[Snapshot], place: &str) -> Chosen {
    let mut chosen = Chosen { snapshots: Vec::new(), missing: Vec::new() };
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier == name) {
            continue;
        }
        let found: Vec<_> = snapshots.iter().filter(|now| now.set.name == *name).cloned().collect();
        if found.is_empty() {
            let hint = hint(name, snapshots);
            let error = anyhow!("cannot {verb} statefulset/{name}: not found{place} ({hint})");
            chosen.missing.push((name.clone(), error));
        }
        chosen.snapshots.extend(found);
    }
    chosen
}

fn hint(wanted: &str, snapshots: &[Snapshot]) -> String {
    let known: Vec<&str> = snapshots.iter().map(|now| now.set.name.as_str()).collect();
    if let Some(question) = did_you_mean(wanted, known.iter().copied()) {
        return question;
    }
    match known.as_slice() {
        [] => "there is none; give -n NAMESPACE, or -A for all".to_owned(),
        [only] => format!("the only one is {only}"),
        known if known.len() <= 10 => format!("there are {}", known.join(", ")),
        known => format!("there are {}; list them with kubectl get sts", known.len()),
    }
}
