//! From what is known to what is promised.

use super::controller::Controller;
use super::{
    CheckReport, Engine, EngineVerdict, Finding, Health, Member, NotRun, Object, Ordinal, PodRef,
    Purpose, Right, SetReport, Severity, Unread, Value,
};
use crate::model::{self, Verdict};
use crate::render::closing::access;
use crate::render::findings::{Place, fix, place};
use crate::render::state::state;
use crate::render::template::fill;
use crate::report::{self, EngineReport, Report, Row};
use crate::rules;

impl From<&[Report]> for CheckReport {
    fn from(reports: &[Report]) -> Self {
        Self {
            api_version: "kubectl-sts/v1",
            kind: "CheckReport",
            sets: reports.iter().map(SetReport::from).collect(),
        }
    }
}

impl From<&Report> for SetReport {
    fn from(report: &Report) -> Self {
        let set = &report.now.set;
        let rows = report.rows().ok();
        Self {
            context: report.context.clone(),
            namespace: set.namespace.clone(),
            name: set.name.clone(),
            uid: set.uid.clone(),
            at: report.now.at.to_string(),
            replicas: set.replicas,
            ready: report.ready().ok(),
            complete: report.is_complete(),
            unread: report.unread().into_iter().map(Unread::from).collect(),
            verdict: report.health().into(),
            engine: report.engine.as_ref().map(Engine::from),
            ordinals: rows.map(|rows| rows.iter().map(|row| ordinal(report, row)).collect()),
            other_members: report
                .now
                .members
                .is_ok()
                .then(|| report.other_members().into_iter().map(Member::from).collect()),
            purpose: report.now.intent.as_ref().map(|intent| purpose(report, intent)),
            findings: report
                .judged
                .findings
                .iter()
                .map(|it| Finding::new(place(report), it))
                .collect(),
            controller: report.controller().ok().map(|action| Controller::new(report, &action)),
            rules_run: report.judged.ran,
            not_run: report.judged.not_run.iter().map(NotRun::from).collect(),
        }
    }
}

fn purpose(report: &Report, intent: &model::Intent) -> Purpose {
    let operation = report.now.operation();
    let errors = report.judged.findings.iter().filter(|it| it.severity == rules::Severity::Error);
    Purpose {
        intent: intent.to_string(),
        work: operation.map(model::Operation::name),
        blocked: operation.is_some() && errors.count() > 0,
    }
}

fn ordinal(report: &Report, row: &Row<'_>) -> Ordinal {
    let pod = row.ordinal.pod;
    Ordinal {
        ordinal: row.ordinal.number,
        wanted: row.ordinal.is_wanted,
        pod: pod.map(|pod| pod.name.clone()),
        uid: pod.map(|pod| pod.uid.clone()),
        ready: pod.is_some_and(|pod| pod.is_ready()),
        revision: pod.and_then(|pod| pod.revision()).map(str::to_owned),
        node: pod.and_then(|pod| pod.node.clone()),
        claims: row.claims.clone().ok(),
        state: state(report, row),
        member: row.member.map(Member::from),
    }
}

impl Finding {
    pub(in crate::render) fn new(place: Place<'_>, finding: &rules::Finding) -> Self {
        let violation = &finding.violation;
        let filled = |template: &str| fill(template, &violation.evidence, place.now);
        Self {
            rule: finding.rule,
            severity: finding.severity.into(),
            blocks: finding.blocks.iter().map(|operation| operation.name()).collect(),
            object: Object::from(&violation.object),
            message: filled(violation.says),
            evidence: violation.evidence.iter().map(|(name, it)| (*name, it.into())).collect(),
            since: violation.since.map(|since| since.to_string()),
            cause: violation.cause.map(filled),
            next: violation.next.map(filled),
            fix: violation.fix.iter().map(|argv| fix(place, argv)).collect(),
        }
    }
}

impl From<&rules::Object> for Object {
    fn from(object: &rules::Object) -> Self {
        Self { kind: object.kind, name: object.name.clone() }
    }
}

impl From<&EngineReport> for Engine {
    fn from(engine: &EngineReport) -> Self {
        let headline = engine.headline.as_ref().ok();
        let facts = headline.map_or(&[][..], |headline| &headline.facts);
        Self {
            name: engine.name,
            evidence: engine.evidence.words.clone(),
            verdict: match headline.map(|headline| headline.verdict) {
                Some(Verdict::Ok) => EngineVerdict::Ok,
                Some(Verdict::Degraded) => EngineVerdict::Degraded,
                Some(Verdict::Down) => EngineVerdict::Down,
                Some(Verdict::Unknown) | None => EngineVerdict::Unknown,
            },
            title: headline.map(|headline| headline.title.clone()),
            facts: facts.iter().map(|(name, _, value)| (*name, value.into())).collect(),
        }
    }
}

impl From<&model::Member> for Member {
    fn from(member: &model::Member) -> Self {
        Self {
            id: member.id.clone(),
            pod: member.pod.as_ref().map(|pod| PodRef {
                set: pod.set.clone(),
                ordinal: pod.ordinal,
                uid: pod.uid.clone(),
            }),
            state: member.state.clone(),
            cells: member.cells.iter().map(|cell| (cell.key, (&cell.value).into())).collect(),
        }
    }
}

impl From<&rules::NotRun> for NotRun {
    fn from(not_run: &rules::NotRun) -> Self {
        let Unread { reason, missing } = (&not_run.why).into();
        Self { rule: not_run.rule, reason, missing }
    }
}

impl From<&model::Unread> for Unread {
    fn from(unread: &model::Unread) -> Self {
        let missing = access(unread).map(|access| Right {
            verb: access.verb.clone(),
            api_group: access.group.clone(),
            resource: access.resource.clone(),
            namespace: access.namespace.clone(),
        });
        Self { reason: unread.to_string(), missing }
    }
}

impl From<report::Health> for Health {
    fn from(health: report::Health) -> Self {
        match health {
            report::Health::Healthy => Self::Healthy,
            report::Health::Degraded => Self::Degraded,
            report::Health::Unhealthy => Self::Unhealthy,
            report::Health::Unknown => Self::Unknown,
        }
    }
}

impl From<rules::Severity> for Severity {
    fn from(severity: rules::Severity) -> Self {
        match severity {
            rules::Severity::Info => Self::Info,
            rules::Severity::Warning => Self::Warning,
            rules::Severity::Unknown => Self::Unknown,
            rules::Severity::Error => Self::Error,
        }
    }
}

impl From<&model::Value> for Value {
    fn from(value: &model::Value) -> Self {
        match value {
            model::Value::Count(number) | model::Value::Bytes(number) => Self::Number(*number),
            model::Value::Seconds(seconds) => Self::Seconds(*seconds),
            model::Value::Time(time) => Self::Text(time.to_string()),
            model::Value::Text(text) => Self::Text(text.clone()),
            model::Value::List(items) => Self::List(items.clone()),
            model::Value::Flag(flag) => Self::Flag(*flag),
            model::Value::Port(port) => Self::Number(u64::from(*port)),
        }
    }
}
