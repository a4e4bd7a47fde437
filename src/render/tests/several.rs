//! Several sets at once.

use insta::assert_snapshot;

use super::super::example::{broken, plain, unanswered};
use super::super::{Look, Scope, check};
use crate::rules::Severity;

#[test]
fn several_sets_are_an_overview() {
    let sets = [
        plain("web", "shop", Some(Severity::Warning)),
        broken(),
        unanswered(),
        plain("db", "x", None),
        plain("cache", "x", None),
    ];
    assert_snapshot!(check(&sets, Scope::Everywhere, false, Look::default()), @r#"
    NAMESPACE   NAME    READY   REVISION       DATABASE               HEALTH      PROBLEMS             WORST
    shop        web     3/3     redis-7c9f5d   -                      degraded    1 warning            no-budget statefulset/web
    shop        redis   4/6     2 revisions    redis cluster 7.0.15   unhealthy   1 error, 1 warning   primary-down pod/redis-1
    shop        redis   6/6     7c9f5d         redis                  unknown     -                    -
    x           db      3/3     redis-7c9f5d   -                      healthy     -                    -
    x           cache   3/3     redis-7c9f5d   -                      healthy     -                    -

    Not complete: cannot connect to redis-0:6379: no answer in time. 5 sets: 1 unhealthy, 1 unknown, 1 degraded, 2 healthy. 3 problems found: 1 error, 2 warnings. -o wide shows what was found. 9 not run: node-pressure, volume-affinity (cannot list nodes: forbidden); primary-down, slot-open, slot-unserved, ghost, lag and 2 more (cannot connect to redis-0:6379: no answer in time).
    missing right (ClusterRole): apiGroups: [""], resources: ["nodes"], verbs: ["list"]
    "#);
    assert_snapshot!(check(&sets[3..], Scope::Selected, false, Look::default()), @r"
    NAME    READY   REVISION       DATABASE   HEALTH    PROBLEMS   WORST
    db      3/3     redis-7c9f5d   -          healthy   -          -
    cache   3/3     redis-7c9f5d   -          healthy   -          -

    2 sets: 2 healthy. No problems found.
    ");
}

#[test]
fn several_sets_by_name_are_a_screen_each() {
    let sets = [plain("web", "shop", None), plain("db", "shop", None)];
    assert_snapshot!(check(&sets, Scope::Named, false, Look::default()), @"
    statefulset/web   3/3 ready, revision redis-7c9f5d on all ordinals

    ORDINAL   POD     READY   REVISION       NODE     CLAIM          STATE
    0         web-0   1/1     redis-7c9f5d   node-1   data-redis-0   ok
    1         web-1   1/1     redis-7c9f5d   node-2   data-redis-1   ok
    2         web-2   1/1     redis-7c9f5d   node-1   data-redis-2   ok

    No problems found by 41 rules.


    statefulset/db   3/3 ready, revision redis-7c9f5d on all ordinals

    ORDINAL   POD    READY   REVISION       NODE     CLAIM          STATE
    0         db-0   1/1     redis-7c9f5d   node-1   data-redis-0   ok
    1         db-1   1/1     redis-7c9f5d   node-2   data-redis-1   ok
    2         db-2   1/1     redis-7c9f5d   node-1   data-redis-2   ok

    No problems found by 41 rules.
    ");
}
