//! Reports as text. What a terminal would obey is escaped: safe to look at, the same to a parser.

use std::fmt::Write;

use serde::Serialize;

use super::CheckReport;
use super::claims::Claims;
use crate::render::clean::is_unsafe;
use crate::report::{ClaimMap, Report};

/// The claims as JSON, as safe to look at as a report.
///
/// # Errors
/// When they cannot be written as JSON.
pub fn claims_json(map: &ClaimMap<'_>) -> anyhow::Result<String> {
    lines(&Claims::from(map))
}

/// The same as YAML.
///
/// # Errors
/// When they cannot be written as YAML.
pub fn claims_yaml(map: &ClaimMap<'_>) -> anyhow::Result<String> {
    in_yaml(&Claims::from(map), || claims_json(map))
}

/// The report as JSON.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn json(reports: &[Report]) -> anyhow::Result<String> {
    lines(&CheckReport::from(reports))
}

/// The same report in one line.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn json_line(reports: &[Report]) -> anyhow::Result<String> {
    line(&CheckReport::from(reports))
}

/// Any value, a line a field.
pub(super) fn lines(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(escaped(&serde_json::to_string_pretty(value)?))
}

/// Any value in one line.
pub(in crate::render) fn line(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(escaped(&serde_json::to_string(value)?))
}

fn escaped(json: &str) -> String {
    // Outside of strings there are only line breaks, so every other one is inside a string.
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        if obeyed(letter) {
            // All of them are in the first plane: one unit of UTF-16.
            let _ = write!(escaped, "\\u{:04x}", u32::from(letter));
        } else {
            escaped.push(letter);
        }
    }
    escaped.push('\n');
    escaped
}

/// The same report as YAML.
///
/// # Errors
/// When it cannot be written as YAML.
pub fn yaml(reports: &[Report]) -> anyhow::Result<String> {
    in_yaml(&CheckReport::from(reports), || json(reports))
}

/// The emitter leaves characters of direction as they are, which JSON does not, and JSON is YAML.
pub(super) fn in_yaml(
    value: &impl Serialize,
    json: impl FnOnce() -> anyhow::Result<String>,
) -> anyhow::Result<String> {
    let text = serde_saphyr::to_string(value)?;
    if text.chars().any(obeyed) { json() } else { Ok(text) }
}

pub(super) fn obeyed(letter: char) -> bool {
    is_unsafe(letter) && !matches!(letter, '\n' | '\t')
}
