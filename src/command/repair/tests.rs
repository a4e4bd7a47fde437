//! Repairs over a model of the servers, cut off after every write.

use super::*;
use crate::command::eyes::{self, Eyes, local};
use crate::engine::redis::servers::Servers;
use crate::execute::{End, Observe, Outcome};
use crate::model::Record;
use crate::plan::Mending;

const SLOTS: &[&str] = &["0-5460", "5461-10922", "10923-16383"];
/// One of the first primary's, with keys of it.
const SLOT: u16 = 3;

fn cluster() -> Servers {
    let servers = Servers::new("7.2.4", SLOTS).thorough();
    servers.dies_after(usize::MAX);
    servers
}

/// Puts a key of the first primary's slot where it does not belong, as a move that was called stable halfway leaves it.
fn astray(servers: &Servers, name: &str, value: &str, owners: Option<&str>) {
    let mut state = servers.state.borrow_mut();
    let key = format!("{SLOT}-{name}").into_bytes();
    for (ordinal, value) in [(0, owners), (1, Some(value))] {
        let server = state.servers.values_mut().find(|it| it.ordinal == ordinal).expect("there");
        if let Some(value) = value {
            server.keys.entry(SLOT).or_default().insert(key.clone(), value.into());
        }
    }
}

/// None when it was killed.
async fn run(servers: &Servers) -> Option<Outcome> {
    let mut eyes = Eyes(servers.clone());
    let now = eyes.observe().await.expect("read");
    let (engine, _) = crate::engine::detect(&now).expect("Redis");
    let mending = Mending::default();
    let repair = Repair { uid: now.set.uid.clone(), data: engine, mending };
    let planner = Guarded { repair, engine, allowed: Allowed::default() };
    let plan = planner.plan(&now).expect("read");
    assert!(plan.refused.is_empty(), "{:?}", plan.refused);
    servers.state.borrow_mut().record.get_or_insert(Record::of(6));
    eyes::run(servers, &planner, &planner.consents(&plan)).await
}

fn keys_off_owner(servers: &Servers) -> usize {
    let state = servers.state.borrow();
    let astray = |it: &crate::engine::redis::servers::Server| {
        it.keys.keys().filter(|slot| !it.slots.contains(slot)).count()
    };
    state.servers.values().map(astray).sum()
}

#[test]
fn keys_come_home_also_those_that_their_owner_has_as_well() {
    local(async {
        let servers = cluster();
        astray(&servers, "alone", "1", None);
        astray(&servers, "both", "2", Some("2"));
        astray(&servers, "hash", "hash:b,2,a,1", Some("hash:a,1,b,2"));
        let outcome = run(&servers).await.expect("nobody kills it");
        assert!(matches!(outcome.end, End::Done), "{:?}", outcome.end);
        assert_eq!(keys_off_owner(&servers), 0);
        let found = servers.state.borrow().all_keys();
        let found = found.iter().filter(|(key, _)| key.starts_with(b"3-")).count();
        assert_eq!(found, 6, "three as before, and those that came home");
    });
}

#[test]
fn killed_after_every_write_it_is_gone_on_with() {
    local(async {
        let begin = || {
            let servers = cluster();
            astray(&servers, "alone", "1", None);
            astray(&servers, "both", "2", Some("2"));
            servers
        };
        let undisturbed = begin();
        run(&undisturbed).await.expect("nobody kills it");
        let (writes, keys) = (undisturbed.lives(), undisturbed.state.borrow().all_keys());
        assert!(writes > 4, "{writes}");
        for at in 1..writes {
            let servers = begin();
            servers.dies_after(at);
            assert!(run(&servers).await.is_none(), "{at}");
            servers.lives();
            let outcome = run(&servers).await.expect("nobody kills it");
            assert!(matches!(outcome.end, End::Done), "{at}: {:?}", outcome.end);
            assert_eq!(servers.state.borrow().all_keys(), keys, "killed after write {at}");
        }
    });
}

/// It has begun by then: a run that stops so is no run that has changed nothing.
#[test]
fn a_key_with_two_values_stops_it_and_both_are_kept() {
    local(async {
        let servers = cluster();
        astray(&servers, "both", "ours", Some("theirs"));
        let outcome = run(&servers).await.expect("nobody kills it");
        let End::Rejected(words) = &outcome.end else { panic!("{:?}", outcome.end) };
        assert!(words.contains("3-both") && words.contains("redis-0"), "{words}");
        assert!(outcome.writes > 0, "slots are open");
        let all = servers.state.borrow().all_keys();
        let values: Vec<_> = all.iter().filter(|(key, _)| key == b"3-both").collect();
        assert_eq!(values.len(), 2, "{values:?}");
    });
}
