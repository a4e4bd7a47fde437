//! Reports to render, for tests.

use crate::model::example::{World, ago, healthy};
use crate::model::{
    Access, Cell, Column, Evidence, Headline, Member, PodRef, Run, Set, Status, Stopped, Unread,
    Value, Verdict, Why,
};
use crate::report::{EngineReport, Report};
use crate::rules::{Finding, Judged, NotRun, Object, Severity, Violation};

const COLUMNS: &[Column] = &[
    Column { key: "role", label: "role", wide: false },
    Column { key: "slots", label: "slots", wide: false },
    Column { key: "lag", label: "lag", wide: false },
    Column { key: "memory", label: "memory", wide: true },
];

/// Six ordinals, a Redis cluster of three shards, nothing wrong.
pub(super) fn fine() -> Report {
    let mut report = report(&healthy(6));
    report.judged.ran = 74;
    report
}

/// Ordinal 4 is missing, 1 crashes, a claim is left behind, a peer knows a ghost.
pub(super) fn broken() -> Report {
    let mut world = healthy(6);
    world.pods.remove(4);
    world.claims.push(crate::model::example::claim(&world.set, 6));
    let crashing = &mut world.pods[1];
    crashing.conditions.retain(|condition| condition.kind != "Ready");
    crashing.labels.insert("controller-revision-hash".into(), "redis-5d4cc8".into());
    crashing.containers[0].status = Some(Status {
        ready: false,
        restarts: 7,
        run: Run::Waiting { reason: "CrashLoopBackOff".into(), message: None },
        image_id: String::new(),
        last: Some(Stopped { reason: Some("OOMKilled".into()), exit_code: 137, at: ago(192) }),
    });
    let mut report = report(&world);
    report.context = Some("prod-eu".into());
    let mut members = report.now.members.as_deref().map(<[Member]>::to_vec).expect("members");
    members.push(Member {
        id: "ghost".into(),
        pod: None,
        cells: vec![Cell { key: "role", value: Value::Text("replica".into()) }],
        state: "known to 4 peers, no pod".into(),
    });
    report.now.members = Ok(members.into());
    if let Some(headline) = headline(&mut report) {
        headline.verdict = Verdict::Down;
        headline.facts[0].2 = Value::Text("10922/16384".into());
    }
    report.judged = Judged { findings: findings(), ran: 76, not_run: Vec::new() };
    report
}

/// Nodes may not be listed, and the database did not answer.
pub(super) fn unanswered() -> Report {
    let mut report = fine();
    let silent = Unread::new("connect to redis-0:6379", Why::Deadline);
    report.now.members = Err(silent.clone());
    report.now.facts = Err(silent.clone());
    if let Some(engine) = &mut report.engine {
        engine.headline = Err(silent.clone());
    }
    let access = Access {
        verb: "list".into(),
        group: String::new(),
        resource: "nodes".into(),
        namespace: None,
    };
    let forbidden = Unread::new("list nodes", Why::Forbidden(Some(access)));
    report.judged.ran = 40;
    report.judged.skip(["node-pressure", "volume-affinity"].into_iter(), &forbidden);
    let of_engine = ["primary-down", "slot-open", "slot-unserved", "ghost", "lag", "epoch", "busy"];
    report.judged.not_run.extend(of_engine.map(|rule| NotRun { rule, why: silent.clone() }));
    report
}

/// A set without a database; one thing may be wrong with it.
pub(super) fn plain(name: &str, namespace: &str, wrong: Option<Severity>) -> Report {
    let mut world = healthy(3);
    world.set = Set { name: name.into(), namespace: namespace.into(), ..world.set };
    for (ordinal, pod) in world.pods.iter_mut().enumerate() {
        pod.name = format!("{name}-{ordinal}");
        pod.namespace = namespace.into();
    }
    let mut report = report(&world);
    report.engine = None;
    report.now = world.snapshot();
    report.judged.ran = 41;
    report.judged.findings.extend(wrong.map(|severity| {
        finding("no-budget", severity, Violation::new(Object::set(name), "no budget protects it"))
    }));
    report
}

fn report(world: &World) -> Report {
    let mut now_seen = world.snapshot();
    let member = |pod: &crate::model::Pod| {
        let ordinal = world.set.ordinal_of(&pod.name).expect("a pod of the set");
        let first = u64::from(ordinal) * 5461;
        let is_primary = ordinal < 3;
        let text = |key, text: String| Cell { key, value: Value::Text(text) };
        let mut cells =
            vec![text("role", if is_primary { "primary" } else { "replica" }.to_owned())];
        if is_primary {
            cells.push(text("slots", format!("{first}-{}", first + 5460)));
        } else {
            cells.push(Cell { key: "lag", value: Value::Bytes(0) });
        }
        cells.push(Cell { key: "memory", value: Value::Bytes(14_889_779) });
        Member {
            id: format!("id-{ordinal}"),
            pod: Some(PodRef { set: world.set.name.clone(), ordinal, uid: pod.uid.clone() }),
            cells,
            state: "ok".into(),
        }
    };
    now_seen.members = Ok(world.pods.iter().map(member).collect());
    now_seen.facts = Ok(std::sync::Arc::new(()));
    Report {
        context: None,
        now: now_seen,
        engine: Some(EngineReport {
            name: "redis",
            evidence: Evidence { words: "container redis runs redis-server".into() },
            columns: COLUMNS,
            headline: Ok(Headline {
                title: "redis cluster 7.0.15".into(),
                verdict: Verdict::Ok,
                facts: vec![
                    ("slots", "slots", Value::Text("16384/16384".into())),
                    ("shards", "shards", Value::Count(3)),
                    ("keys", "keys", Value::Count(353_429)),
                ],
            }),
        }),
        judged: Judged::default(),
    }
}

fn findings() -> Vec<Finding> {
    let down = Violation::new(Object::pod("redis-1"), "its {slots:slot} are served by nobody")
        .with("slots", 5462_u64)
        .with("container", "redis")
        .with("exit", 137_u64)
        .with("back_off", Value::Seconds(40))
        .since(ago(192))
        .cause("container {container} OOMKilled (exit {exit}), back-off {back_off}")
        .next(
            "replica redis-4 has not been promoted: it has no pod; look at why it was not created",
        )
        .fix(["kubectl", "sts", "repair", "redis"]);
    let left = Violation::new(
        Object::claim("data-redis-6"),
        "belongs to ordinal {ordinal}, beyond replicas 6: a later scale-up would start on its old data",
    )
    .with("ordinal", 6_u64);
    let old = |pod| {
        Violation::new(Object::pod(pod), "has run for {age} without a backup")
            .with("age", Value::Seconds(75 * 3600))
    };
    vec![
        finding("primary-down", Severity::Error, down),
        finding("claim-left-behind", Severity::Warning, left),
        finding("no-backup", Severity::Info, old("redis-0")),
        finding("no-backup", Severity::Info, old("redis-2")),
    ]
}

pub(super) fn finding(rule: &'static str, severity: Severity, violation: Violation) -> Finding {
    Finding { rule, severity, blocks: &[], violation }
}

pub(super) fn headline(report: &mut Report) -> Option<&mut Headline> {
    report.engine.as_mut()?.headline.as_mut().ok()
}
