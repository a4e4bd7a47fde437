//! Which of the sets that were read are meant.

use anyhow::{Error, anyhow};

use crate::model::{Selector, Snapshot};

pub(super) struct Chosen {
    /// In the order in which they were asked for, each once.
    pub snapshots: Vec<Snapshot>,
    /// A sentence for each name that is not there.
    pub missing: Vec<Error>,
}

pub(super) fn by_labels(selector: &Selector, snapshots: Vec<Snapshot>) -> Chosen {
    let matches = |now: &Snapshot| selector.matches(&now.set.labels);
    Chosen { snapshots: snapshots.into_iter().filter(matches).collect(), missing: Vec::new() }
}

/// `place` says where was looked: ` in namespace shop`.
pub(super) fn by_name(names: &[String], snapshots: &[Snapshot], place: &str) -> Chosen {
    let mut chosen = Chosen { snapshots: Vec::new(), missing: Vec::new() };
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|earlier| earlier == name) {
            continue;
        }
        let found: Vec<_> = snapshots.iter().filter(|now| now.set.name == *name).cloned().collect();
        if found.is_empty() {
            let hint = hint(snapshots);
            chosen
                .missing
                .push(anyhow!("cannot check statefulset/{name}: not found{place} ({hint})"));
        }
        chosen.snapshots.extend(found);
    }
    chosen
}

fn hint(snapshots: &[Snapshot]) -> String {
    let known: Vec<&str> = snapshots.iter().map(|now| now.set.name.as_str()).collect();
    match known.as_slice() {
        [] => "there is none; give -n NAMESPACE, or -A for all".to_owned(),
        [only] => format!("the only one is {only}"),
        known if known.len() <= 10 => format!("there are {}", known.join(", ")),
        known => format!("there are {}; list them with kubectl get sts", known.len()),
    }
}
