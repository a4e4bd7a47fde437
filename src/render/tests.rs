//! Whole screens, as they are seen.

mod several;

use insta::assert_snapshot;

use super::example::{broken, fine, headline, plain, unanswered};
use super::{Look, Scope, check};
use crate::report::Report;

fn screen(report: Report, width: Option<usize>) -> String {
    check(&[report], Scope::Named, false, Look { colour: false, width })
}

#[test]
fn healthy_off_a_terminal() {
    assert_snapshot!(screen(fine(), None), @"
    statefulset/redis      6/6 ready, revision 7c9f5d on all ordinals
    redis cluster 7.0.15   ok, 16384/16384 slots, 3 shards, 353,429 keys

    ORDINAL   POD       READY   REVISION   NODE     CLAIM          ROLE      SLOTS         LAG   STATE
    0         redis-0   1/1     7c9f5d     node-1   data-redis-0   primary   0-5460        -     ok
    1         redis-1   1/1     7c9f5d     node-2   data-redis-1   primary   5461-10921    -     ok
    2         redis-2   1/1     7c9f5d     node-1   data-redis-2   primary   10922-16382   -     ok
    3         redis-3   1/1     7c9f5d     node-2   data-redis-3   replica   -             0 B   ok
    4         redis-4   1/1     7c9f5d     node-1   data-redis-4   replica   -             0 B   ok
    5         redis-5   1/1     7c9f5d     node-2   data-redis-5   replica   -             0 B   ok

    No problems found by 74 rules.
    ");
}

#[test]
fn healthy_on_80_columns() {
    assert_snapshot!(screen(fine(), Some(80)), @"
    statefulset/redis      6/6 ready, revision 7c9f5d on all ordinals
    redis cluster 7.0.15   ok, 16384/16384 slots, 3 shards, 353,429 keys

    ORDINAL   POD       READY   REVISION   ROLE      SLOTS         LAG   STATE
    0         redis-0   1/1     7c9f5d     primary   0-5460        -     ok
    1         redis-1   1/1     7c9f5d     primary   5461-10921    -     ok
    2         redis-2   1/1     7c9f5d     primary   10922-16382   -     ok
    3         redis-3   1/1     7c9f5d     replica   -             0 B   ok
    4         redis-4   1/1     7c9f5d     replica   -             0 B   ok
    5         redis-5   1/1     7c9f5d     replica   -             0 B   ok

    No problems found by 74 rules.
    ");
}

#[test]
fn healthy_and_wide() {
    assert_snapshot!(check(&[fine()], Scope::Named, true, Look::default()), @"
    statefulset/redis      6/6 ready, revision 7c9f5d on all ordinals
    redis cluster 7.0.15   ok, 16384/16384 slots, 3 shards, 353,429 keys, recognised because container redis runs redis-server

    ORDINAL   POD       READY   REVISION   NODE     CLAIM          RESTARTS   AGE    IP            IMAGE       ROLE      SLOTS         LAG   MEMORY     STATE
    0         redis-0   1/1     7c9f5d     node-1   data-redis-0   0          120m   10.244.0.10   redis:7.0   primary   0-5460        -     14.2 MiB   ok
    1         redis-1   1/1     7c9f5d     node-2   data-redis-1   0          120m   10.244.0.11   redis:7.0   primary   5461-10921    -     14.2 MiB   ok
    2         redis-2   1/1     7c9f5d     node-1   data-redis-2   0          120m   10.244.0.12   redis:7.0   primary   10922-16382   -     14.2 MiB   ok
    3         redis-3   1/1     7c9f5d     node-2   data-redis-3   0          120m   10.244.0.13   redis:7.0   replica   -             0 B   14.2 MiB   ok
    4         redis-4   1/1     7c9f5d     node-1   data-redis-4   0          120m   10.244.0.14   redis:7.0   replica   -             0 B   14.2 MiB   ok
    5         redis-5   1/1     7c9f5d     node-2   data-redis-5   0          120m   10.244.0.15   redis:7.0   replica   -             0 B   14.2 MiB   ok

    No problems found by 74 rules.
    ");
}

#[test]
fn broken_off_a_terminal() {
    assert_snapshot!(screen(broken(), None), @r"
    statefulset/redis      4/6 ready, revisions 7c9f5d (4), 5d4cc8 (1)
    redis cluster 7.0.15   down, 10922/16384 slots, 3 shards, 353,429 keys

    ORDINAL   POD       READY   REVISION   NODE     CLAIM          ROLE      SLOTS         LAG   STATE
    0         redis-0   1/1     7c9f5d     node-1   data-redis-0   primary   0-5460        -     ok
    1         redis-1   0/1     5d4cc8     node-2   data-redis-1   primary   5461-10921    -     crash loop (OOM killed)
    2         redis-2   1/1     7c9f5d     node-1   data-redis-2   primary   10922-16382   -     ok
    3         redis-3   1/1     7c9f5d     node-2   data-redis-3   replica   -             0 B   ok
    4         redis-4   -       -          -        data-redis-4   -         -             -     missing
    5         redis-5   1/1     7c9f5d     node-2   data-redis-5   replica   -             0 B   ok
    -         -         -       -          -        -              replica   -             -     known to 4 peers, no pod

    ERROR     primary-down          pod/redis-1   its 5,462 slots are served by nobody
                since   3m12s: container redis OOMKilled (exit 137), back-off 40s
                next    replica redis-4 has not been promoted: it has no pod; look at why it was not created
                fix     kubectl sts repair redis --context prod-eu -n shop
    WARNING   claim-left-behind     pvc/data-redis-6   belongs to ordinal 6, beyond replicas 6: a later scale-up would start on its old data

    controller: waiting for pod redis-1 to become ready (OrderedReady); it will not touch ordinals 2-5 until then

    2 problems found by 76 rules: 1 error, 1 warning. 2 notes with -o wide.
    ");
}

#[test]
fn broken_on_80_columns() {
    assert_snapshot!(screen(broken(), Some(80)), @r"
    statefulset/redis      4/6 ready, revisions 7c9f5d (4), 5d4cc8 (1)
    redis cluster 7.0.15   down, 10922/16384 slots, 3 shards, 353,429 keys

    ORDINAL   POD       READY   ROLE      SLOTS         STATE
    0         redis-0   1/1     primary   0-5460        ok
    1         redis-1   0/1     primary   5461-10921    crash loop (OOM killed)
    2         redis-2   1/1     primary   10922-16382   ok
    3         redis-3   1/1     replica   -             ok
    4         redis-4   -       -         -             missing
    5         redis-5   1/1     replica   -             ok
    -         -         -       replica   -             known to 4 peers, no pod

    ERROR     primary-down          pod/redis-1   its 5,462 slots are served by
                nobody
                since   3m12s: container redis OOMKilled (exit 137), back-off 40s
                next    replica redis-4 has not been promoted: it has no pod; look
                        at why it was not created
                fix     kubectl sts repair redis --context prod-eu -n shop
    WARNING   claim-left-behind     pvc/data-redis-6   belongs to ordinal 6, beyond
                replicas 6: a later scale-up would start on its old data

    controller: waiting for pod redis-1 to become ready (OrderedReady); it will not
      touch ordinals 2-5 until then

    2 problems found by 76 rules: 1 error, 1 warning. 2 notes with -o wide.
    ");
}

#[test]
fn broken_on_160_columns() {
    assert_snapshot!(screen(broken(), Some(160)), @r"
    statefulset/redis      4/6 ready, revisions 7c9f5d (4), 5d4cc8 (1)
    redis cluster 7.0.15   down, 10922/16384 slots, 3 shards, 353,429 keys

    ORDINAL   POD       READY   REVISION   NODE     CLAIM          ROLE      SLOTS         LAG   STATE
    0         redis-0   1/1     7c9f5d     node-1   data-redis-0   primary   0-5460        -     ok
    1         redis-1   0/1     5d4cc8     node-2   data-redis-1   primary   5461-10921    -     crash loop (OOM killed)
    2         redis-2   1/1     7c9f5d     node-1   data-redis-2   primary   10922-16382   -     ok
    3         redis-3   1/1     7c9f5d     node-2   data-redis-3   replica   -             0 B   ok
    4         redis-4   -       -          -        data-redis-4   -         -             -     missing
    5         redis-5   1/1     7c9f5d     node-2   data-redis-5   replica   -             0 B   ok
    -         -         -       -          -        -              replica   -             -     known to 4 peers, no pod

    ERROR     primary-down          pod/redis-1   its 5,462 slots are served by nobody
                since   3m12s: container redis OOMKilled (exit 137), back-off 40s
                next    replica redis-4 has not been promoted: it has no pod; look at why it was not created
                fix     kubectl sts repair redis --context prod-eu -n shop
    WARNING   claim-left-behind     pvc/data-redis-6   belongs to ordinal 6, beyond replicas 6: a later scale-up would start on its old data

    controller: waiting for pod redis-1 to become ready (OrderedReady); it will not touch ordinals 2-5 until then

    2 problems found by 76 rules: 1 error, 1 warning. 2 notes with -o wide.
    ");
}

#[test]
fn a_database_that_did_not_answer() {
    assert_snapshot!(screen(unanswered(), None), @r#"
    statefulset/redis   6/6 ready, revision 7c9f5d on all ordinals
    redis               unknown: cannot connect to redis-0:6379: no answer in time; recognised because container redis runs redis-server

    ORDINAL   POD       READY   REVISION   NODE     CLAIM          ROLE   SLOTS   LAG   STATE
    0         redis-0   1/1     7c9f5d     node-1   data-redis-0   ?      ?       ?     member not read
    1         redis-1   1/1     7c9f5d     node-2   data-redis-1   ?      ?       ?     member not read
    2         redis-2   1/1     7c9f5d     node-1   data-redis-2   ?      ?       ?     member not read
    3         redis-3   1/1     7c9f5d     node-2   data-redis-3   ?      ?       ?     member not read
    4         redis-4   1/1     7c9f5d     node-1   data-redis-4   ?      ?       ?     member not read
    5         redis-5   1/1     7c9f5d     node-2   data-redis-5   ?      ?       ?     member not read

    Not complete: cannot connect to redis-0:6379: no answer in time. No problems found by the rules that could look. 9 not run: node-pressure, volume-affinity (cannot list nodes: forbidden); primary-down, slot-open, slot-unserved, ghost, lag and 2 more (cannot connect to redis-0:6379: no answer in time).
    missing right (ClusterRole): apiGroups: [""], resources: ["nodes"], verbs: ["list"]
    "#);
}

#[test]
fn pods_that_could_not_be_listed() {
    let mut report = plain("web", "shop", None);
    let why = crate::model::Why::Forbidden(None);
    report.now.pods = Err(crate::model::Unread::new("list pods", why));
    assert_snapshot!(screen(report, None), @"
    statefulset/web   ?/3 ready: cannot list pods: forbidden

    Not complete: cannot list pods: forbidden. No problems found by the rules that could look.
    ");
}

#[test]
fn scaled_to_nothing() {
    let mut world = crate::model::example::healthy(0);
    world.budgets.clear();
    let mut report = plain("redis", "shop", None);
    report.now = world.snapshot();
    assert_snapshot!(screen(report, None), @"
    statefulset/redis   scaled to 0

    No problems found by 41 rules.
    ");
}

#[test]
fn colour_marks_only_words_that_are_bad() {
    let look = Look { colour: true, width: None };
    let text = check(&[broken()], Scope::Named, false, look);
    assert_snapshot!(text.replace('\x1b', "ESC"), @r"
    statefulset/redis      4/6 ready, revisions 7c9f5d (4), 5d4cc8 (1)
    redis cluster 7.0.15   ESC[31mdownESC[0m, 10922/16384 slots, 3 shards, 353,429 keys

    ORDINAL   POD       READY   REVISION   NODE     CLAIM          ROLE      SLOTS         LAG   STATE
    0         redis-0   1/1     7c9f5d     node-1   data-redis-0   primary   0-5460        -     ok
    1         redis-1   0/1     5d4cc8     node-2   data-redis-1   primary   5461-10921    -     ESC[31mcrash loop (OOM killed)ESC[0m
    2         redis-2   1/1     7c9f5d     node-1   data-redis-2   primary   10922-16382   -     ok
    3         redis-3   1/1     7c9f5d     node-2   data-redis-3   replica   -             0 B   ok
    4         redis-4   -       -          -        data-redis-4   -         -             -     ESC[31mmissingESC[0m
    5         redis-5   1/1     7c9f5d     node-2   data-redis-5   replica   -             0 B   ok
    -         -         -       -          -        -              replica   -             -     ESC[31mknown to 4 peers, no podESC[0m

    ESC[31mERRORESC[0m     primary-down          pod/redis-1   its 5,462 slots are served by nobody
                since   3m12s: container redis OOMKilled (exit 137), back-off 40s
                next    replica redis-4 has not been promoted: it has no pod; look at why it was not created
                fix     kubectl sts repair redis --context prod-eu -n shop
    ESC[33mWARNINGESC[0m   claim-left-behind     pvc/data-redis-6   belongs to ordinal 6, beyond replicas 6: a later scale-up would start on its old data

    controller: waiting for pod redis-1 to become ready (OrderedReady); it will not touch ordinals 2-5 until then

    2 problems found by 76 rules: 1 error, 1 warning. 2 notes with -o wide.
    ");
}

#[test]
fn nothing_from_a_cluster_reaches_the_terminal_raw() {
    let mut report = broken();
    let evil = "\x1b]0;owned\x07\u{202e}evil\u{9b}2J\n";
    if let Some(headline) = headline(&mut report) {
        headline.title = evil.into();
        headline.facts[0].2 = crate::model::Value::Text(evil.into());
    }
    let mut members = report.now.members.as_deref().expect("members").to_vec();
    for member in &mut members {
        member.state = evil.into();
        member.cells[0].value = crate::model::Value::List(vec![evil.into()]);
    }
    report.now.members = Ok(members.into());
    report.context = Some(evil.into());
    report.judged.findings[0].violation.object.name = evil.into();
    report.judged.findings[0].violation.evidence[1].1 = evil.into();
    let text = check(&[report], Scope::Named, true, Look { colour: false, width: Some(160) });
    let unsafe_letters: Vec<char> =
        text.chars().filter(|c| *c != '\n' && super::clean::is_unsafe(*c)).collect();
    assert_eq!(unsafe_letters, Vec::<char>::new());
    assert_snapshot!(text, @r"
    statefulset/redis                     4/6 ready, revisions 7c9f5d (4), 5d4cc8 (1)
    \x1b]0;owned\x07\u{202e}evil\x9b2J    down, \x1b]0;owned\x07\u{202e}evil\x9b2J  slots, 3 shards, 353,429 keys, recognised because container redis runs redis-server

    ORDINAL   POD       READY   REVISION   RESTARTS   ROLE                                  SLOTS         LAG   MEMORY     STATE
    0         redis-0   1/1     7c9f5d     0          \x1b]0;owned\x07\u{202e}evil\x9b2J    0-5460        -     14.2 MiB   \x1b]0;owned\x07\u{202e}evil\x9b2J
    1         redis-1   0/1     5d4cc8     7          \x1b]0;owned\x07\u{202e}evil\x9b2J    5461-10921    -     14.2 MiB   crash loop (OOM killed)
    2         redis-2   1/1     7c9f5d     0          \x1b]0;owned\x07\u{202e}evil\x9b2J    10922-16382   -     14.2 MiB   \x1b]0;owned\x07\u{202e}evil\x9b2J
    3         redis-3   1/1     7c9f5d     0          \x1b]0;owned\x07\u{202e}evil\x9b2J    -             0 B   14.2 MiB   \x1b]0;owned\x07\u{202e}evil\x9b2J
    4         redis-4   -       -          -          -                                     -             -     -          missing
    5         redis-5   1/1     7c9f5d     0          \x1b]0;owned\x07\u{202e}evil\x9b2J    -             0 B   14.2 MiB   \x1b]0;owned\x07\u{202e}evil\x9b2J
    -         -         -       -          -          \x1b]0;owned\x07\u{202e}evil\x9b2J    -             -     -          \x1b]0;owned\x07\u{202e}evil\x9b2J

    ERROR     primary-down          pod/\x1b]0;owned\x07\u{202e}evil\x9b2J    its 5,462 slots are served by nobody
                since   3m12s: container \x1b]0;owned\x07\u{202e}evil\x9b2J  OOMKilled (exit 137), back-off 40s
                next    replica redis-4 has not been promoted: it has no pod; look at why it was not created
                fix     kubectl sts repair redis --context '\x1b]0;owned\x07\u{202e}evil\x9b2J ' -n shop
    WARNING   claim-left-behind     pvc/data-redis-6   belongs to ordinal 6, beyond replicas 6: a later scale-up would start on its old data
    INFO      no-backup             pod/redis-0, -2   has run for 3d3h without a backup

    controller: waiting for pod redis-1 to become ready (OrderedReady); it will not touch ordinals 2-5 until then

    2 problems and 2 notes found by 76 rules: 1 error, 1 warning.
    ");
}
