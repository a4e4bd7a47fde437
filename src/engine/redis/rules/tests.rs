use super::super::example::{Model, found, id};
use super::super::facts::{Facts, needs_second_look};
use super::super::replies::{Origin, Outcome, Replies};

mod ahead;
pub(crate) mod broken;
mod creation;
mod disk;
mod load;
mod membership;
mod placing;
mod reading;

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
    for since in ["-1", "1795700000"] {
        let info = &mut model.member(4).info;
        info.insert("master_link_down_since_seconds", since.to_owned());
        expect(&model, &["Error primary-down"], "it has started without its primary");
    }
    let mut unheard = Model::healthy();
    unheard.kill(1);
    for voter in [0, 2] {
        unheard.member(voter).lines.get_mut(&id(1)).unwrap().epoch = 464;
    }
    let denied = "has not heard of the last epoch of its primary (2 for 464)";
    expect(&unheard, &["Error primary-down"], denied);
    unheard.member(2).lines.get_mut(&id(1)).unwrap().epoch = 2;
    expect(&unheard, &["Error primary-down"], denied);
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

/// Of four that are up three votes are needed: one that denies its vote keeps nobody from taking over, nor does one more that
/// was not heard, as it may know what it wants.
#[test]
fn a_replica_is_denied_the_votes_only_by_those_that_were_heard() {
    let five = ["0-3276", "3277-6553", "6554-9830", "9831-13107", "13108-16383"];
    let mut model = Model::of(&five);
    model.kill(1);
    model.member(0).lines.get_mut(&id(1)).unwrap().epoch = 464;
    model.outcome(2, Outcome::Silent);
    let says = |model: &Model, words: &str| model.found().iter().any(|it| it.contains(words));
    assert!(says(&model, "redis-6 should be promoted"), "{:#?}", model.found());
    model.member(3).lines.get_mut(&id(1)).unwrap().epoch = 464;
    assert!(says(&model, "redis-6 is denied the votes for good"), "{:#?}", model.found());
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
    // On Valkey replicas say so too: as many findings as slots are open, and no more.
    let mut repeated = model.clone();
    repeated.member(3).own().slots = format!("[77->-{}] [78->-{}]", id(1), id(1));
    repeated.member(4).own().slots = format!("[77-<-{}] [78-<-{}]", id(0), id(0));
    assert_eq!(repeated.found(), model.found());
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
    model.member(3).info.insert("master_link_down_since_seconds", "-1".to_owned());
    expect(&model, &["Error replication-auth-rejected"], "compare masterauth");
}

#[test]
fn a_replica_that_dials_where_its_primary_was() {
    let mut model = Model::healthy();
    let info = &mut model.member(3).info;
    info.insert("master_link_status", "down".to_owned());
    info.insert("master_host", "10.244.0.99".to_owned());
    // Time proves nothing here.
    info.insert("uptime_in_seconds", "2".to_owned());
    expect(&model, &["Warning replica-link-down"], "fix: kubectl sts repair redis");
}

#[test]
fn members_that_refuse_to_serve() {
    let mut model = Model::healthy();
    model.member(2).is_ok = false;
    expect(&model, &["Error cluster-state-fail"], "redis-2 say that the cluster is down");
    assert_eq!(model.headline().verdict, crate::model::Verdict::Down);
    model.member(2).info.insert("uptime_in_seconds", "3".to_owned());
    assert_eq!(model.headline().verdict, crate::model::Verdict::Ok);
    expect(&model, &["Info cluster-state-fail"], "for a few seconds: redis-2");
}

#[test]
fn fewer_than_three_primaries() {
    let mut model = Model::healthy();
    model.all_say(0, |line| line.slots = "0-10922".to_owned());
    model.all_say(1, |line| line.slots = String::new());
    model.all_say(4, |line| line.primary = Some(id(0)));
    expect(
        &model,
        &["Warning too-few-primaries", "Info primary-without-slots"],
        "2 primaries have slots",
    );
}
