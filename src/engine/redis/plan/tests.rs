//! What is not known is not planned on, and what is empty is taken in.

use super::super::example::{Model, id};
use super::super::replies::Outcome;
use super::next;
use crate::model::{Seen, Snapshot};
use crate::plan::{Goal, Mending, Next, Plan, Planner, Wishes, plan};

fn all(outcome: impl Fn() -> Outcome) -> Model {
    let mut model = Model::healthy();
    for ordinal in 0..6 {
        model.outcome(ordinal, outcome());
    }
    model
}

#[test]
fn nobody_was_heard_and_nothing_is_said_of_the_cluster() {
    for silent in [Outcome::Silent, Outcome::NoPassword, Outcome::NotRunning] {
        let (now, facts) = all(|| silent.clone()).facts();
        assert!(next(&now, &facts, &Goal::Restored).is_err(), "{silent:?}");
    }
}

#[test]
fn servers_that_say_so_are_no_cluster() {
    let (now, facts) = all(|| Outcome::Answered(Box::default())).facts();
    let Ok(Next::Refuse(findings)) = next(&now, &facts, &Goal::Restored) else {
        panic!("it goes on");
    };
    assert_eq!(findings[0].rule, "no-cluster-mode");
}

struct Mends(Mending);

impl Planner<Snapshot> for Mends {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let facts = now.facts.as_ref().expect("read").downcast_ref().expect("of Redis");
        next(now, facts, &Goal::Settled { mending: self.0 })
    }

    fn settle(&self, now: &mut Snapshot) {
        super::settle(now);
    }
}

/// The pod of a replica that lost its volume is a node that knows nobody, and that nobody knows.
#[test]
fn a_pod_that_came_back_empty_is_taken_in() {
    let mut model = Model::healthy();
    let stranger = id(5);
    for member in model.members.iter_mut().filter(|member| member.id != stranger) {
        member.lines.remove(&stranger);
    }
    model.member(5).lines.retain(|id, _| *id == stranger);
    model.member(5).own().flags = "myself,master".to_owned();
    model.member(5).own().primary = None;
    model.member(5).info.insert("role", "master".to_owned());
    let verbs = |model: &Model| {
        let (mut now, facts) = model.facts();
        now.facts = Ok(std::sync::Arc::new(facts));
        let plan: Plan<Snapshot> = plan(&now, &Mends(Mending::default())).expect("read");
        assert!(plan.refused.is_empty());
        plan.steps.iter().map(|it| it.describe().verb).collect::<Vec<_>>()
    };
    model.member(5).info.remove("db0");
    assert_eq!(verbs(&model), ["meet", "attach"]);
    // What it holds nobody throws away.
    model.member(5).info.insert("db0", "keys=3,expires=0,avg_ttl=0".to_owned());
    assert_eq!(verbs(&model), [""; 0]);
}

/// Of two that are free the second alone would do for either primary, so that it is left for the one that has no choice.
#[test]
fn each_replica_is_on_another_node_than_its_primary() {
    let mut model = Model::healthy();
    for (ordinal, index) in [(3, 3), (4, 4)] {
        model.all_say(ordinal, |line| {
            line.flags = line.flags.replace("slave", "master");
            line.primary = None;
        });
        model.member(index).info.insert("role", "master".to_owned());
    }
    for (ordinal, node) in [(0, "one"), (1, "two"), (3, "three"), (4, "two")] {
        model.world.pods[ordinal].node = Some(node.to_owned());
    }
    let (mut now, facts) = model.facts();
    now.facts = Ok(std::sync::Arc::new(facts));
    let plan: Plan<Snapshot> = plan(&now, &Arranges).expect("read");
    let attached = plan.steps.iter().map(|it| {
        let step = it.describe();
        let primary = step.evidence.into_iter().find(|(name, _)| *name == "primary");
        (step.verb, step.object.name, primary.map(|(_, value)| value))
    });
    let attach = |node: &str, primary: &str| {
        ("attach", format!("redis-{node}"), Some(format!("redis-{primary}").into()))
    };
    assert_eq!(attached.collect::<Vec<_>>(), [attach("4", "0"), attach("3", "1")]);
}

struct Arranges;

impl Planner<Snapshot> for Arranges {
    fn next(&self, now: &Snapshot) -> Seen<Next<Snapshot>> {
        let facts = now.facts.as_ref().expect("read").downcast_ref().expect("of Redis");
        let wishes = Wishes { replicas_per_shard: Some(1), ..Wishes::default() };
        next(now, facts, &Goal::Arranged { wishes })
    }

    fn settle(&self, now: &mut Snapshot) {
        super::settle(now);
    }
}

