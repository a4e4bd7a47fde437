use super::super::example::{Line, Model, found, id};
use super::super::facts::{Facts, needs_second_look};
use super::super::info::Info;
use super::super::replies::{Origin, Outcome, Replies};
use crate::model::{Access, Unread, Why};

/// Severity and rule of each finding.
fn ids(found: &[String]) -> Vec<String> {
    found.iter().map(|text| text.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

#[track_caller]
fn expect(model: &Model, ids_expected: &[&str], part: &str) {
    let found = model.found();
    assert_eq!(ids(&found), ids_expected, "{found:#?}");
    assert!(found.iter().any(|text| text.contains(part)), "no {part:?} in {found:#?}");
}

#[test]
fn a_healthy_cluster_has_no_finding() {
    let model = Model::healthy();
    assert_eq!(model.found(), Vec::<String>::new());
    assert!(!needs_second_look(&model.world.snapshot(), &model.round()));
}

#[test]
fn a_cluster_that_was_created_a_moment_ago_is_healthy() {
    let mut model = Model::healthy();
    for ordinal in 3..6 {
        // Peers learn roles from pongs; a replica knows its own at once.
        model.peers_say(ordinal, |line| {
            line.flags = "master".to_owned();
            line.primary = None;
        });
        let info = &mut model.member(ordinal as usize).info;
        info.insert("uptime_in_seconds", "4".to_owned());
        info.insert("master_link_status", "down".to_owned());
        info.insert("master_sync_in_progress", "1".to_owned());
    }
    assert_eq!(model.found(), Vec::<String>::new());
}

#[test]
fn slots_without_an_owner() {
    let mut model = Model::healthy();
    model.all_say(1, |line| line.slots = "5461-10000".to_owned());
    expect(&model, &["Error slots-uncovered"], "922 slot(s) owned by nobody: 10001-10922");
    let mut reset = Model::healthy();
    reset.member(1).own().slots = String::new();
    let found = reset.found();
    assert!(found.iter().any(|t| t.contains("still ascribe them to redis-1")), "{found:#?}");
}

#[test]
fn slots_that_went_with_their_pod() {
    let mut model = Model::healthy();
    model.kill(1);
    model.members.remove(1);
    model.world.pods.remove(1);
    model.world.set.replicas = 6;
    expect(&model, &["Error primary-down"], "its 5462 slots are served by nobody");
    let mut scaled = Model::healthy();
    scaled.kill(2).kill(5);
    scaled.members.retain(|member| member.id != id(5) && member.id != id(2));
    scaled.world.pods.retain(|pod| pod.name != "redis-5" && pod.name != "redis-2");
    scaled.world.pods[2].name = "redis-2".into();
    scaled.world.pods[3].name = "redis-3".into();
    scaled.world.set.replicas = 4;
    expect(
        &scaled,
        &["Error slots-uncovered", "Warning ghost-member"],
        "5461 slot(s) served by nobody: 10923-16383, of 22222222 at 10.244.0.12:6379",
    );
}

#[test]
fn a_primary_that_is_down_and_its_replica() {
    let mut model = Model::healthy();
    model.kill(1);
    expect(&model, &["Error primary-down"], "replica redis-4 should be promoted");
    let info = &mut model.member(4).info;
    info.insert("master_link_status", "down".to_owned());
    info.insert("master_link_down_since_seconds", "94".to_owned());
    expect(&model, &["Error primary-down"], "disconnected for 94s, more than 60s");
    model.member(4).own().flags.push_str(",nofailover");
    expect(&model, &["Error primary-down"], "told never to be promoted");
    model.kill(4);
    expect(
        &model,
        &["Error primary-down", "Warning replica-down"],
        "its replica redis-4 is down too",
    );
    let mut two = Model::healthy();
    two.kill(1).kill(2);
    expect(
        &two,
        &["Error primary-down", "Error primary-down"],
        "1 primaries are up and 2 votes are needed",
    );
}

#[test]
fn a_replica_that_took_over() {
    let mut model = Model::healthy();
    model.kill(1);
    model.all_say(1, |line| line.slots = String::new());
    model.all_say(4, |line| {
        line.flags = line.flags.replace("slave", "master");
        line.primary = None;
        line.epoch = 9;
        line.slots = "5461-10922".to_owned();
    });
    expect(
        &model,
        &["Warning primary-down", "Warning shard-without-replica"],
        "others serve every slot it had",
    );
}

#[test]
fn a_failover_that_is_read_while_it_happens_is_no_finding() {
    let mut before = Model::healthy();
    // The replica was read before its promotion, the primary after its demotion.
    before.member(1).own().flags = "myself,slave".to_owned();
    before.member(1).own().slots = String::new();
    before.member(1).own().primary = Some(id(4));
    let mut after = Model::healthy();
    after.all_say(1, |line| {
        line.flags = line.flags.replace("master", "slave");
        line.slots = String::new();
        line.primary = Some(id(4));
    });
    after.all_say(4, |line| {
        line.flags = line.flags.replace("slave", "master");
        line.slots = "5461-10922".to_owned();
        line.primary = None;
        line.epoch = 9;
    });
    let now = before.world.snapshot();
    assert!(needs_second_look(&now, &before.round()));
    for (first, again) in [(&before, &after), (&after, &before)] {
        let replies = Replies { first: first.round(), again: Some(again.round()) };
        let facts = Facts::new(&now, replies);
        assert_eq!(found(&now, &facts), Vec::<String>::new());
        assert_eq!(
            super::super::headline::headline(&now, &facts).verdict,
            crate::model::Verdict::Ok
        );
    }
}

#[test]
fn a_replica_that_is_down() {
    let mut model = Model::healthy();
    model.kill(5);
    expect(
        &model,
        &["Warning replica-down", "Warning shard-without-replica"],
        "this replica of redis-2 has failed",
    );
}

#[test]
fn a_member_that_one_peer_cannot_reach() {
    let mut model = Model::healthy();
    let line = model.member(0).lines.get_mut(&id(1)).expect("known");
    line.flags = "master,fail?".to_owned();
    expect(&model, &["Warning member-suspected"], "redis-0 cannot reach it");
}

#[test]
fn a_member_that_its_peers_have_failed_while_it_answers_us() {
    let mut model = Model::healthy();
    model.peers_say(1, |line| line.flags = "master,fail".to_owned());
    expect(&model, &["Error primary-down"], "its peers have declared it failed");
}

#[test]
fn members_that_disagree_twice() {
    let mut model = Model::healthy();
    let member = model.member(3);
    member.lines.get_mut(&id(0)).expect("known").slots = "0-5459".to_owned();
    member.lines.get_mut(&id(1)).expect("known").slots = "5460-10922".to_owned();
    expect(
        &model,
        &["Error slots-disagree"],
        "the owner of 1 slot(s) (5460): redis-0 by redis-0 redis-1 redis-2 redis-4 redis-5, redis-1 by redis-3",
    );
    // An epoch that has changed between the readings is motion.
    let mut moved = model.clone();
    moved.all_say(0, |line| line.epoch = 7);
    let now = model.world.snapshot();
    let facts = Facts::new(&now, Replies { first: model.round(), again: Some(moved.round()) });
    assert_eq!(found(&now, &facts), Vec::<String>::new());
}

#[test]
fn slots_left_open() {
    let mut model = Model::healthy();
    let (source, target) = (id(0), id(1));
    model.member(0).own().slots = format!("0-5460 [77->-{target}] [78->-{target}]");
    model.member(1).own().slots = format!("5461-10922 [77-<-{source}] [78-<-{source}]");
    model.member(0).open_slot_keys = [(77, 4), (78, 2)].into();
    expect(
        &model,
        &["Error open-slot"],
        "2 slot(s) open (migrating and importing) from redis-0 to redis-1: 77-78",
    );
    let found_now = model.found();
    assert!(found_now[0].contains("do not start another reshard"), "{found_now:#?}");
    let mut moved = model.clone();
    moved.member(0).own().slots = format!("0-5460 [79->-{target}]");
    moved.member(1).own().slots = format!("5461-10922 [79-<-{source}]");
    let now = model.world.snapshot();
    let facts = Facts::new(&now, Replies { first: model.round(), again: Some(moved.round()) });
    assert_eq!(ids(&found(&now, &facts)), ["Info open-slot"]);
}

#[test]
fn a_node_that_no_pod_runs() {
    let mut model = Model::healthy();
    let ghost = Line {
        ip: "10.244.0.99".to_owned(),
        flags: "slave,fail".to_owned(),
        primary: Some(id(0)),
        epoch: 1,
        is_connected: false,
        slots: String::new(),
    };
    for member in &mut model.members {
        member.lines.insert("f".repeat(40), ghost.clone());
    }
    expect(
        &model,
        &["Warning ghost-member"],
        "fix: kubectl exec redis-5 -c redis -- redis-cli -p 6379 cluster forget ffffffff",
    );
    // It lives in a pod of another set.
    let mut other = model.world.pods[0].clone();
    other.name = "other-0".into();
    other.uid = "uid-other-0".into();
    other.ip = Some("10.244.0.99".into());
    other.owner = None;
    model.world.other_pods.push(other);
    assert_eq!(ids(&model.found()), ["Warning replica-down"]);
    // Or it may be the pod that does not let us ask.
    model.world.other_pods.clear();
    model.outcome(4, Outcome::NoPassword);
    model.world.pods[4].ip = Some("10.244.0.77".into());
    assert!(ids(&model.found()).iter().all(|id| !id.contains("ghost")));
}

#[test]
fn a_command_to_paste_takes_the_password_from_where_the_pod_has_it() {
    let mut model = Model::healthy();
    for member in &mut model.members {
        member.door.tls = true;
        member.door.password = Some(Origin::Env("REDIS_PASSWORD".to_owned()));
        member.lines.insert(
            "f".repeat(40),
            Line {
                ip: "10.244.0.99".to_owned(),
                flags: "master,fail".to_owned(),
                primary: None,
                epoch: 1,
                is_connected: false,
                slots: String::new(),
            },
        );
    }
    expect(
        &model,
        &["Warning ghost-member"],
        "sh -c REDISCLI_AUTH=\"$REDIS_PASSWORD\" redis-cli -p 6379 --tls --insecure cluster forget",
    );
}

#[test]
fn a_member_that_nobody_knows() {
    let mut model = Model::healthy();
    let stranger = id(5);
    for member in model.members.iter_mut().filter(|member| member.id != stranger) {
        member.lines.remove(&stranger);
    }
    model.member(5).lines.retain(|id, _| *id == stranger);
    model.member(5).own().flags = "myself,master".to_owned();
    model.member(5).own().primary = None;
    model.member(5).is_ok = false;
    expect(
        &model,
        &["Error member-unknown-to-peers", "Warning shard-without-replica"],
        "no other member knows it, and it knows only itself",
    );
    assert_eq!(model.headline().verdict, crate::model::Verdict::Degraded);
    let mut never = Model::healthy();
    for member in &mut never.members {
        let own = member.id.clone();
        member.lines.retain(|id, _| *id == own);
        member.own().slots = String::new();
        member.own().flags = "myself,master".to_owned();
        member.own().primary = None;
        member.is_ok = false;
    }
    expect(
        &never,
        &["Error slots-uncovered", "Error member-unknown-to-peers"],
        "they were never joined",
    );
}

#[test]
fn two_pods_with_one_id() {
    let mut model = Model::healthy();
    model.members[4] = model.members[3].clone();
    let found = model.found();
    assert!(
        found.iter().any(|t| t.contains("redis-3, redis-4 answer with one node id")),
        "{found:#?}"
    );
}

#[test]
fn all_pods_were_replaced_at_once() {
    let mut model = Model::healthy();
    for (ordinal, pod) in (0..).zip(&mut model.world.pods) {
        pod.ip = Some(format!("10.244.7.{ordinal}"));
    }
    for member in &mut model.members {
        member.is_ok = false;
        let own = member.id.clone();
        let others = member.lines.iter_mut().filter(|(id, _)| **id != own);
        for (position, (_, line)) in others.enumerate() {
            // As seen on Redis 7.0: a link that still connects to a dead address counts as connected.
            line.is_connected = position % 2 == 0;
            line.flags.push_str(",fail?");
        }
        if member.info.get("role").is_some_and(|role| role == "slave") {
            member.info.insert("master_link_status", "down".to_owned());
        }
    }
    expect(
        &model,
        &["Error members-know-dead-addresses"],
        "fix: kubectl exec redis-5 -c redis -- redis-cli -p 6379 cluster meet 10.244.7.0 6379",
    );
}

#[test]
fn one_pod_that_came_back_after_the_others_had_moved() {
    let mut model = Model::healthy();
    for (ordinal, pod) in (0..).zip(&mut model.world.pods) {
        pod.ip = Some(format!("10.244.7.{ordinal}"));
    }
    for ordinal in 0..6 {
        model.all_say(ordinal, |line| line.ip = format!("10.244.7.{ordinal}"));
    }
    let own = id(5);
    for (_, line) in model.member(5).lines.iter_mut().filter(|(id, _)| **id != own) {
        line.ip = "10.244.0.99".to_owned();
        line.is_connected = false;
    }
    model.peers_say(5, |line| {
        line.ip = "10.244.0.98".to_owned();
        line.flags.push_str(",fail");
        line.is_connected = false;
    });
    expect(
        &model,
        &["Error members-know-dead-addresses"],
        "every peer is known to redis-5 by an address",
    );
}

#[test]
fn replication_that_does_not_connect() {
    let mut model = Model::healthy();
    let info = &mut model.member(3).info;
    info.insert("master_link_status", "down".to_owned());
    info.insert("master_link_down_since_seconds", "120".to_owned());
    expect(&model, &["Warning replica-link-down"], "its link to redis-0 is down");
    // The primary is about to send it a copy.
    let mut waits = model.clone();
    let line = "ip=10.244.0.13,port=6379,state=wait_bgsave,offset=0,lag=0".to_owned();
    waits.member(0).info.insert("slave0", line);
    assert_eq!(waits.found(), Vec::<String>::new());
    for member in &mut model.members {
        member.door.password = Some(Origin::Given);
    }
    expect(&model, &["Warning replica-link-down"], "its link to redis-0 is down");
    model.member(3).info.insert("master_link_down_since_seconds", "3599".to_owned());
    expect(&model, &["Error replication-auth-rejected"], "compare masterauth");
}

#[test]
fn a_replica_that_dials_where_its_primary_was() {
    let mut model = Model::healthy();
    let info = &mut model.member(3).info;
    info.insert("master_link_status", "down".to_owned());
    info.insert("master_host", "10.244.0.99".to_owned());
    let fix = format!(
        "fix: kubectl exec redis-3 -c redis -- redis-cli -p 6379 cluster replicate {}",
        id(0)
    );
    expect(&model, &["Warning replica-link-down"], &fix);
}

#[test]
fn members_that_refuse_to_serve() {
    let mut model = Model::healthy();
    model.member(2).is_ok = false;
    expect(&model, &["Error cluster-state-fail"], "redis-2 say that the cluster is down");
    assert_eq!(model.headline().verdict, crate::model::Verdict::Down);
    model.member(2).info.insert("uptime_in_seconds", "3".to_owned());
    assert_eq!(model.headline().verdict, crate::model::Verdict::Ok);
    expect(&model, &["Info cluster-state-fail"], "redis-2 started a moment ago");
}

#[test]
fn fewer_than_three_primaries() {
    let mut model = Model::healthy();
    model.all_say(0, |line| line.slots = "0-10922".to_owned());
    model.all_say(1, |line| line.slots = String::new());
    model.all_say(4, |line| line.primary = Some(id(0)));
    expect(&model, &["Warning too-few-primaries"], "2 primaries have slots");
}

fn forbidden(what: &str, resource: &str) -> Unread {
    let access = Access {
        verb: "get".to_owned(),
        group: String::new(),
        resource: resource.to_owned(),
        namespace: Some("shop".to_owned()),
    };
    Unread::new(what, Why::Forbidden(Some(access)))
}

#[test]
fn nobody_can_be_reached_for_one_reason() {
    let mut model = Model::healthy();
    for ordinal in 0..6 {
        let unread = forbidden(&format!("connect to redis-{ordinal}:6379"), "pods/portforward");
        model.outcome(ordinal, Outcome::NotReached(unread));
    }
    expect(
        &model,
        &["Unknown member-not-reached"],
        "6 members were not reached: get pods/portforward is forbidden",
    );
    let found = model.found();
    assert!(found[0].contains("next: missing in the role of this user: apiGroups"), "{found:#?}");
}

#[test]
fn one_member_that_does_not_answer_us_is_not_down() {
    let deadline = Unread::new("connect to redis-1:6379", Why::Deadline);
    for (outcome, rule, part) in [
        (Outcome::NotReached(deadline), "member-not-reached", "peers report redis-1 connected"),
        (Outcome::Silent, "member-silent", "peers report redis-1 connected"),
        (Outcome::Refused, "connection-refused", "its peers are connected to it"),
        (Outcome::NoPassword, "password-missing", "--password-file"),
        (Outcome::WrongPassword, "password-rejected", "it rejects the password"),
        (
            Outcome::Locked(forbidden("get secret/redis", "secrets")),
            "password-unreadable",
            "cannot get secret/redis: forbidden",
        ),
        (Outcome::NoPermission("CLUSTER NODES".into()), "command-denied", "CLUSTER NODES"),
        (Outcome::NotRedis("HTTP/1.1 400".into()), "not-redis", "HTTP/1.1 400"),
        (Outcome::NoTls("bad certificate".into()), "tls-failed", "bad certificate"),
        (
            Outcome::Rejected("ERR max number of clients".into()),
            "connection-rejected",
            "max number",
        ),
    ] {
        let mut model = Model::healthy();
        model.outcome(1, outcome);
        expect(&model, &[&format!("Unknown {rule}")], part);
    }
}

#[test]
fn one_member_that_neither_we_nor_its_peers_reach_is_down() {
    for (outcome, rule) in
        [(Outcome::Silent, "Error member-silent"), (Outcome::Refused, "Error connection-refused")]
    {
        let mut model = Model::healthy();
        model.kill(4).outcome(4, outcome);
        model.world.pods[4].conditions.clear();
        expect(&model, &["Warning replica-down", rule], "has failed");
    }
}

#[test]
fn a_member_that_loads() {
    let mut model = Model::healthy();
    let info = Info::parse("loading:1\r\nloading_loaded_perc:37.20\r\nloading_eta_seconds:12\r\n");
    model.outcome(4, Outcome::Loading(info));
    expect(
        &model,
        &["Warning shard-without-replica", "Warning member-loading"],
        "37% done, about 12s left",
    );
}

#[test]
fn servers_without_cluster_mode() {
    let mut model = Model::healthy();
    let alone = |role: &str| {
        let info = Info::parse(&format!(
            "redis_version:7.0.15\r\nredis_mode:standalone\r\nrole:{role}\r\n"
        ));
        Outcome::Answered(Box::new(super::super::replies::Answers { info, cluster: None }))
    };
    for ordinal in 0..6 {
        model.outcome(ordinal, alone(if ordinal == 0 { "master" } else { "slave" }));
    }
    expect(&model, &["Info cluster-mode-off"], "not in cluster mode");
    model.world.pods[0].containers.push(crate::model::Container {
        name: "sentinel".into(),
        image: "redis:7.0".into(),
        words: vec!["redis-sentinel".into()],
        ..crate::model::Container::default()
    });
    expect(&model, &["Info cluster-mode-off", "Info sentinel"], "Sentinel runs");
}
