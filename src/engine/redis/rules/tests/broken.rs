//! Every rule is in here, so that none can be switched off, or stop to fire, without a test that fails.

use std::collections::BTreeSet;

use super::super::super::example::{Line, Model, id};
use super::super::super::info::Info;
use super::super::super::replies::{Answers, Origin, Outcome};
use super::super::RULES;
use super::creation::uncreated;
use crate::model::example::node;
use crate::model::{Container, Intent, Resources, Snapshot, Unread, Why};
use crate::rules::{Finding, Judged};

/// What breaks a healthy cluster so that a rule fires, by the id of the rule.
type Broken = (&'static str, fn(&mut Model));

const AHEAD: &[Broken] = &[
    ("primary-leaves", |model| model.world.intent = Some(Intent::Scale { replicas: 2 })),
    ("replicas-leave", |model| model.world.intent = Some(Intent::Scale { replicas: 3 })),
    ("shard-channels", |model| {
        model.info("pubsubshard_channels", "2");
        model.world.intent = Some(Intent::Scale { replicas: 8 });
    }),
    ("shard-leaves", |model| {
        model.world.pods[3].node = Some("node-1".to_owned());
        model.world.intent = Some(Intent::DrainNode { node: "node-1".to_owned() });
    }),
];

const MEMBERS: &[Broken] = &[
    ("members-know-dead-addresses", |model| {
        for pod in &mut model.world.pods {
            pod.ip = pod.ip.as_ref().map(|ip| ip.replace("10.244.0.", "10.244.7."));
        }
        for member in &mut model.members {
            let own = member.id.clone();
            let others = member.lines.iter_mut().filter(|(id, _)| **id != own);
            others.for_each(|(_, line)| line.is_connected = false);
        }
    }),
    ("cluster-never-created", |model| *model = uncreated()),
    ("duplicate-node-id", |model| model.members[4] = model.members[3].clone()),
    ("member-unknown-to-peers", |model| {
        let stranger = id(5);
        let others = model.members.iter_mut().filter(|member| member.id != stranger);
        others.for_each(|member| drop(member.lines.remove(&stranger)));
    }),
    ("ghost-member", |model| {
        let ghost = Line {
            ip: "10.244.0.99".to_owned(),
            flags: "slave,fail".to_owned(),
            primary: Some(id(0)),
            epoch: 1,
            is_connected: false,
            slots: String::new(),
        };
        model
            .members
            .iter_mut()
            .for_each(|it| drop(it.lines.insert("f".repeat(40), ghost.clone())));
    }),
    ("membership-disagrees", |model| drop(model.member(0).lines.remove(&id(4)))),
    ("epoch-collision", |model| {
        model.all_say(1, |line| line.epoch = 1);
    }),
    ("epoch-behind", |model| model.member(4).epoch = 5),
    ("too-few-primaries", |model| {
        model.all_say(0, |line| line.slots = "0-10922".to_owned());
        model.all_say(1, |line| line.slots = String::new());
    }),
    ("primary-without-slots", |model| {
        model.all_say(0, |line| line.slots = "0-10922".to_owned());
        model.all_say(1, |line| line.slots = String::new());
        model.all_say(4, |line| line.primary = Some(id(0)));
    }),
    ("slots-uneven", |model| {
        model.all_say(0, |line| line.slots = "0-16300".to_owned());
        model.all_say(1, |line| line.slots = "16301-16340".to_owned());
        model.all_say(2, |line| line.slots = "16341-16383".to_owned());
    }),
    ("announced-elsewhere", |model| {
        model.all_say(1, |line| line.ip = "203.0.113.7".to_owned());
    }),
    ("shard-on-one-node", |model| model.world.pods[3].node = Some("node-1".into())),
    ("primaries-on-one-node", |model| model.world.nodes.push(node("node-3"))),
    ("mixed-versions", |model| {
        drop(model.member(5).info.insert("redis_version", "7.2.4".to_owned()));
    }),
];

const SERVING: &[Broken] = &[
    ("slots-uncovered", |model| {
        model.all_say(1, |line| line.slots = "5461-10000".to_owned());
    }),
    ("primary-down", |model| {
        model.kill(1);
    }),
    ("cluster-state-fail", |model| model.member(2).is_ok = false),
    ("slots-disagree", |model| {
        let lines = &mut model.member(3).lines;
        lines.get_mut(&id(0)).expect("known").slots = "0-5459".to_owned();
        lines.get_mut(&id(1)).expect("known").slots = "5460-10922".to_owned();
    }),
    ("open-slot", |model| model.member(0).own().slots = format!("0-5460 [77->-{}]", id(1))),
    ("keys-off-owner", |model| model.member(0).stray_keys = [(9000, 2)].into()),
    ("replica-down", |model| {
        model.kill(5);
    }),
    ("member-suspected", |model| {
        model.peers_say(5, |line| line.flags.push_str(",fail?"));
    }),
    ("shard-without-replica", |model| {
        model.kill(5);
    }),
    ("replica-lags", |model| {
        model.member(0).info.insert("master_repl_offset", "20000000".to_owned());
    }),
    ("min-replicas-unmet", |model| {
        model.setting("min-replicas-to-write", "1");
    }),
    ("replication-auth-rejected", |model| {
        for member in &mut model.members {
            member.door.password = Some(Origin::Given);
        }
        link_down(model, "-1");
    }),
    ("replica-link-down", |model| link_down(model, "120")),
    ("failover-running", |model| {
        drop(model.member(0).info.insert("master_failover_state", "waiting-for-sync".to_owned()));
    }),
    ("member-loading", |model| {
        model.outcome(4, Outcome::Loading(Info::parse("loading:1")));
    }),
];

const SERVERS: &[Broken] = &[
    ("save-failed", |model| {
        model.info("rdb_last_bgsave_status", "err");
    }),
    ("save-running", |model| {
        model.info("rdb_bgsave_in_progress", "1");
    }),
    ("memory-nearly-full", |model| {
        model.info("maxmemory", "2200000");
    }),
    ("nodes-conf-off-claim", |model| {
        model.setting("dir", "/tmp");
    }),
    ("persistence-off", |model| {
        model.setting("appendonly", "no");
    }),
    ("maxmemory-above-limit", |model| {
        for pod in &mut model.world.pods {
            pod.containers[0].limits = Resources { memory: Some(64 << 20), cpu_millis: None };
        }
        model.info("maxmemory", "268435456");
    }),
    ("eviction-policy", |model| {
        model.info("maxmemory", "268435456").info("maxmemory_policy", "allkeys-lru");
    }),
    ("clients-nearly-full", |model| {
        model.info("connected_clients", "9500");
    }),
    ("node-timeout-short", |model| {
        model.setting("cluster-node-timeout", "2000");
    }),
    ("config-differs", |model| drop(model.member(5).settings.insert("maxmemory", "1".to_owned()))),
    ("partial-coverage", |model| {
        model.setting("cluster-require-full-coverage", "no");
    }),
    ("cluster-mode-off", |model| {
        let info = Info::parse("redis_version:7.0.15\nrole:slave\n");
        let answers = Answers { info, ..Answers::default() };
        model.outcome(4, Outcome::Answered(Box::new(answers)));
    }),
    ("sentinel", |model| {
        model.world.pods[0].containers.push(Container {
            name: "sentinel".into(),
            words: vec!["redis-sentinel".into()],
            ..Container::default()
        });
    }),
];

const READING: &[Broken] = &[
    ("member-not-reached", |model| {
        model.outcome(1, Outcome::NotReached(Unread::new("connect", Why::Deadline)));
    }),
    ("password-missing", |model| {
        model.outcome(1, Outcome::NoPassword);
    }),
    ("password-rejected", |model| {
        model.outcome(1, Outcome::WrongPassword);
    }),
    ("password-unreadable", |model| {
        model.outcome(1, Outcome::Locked(Unread::new("get secret/x", Why::Forbidden(None))));
    }),
    ("connection-refused", |model| {
        model.outcome(1, Outcome::Refused);
    }),
    ("connection-rejected", |model| {
        model.outcome(1, Outcome::Rejected("ERR max".into()));
    }),
    ("member-silent", |model| {
        model.outcome(1, Outcome::Silent);
    }),
    ("tls-failed", |model| {
        model.outcome(1, Outcome::NoTls("bad certificate".into()));
    }),
    ("not-redis", |model| {
        model.outcome(1, Outcome::NotRedis("HTTP/1.1".into()));
    }),
    ("command-denied", |model| {
        model.outcome(1, Outcome::NoPermission("INFO".into()));
    }),
    ("write-denied", |model| {
        let Outcome::Answered(mut answers) = model.member(1).answer() else { return };
        let words = "User ops has no permissions to run the 'migrate' command";
        answers.denied.insert("MIGRATE".to_owned(), words.to_owned());
        answers.denied.insert("CLUSTER FAILOVER".to_owned(), words.to_owned());
        model.outcome(1, Outcome::Answered(answers));
    }),
];

fn link_down(model: &mut Model, seconds: &str) {
    let info = &mut model.member(3).info;
    info.insert("master_link_status", "down".to_owned());
    info.insert("master_link_down_since_seconds", seconds.to_owned());
}

fn broken() -> Vec<Broken> {
    [AHEAD, MEMBERS, SERVING, SERVERS, READING].concat()
}

/// A cluster that each rule finds something in.
pub(crate) fn worlds() -> Vec<(&'static str, Snapshot)> {
    let world = |(id, break_it): Broken| {
        let mut model = Model::healthy();
        break_it(&mut model);
        let replies = serde_json::to_value(model.replies()).expect("plain data");
        let mut now = model.world.snapshot();
        crate::engine::named("redis").expect("known").interpret(&mut now, replies);
        (id, now)
    };
    broken().into_iter().map(world).collect()
}

/// A finding of each rule, of what breaks it.
pub(crate) fn examples() -> Vec<Finding> {
    let example = |(id, break_it): Broken| {
        let mut model = Model::healthy();
        break_it(&mut model);
        let (now, facts) = model.facts();
        let mut judged = Judged::default();
        for rules in RULES {
            judged.add(&now, &facts, rules);
        }
        judged.findings.into_iter().find(|it| it.rule == id)
    };
    broken().into_iter().filter_map(example).collect()
}

#[test]
fn every_rule_has_a_cluster_that_breaks_it() {
    let mut shown = BTreeSet::new();
    for (id, break_it) in broken() {
        let mut model = Model::healthy();
        break_it(&mut model);
        let found = model.found();
        let fires = found.iter().any(|text| text.split(' ').nth(1) == Some(id));
        assert!(fires, "{id} does not fire, but {found:#?}");
        shown.insert(id);
    }
    let rules = || RULES.iter().copied().flatten();
    let all: BTreeSet<&str> = rules().map(|rule| rule.info.id).collect();
    assert_eq!(all.len(), rules().count(), "ids are unique");
    assert_eq!(all.difference(&shown).collect::<Vec<_>>(), [&""; 0], "rules that nothing breaks");
}
