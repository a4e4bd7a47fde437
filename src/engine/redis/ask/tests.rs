mod pods;

use pods::{Pods, Server};

use std::collections::BTreeMap;

use super::super::replies::{Answers, Origin};
use super::*;
use crate::model::example::healthy;
use crate::model::{EnvSource, EnvVar, KeyRef};
use crate::reach::{Login, Occasion};

async fn outcomes(reach: &Pods) -> Vec<Outcome> {
    let replies = ask(&healthy(3).snapshot(), reach).await;
    replies.again.unwrap_or(replies.first).into_iter().map(|reply| reply.outcome).collect()
}

#[tokio::test]
async fn a_healthy_cluster_is_read_once() {
    let reach = Pods::new(&[Server::Member; 3]);
    let replies = ask(&healthy(3).snapshot(), &reach).await;
    assert!(replies.again.is_none());
    assert_eq!(*reach.pauses.borrow(), 0);
    assert_eq!(*reach.opened.borrow(), ["redis-0:6379", "redis-1:6379", "redis-2:6379"]);
    for (reply, ordinal) in replies.first.iter().zip(0_usize..) {
        let answers = answers(reply);
        let cluster = answers.cluster.as_ref().expect("cluster mode");
        assert_eq!(cluster.id, ordinal.to_string().repeat(40));
        assert_eq!(answers.settings.number("cluster-node-timeout"), Some(15000));
        assert_eq!(answers.info.version(), Some("7.0.15"));
        assert!(!format!("{reply:?}").contains("requirepass"));
    }
}

#[tokio::test]
async fn keys_in_slots_of_others_are_counted() {
    let reach = Pods::new(&[Server::HalfMoved, Server::HalfMoved, Server::Member]);
    let replies = ask(&healthy(3).snapshot(), &reach).await;
    let strays: Vec<_> =
        replies.first.iter().map(|reply| answers(reply).cluster.as_ref()).collect();
    let strays: Vec<_> = strays.into_iter().map(|it| &it.expect("a member").stray_keys).collect();
    // Slot 5 is the first one's, slot 9000 the second one's.
    assert_eq!(strays, [&[(9000, 2)].into(), &[(5, 1)].into(), &BTreeMap::new()]);
}

#[tokio::test]
async fn a_check_can_do_without_some_commands() {
    for denied in ["CONFIG GET", "CLUSTER COUNTKEYSINSLOT"] {
        let reach = Pods::new(&[Server::Denies(denied), Server::Member, Server::Member]);
        let replies = ask(&healthy(3).snapshot(), &reach).await;
        let refused: Vec<_> = answers(&replies.first[0]).refused.iter().collect();
        assert_eq!(
            refused,
            [(&denied.to_owned(), &"NOPERM this user has no permissions".to_owned())]
        );
    }
}

fn answers(reply: &Reply) -> &Answers {
    let Outcome::Answered(answers) = &reply.outcome else { panic!("{reply:?}") };
    answers
}

