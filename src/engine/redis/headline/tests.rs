use super::super::example::Model;
use super::super::info::Info;
use super::super::replies::{Answers, Outcome};
use crate::model::{Headline, Unread, Value, Why};

fn line(headline: &Headline) -> String {
    let facts = headline.facts.iter().map(|(_, label, value)| match value {
        Value::Text(text) => format!("{text} {label}"),
        Value::Count(count) => format!("{count} {label}"),
        other => format!("{other:?}"),
    });
    let facts: Vec<String> = facts.collect();
    format!("{} | {:?} | {}", headline.title, headline.verdict, facts.join(", "))
}

#[test]
fn a_cluster_in_one_line() {
    let mut model = Model::healthy();
    assert_eq!(
        line(&model.headline()),
        "redis cluster 7.0.15 | Ok | 16384/16384 slots, 3 shards, 300 keys"
    );
    model.member(5).info.insert("redis_version", "7.2.5".to_owned());
    model.kill(4);
    assert_eq!(
        line(&model.headline()),
        "redis cluster 7.0.15, 7.2.5 | Degraded | 16384/16384 slots, 3 shards, 300 keys"
    );
    model.kill(1);
    assert_eq!(
        line(&model.headline()),
        "redis cluster 7.0.15, 7.2.5 | Down | 10922/16384 slots, 3 shards"
    );
}

#[test]
fn what_was_not_read_is_unknown() {
    let mut model = Model::healthy();
    model.outcome(4, Outcome::NoPassword);
    assert_eq!(
        line(&model.headline()),
        "redis cluster 7.0.15 | Unknown | 16384/16384 slots, 3 shards, 300 keys, 5/6 members read"
    );
    for ordinal in 0..6 {
        let unread = Unread::new("connect", Why::Deadline);
        model.outcome(ordinal, Outcome::NotReached(unread));
    }
    assert_eq!(line(&model.headline()), "redis | Unknown | 0/6 members read");
    for ordinal in 0..6 {
        model.outcome(ordinal, Outcome::NotRunning);
    }
    assert_eq!(line(&model.headline()), "redis | Down | ");
}

#[test]
fn without_cluster_mode_there_are_roles() {
    let mut model = Model::healthy();
    for (ordinal, role) in (0..).zip(["master", "slave", "slave", "slave", "slave", "slave"]) {
        let info =
            Info::parse(&format!("redis_version:7.2.4\r\nvalkey_version:8.1.1\r\nrole:{role}\r\n"));
        model.outcome(ordinal, Outcome::Answered(Box::new(Answers { info, ..Answers::default() })));
    }
    assert_eq!(line(&model.headline()), "valkey standalone 8.1.1 | Ok | 1 primaries, 5 replicas");
}
