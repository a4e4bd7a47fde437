//! What of a report is news when it changes: states, not measurements.

use super::Report;
use crate::model::{Cell, Value, Verdict};
use crate::rules::{Object, Severity};

/// Two reports with the same shape say the same, but for ages, counts and sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    set: (String, u32, bool),
    engine: Option<(Option<Verdict>, Vec<Value>)>,
    ordinals: Option<Vec<Ordinal>>,
    findings: Vec<(&'static str, Severity, Object)>,
    not_run: Vec<&'static str>,
}

#[derive(Clone, Debug, PartialEq)]
struct Ordinal {
    number: u32,
    pod: Option<(String, bool, bool)>,
    revision: Option<String>,
    node: Option<String>,
    member: Option<(String, String, Vec<Value>)>,
}

impl Shape {
    pub fn of(report: &Report) -> Self {
        let set = &report.now.set;
        let engine = report.engine.as_ref().map(|engine| match &engine.headline {
            Ok(headline) => {
                let facts = headline.facts.iter().map(|(_, _, value)| value);
                (Some(headline.verdict), facts.filter(|it| is_state(it)).cloned().collect())
            }
            Err(_) => (None, Vec::new()),
        });
        Self {
            set: (set.uid.clone(), set.replicas, set.deleting.is_some()),
            engine,
            ordinals: report.rows().ok().map(|rows| rows.iter().map(Ordinal::of).collect()),
            findings: report
                .judged
                .findings
                .iter()
                .map(|it| (it.rule, it.severity, it.violation.object.clone()))
                .collect(),
            not_run: report.judged.not_run.iter().map(|it| it.rule).collect(),
        }
    }
}

impl Ordinal {
    fn of(row: &super::Row<'_>) -> Self {
        let pod = row.ordinal.pod;
        let states = |cells: &[Cell]| {
            cells.iter().map(|cell| &cell.value).filter(|it| is_state(it)).cloned().collect()
        };
        Self {
            number: row.ordinal.number,
            pod: pod.map(|pod| (pod.uid.clone(), pod.is_ready(), pod.deleting.is_some())),
            revision: pod.and_then(|pod| pod.revision()).map(str::to_owned),
            node: pod.and_then(|pod| pod.node.clone()),
            member: row
                .member
                .map(|member| (member.id.clone(), member.state.clone(), states(&member.cells))),
        }
    }
}

fn is_state(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::List(_) | Value::Flag(_))
}
