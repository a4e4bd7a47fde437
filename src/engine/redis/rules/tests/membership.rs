//! Who belongs to the cluster, and who finds whom.

use super::super::super::example::{Line, Model, found, id};
use super::super::super::facts::{Facts, needs_second_look};
use super::super::super::replies::{Origin, Outcome, Replies};
use super::{expect, ids};

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
    expect(&model, &["Warning ghost-member"], "fix: kubectl sts repair redis");
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
    }
    // Ordinal 3 was the first one's replica.
    model.all_say(3, |line| {
        line.flags = line.flags.replace("slave", "master");
        line.primary = None;
    });
    let info = &mut model.member(3).info;
    info.insert("role", "master".to_owned());
    info.remove("db0");
    let fix = "sh -c REDISCLI_AUTH=\"$REDIS_PASSWORD\" redis-cli -p 6379 --tls --insecure cluster replicate";
    assert!(model.found().join("\n").contains(fix), "{:?}", model.found());
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
}

#[test]
fn members_that_know_only_themselves_and_own_slots() {
    let mut model = Model::healthy();
    for member in &mut model.members {
        let own = member.id.clone();
        member.lines.retain(|id, _| *id == own);
    }
    expect(
        &model,
        &["Error member-unknown-to-peers"],
        "each know only themselves, and some of them own slots",
    );
}

#[test]
fn a_member_that_one_does_not_know() {
    let mut model = Model::healthy();
    model.member(0).lines.remove(&id(4));
    expect(&model, &["Warning membership-disagrees"], "pod/redis-0: it does not know redis-4");
    // It is on its way in.
    let line = Line { flags: "handshake".to_owned(), ..model.member(1).lines[&id(4)].clone() };
    model.member(0).lines.insert("e".repeat(40), line);
    assert_eq!(ids(&model.found()), ["Warning membership-disagrees"]);
    let now = model.world.snapshot();
    let replies = Replies { first: model.round(), again: Some(Model::healthy().round()) };
    assert_eq!(found(&now, &Facts::new(&now, replies)), Vec::<String>::new());
}

#[test]
fn primaries_of_one_epoch() {
    let mut model = Model::healthy();
    model.all_say(1, |line| line.epoch = 1);
    expect(
        &model,
        &["Warning epoch-collision"],
        "redis-0, redis-1 own slots under the same epoch 1",
    );
}

#[test]
fn a_member_that_has_not_heard_of_the_newest_epoch() {
    let mut model = Model::healthy();
    model.member(4).epoch = 5;
    let says = "pod/redis-4: redis-0, redis-1, redis-2, redis-3, redis-5 are at epoch 6, and it has heard of none after 5";
    expect(&model, &["Warning epoch-behind"], says);
    // The next reading shows that it hears, of the newest or of one before it.
    let now = model.world.snapshot();
    assert!(needs_second_look(&now, &model.round()));
    let mut newer = Model::healthy();
    newer.members.iter_mut().for_each(|member| member.epoch = 8);
    newer.member(4).epoch = 7;
    for again in [&Model::healthy(), &newer] {
        let replies = Replies { first: model.round(), again: Some(again.round()) };
        assert_eq!(found(&now, &Facts::new(&now, replies)), Vec::<String>::new());
    }
    // The others have moved on without it.
    newer.member(4).epoch = 5;
    let replies = Replies { first: model.round(), again: Some(newer.round()) };
    assert!(found(&now, &Facts::new(&now, replies))[0].contains("redis-5 are at epoch 8"));
}

#[test]
fn epochs_of_those_that_have_no_part_in_the_cluster_do_not_count() {
    // It was just started, and hears from the others within seconds.
    let mut starts = Model::healthy();
    starts.member(4).epoch = 5;
    starts.member(4).info.insert("uptime_in_seconds", "4".to_owned());
    assert_eq!(starts.found(), Vec::<String>::new());
    // It was not heard.
    let mut silent = Model::healthy();
    silent.member(4).epoch = 5;
    silent.outcome(4, Outcome::Silent);
    assert_eq!(ids(&silent.found()), ["Unknown member-silent"]);
    // Nobody knows it, whatever it has come to alone.
    let mut stranger = Model::healthy();
    for member in stranger.members.iter_mut().filter(|member| member.id != id(4)) {
        member.lines.remove(&id(4));
    }
    stranger.member(4).epoch = 99;
    assert!(ids(&stranger.found()).iter().all(|id| !id.contains("epoch")));
}

#[test]
fn a_primary_that_serves_nothing() {
    let mut model = Model::healthy();
    model.all_say(5, |line| {
        line.flags = line.flags.replace("slave", "master");
        line.primary = None;
    });
    model.member(5).info.insert("role", "master".to_owned());
    // Here it is the replica that a shard lacks.
    assert_eq!(ids(&model.found()), ["Warning shard-without-replica"]);
    model.all_say(4, |line| line.primary = Some(id(2)));
    model.all_say(3, |line| line.slots = String::new());
    model.all_say(0, |line| line.slots = String::new());
    model.all_say(0, |line| line.flags = line.flags.replace("master", "slave"));
    model.all_say(0, |line| line.primary = Some(id(1)));
    model.all_say(1, |line| line.slots = "0-10922".to_owned());
    let found = model.found();
    assert!(
        found.iter().any(|it| it.starts_with("Info primary-without-slots pod/redis-5")),
        "{found:#?}"
    );
}

#[test]
fn a_primary_with_most_of_the_slots() {
    let mut model = Model::healthy();
    model.all_say(0, |line| line.slots = "0-16300".to_owned());
    model.all_say(1, |line| line.slots = "16301-16340".to_owned());
    model.all_say(2, |line| line.slots = "16341-16383".to_owned());
    expect(&model, &["Info slots-uneven"], "16301 slots, more than twice its even share of 5461");
}

#[test]
fn an_address_that_no_client_of_the_cluster_reaches() {
    let mut model = Model::healthy();
    model.all_say(1, |line| line.ip = "203.0.113.7".to_owned());
    expect(&model, &["Info announced-elsewhere"], "redis-1 as 203.0.113.7");
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
    expect(&model, &["Error members-know-dead-addresses"], "fix: kubectl sts repair redis");
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
