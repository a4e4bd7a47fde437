//! Cut off after every single write, and gone on with, there or back: no key is lost, nothing is asked for, and it comes to
//! its end. Over a model of the servers, through all that runs on a cluster.

use super::wanted;
use crate::command::eyes::{self, Eyes, local};
use crate::command::operation::Proposal;
use crate::command::scale::guard::{Guarded, Wanted};
use crate::engine::redis::servers::{FUNCTIONS, Servers};
use crate::execute::{End, Outcome};
use crate::model::Record;

/// Four shards, of which the last is small: every write of its move is a place to be killed at.
const SLOTS: &[&str] = &["0-5460", "5461-10921", "10922-16379", "16380-16383"];
/// Moves slots key by key, as it is told to.
const REDIS_7: &str = "7.2.4";
/// Moves them by itself.
const REDIS_8: &str = "8.6.3";
const THREE: &[&str] = &["0-5460", "5461-10922", "10923-16383"];
const UNEVEN: &[&str] = &["0-4499", "4500-8595", "8596-12691", "12692-16383"];

/// What is asked for.
#[derive(Clone, Copy, Debug)]
struct Aim {
    to: u32,
    /// `--rebalance`
    is_levelled: bool,
}

/// So many replicas.
const fn aim(to: u32) -> Aim {
    Aim { to, is_levelled: false }
}

const LEVEL: Aim = Aim { to: 8, is_levelled: true };

/// As the command does it, with nothing allowed. None when it was killed.
async fn run(servers: &Servers, aim: Aim) -> Option<Outcome> {
    let mut eyes = Eyes(servers.clone());
    let now = crate::execute::Observe::observe(&mut eyes).await.expect("read");
    let (engine, _) = crate::engine::detect(&now).expect("Redis");
    let wanted = Wanted { is_levelled: aim.is_levelled, ..wanted(aim.to, &[]) };
    let planner = Guarded::new(&now, Some(engine), wanted);
    let plan = planner.plan(&now).expect("read");
    let refused: Vec<_> = plan.refused.iter().map(|it| (it.rule, &it.violation.object)).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let is_closing = |says: &str| says.contains("left open");
    let closing = plan.steps.iter().filter(|step| is_closing(step.describe().says)).count();
    // One a primary that gives slots away.
    assert!(closing < SLOTS.len(), "{closing} steps close what a run that was cut off left open");
    // The lease is the first write.
    let replicas = servers.state.borrow().world.set.replicas;
    servers.state.borrow_mut().record.get_or_insert(Record::of(replicas));
    eyes::run(servers, &planner, &plan.consents()).await
}

/// Runs it to its end, and looks whether it is one.
async fn finishes(servers: &Servers, aim: Aim, label: &str) {
    let keys = servers.state.borrow().all_keys();
    let outcome = run(servers, aim).await.expect("nobody kills it");
    assert!(matches!(outcome.end, End::Done), "{label}: {:?}", outcome.end);
    is_whole(servers, aim, label);
    assert_eq!(servers.state.borrow().all_keys(), keys, "{label}");
    servers.state.borrow_mut().record = None;
}

fn is_whole(servers: &Servers, aim: Aim, label: &str) {
    let state = servers.state.borrow();
    assert_eq!(state.world.set.replicas, aim.to, "{label}");
    let ids: Vec<&String> = state.servers.values().map(|it| &it.id).collect();
    assert_eq!(ids.len(), aim.to as usize, "{label}");
    let slots: usize = state.servers.values().map(|it| it.slots.len()).sum();
    assert_eq!(slots, 16384, "{label}");
    if aim.is_levelled {
        let counts = state.servers.values().map(|it| it.slots.len()).filter(|it| *it > 0);
        assert!(counts.clone().max() <= counts.min().map(|it| it + 328), "{label}: not level");
    }
    for server in state.servers.values() {
        assert!(server.importing.is_empty() && server.migrating.is_empty(), "{label}: open slots");
        assert_eq!(server.functions, FUNCTIONS, "{label}: functions");
        assert!(server.migrates, "{label}: a setting is left as it was for the run");
        let mut known: Vec<&String> = server.known.iter().chain([&server.id]).collect();
        known.sort();
        let mut all = ids.clone();
        all.sort();
        assert_eq!(known, all, "{label}: {}", server.ordinal);
        for slot in server.keys.keys() {
            assert!(server.slots.contains(slot), "{label}: a key off its owner");
        }
        if server.slots.is_empty() {
            let primary = server.primary.as_ref().expect("a replica");
            let primary = state.by_id(primary).expect("of somebody");
            assert!(!primary.slots.is_empty(), "{label}: a replica of nothing");
        } else {
            let is_followed =
                state.servers.values().any(|it| it.primary.as_ref() == Some(&server.id));
            assert!(is_followed, "{label}: {} has no replica", server.ordinal);
        }
    }
}

