//! The last lines: how many problems, by how many rules, and what was not looked at.

use super::Look;
use super::clean::clean;
use super::findings::severity;
use super::purpose;
use super::screen::Line;
use super::value::{number, plural};
use super::wrap::wrap;
use crate::model::{Access, Unread, Why};
use crate::report::{Health, Report};
use crate::rules::{NotRun, Severity};

/// Names that are listed of many rules with one reason.
const LISTED: usize = 5;

pub(super) fn closing(reports: &[Report], is_wide: bool, look: Look) -> Vec<Line> {
    let outcome = match reports {
        [one] => purpose::outcome(one),
        _ => None,
    };
    let sentences = [
        incomplete(reports),
        by_health(reports),
        outcome,
        found(reports, is_wide),
        not_run(reports.iter().flat_map(|report| &report.judged.not_run)),
    ];
    let text = clean(&sentences.into_iter().flatten().collect::<Vec<_>>().join(" "));
    let lines = wrap("", &text, 0, 0, look.width);
    lines.iter().map(|line| Line::plain(line)).chain(missing_rights(reports)).collect()
}

/// `1 error, 2 warnings`; empty without a finding that is worse than a note.
pub(super) fn problems(reports: &[Report]) -> String {
    let of = |wanted: Severity| count(reports, wanted);
    [Severity::Error, Severity::Unknown, Severity::Warning]
        .into_iter()
        .filter(|wanted| of(*wanted) > 0)
        .map(|wanted| match wanted {
            Severity::Unknown => format!("{} unknown", number(of(wanted) as u64)),
            _ => plural(of(wanted), &severity(wanted).0.to_lowercase()),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

fn count(reports: &[Report], wanted: Severity) -> usize {
    let findings = reports.iter().flat_map(|report| &report.judged.findings);
    findings.filter(|finding| finding.severity == wanted).count()
}

/// `3 problems found by 74 rules: 1 error, 2 warnings.`
fn found(reports: &[Report], is_wide: bool) -> Option<String> {
    let by = match reports {
        [] => return None,
        [one] => format!(" by {}", plural(one.judged.ran, "rule")),
        _ => String::new(),
    };
    let all = reports.iter().map(|report| report.judged.findings.len()).sum::<usize>();
    let notes = count(reports, Severity::Info);
    let and_notes = match notes {
        some if some > 0 && is_wide => format!(" and {}", plural(some, "note")),
        _ => String::new(),
    };
    let more = match notes {
        _ if reports.len() > 1 && all > 0 && !is_wide => {
            " -o wide shows what was found.".to_owned()
        }
        some if some > 0 && !is_wide => format!(" {} with -o wide.", plural(some, "note")),
        _ => String::new(),
    };
    let found = match all - notes {
        0 if !reports.iter().all(Report::is_complete) => {
            format!("No problems{and_notes} found by the rules that could look.")
        }
        0 => format!("No problems{and_notes} found{by}."),
        some => {
            format!("{}{and_notes} found{by}: {}.", plural(some, "problem"), problems(reports))
        }
    };
    Some(found + &more)
}

/// `4 sets: 1 unhealthy, 3 healthy.`
fn by_health(reports: &[Report]) -> Option<String> {
    if reports.len() < 2 {
        return None;
    }
    let all = [Health::Unhealthy, Health::Unknown, Health::Degraded, Health::Healthy];
    let counted: Vec<String> = all
        .into_iter()
        .map(|health| (health, reports.iter().filter(|r| r.health() == health).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(health, count)| format!("{} {}", number(count as u64), super::health(health).0))
        .collect();
    Some(format!("{}: {}.", plural(reports.len(), "set"), counted.join(", ")))
}

fn incomplete(reports: &[Report]) -> Option<String> {
    if reports.iter().all(Report::is_complete) {
        return None;
    }
    let mut reasons: Vec<String> = Vec::new();
    for unread in reports.iter().flat_map(Report::unread) {
        let reason = unread.to_string().trim_end_matches(['.', '?']).to_owned();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    Some(match reasons.as_slice() {
        [] => "Not complete: not every member that should answer was read.".to_owned(),
        reasons => format!("Not complete: {}.", reasons.join("; ")),
    })
}

/// `2 not run: node-pressure, volume-affinity (cannot list nodes: forbidden).`
pub(super) fn not_run<'a>(skipped: impl Iterator<Item = &'a NotRun>) -> Option<String> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    let mut rules: Vec<&str> = Vec::new();
    for not_run in skipped {
        let why = not_run.why.to_string();
        if !rules.contains(&not_run.rule) {
            rules.push(not_run.rule);
        }
        match groups.iter_mut().find(|(known, _)| *known == why) {
            Some((_, rules)) if rules.contains(&not_run.rule) => {}
            Some((_, rules)) => rules.push(not_run.rule),
            None => groups.push((why, vec![not_run.rule])),
        }
    }
    let groups: Vec<String> =
        groups.iter().map(|(why, rules)| format!("{} ({why})", list(rules))).collect();
    (!rules.is_empty()).then(|| format!("{} not run: {}.", rules.len(), groups.join("; ")))
}

fn list(rules: &[&str]) -> String {
    match rules.split_at_checked(LISTED) {
        Some((listed, more)) if more.len() > 1 => {
            format!("{} and {} more", listed.join(", "), more.len())
        }
        _ => rules.join(", "),
    }
}

/// The rules of RBAC that would have let it read, each once.
fn missing_rights(reports: &[Report]) -> Vec<Line> {
    let mut missing: Vec<&Access> = Vec::new();
    for report in reports {
        let skipped = report.judged.not_run.iter().map(|not_run| &not_run.why);
        for unread in report.unread().into_iter().chain(skipped) {
            if let Some(access) = access(unread).filter(|access| !missing.contains(access)) {
                missing.push(access);
            }
        }
    }
    missing.into_iter().map(right).collect()
}

fn right(access: &Access) -> Line {
    let kind = match &access.namespace {
        Some(namespace) => format!("Role in {namespace}"),
        None => "ClusterRole".to_owned(),
    };
    Line::plain(&format!("missing right ({kind}): {access}"))
}

/// The rule of RBAC that would have let it read, where that is what was missing.
pub(super) fn missing_right(unread: &Unread) -> Option<Line> {
    access(unread).map(right)
}

pub(super) fn access(unread: &Unread) -> Option<&Access> {
    match &unread.why {
        Why::Forbidden(access) => access.as_ref(),
        _ => None,
    }
}
