//! Asks every pod of a set that should answer, all at once, over one connection each.

use std::pin::Pin;

use futures_util::future::Shared;
use futures_util::{FutureExt, StreamExt, stream};
use tokio::time::{Instant, timeout_at};

use super::config::Config;
use super::credentials::{self, Found, Password};
use super::replies::{Door, Outcome, Replies, Reply};
use super::tls::Identity;
use super::wire::{self, Also, Counting, Talk};
use super::{container, facts};
use crate::model::{Container, Pod, Snapshot, Unread, Why};
use crate::reach::{Occasion, Reach};

const AT_ONCE: usize = 64;

/// The pause after which what is still the same is no gossip in motion.
const SECOND_LOOK: std::time::Duration = std::time::Duration::from_secs(1);

/// Something that is looked up at most once for a set, when first needed.
type Once<'a, T> = Shared<Pin<Box<dyn Future<Output = T> + 'a>>>;

struct Asker<'a> {
    now: &'a Snapshot,
    reach: &'a dyn Reach,
    password: Once<'a, Found>,
    identity: Once<'a, Identity>,
    config: Once<'a, Config>,
}

/// Keys are counted once.
#[derive(Clone, Copy)]
enum Round {
    First,
    Second,
}

/// One pod to ask, and which of its containers is the server.
#[derive(Clone, Copy)]
struct Target<'a> {
    pod: &'a Pod,
    container: &'a Container,
    ordinal: u32,
}

pub async fn ask(now: &Snapshot, reach: &dyn Reach) -> Replies {
    let targets = targets(now);
    // One template makes them all, so one of them stands for what they name.
    let Some(Target { pod, container, .. }) = targets.first().copied() else {
        return Replies::default();
    };
    let asker = Asker {
        now,
        reach,
        password: once(credentials::find(reach, pod, container)),
        identity: once(Identity::read(reach, pod, container)),
        config: once(Config::read(reach, pod, container)),
    };
    let first = asker.round(&targets, Round::First).await;
    if !facts::needs_second_look(now, &first) {
        return Replies { first, again: None };
    }
    reach.pause(SECOND_LOOK).await;
    let again = asker.round(&targets, Round::Second).await;
    Replies { first, again: Some(again) }
}

fn once<'a, T: Clone>(future: impl Future<Output = T> + 'a) -> Once<'a, T> {
    let boxed: Pin<Box<dyn Future<Output = T> + 'a>> = Box::pin(future);
    boxed.shared()
}

/// Every pod of the set, lowest ordinal first. The set is taken for Redis by now, by evidence or because
/// the caller said so.
fn targets(now: &Snapshot) -> Vec<Target<'_>> {
    let pods = now.pods().unwrap_or_default();
    pods.iter()
        .filter_map(|pod| {
            let container = container::server(pod)
                .map(|(container, _)| container)
                .or_else(|| container::likely_server(pod))?;
            let ordinal = now.set.ordinal_of(&pod.name)?;
            Some(Target { pod, container, ordinal })
        })
        .collect()
}

