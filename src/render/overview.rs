//! Many sets: one row each; for who asks for more, then the findings of those that have any.

use super::findings::findings;
use super::screen::{Line, Tone};
use super::table::{Column, Keep, Row, table};
use super::{Look, closing, health};
use crate::model::short_revision;
use crate::report::Report;
use crate::rules::{Finding, Severity};

pub(super) fn overview(
    reports: &[Report],
    with_namespace: bool,
    is_wide: bool,
    look: Look,
) -> Vec<Line> {
    let columns: Vec<Column> = [
        ("NAMESPACE", Keep::Always),
        ("NAME", Keep::Always),
        ("READY", Keep::Rank(2)),
        ("REVISION", Keep::Rank(0)),
        ("DATABASE", Keep::Rank(1)),
        ("HEALTH", Keep::Always),
        ("PROBLEMS", Keep::Rank(3)),
        ("WORST", Keep::Always),
    ]
    .into_iter()
    .skip(usize::from(!with_namespace))
    .map(|(label, keep)| Column::new(label, keep))
    .collect();
    let rows: Vec<Row> = reports.iter().map(|report| row(report, with_namespace)).collect();
    let mut lines = table(&columns, &rows, look.width);
    let with_findings = reports.iter().filter(|report| !report.judged.findings.is_empty());
    for report in with_findings.filter(|_| is_wide) {
        let set = &report.now.set;
        let place = if with_namespace { format!(" -n {}", set.namespace) } else { String::new() };
        lines.extend([Line::blank(), Line::plain(&format!("statefulset/{}{place}", set.name))]);
        lines.extend(findings(report, is_wide, look));
    }
    lines
}

fn row(report: &Report, with_namespace: bool) -> Row {
    let set = &report.now.set;
    let revision = match report.revisions().as_deref() {
        Ok([]) => "-".to_owned(),
        Ok([(only, _)]) => short_revision(&set.name, only).to_owned(),
        Ok(several) => format!("{} revisions", several.len()),
        Err(_) => "?".to_owned(),
    };
    let database = report.engine.as_ref().map_or("-", |engine| match &engine.headline {
        Ok(headline) => headline.title.as_str(),
        Err(_) => engine.name,
    });
    let ready = report.ready().map_or("?".to_owned(), |ready| ready.to_string());
    let problems = closing::problems(std::slice::from_ref(report));
    let (word, tone) = health(report.health());
    let worst = report.judged.findings.first().filter(|it| it.severity > Severity::Info);
    let cells = vec![
        set.namespace.clone(),
        set.name.clone(),
        format!("{ready}/{}", set.replicas),
        revision,
        database.to_owned(),
        word.to_owned(),
        if problems.is_empty() { "-".to_owned() } else { problems },
        worst.map_or_else(|| "-".to_owned(), worst_words),
    ];
    let tone = if worst.is_none() { Tone::Plain } else { tone };
    Row { cells: cells.into_iter().skip(usize::from(!with_namespace)).collect(), tone }
}

/// `pod-crash-loop pod/redis-1`.
fn worst_words(finding: &Finding) -> String {
    let object = &finding.violation.object;
    format!("{} {}/{}", finding.rule, object.kind, object.name)
}