/// Its pod may bring back what it had; who does without it says so.
#[test]
fn a_replica_that_is_not_promoted_takes_over_only_where_that_is_allowed() {
    let mut denied = Model::healthy();
    denied.kill(1);
    for voter in [0, 2] {
        denied.member(voter).lines.get_mut(&id(1)).expect("known").epoch = 464;
    }
    takes_over_only_where_allowed(&denied);
    for since in ["-1", "94"] {
        let mut alone = Model::healthy();
        alone.kill(1);
        alone.member(4).info.insert("master_link_down_since_seconds", since.to_owned());
        takes_over_only_where_allowed(&alone);
    }
}

fn takes_over_only_where_allowed(model: &Model) {
    let (mut now, facts) = model.facts();
    let staying = Goal::Left { staying: 0..6, wishes: Wishes::default() };
    for goal in [staying, Goal::Arranged { wishes: Wishes::default() }] {
        let Ok(Next::Wait(wait)) = next(&now, &facts, &goal) else { panic!("{goal:?}") };
        assert_eq!(wait.object.name, "redis-1");
        assert!(wait.says.contains("its replica {heir} is not promoted"));
    }
    now.facts = Ok(std::sync::Arc::new(facts));
    let planned = |takes_over| {
        plan(&now, &Mends(Mending { takes_over, ..Mending::default() })).expect("read")
    };
    let refused: Vec<&str> = planned(false).refused.iter().map(|it| it.rule).collect();
    assert_eq!(refused, ["replica-not-promoted"]);
    let plan = planned(true);
    assert!(plan.refused.is_empty());
    let steps: Vec<_> = plan.steps.iter().map(|it| it.describe()).collect();
    assert_eq!(
        steps.iter().map(|it| (it.verb, it.object.name.as_str())).collect::<Vec<_>>(),
        [("takeover", "redis-4")]
    );
}

/// A pod on its way may bring its data back; a replica whose primary is not declared failed may yet be promoted.
#[test]
fn a_primary_that_starts_is_waited_for() {
    let mut model = Model::healthy();
    model.kill(1);
    model.member(4).info.insert("master_link_down_since_seconds", "-1".to_owned());
    model.world.pods[1].conditions.clear();
    model.world.pods[1].created = None;
    let mends = |model: &Model| {
        let (now, facts) = model.facts();
        next(&now, &facts, &Goal::Settled { mending: Mending::default() }).expect("read")
    };
    let Next::Wait(wait) = mends(&model) else { panic!("it does not wait") };
    assert_eq!((wait.object.name.as_str(), wait.says), ("redis-1", "until it answers"));
    model.all_say(1, |line| line.flags = "master".to_owned());
    assert!(!matches!(mends(&model), Next::Refuse(_)));
}

/// Pods that come in order, each when the one before is ready, and that are ready only where the cluster serves: the last ones
/// come when those that are there have met.
#[test]
fn members_meet_again_before_the_last_pods_are_there() {
    let mut model = Model::healthy();
    for member in &mut model.members {
        member.is_ok = false;
        for (_, line) in member.lines.iter_mut().filter(|(id, _)| **id != member.id) {
            line.ip = line.ip.replace("10.244.0", "10.244.9");
            line.flags.push_str(",fail?");
            line.is_connected = false;
        }
    }
    model.members.truncate(4);
    model.world.pods.truncate(4);
    let (mut now, facts) = model.facts();
    now.facts = Ok(std::sync::Arc::new(facts));
    let plan = plan(&now, &Mends(Mending::default())).expect("read");
    assert!(plan.refused.is_empty());
    assert_eq!(plan.steps.iter().map(|it| it.describe().verb).collect::<Vec<_>>(), ["meet"; 3]);
}

/// As seen on Valkey 9.1: a replica says of itself that it imports what its primary imports, and has counted a key there that
/// came after its primary had counted none.
#[test]
fn an_open_slot_is_moved_to_a_primary_and_never_to_its_replica() {
    let mut model = Model::healthy();
    model.member(1).own().slots = format!("5461-10922 [5461->-{}]", id(0));
    model.member(0).own().slots = format!("0-5460 [5461-<-{}]", id(1));
    model.member(3).own().slots = format!("[5461-<-{}]", id(1));
    model.member(3).open_slot_keys.insert(5461, 1);
    let (mut now, facts) = model.facts();
    now.record = Some(crate::model::Record { watched: Some(now.at), ..Default::default() });
    now.facts = Ok(std::sync::Arc::new(facts));
    let plan = plan(&now, &Mends(Mending::default())).expect("read");
    let first = format!("{:?}", plan.steps.first().expect("a step"));
    assert!(first.contains(&id(0)) && !first.contains(&format!("id: {:?}", id(3))), "{first}");
}
