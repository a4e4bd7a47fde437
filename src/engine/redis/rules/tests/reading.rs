//! Members that do not answer us, or not as a cluster.

use super::super::super::example::Model;
use super::super::super::info::Info;
use super::super::super::replies::{Answers, Outcome};
use super::expect;
use crate::model::{Access, Unread, Why};

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
        Outcome::Answered(Box::new(Answers { info, ..Answers::default() }))
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
