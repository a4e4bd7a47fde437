//! Values to text: nothing here reads, decides or prints.

mod catalogue;
mod claims;
mod clean;
mod closing;
mod command;
mod controller;
mod difference;
#[cfg(test)]
mod example;
mod findings;
mod headline;
mod json;
mod ordinals;
mod overview;
pub mod plan;
mod purpose;
mod revisions;
mod screen;
mod state;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod value;
mod version;
mod wrap;

pub use catalogue::{catalogue, catalogue_json, catalogue_page, catalogue_yaml};
pub use claims::{claim_names, claims};
pub use clean::clean;
pub use command::{go_by, name};
pub use difference::difference;
pub use json::{
    claims_json, claims_yaml, history_json, json, json_line, revision_json, standing_json,
    version_json, version_yaml, yaml,
};
pub use revisions::{history, standing};
pub use template::{fill, placeholders};
pub use value::{age, bytes, duration, number, plural, words};
pub use version::{Client, version};

use crate::report::{Health, Report};
use screen::{Line, Tone};

/// What the place that text goes to can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub colour: bool,
    /// Columns of the terminal; None where it is not one: then nothing is dropped or broken.
    pub width: Option<usize>,
}

/// How the sets of a report were asked for, which decides how much of each is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// By name: a whole screen each.
    Named,
    /// By selector, or all of a namespace: an overview where there are several.
    Selected,
    /// As `Selected`, of every namespace.
    Everywhere,
}

/// What `check` prints.
pub fn check(reports: &[Report], scope: Scope, is_wide: bool, look: Look) -> String {
    let mut lines = Vec::new();
    if reports.len() > 1 && scope != Scope::Named {
        lines.extend(overview::overview(reports, scope == Scope::Everywhere, is_wide, look));
        lines.push(Line::blank());
        lines.extend(closing::closing(reports, is_wide, look));
    } else {
        for (index, report) in reports.iter().enumerate() {
            if index > 0 {
                lines.extend([Line::blank(), Line::blank()]);
            }
            lines.extend(screen_of(report, is_wide, look));
        }
    }
    screen::print(&lines, look.colour)
}

fn screen_of(report: &Report, is_wide: bool, look: Look) -> Vec<Line> {
    let blocks = [
        headline::headline(report, is_wide).into_iter().chain(purpose::purpose(report)).collect(),
        ordinals::ordinals(report, is_wide, look),
        findings::findings(report, is_wide, look),
        controller::controller(report, look),
        closing::closing(std::slice::from_ref(report), is_wide, look),
    ];
    let mut lines = Vec::new();
    for block in blocks.into_iter().filter(|block| !block.is_empty()) {
        if !lines.is_empty() {
            lines.push(Line::blank());
        }
        lines.extend(block);
    }
    lines
}

fn health(health: Health) -> (&'static str, Tone) {
    match health {
        Health::Healthy => ("healthy", Tone::Plain),
        Health::Degraded => ("degraded", Tone::Warn),
        Health::Unhealthy => ("unhealthy", Tone::Bad),
        Health::Unknown => ("unknown", Tone::Unknown),
    }
}