async fn to_its_end(version: &'static str, slots: &[&str], aim: Aim) -> Servers {
    let servers = Servers::new(version, slots);
    servers.dies_after(usize::MAX);
    finishes(&servers, aim, "undisturbed").await;
    servers
}

/// Killed after each of its writes, then gone on with to `then`.
async fn killed(version: &'static str, slots: &[&str], first: Aim, then: Aim) {
    killed_at(version, slots, first, then, |_, _| true).await;
}

/// Of thousands of slots that come one is like the other: while they do it is killed now and then.
fn is_chosen(at: usize, writes: usize) -> bool {
    at < 24 || at + 6 > writes || at.is_multiple_of(writes / 4)
}

async fn killed_at(
    version: &'static str,
    slots: &[&str],
    first: Aim,
    then: Aim,
    is_chosen: fn(usize, usize) -> bool,
) {
    let undisturbed = to_its_end(version, slots, first).await;
    assert_eq!(undisturbed.state.borrow().moves.is_empty(), version == REDIS_7);
    let writes = undisturbed.lives();
    assert!(writes > 20, "{writes}");
    for at in (1..=writes).filter(|at| is_chosen(*at, writes)) {
        let servers = Servers::new(version, slots);
        let keys = servers.state.borrow().all_keys();
        servers.dies_after(at);
        let outcome = run(&servers, first).await;
        servers.lives();
        assert!(outcome.is_none() || at == writes, "{at}: {outcome:?}");
        assert_eq!(servers.state.borrow().all_keys(), keys, "killed after write {at}");
        finishes(
            &servers,
            then,
            &format!("{first:?}, killed after write {at} of {writes}, then {then:?}"),
        )
        .await;
    }
}

/// Both ends of a move fail over halfway: neither of those who take over knows that the slot was open (redis#6339).
async fn forgotten(aim: Aim) {
    let undisturbed = to_its_end(REDIS_7, SLOTS, aim).await;
    let mut count = 0;
    for at in 1..=undisturbed.lives() {
        let servers = Servers::new(REDIS_7, SLOTS).thorough();
        servers.dies_after(at);
        run(&servers, aim).await;
        servers.lives();
        if count < 3 && has_sent(&servers) {
            count += 1;
            for server in servers.state.borrow_mut().servers.values_mut() {
                server.importing.clear();
                server.migrating.clear();
            }
            finishes(&servers, aim, &format!("forgotten after write {at}")).await;
        }
    }
    assert!(count > 2, "{count}");
}

/// Whether a slot is open whose keys are with its target.
fn has_sent(servers: &Servers) -> bool {
    let state = servers.state.borrow();
    let mut open = state.servers.values().flat_map(|it| &it.migrating);
    open.any(|(slot, to)| state.by_id(to).is_some_and(|it| it.keys.contains_key(slot)))
}

#[test]
fn down_and_killed_after_every_write() {
    local(killed(REDIS_7, SLOTS, aim(6), aim(6)));
}

#[test]
fn down_killed_and_back() {
    local(killed(REDIS_7, SLOTS, aim(6), aim(8)));
}

#[test]
fn killed_while_the_servers_move_slots_by_themselves() {
    local(killed(REDIS_8, SLOTS, aim(6), aim(6)));
}

#[test]
fn back_while_the_servers_move_slots_by_themselves() {
    local(killed(REDIS_8, SLOTS, aim(6), aim(8)));
}

#[test]
fn up_killed_and_gone_on_with() {
    local(killed_at(REDIS_7, THREE, aim(8), aim(8), is_chosen));
}

#[test]
fn up_killed_and_back() {
    local(killed_at(REDIS_7, THREE, aim(8), aim(6), is_chosen));
}

#[test]
fn levelled_killed_and_gone_on_with() {
    local(killed_at(REDIS_7, UNEVEN, LEVEL, LEVEL, is_chosen));
}

/// Whoever thinks better of it takes ordinals away instead.
#[test]
fn levelled_killed_and_down() {
    local(killed_at(REDIS_7, UNEVEN, LEVEL, aim(6), is_chosen));
}

#[test]
fn open_slots_that_both_ends_have_forgotten() {
    local(forgotten(aim(6)));
}

#[test]
fn undisturbed() {
    local(async {
        for version in [REDIS_7, REDIS_8] {
            for (slots, to) in [(SLOTS, 6), (SLOTS, 7), (THREE, 8), (THREE, 7)] {
                to_its_end(version, slots, aim(to)).await;
            }
        }
    });
}
