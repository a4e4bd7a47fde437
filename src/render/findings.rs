//! Findings as lines: severity, rule, object and sentence; below, indented, what to know and to do.

use super::Look;
use super::clean::clean;
use super::command::{in_force, quote};
use super::screen::{Line, Tone};
use super::template::fill;
use super::value::age;
use super::wrap::wrap;
use crate::model::Timestamp;
use crate::report::Report;
use crate::rules::{Finding, Object, Severity};

const SEVERITY_WIDTH: usize = 10;
/// The longest of most rules' names, so that the findings of several sets stand in one line.
const RULE_WIDTH: usize = 22;
const INDENT: usize = 12;
const LABEL_WIDTH: usize = 8;

/// A finding in words; those that differ only by their object are one.
struct Worded<'a> {
    severity: Severity,
    rule: &'static str,
    objects: Vec<&'a Object>,
    says: String,
    /// Label and text of the lines below.
    notes: Vec<(&'static str, String)>,
}

/// Where commands to paste apply, and when it is.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) context: Option<&'a str>,
    pub(super) namespace: &'a str,
    pub(super) now: Timestamp,
}

/// Notes are for who asks for more.
pub(super) fn findings(report: &Report, is_wide: bool, look: Look) -> Vec<Line> {
    let shown = report.judged.findings.iter();
    lines(shown.filter(|it| is_wide || it.severity > Severity::Info), place(report), look)
}

pub(super) fn place(report: &Report) -> Place<'_> {
    let namespace = &report.now.set.namespace;
    Place { context: report.context.as_deref(), namespace, now: report.now.at }
}

pub(super) fn lines<'a>(
    findings: impl Iterator<Item = &'a Finding>,
    place: Place<'_>,
    look: Look,
) -> Vec<Line> {
    let mut worded: Vec<Worded<'_>> = Vec::new();
    for finding in findings {
        let new = word(place, finding);
        match worded.iter_mut().find(|known| known.is_same_but_for_object(&new)) {
            Some(known) => known.objects.extend(new.objects),
            None => worded.push(new),
        }
    }
    let rule = worded.iter().map(|w| w.rule.len() + 3).max().unwrap_or(0).max(RULE_WIDTH);
    worded.iter().flat_map(|finding| finding.lines(rule, look.width)).collect()
}

fn word<'a>(place: Place<'_>, finding: &'a Finding) -> Worded<'a> {
    let violation = &finding.violation;
    let filled = |template: &str| fill(template, &violation.evidence, place.now);
    let cause = violation.cause.map(filled);
    let since = match (violation.since.map(|since| age(place.now, since)), cause) {
        (Some(span), Some(cause)) => Some(("since", format!("{span}: {cause}"))),
        (Some(span), None) => Some(("since", span)),
        (None, Some(cause)) => Some(("cause", cause)),
        (None, None) => None,
    };
    let next = violation.next.map(|next| ("next", filled(next)));
    let fixes = violation.fix.iter().map(|argv| ("fix", quote(&fix(place, argv))));
    Worded {
        severity: finding.severity,
        rule: finding.rule,
        objects: vec![&violation.object],
        says: filled(violation.says),
        notes: since.into_iter().chain(next).chain(fixes).collect(),
    }
}

/// A command as it is printed.
pub(super) fn fix(place: Place<'_>, argv: &[String]) -> Vec<String> {
    in_force(argv, place.context, place.namespace)
}

impl Worded<'_> {
    fn is_same_but_for_object(&self, other: &Self) -> bool {
        (self.severity, self.rule, &self.says, &self.notes)
            == (other.severity, other.rule, &other.says, &other.notes)
    }

    fn lines(&self, rule: usize, width: Option<usize>) -> Vec<Line> {
        let (word, tone) = severity(self.severity);
        let head = format!("{:rule$}{}   ", self.rule, clean(&objects(&self.objects)));
        let says = wrap(&head, &clean(&self.says), SEVERITY_WIDTH, INDENT, width);
        let mut lines = says
            .iter()
            .enumerate()
            .map(|(index, text)| match index {
                0 => {
                    let gap = SEVERITY_WIDTH - word.len();
                    Line::default().and(tone, word).and(Tone::Plain, &format!("{:gap$}{text}", ""))
                }
                _ => Line::plain(text),
            })
            .collect::<Vec<_>>();
        for (label, text) in &self.notes {
            let head = format!("{:INDENT$}{label:LABEL_WIDTH$}", "");
            // A command is copied from the terminal: it stays in one piece.
            let width = width.filter(|_| *label != "fix");
            let note = wrap(&head, &clean(text), 0, INDENT + LABEL_WIDTH, width);
            lines.extend(note.iter().map(|text| Line::plain(text)));
        }
        lines
    }
}

/// `pod/redis-0`, or `pod/redis-0, -1, -2` where they share their kind and the name before the number.
fn objects(objects: &[&Object]) -> String {
    let mut before: Option<(&str, &str)> = None;
    let names = objects.iter().map(|object| {
        let (base, number) = object.name.rsplit_once('-').unwrap_or((&object.name, ""));
        let this = (object.kind, base);
        if before.replace(this) == Some(this) && !number.is_empty() {
            format!("-{number}")
        } else {
            format!("{}/{}", object.kind, object.name)
        }
    });
    names.collect::<Vec<_>>().join(", ")
}

pub(super) fn severity(severity: Severity) -> (&'static str, Tone) {
    match severity {
        Severity::Error => ("ERROR", Tone::Bad),
        Severity::Unknown => ("UNKNOWN", Tone::Unknown),
        Severity::Warning => ("WARNING", Tone::Warn),
        Severity::Info => ("INFO", Tone::Plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_one_set_are_named_by_their_numbers() {
        let pods = [Object::pod("redis-0"), Object::pod("redis-11"), Object::pod("other-2")];
        let all: Vec<&Object> = pods.iter().collect();
        assert_eq!(objects(&all), "pod/redis-0, -11, pod/other-2");
        assert_eq!(objects(&all[..1]), "pod/redis-0");
    }
}
