use super::*;
use crate::model::example::{World, claim, healthy};
use crate::model::{PodRef, Why};
use crate::rules::{Finding, NotRun, Object, Violation};

fn report(world: &World) -> Report {
    Report { context: None, now: world.snapshot(), engine: None, judged: Judged::default() }
}

fn with(severities: &[Severity]) -> Report {
    let mut report = report(&healthy(3));
    let finding = |severity: &Severity| Finding {
        rule: "a-rule",
        severity: *severity,
        blocks: &[],
        violation: Violation::new(Object::set("redis"), "is odd"),
    };
    report.judged.findings = severities.iter().map(finding).collect();
    report
}

fn engine(verdict: Seen<Verdict>) -> Report {
    let mut report = report(&healthy(3));
    report.now.members = Ok([].into());
    report.now.facts = Ok(std::sync::Arc::new(()));
    report.engine = Some(EngineReport {
        name: "redis",
        evidence: Evidence { words: "a container".into() },
        columns: &[],
        headline: verdict.map(|verdict| Headline {
            title: "redis".into(),
            verdict,
            facts: Vec::new(),
        }),
    });
    report
}

fn unread() -> Unread {
    Unread::new("list pods", Why::Deadline)
}

#[test]
fn the_threshold_decides_which_findings_are_a_no() {
    let all = [FailOn::Error, FailOn::Warning, FailOn::Info, FailOn::Never];
    for (worst, expected) in [
        (None, [Answer::Yes; 4]),
        (Some(Severity::Info), [Answer::Yes, Answer::Yes, Answer::No, Answer::Yes]),
        (Some(Severity::Warning), [Answer::Yes, Answer::No, Answer::No, Answer::Yes]),
        (Some(Severity::Error), [Answer::No, Answer::No, Answer::No, Answer::Yes]),
        (Some(Severity::Unknown), [Answer::Incomplete; 4]),
    ] {
        let report = with(worst.as_slice());
        assert_eq!(all.map(|fail_on| report.answer(fail_on)), expected, "{worst:?}");
    }
}

#[test]
fn incomplete_wins_over_no_and_over_the_other_sets() {
    let broken = with(&[Severity::Error]);
    let fine = with(&[]);
    let partly = with(&[Severity::Error, Severity::Unknown]);
    assert_eq!(answer(&[], FailOn::Error), Answer::Yes);
    assert_eq!(partly.health(), Health::Unhealthy);
    assert_eq!(answer(&[fine, broken], FailOn::Error), Answer::No);
    assert_eq!(answer(&[with(&[Severity::Error]), partly], FailOn::Error), Answer::Incomplete);
}

#[test]
fn a_report_is_complete_when_everything_that_should_answer_did() {
    assert!(report(&healthy(3)).is_complete());
    let mut no_pods = report(&healthy(3));
    no_pods.now.pods = Err(unread());
    assert!(!no_pods.is_complete());
    assert_eq!(no_pods.health(), Health::Unknown);
    assert!(no_pods.ready().is_err() && no_pods.rows().is_err());

    let mut no_facts = engine(Ok(Verdict::Ok));
    assert!(no_facts.is_complete());
    no_facts.now.facts = Err(unread());
    assert!(!no_facts.is_complete());
    no_facts.now.pods = Err(unread());
    assert_eq!(no_facts.unread(), [&unread()]);
    assert!(!engine(Ok(Verdict::Unknown)).is_complete());
    assert!(!engine(Err(unread())).is_complete());

    let mut not_run = report(&healthy(3));
    not_run.judged.not_run.push(NotRun { rule: "node-pressure", why: unread() });
    assert!(not_run.is_complete());
}

#[test]
fn the_verdict_of_a_database_counts_without_a_finding() {
    assert_eq!(engine(Ok(Verdict::Down)).answer(FailOn::Error), Answer::No);
    assert_eq!(engine(Ok(Verdict::Down)).health(), Health::Unhealthy);
    assert_eq!(engine(Ok(Verdict::Degraded)).health(), Health::Degraded);
    assert_eq!(engine(Ok(Verdict::Ok)).health(), Health::Healthy);
}

#[test]
fn revisions_name_the_newest_even_when_no_pod_has_it() {
    let mut world = healthy(3);
    assert_eq!(report(&world).revisions(), Ok(vec![("redis-7c9f5d", 3)]));
    world.set.update_revision = Some("redis-new".into());
    assert_eq!(report(&world).revisions(), Ok(vec![("redis-7c9f5d", 3), ("redis-new", 0)]));
    world.pods.clear();
    assert_eq!(report(&world).revisions(), Ok(Vec::new()));
}

#[test]
fn a_row_has_the_claims_and_the_member_of_its_pod() {
    let mut world = healthy(3);
    world.pods.remove(1);
    world.claims.push(claim(&world.set, 3));
    let mut report = report(&world);
    let member = |id: &str, uid: &str| Member {
        id: id.into(),
        pod: Some(PodRef { set: "redis".into(), ordinal: 0, uid: uid.into() }),
        cells: Vec::new(),
        state: "ok".into(),
    };
    report.now.members = Ok([member("a", "uid-redis-0"), member("old", "uid-gone")].into());
    let rows = report.rows().expect("pods were read");
    let claims: Vec<_> = rows.iter().map(|row| row.claims.clone().expect("read")).collect();
    assert_eq!(claims, [["data-redis-0"], ["data-redis-1"], ["data-redis-2"]]);
    assert_eq!(rows[0].member.map(|member| member.id.as_str()), Some("a"));
    assert!(rows[1].ordinal.pod.is_none() && rows[1].member.is_none());
    let others: Vec<&str> = report.other_members().iter().map(|it| it.id.as_str()).collect();
    assert_eq!(others, ["old"]);
}
