//! Many sets: one row each, then the findings of those that have any.

use super::findings::findings;
use super::ordinals::short_revision;
use super::screen::{Line, Tone};
use super::table::{Column, Keep, Row, table};
use super::{Look, closing, health};
use crate::report::Report;

pub(super) fn overview(reports: &[Report], with_namespace: bool, look: Look) -> Vec<Line> {
    let columns: Vec<Column> = [
        ("NAMESPACE", Keep::Always),
        ("NAME", Keep::Always),
        ("READY", Keep::Rank(2)),
        ("REVISION", Keep::Rank(0)),
        ("DATABASE", Keep::Rank(1)),
        ("HEALTH", Keep::Always),
        ("PROBLEMS", Keep::Always),
    ]
    .into_iter()
    .skip(usize::from(!with_namespace))
    .map(|(label, keep)| Column::new(label, keep))
    .collect();
    let rows: Vec<Row> = reports.iter().map(|report| row(report, with_namespace)).collect();
    let mut lines = table(&columns, &rows, look.width);
    for report in reports.iter().filter(|report| !report.judged.findings.is_empty()) {
        let set = &report.now.set;
        let place = if with_namespace { format!(" -n {}", set.namespace) } else { String::new() };
        lines.extend([Line::blank(), Line::plain(&format!("statefulset/{}{place}", set.name))]);
        lines.extend(findings(report, look));
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
    let cells = vec![
        set.namespace.clone(),
        set.name.clone(),
        format!("{ready}/{}", set.replicas),
        revision,
        database.to_owned(),
        word.to_owned(),
        if problems.is_empty() { "-".to_owned() } else { problems.clone() },
    ];
    let tone = if problems.is_empty() { Tone::Plain } else { tone };
    Row { cells: cells.into_iter().skip(usize::from(!with_namespace)).collect(), tone }
}