impl Asker<'_> {
    async fn round(&self, targets: &[Target<'_>], round: Round) -> Vec<Reply> {
        stream::iter(targets.iter().copied())
            .map(|target| self.one(target, round))
            .buffered(AT_ONCE)
            .collect()
            .await
    }

    async fn one(&self, target: Target<'_>, round: Round) -> Reply {
        let Target { pod, container, ordinal } = target;
        let mut door = self.door(container).await;
        let outcome = if container::should_answer(pod, container, self.now.at) {
            self.enter(pod, &mut door, round).await
        } else {
            Outcome::NotRunning
        };
        Reply { pod: pod.name.clone(), ordinal, uid: pod.uid.clone(), door, outcome }
    }

    /// The port by what the pod says, and by its mounted configuration where it says nothing.
    async fn door(&self, container: &Container) -> Door {
        let is_zero = |port: &str| port == "0";
        let tls = container::shown_option(container, "--tls-port")
            .is_some_and(|port| !is_zero(port))
            && container::shown_option(container, "--port").is_some_and(is_zero);
        let mut door = Door { container: container.name.clone(), port: 0, tls, password: None };
        if let Some(port) = container::client_port(container) {
            door.port = port;
            return door;
        }
        let config = self.config.clone().await;
        let port = |name| config.setting(name)?.parse().ok().filter(|port: &u16| *port != 0);
        match (port("port"), port("tls-port")) {
            (None, Some(port)) if config.setting("port").as_deref().is_some_and(is_zero) => {
                door.port = port;
                door.tls = true;
            }
            (port, _) => door.port = port.unwrap_or(container::default_port()),
        }
        door
    }

    /// Tries plain, then TLS, and with a password where one is wanted. As a certain user at once: without a password a server
    /// may take us for another.
    async fn enter(&self, pod: &Pod, door: &mut Door, round: Round) -> Outcome {
        let mut password: Option<Password> = None;
        let mut is_wanted = self.reach.login().user.is_some();
        let mut is_silent_plain = false;
        loop {
            if is_wanted && password.is_none() {
                match self.password.clone().await {
                    Found::Password(found) => {
                        door.password = Some(found.origin.clone());
                        password = Some(found);
                    }
                    Found::Nothing => return Outcome::NoPassword,
                    Found::Unread(unread) => return Outcome::Locked(unread),
                }
            }
            match self.knock(pod, door, password.as_ref(), round).await {
                Talk::Said(outcome) => return outcome,
                Talk::Closed if password.is_none() => is_wanted = true,
                Talk::Closed => return Outcome::WrongPassword,
                Talk::Broke(broke) if !door.tls && broke.may_be_tls() => {
                    is_silent_plain = broke.said_nothing();
                    door.tls = true;
                }
                Talk::Broke(broke) if broke.is_refused || !door.tls => return broke.outcome(),
                // Neither plain nor TLS got a byte: nothing shows that it speaks TLS.
                Talk::Broke(broke) if is_silent_plain && broke.said_nothing() => {
                    door.tls = false;
                    return broke.outcome();
                }
                Talk::Broke(broke) => {
                    return match self.identity.clone().await.unread {
                        Some(unread) => Outcome::Locked(unread),
                        None => Outcome::NoTls(broke.words().to_owned()),
                    };
                }
            }
        }
    }

    /// One connection, within the time that one member may take.
    async fn knock(
        &self,
        pod: &Pod,
        door: &Door,
        password: Option<&Password>,
        round: Round,
    ) -> Talk {
        let begin = Instant::now();
        let deadline = begin + self.reach.patience();
        let counting = match round {
            Round::First if self.reach.occasion() == Occasion::Watch => Counting::LeftOut,
            Round::First => Counting::Strays { until: begin + self.reach.patience() / 2 },
            Round::Second => Counting::Nothing,
        };
        let also = Also { counting, rights: self.reach.occasion() == Occasion::Change };
        let stream = match timeout_at(deadline, self.reach.connect(pod, door.port)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(unread)) => return Talk::Said(Outcome::NotReached(unread)),
            Err(_) => {
                let what = format!("connect to {}:{}", pod.name, door.port);
                return Talk::Said(Outcome::NotReached(Unread::new(what, Why::Deadline)));
            }
        };
        let talk = async {
            if !door.tls {
                return wire::talk(stream, password, also).await;
            }
            let (stream, record) = super::recorded::Recorded::new(stream);
            let stream = match self.identity.clone().await.connect(Box::new(stream)).await {
                Ok(stream) => stream,
                Err(error) => return wire::broke(&record, error.to_string()),
            };
            match wire::talk(stream, password, also).await {
                // A missing client certificate shows only now (TLS 1.3): what counts is that TLS was spoken.
                Talk::Broke(broke) => wire::broke(&record, broke.words().to_owned()),
                talk => talk,
            }
        };
        timeout_at(deadline, talk).await.unwrap_or(Talk::Said(Outcome::Silent))
    }
}

#[cfg(test)]
mod tests;