#[tokio::test]
async fn every_way_not_to_answer_has_a_name() {
    type Check = fn(&Outcome) -> bool;
    let member = Server::Member;
    let cases: [(Server, Check); 9] = [
        (Server::Loading, |o| matches!(o, Outcome::Loading(_))),
        (Server::Silent, |o| *o == Outcome::Silent),
        (Server::Refused, |o| *o == Outcome::Refused),
        (Server::Unreached, |o| matches!(o, Outcome::NotReached(u) if u.what == "connect")),
        (Server::Unopened, |o| matches!(o, Outcome::NotReached(u) if u.why == Why::Deadline)),
        (Server::Denies("CLUSTER NODES"), |o| *o == Outcome::NoPermission("CLUSTER NODES".into())),
        (Server::WithPassword("x"), |o| *o == Outcome::NoPassword),
        (Server::Says("HTTP/1.1 400 Bad\u{1b}[31m\r\n\r\n"), |o| {
            *o == Outcome::NotRedis("HTTP/1.1 400 Bad.[31m".into())
        }),
        (Server::Says("-ERR max number of clients reached\r\n"), |o| {
            *o == Outcome::Rejected("ERR max number of clients reached".into())
        }),
    ];
    for (server, is_right) in cases {
        let outcomes = outcomes(&Pods::new(&[member, server, member])).await;
        assert!(is_right(&outcomes[1]), "{:?}", outcomes[1]);
        assert!(matches!(outcomes[0], Outcome::Answered(_)));
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_is_tried_with_tls() {
    let reach = Pods::new(&[Server::HangsUp, Server::Member, Server::Member]);
    let outcomes = outcomes(&reach).await;
    assert_eq!(outcomes[0], Outcome::Rejected("it hangs up without a word".into()));
    let tries = reach.opened.borrow().iter().filter(|pod| *pod == "redis-0:6379").count();
    assert!(tries >= 2, "{tries}");
}

#[tokio::test]
async fn a_password_is_found_where_the_pod_names_it() {
    let mut world = healthy(3);
    let key = KeyRef { object: "redis-auth".into(), key: "password".into() };
    let variable = EnvVar { name: "REDIS_PASSWORD".into(), source: EnvSource::Secret(key) };
    for pod in &mut world.pods {
        pod.containers[0].env.push(variable.clone());
    }
    let now = world.snapshot();
    let mut reach = Pods::new(&[Server::WithPassword("sesame"); 3]);
    let refused = ask(&now, &reach).await;
    assert!(
        matches!(&refused.first[0].outcome, Outcome::Locked(u) if u.what == "get secret/redis-auth")
    );

    reach.variable = Some("sesame".into());
    let replies = ask(&now, &reach).await;
    assert_eq!(replies.first[0].door.password, Some(Origin::Given));

    // What the pod names goes before what redis-cli would take: that may be meant for another cluster.
    reach.variable = Some("wrong".into());
    reach.secrets.insert("redis-auth".into(), "sesame\n");
    let replies = ask(&now, &reach).await;
    assert!(replies.first.iter().all(|reply| matches!(reply.outcome, Outcome::Answered(_))));
    assert_eq!(replies.first[0].door.password, Some(Origin::Env("REDIS_PASSWORD".into())));
    assert!(!serde_json::to_string(&replies).expect("JSON").contains("sesame"));

    reach.login.password = Some("wrong".into());
    let wrong = ask(&now, &reach).await;
    assert!(wrong.first.iter().all(|reply| reply.outcome == Outcome::WrongPassword));
}

/// What the user without a name may is not the question then: a server may let it in without a password.
#[tokio::test]
async fn a_user_logs_in_at_once_and_is_asked_what_it_may() {
    let mut reach = Pods::new(&[Server::WithUser(["ops", "sesame"]); 3]);
    reach.login = Login { user: Some("ops".to_owned()), password: Some("sesame".into()) };
    let denied = async |reach: &Pods| {
        let replies = ask(&healthy(3).snapshot(), reach).await;
        let of = |outcome: &Outcome| match outcome {
            Outcome::Answered(answers) => answers.denied.keys().cloned().collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        replies.first.iter().flat_map(|reply| of(&reply.outcome)).collect::<Vec<_>>()
    };
    assert!(denied(&reach).await.is_empty(), "a check changes nothing");
    assert_eq!(reach.opened.borrow().len(), 3, "once each");
    reach.occasion = Occasion::Change;
    assert_eq!(denied(&reach).await, ["CLUSTER SETSLOT"; 3]);
    reach.login.user = None;
    let replies = ask(&healthy(3).snapshot(), &reach).await;
    assert!(replies.first.iter().all(|reply| reply.outcome == Outcome::WrongPassword));
}

#[tokio::test]
async fn a_pod_that_does_not_run_is_not_asked() {
    let mut world = healthy(3);
    world.pods[1].phase = crate::model::Phase::Pending;
    let reach = Pods::new(&[Server::Member; 3]);
    let replies = ask(&world.snapshot(), &reach).await;
    assert_eq!(replies.first[1].outcome, Outcome::NotRunning);
    assert!(!reach.opened.borrow().contains(&"redis-1:6379".to_owned()));
}

#[tokio::test]
async fn replies_survive_a_capture() {
    let reach = Pods::new(&[Server::Member, Server::Silent, Server::Loading]);
    let replies = ask(&healthy(3).snapshot(), &reach).await;
    let text = serde_json::to_string(&replies).expect("JSON");
    let read: Replies = serde_json::from_str(&text).expect("the same");
    assert_eq!(read.first.len(), 3);
    for (a, b) in read.first.iter().zip(&replies.first) {
        assert_eq!(a.outcome, b.outcome);
    }
}
