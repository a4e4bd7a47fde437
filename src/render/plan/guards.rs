//! What was looked at before a plan may begin, in one or two sentences.

use std::collections::BTreeSet;

use crate::render::closing;
use crate::render::value::plural;
use crate::rules::{Judged, Severity};

/// `72 guards passed; not in the way: budget-missing, node-spread. 2 not run: node-pressure (cannot list nodes: forbidden).`
pub fn sentence(judged: &Judged) -> String {
    let warned = warned(judged);
    let passed = plural(judged.ran.saturating_sub(warned.len()), "guard");
    let warned = match warned.len() {
        0 => String::new(),
        _ => format!("; not in the way: {}", warned.into_iter().collect::<Vec<_>>().join(", ")),
    };
    let not_run = closing::not_run(judged.not_run.iter());
    let not_run = not_run.map(|it| format!(" {it}")).unwrap_or_default();
    format!("{passed} passed{warned}.{not_run}")
}

/// Rules that found something worse than a note.
pub fn warned(judged: &Judged) -> BTreeSet<&'static str> {
    let found = judged.findings.iter().filter(|it| it.severity > Severity::Info);
    found.map(|it| it.rule).collect()
}
