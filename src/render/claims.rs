//! What `pvc` prints.

mod columns;
mod fate;
mod state;
#[cfg(test)]
mod tests;

pub(super) use state::explain;

use super::closing::missing_right;
use super::screen::{self, Line, Tone};
use super::table::table;
use super::value::plural;
use super::wrap::wrap;
use super::{Look, command};
use crate::claims::{Holding, State};
use crate::report::{ClaimMap, ClaimedSet};

/// The table of claims, and below it what is to be known of them.
pub fn claims(map: &ClaimMap<'_>, is_everywhere: bool, is_wide: bool, look: Look) -> String {
    let is_strange = map.holdings.iter().any(|it| it.set.is_none());
    let with_set = is_everywhere || map.is_of_one || map.sets.len() != 1 || is_strange;
    let with = columns::With { namespace: is_everywhere, set: with_set, wide: is_wide };
    let full = columns::table_of(map, with, state::Words::Long);
    let has_rows = !map.holdings.is_empty();
    let mut lines = if has_rows { table(&full.0, &full.1, look.width) } else { Vec::new() };
    let mut notes = Vec::new();
    // On a narrow terminal the state is one word, and what it means stands below.
    if look.width.is_some_and(|width| lines.iter().any(|line| line.width() > width)) {
        let brief = columns::table_of(map, with, state::Words::Short);
        lines = table(&brief.0, &brief.1, look.width);
        notes = explanations(map);
    }
    let blocks = [lines, wrapped(notes, look), wrapped(fate::fates(map), look), closing(map, look)];
    let blocks: Vec<Vec<Line>> = blocks.into_iter().filter(|block| !block.is_empty()).collect();
    screen::print(&blocks.join(&Line::blank()), look.colour)
}

/// `persistentvolumeclaim/data-redis-6`, each once: what other commands take.
pub fn claim_names(map: &ClaimMap<'_>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for holding in map.holdings.iter().filter(|it| it.claim.is_some()) {
        if let Some(name) = holding.name.as_deref().filter(|name| !names.contains(name)) {
            names.push(name);
        }
    }
    names.iter().flat_map(|name| ["persistentvolumeclaim/", name, "\n"]).collect()
}

/// A line for each claim that is not simply in use.
fn explanations(map: &ClaimMap<'_>) -> Vec<String> {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for holding in &map.holdings {
        if holding.states == [State::InUse] {
            continue;
        }
        let says = state::explain(holding, map.at);
        let name = holding.name.as_deref().or(holding.source.name()).unwrap_or_default();
        match lines.iter_mut().find(|(known, _)| *known == says) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => lines.push((says, vec![name])),
        }
    }
    lines.into_iter().map(|(says, names)| format!("{}: {says}", names.join(", "))).collect()
}

fn wrapped(sentences: Vec<String>, look: Look) -> Vec<Line> {
    let lines = sentences.into_iter().flat_map(|it| wrap("", &it, 0, 2, look.width));
    lines.map(|line| Line::plain(&line)).collect()
}

/// How many of which kind, what to do about them, and what was not read.
fn closing(map: &ClaimMap<'_>, look: Look) -> Vec<Line> {
    let mut sentences = vec![format!("{}.", counted(&map.holdings))];
    for unread in map.unread() {
        sentences.push(format!("Not read: {unread}."));
    }
    let mut lines = wrapped(vec![sentences.join(" ")], look);
    if !map.is_complete() {
        let says =
            "What is unknown is not offered for deletion: something that was not read may use it.";
        lines.extend(wrapped(vec![says.to_owned()], look));
    }
    lines.extend(map.unread().into_iter().filter_map(missing_right));
    lines.extend(to_delete(map).map(|words| {
        Line::default().and(Tone::Plain, "to delete them: ").and(Tone::Plain, &words)
    }));
    lines
}

/// `7 claims: 6 in use, 1 left behind`.
fn counted(holdings: &[Holding<'_>]) -> String {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    let mut names: Vec<(&str, &str)> = Vec::new();
    let released = holdings.iter().filter(|it| it.is("released")).count();
    for holding in holdings.iter().filter(|it| it.name.is_some() && !it.is("released")) {
        let name = (holding.namespace, holding.name.as_deref().unwrap_or_default());
        // A claim that several pods mount is one.
        if names.contains(&name) && holding.is("shared") {
            continue;
        }
        names.push(name);
        let state = state::short(holding.state());
        match counts.iter_mut().find(|(known, _)| *known == state) {
            Some((_, count)) => *count += 1,
            None => counts.push((state, 1)),
        }
    }
    let all = counts.iter().map(|(_, count)| count).sum();
    let parts: Vec<String> = counts
        .iter()
        .map(|(state, count)| format!("{} {state}", super::number(*count as u64)))
        .collect();
    let claims = match parts.as_slice() {
        [] => "No claims".to_owned(),
        parts => format!("{}: {}", plural(all, "claim"), parts.join(", ")),
    };
    match released {
        0 => claims,
        some => format!("{claims}; {} of former claims", plural(some, "volume")),
    }
}

/// The command that deletes what nobody uses, where there is such a thing of one set.
fn to_delete(map: &ClaimMap<'_>) -> Option<String> {
    let [ClaimedSet { set, .. }] = map.sets.as_slice() else { return None };
    if map.is_of_one {
        return None;
    }
    let is_left = |it: &Holding<'_>| matches!(it.states.last(), Some(State::LeftBehind(_)));
    map.holdings.iter().any(is_left).then(|| {
        let words = ["kubectl", "sts", "pvc", &set.name, "--delete", "left-behind"];
        let argv =
            command::in_force(&words.map(str::to_owned), map.context.as_deref(), &set.namespace);
        command::quote(&argv)
    })
}
