//! The rules themselves, as a table, as JSON, and as the page in docs/.

use std::fmt::Write;

use anyhow::{Context, Result};
use serde::Serialize;

use super::Look;
use super::findings::{self, Place};
use super::screen::{self, Line, Tone};
use super::table::{Column, Keep, Row, table};
use crate::model::{Operation, Timestamp};
use crate::rules::{Finding, Info, Section, Severity};

#[derive(Serialize)]
struct Entry {
    subject: String,
    id: &'static str,
    severity: Severity,
    blocks: &'static [Operation],
    about: &'static str,
}

/// One table, its rows by subject.
pub fn catalogue(sections: &[Section], look: Look) -> String {
    let columns = [
        ("SUBJECT", Keep::Rank(0)),
        ("RULE", Keep::Always),
        ("SEVERITY", Keep::Rank(2)),
        ("BLOCKS", Keep::Rank(1)),
        ("LOOKS FOR", Keep::Always),
    ]
    .map(|(label, keep)| Column::new(label, keep));
    let row = |entry: &Entry| Row {
        cells: vec![
            entry.subject.clone(),
            entry.id.to_owned(),
            severity(entry.severity),
            blocks(entry.blocks),
            entry.about.to_owned(),
        ],
        tone: Tone::Plain,
    };
    let rows: Vec<Row> = entries(sections).iter().map(row).collect();
    let mut lines = table(&columns, &rows, look.width);
    lines.extend([Line::blank(), Line::plain(&format!("{} rules.", rows.len()))]);
    screen::print(&lines, look.colour)
}

/// # Errors
/// When it cannot be written as JSON.
pub fn catalogue_json(sections: &[Section]) -> Result<String> {
    let text = serde_json::to_string_pretty(&entries(sections));
    Ok(text.context("cannot write the rules as JSON")? + "\n")
}

/// # Errors
/// When it cannot be written as YAML.
pub fn catalogue_yaml(sections: &[Section]) -> Result<String> {
    serde_saphyr::to_string(&entries(sections)).context("cannot write the rules as YAML")
}

fn entries(sections: &[Section]) -> Vec<Entry> {
    let of_section = |section: &Section| {
        let entry = |rule: &Info| Entry {
            subject: section.subject.clone(),
            id: rule.id,
            severity: rule.severity,
            blocks: rule.blocks,
            about: rule.about,
        };
        section.rules.iter().map(entry).collect::<Vec<Entry>>()
    };
    sections.iter().flat_map(of_section).collect()
}

/// docs/rules.md. With one finding of each rule, of the examples that break them.
pub fn catalogue_page(sections: &[Section], examples: &[Finding], now: Timestamp) -> String {
    let place = Place { context: None, namespace: "shop", now };
    let mut page = String::from(
        "# What `check` looks for\n\n\
         Generated from the rules themselves (`kubectl sts check --list-rules`); a test keeps it so. *Severity* is the \
         usual one: by what was seen a finding may be graver, or less. *Blocks* is the work \
         that `--for` says no to while the rule finds something: `scale-down`, `scale-up`, `rollout`, `drain`. Below each \
         table stands what every rule says of one example: its evidence in the sentence, since when, what comes next, and \
         the command that mends it where there is one.\n",
    );
    for section in sections {
        let _ = write!(page, "\n## {}\n\n", title(&section.subject));
        page.push_str("| rule | severity | looks for | blocks |\n|---|---|---|---|\n");
        for rule in &section.rules {
            let (id, about) = (rule.id, rule.about);
            let severity = severity(rule.severity);
            let _ = writeln!(page, "| `{id}` | {severity} | {about} | {} |", blocks(rule.blocks));
        }
        page.push_str("\n```\n");
        for rule in &section.rules {
            let of_rule = examples.iter().filter(|it| it.rule == rule.id).take(1);
            let lines = findings::lines(of_rule, place, Look::default());
            page.push_str(&screen::print(&lines, false));
        }
        page.push_str("```\n");
    }
    page
}

fn severity(severity: Severity) -> String {
    findings::severity(severity).0.to_lowercase()
}

fn blocks(blocks: &[Operation]) -> String {
    if blocks == Operation::ALL {
        return "all".to_owned();
    }
    let names: Vec<&str> = blocks.iter().map(|operation| operation.name()).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

fn title(subject: &str) -> String {
    let mut letters = subject.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
