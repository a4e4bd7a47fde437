//! The first two lines of a screen: the set as Kubernetes has it, and the database as it sees itself.

use super::clean::clean;
use super::screen::{Line, Tone};
use super::value::{plural, words};
use crate::model::{Update, Verdict, short_revision};
use crate::report::{EngineReport, Report};

pub(super) fn headline(report: &Report, is_wide: bool) -> Vec<Line> {
    let title = format!("statefulset/{}", report.now.set.name);
    let Some(engine) = &report.engine else {
        return vec![Line::plain(&format!("{title}   {}", of_set(report)))];
    };
    let name = match &engine.headline {
        Ok(headline) => clean(&headline.title),
        Err(_) => engine.name.to_owned(),
    };
    let width = title.chars().count().max(name.chars().count()) + 3;
    let of_engine = Line::plain(&format!("{name:width$}"));
    vec![
        Line::plain(&format!("{title:width$}{}", of_set(report))),
        with_engine(of_engine, engine, report, is_wide),
    ]
}

/// `4/6 ready, revisions 7c9f5d (4), 5d4cc8 (2)`.
fn of_set(report: &Report) -> String {
    let set = &report.now.set;
    let (ready, ordinals) = match (report.ready(), report.now.ordinals()) {
        (Ok(ready), Ok(ordinals)) => (ready, ordinals),
        (Err(unread), _) | (_, Err(unread)) => {
            return format!("?/{} ready: {unread}", set.replicas);
        }
    };
    let mut parts = vec![match set.replicas {
        0 => "scaled to 0".to_owned(),
        replicas => format!("{ready}/{replicas} ready"),
    }];
    parts.extend(revisions(report));
    let leaving = ordinals.iter().filter(|ordinal| !ordinal.is_wanted).count();
    if leaving > 0 {
        parts.push(format!("{} leaving", plural(leaving, "pod")));
    }
    if set.update == Update::OnDelete {
        parts.push("updated on delete".to_owned());
    }
    if set.deleting.is_some() {
        parts.push("being deleted".to_owned());
    }
    parts.join(", ")
}

fn revisions(report: &Report) -> Option<String> {
    let set = &report.now.set;
    let revisions = report.revisions().ok()?;
    match revisions.as_slice() {
        [] => None,
        [(only, count)] => {
            let on_all = u32::try_from(*count) == Ok(set.replicas);
            let all = if on_all { " on all ordinals" } else { "" };
            Some(format!("revision {}{all}", short_revision(&set.name, only)))
        }
        several => {
            let counted = several
                .iter()
                .map(|(name, count)| format!("{} ({count})", short_revision(&set.name, name)));
            Some(format!("revisions {}", counted.collect::<Vec<_>>().join(", ")))
        }
    }
}

fn with_engine(line: Line, engine: &EngineReport, report: &Report, is_wide: bool) -> Line {
    let evidence = format!("recognised because {}", engine.evidence.words);
    let headline = match &engine.headline {
        Ok(headline) => headline,
        Err(unread) => {
            return line
                .and(Tone::Unknown, "unknown")
                .and(Tone::Plain, &format!(": {unread}; {evidence}"));
        }
    };
    let (word, tone) = verdict(headline.verdict);
    let facts = headline.facts.iter().map(|(_, label, value)| {
        format!("{} {label}", words(value, report.now.at)).trim_end().to_owned()
    });
    let facts = facts.chain(is_wide.then_some(evidence));
    facts.fold(line.and(tone, word), |line, fact| line.and(Tone::Plain, &format!(", {fact}")))
}

fn verdict(verdict: Verdict) -> (&'static str, Tone) {
    match verdict {
        Verdict::Ok => ("ok", Tone::Plain),
        Verdict::Degraded => ("degraded", Tone::Warn),
        Verdict::Down => ("down", Tone::Bad),
        Verdict::Unknown => ("unknown", Tone::Unknown),
    }
}
