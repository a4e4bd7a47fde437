//! What is not known is not planned on.

use super::super::example::Model;
use super::super::replies::Outcome;
use super::next;
use crate::plan::{Goal, Next};

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
    assert_eq!(findings[0].rule, "cluster-mode-off");
}
