//! A model of the servers, behind the same seam as real ones: what is asked and what is done goes through every line that
//! runs on a cluster. It can be cut off after any write.
//!
//! It is stricter than Redis in one thing: a new owner of a slot is known to all at once, and whoever loses a slot with
//! keys in it loses them. Gossip does that too, a second later.

mod commands;
mod moves;
mod says;
mod state;
mod text;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::pending;
use jiff::SignedDuration;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::Notify;

use crate::model::example::{World, endpoint, healthy, pod};
use crate::model::{Endpoint, KeyRef, Pod, Record, Seen, Snapshot, Unread, Why};
use crate::reach::{Boxed, Occasion, Reach, Stream};
use crate::writes::{Change, Failed, Target, Writes};
pub use state::{FUNCTIONS, Server, State};

/// The set and its servers.
#[derive(Clone)]
pub struct Servers {
    pub state: Rc<RefCell<State>>,
    /// How much time has passed: nobody waits for it.
    passed: Rc<Cell<SignedDuration>>,
    killed: Rc<Notify>,
    /// Counting the keys of every slot would be most of what a run costs here.
    is_thorough: bool,
}

impl Servers {
    /// A primary for each of these slots first, then a replica for each, with keys in some of the slots.
    pub fn new(version: &'static str, slots: &[&str]) -> Self {
        let pods = u32::try_from(slots.len() * 2).expect("few");
        let state = State::new(healthy(pods), version, slots);
        let state = Rc::new(RefCell::new(state));
        Self { state, passed: Rc::default(), killed: Rc::default(), is_thorough: false }
    }

    /// The keys of every slot are counted.
    pub fn thorough(self) -> Self {
        Self { is_thorough: true, ..self }
    }

    /// Nothing happens any more after so many writes from now.
    pub fn dies_after(&self, writes: usize) {
        let mut state = self.state.borrow_mut();
        (state.writes, state.dies_at) = (0, Some(writes));
    }

    /// It works again.
    pub fn lives(&self) -> usize {
        let mut state = self.state.borrow_mut();
        state.dies_at = None;
        state.writes
    }

    /// Ends when it has died.
    pub async fn died(&self) {
        self.killed.notified().await;
    }

    pub fn is_dead(&self) -> bool {
        self.state.borrow().is_dead()
    }

    pub fn snapshot(&self) -> Snapshot {
        let state = self.state.borrow();
        let mut world = state.world.clone();
        world.at = world.at.checked_add(self.passed.get()).expect("in range");
        let mut now = world.snapshot();
        now.record.clone_from(&state.record);
        now
    }
}

impl Reach for Servers {
    fn connect<'a>(&'a self, pod: &'a Pod, _port: u16) -> Boxed<'a, Seen<Box<dyn Stream>>> {
        Box::pin(async move {
            if self.is_dead() || !self.state.borrow().servers.contains_key(&pod.uid) {
                let why = Why::Unreachable("it is gone".to_owned());
                return Err(Unread::new(format!("connect to {}", pod.name), why));
            }
            let (near, far) = tokio::io::duplex(1 << 20);
            tokio::task::spawn_local(serve(self.clone(), pod.uid.clone(), far));
            Ok(Box::new(near) as Box<dyn Stream>)
        })
    }

    fn secret<'a>(&'a self, _: &'a str, _: &'a KeyRef) -> Boxed<'a, Seen<SecretString>> {
        Box::pin(async { Err(Unread::not_asked("read a secret")) })
    }

    fn config_map<'a>(&'a self, _: &'a str, _: &'a KeyRef) -> Boxed<'a, Seen<String>> {
        Box::pin(async { Err(Unread::not_asked("read a config map")) })
    }

    fn variable(&self, _: &str) -> Option<SecretString> {
        None
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn occasion(&self) -> Occasion {
        if self.is_thorough { Occasion::Check } else { Occasion::Watch }
    }

    fn pause(&self, span: Duration) -> Boxed<'_, ()> {
        let span = SignedDuration::try_from(span).expect("short");
        self.passed.set(self.passed.get() + span);
        Box::pin(tokio::task::yield_now())
    }
}

/// Answers one connection until it ends.
async fn serve(servers: Servers, uid: String, mut stream: DuplexStream) {
    let mut input = Vec::new();
    loop {
        let mut output = Vec::new();
        let mut done = 0;
        while let Some((words, length)) = text::command(&input[done..]) {
            done += length;
            if servers.is_dead() {
                return pending().await;
            }
            let answer = servers.state.borrow_mut().answer(&uid, &words);
            // What it did is done, and nobody hears of it.
            if servers.is_dead() {
                servers.killed.notify_one();
                return pending().await;
            }
            output.extend(answer);
        }
        input.drain(..done);
        if stream.write_all(&output).await.is_err() {
            return;
        }
        match stream.read_buf(&mut input).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

impl Writes for Servers {
    fn change<'a>(
        &'a self,
        _target: &'a Target,
        changes: &'a [Change],
    ) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            let [Change { from: Some(from), to: Some(to), .. }] = changes else {
                panic!("one change")
            };
            let to = to.as_u64().and_then(|it| u32::try_from(it).ok()).expect("replicas");
            {
                let mut state = self.state.borrow_mut();
                if *from != state.world.set.replicas {
                    return Err(Failed::Changed);
                }
                state.resize(to);
            }
            if self.is_dead() {
                self.killed.notify_one();
                return pending().await;
            }
            Ok(())
        })
    }

    fn delete<'a>(&'a self, _target: &'a Target) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async { Err(Failed::Rejected("nothing is deleted here".to_owned())) })
    }

    fn remember<'a>(&'a self, record: &'a Record) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            self.state.borrow_mut().remember(record);
            if self.is_dead() {
                self.killed.notify_one();
                return pending().await;
            }
            Ok(())
        })
    }
}

/// A pod that the controller makes.
fn made(world: &World, ordinal: u32, uid: String) -> Pod {
    Pod { uid, ..pod(&world.set, ordinal) }
}

/// Its pods are behind its Service.
fn published(world: &mut World) {
    let set = Arc::new(world.set.clone());
    let pods = world.pods.iter().filter_map(|pod| Some((set.ordinal_of(&pod.name)?, pod)));
    let endpoint = |(ordinal, pod): (u32, &Pod)| Endpoint {
        addresses: pod.ips.clone(),
        pod: Some((pod.name.clone(), pod.uid.clone())),
        ..endpoint(&set, ordinal)
    };
    world.endpoints = pods.map(endpoint).collect();
}
