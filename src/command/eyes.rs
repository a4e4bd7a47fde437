//! A look at model servers, which need a thread of their own.

use std::collections::BTreeSet;
use std::future::pending;
use std::time::Duration;

use tokio::task::LocalSet;

use crate::engine::redis::servers::Servers;
use crate::execute::{Limits, Observe, Outcome, execute};
use crate::model::{Seen, Snapshot};
use crate::plan::{Consent, Planner, Tools};
use crate::reach::{Boxed, Reach};
use crate::writes::Nothing;

const LIMITS: Limits = Limits { step: Duration::from_secs(5), all: None };

/// Looks at them as a command does.
pub(super) struct Eyes(pub(super) Servers);

impl Observe<Snapshot> for Eyes {
    fn observe(&mut self) -> Boxed<'_, Seen<Snapshot>> {
        Box::pin(async {
            self.0.pause(Duration::from_millis(500)).await;
            let mut now = self.0.snapshot();
            let (engine, _) = crate::engine::detect(&now).expect("Redis");
            let replies = engine.ask(&now, &self.0).await;
            engine.interpret(&mut now, replies);
            Ok(now)
        })
    }
}

/// Runs a plan on them. None when they were killed.
pub(super) async fn run(
    servers: &Servers,
    planner: &dyn Planner<Snapshot>,
    consents: &BTreeSet<Consent>,
) -> Option<Outcome> {
    let mut eyes = Eyes(servers.clone());
    let tools = Tools {
        writes: servers,
        trial: &Nothing,
        reach: Some(servers),
        tell: &|_| {},
        say: &|_| {},
    };
    let running = execute(consents, planner, &mut eyes, tools, LIMITS, pending(), |_| {});
    tokio::select! {
        outcome = running => Some(outcome),
        () = servers.died() => None,
    }
}

pub(super) fn local(test: impl Future<Output = ()> + 'static) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, test);
}
