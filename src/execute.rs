//! The one loop: look, decide, write one conditional thing, look again. Here alone the right to write is handed out.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::{Instant, timeout};

use crate::model::{Access, Seen, Unread};
use crate::plan::{Consent, Hands, Next, Planner, Step, Tools, Wait};
use crate::reach::Boxed;
use crate::rules::{Finding, Object};
use crate::writes::Failed;

/// What is looked at between any two writes. It paces itself.
pub trait Observe<N> {
    fn observe(&mut self) -> Boxed<'_, Seen<N>>;
}

/// How it came to an end. It never errs: after the first write nothing may be lost.
#[derive(Debug)]
pub struct Outcome {
    /// Writes that happened, or may have.
    pub writes: usize,
    pub end: End,
    /// What rules say of what it waited for in vain.
    pub reasons: Vec<Finding>,
}

#[derive(Debug)]
pub enum End {
    Done,
    /// Asked to stop, between two writes.
    Interrupted,
    Refused(Vec<Finding>),
    /// A step that nobody approved: the cluster is not what it was when the plan was shown.
    NotApproved(String),
    /// Nothing happened for longer than a step may take.
    Stuck(String),
    /// It has taken longer than it may in all.
    Overdue,
    /// It could not look for longer than a step may take.
    Unread(Unread),
    Denied(Access),
    /// The server refuses, in its words.
    Rejected(String),
    /// A step was begun and did not come to a good end.
    Failed(String),
}

/// What is told on the way.
pub enum Told<'a, N> {
    Begins(&'a dyn Step<N>),
    Waits(&'a Wait),
    Unread(&'a Unread),
}

/// What bounds a run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Without any progress.
    pub step: Duration,
    /// In all; None for no limit.
    pub all: Option<Duration>,
}

/// A step that was tried so often and changed nothing is not tried again.
const TRIES: u32 = 3;

/// Runs a plan to its end. The first write is tried before it is done.
pub async fn execute<N>(
    approved: &BTreeSet<Consent>,
    planner: &dyn Planner<N>,
    world: &mut dyn Observe<N>,
    tools: Tools<'_>,
    limits: Limits,
    interrupt: impl Future<Output = ()>,
    mut tell: impl FnMut(Told<'_, N>),
) -> Outcome {
    let run = Run { writes: 0, patience: Patience::new(limits.step), tries: HashMap::new() };
    let asked = asked_to_stop(interrupt, limits.all);
    let outcome = run.goes_on(approved, planner, world, tools, asked, &mut tell).await;
    if !matches!(outcome.end, End::Done) && planner.puts_back() {
        put_back(approved, planner, world, tools, &mut tell).await;
    }
    outcome
}

/// So long it is looked for what is to be put back.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// Whatever goes wrong with it: the next run does it.
async fn put_back<N>(
    approved: &BTreeSet<Consent>,
    planner: &dyn Planner<N>,
    world: &mut dyn Observe<N>,
    tools: Tools<'_>,
    tell: &mut impl FnMut(Told<'_, N>),
) {
    let Ok(Ok(now)) = timeout(LAST_LOOK, world.observe()).await else { return };
    if let Ok(Next::Do(step)) = planner.leaves(&now)
        && approved.contains(&step.consent())
    {
        tell(Told::Begins(&*step));
        let _ = step.act(&Hands::new(tools, &Cell::new(false))).await;
    }
}

struct Run {
    writes: usize,
    patience: Patience,
    /// How often each step was tried.
    tries: HashMap<String, u32>,
}

impl Run {
    async fn goes_on<N>(
        mut self,
        approved: &BTreeSet<Consent>,
        planner: &dyn Planner<N>,
        world: &mut dyn Observe<N>,
        tools: Tools<'_>,
        asked: impl Future<Output = End>,
        tell: &mut impl FnMut(Told<'_, N>),
    ) -> Outcome {
        let mut asked = pin!(asked);
        let is_to_stop = Cell::new(false);
        loop {
            // A look may be dropped at any time; a write never is.
            let seen = match select(asked.as_mut(), world.observe()).await {
                Either::Left((end, _)) => return self.ends(end),
                Either::Right((seen, _)) => seen,
            };
            let (now, next) = match seen {
                Ok(now) => {
                    let next = planner.next(&now);
                    (Some(now), next)
                }
                Err(unread) => (None, Err(unread)),
            };
            let step = match next {
                Ok(Next::Done) => return self.ends(End::Done),
                Ok(Next::Refuse(findings)) => return self.ends(End::Refused(findings)),
                Ok(Next::Do(step)) => step,
                Ok(Next::Wait(wait)) => {
                    tell(Told::Waits(&wait));
                    let words = format!("{wait:?}");
                    if self.patience.is_over(&words) {
                        let Object { kind, name } = &wait.object;
                        let reasons = now.map(|now| planner.reasons(&now, &wait.object));
                        let outcome = self.ends(End::Stuck(format!("{kind}/{name}")));
                        return Outcome { reasons: reasons.unwrap_or_default(), ..outcome };
                    }
                    continue;
                }
                Err(unread) => {
                    tell(Told::Unread(&unread));
                    if self.patience.is_spent() {
                        return self.ends(End::Unread(unread));
                    }
                    continue;
                }
            };
            let end = {
                // What may have a write on its way is never dropped: it is told to stop where it may, and waited for.
                let acting = pin!(self.act(approved, &*step, tools, &is_to_stop, tell));
                match select(asked.as_mut(), acting).await {
                    Either::Left((wanted, acting)) => {
                        is_to_stop.set(true);
                        acting.await.or(Some(wanted))
                    }
                    Either::Right((end, _)) => end,
                }
            };
            if let Some(end) = end {
                return self.ends(end);
            }
        }
    }

    fn ends(&self, end: End) -> Outcome {
        Outcome { writes: self.writes, end, reasons: Vec::new() }
    }

    /// Some when it is the end.
    async fn act<N>(
        &mut self,
        approved: &BTreeSet<Consent>,
        step: &dyn Step<N>,
        tools: Tools<'_>,
        is_to_stop: &Cell<bool>,
        tell: &mut impl FnMut(Told<'_, N>),
    ) -> Option<End> {
        let words = format!("{step:?}");
        let object = step.describe().object;
        let name = format!("{}/{}", object.kind, object.name);
        if !approved.contains(&step.consent()) {
            return Some(End::NotApproved(name));
        }
        let tries = self.tries.entry(words.clone()).or_default();
        *tries += 1;
        if *tries > TRIES || self.patience.is_over(&words) {
            return Some(End::Stuck(name));
        }
        if self.writes == 0
            && let Err(failed) = step.act(&Hands::trial(tools, is_to_stop)).await
        {
            return ends_with(failed);
        }
        tell(Told::Begins(step));
        let hands = Hands::new(tools, is_to_stop);
        let done = step.act(&hands).await;
        let has_written = matches!(done, Ok(()) | Err(Failed::Unknown(_) | Failed::Halfway(_)));
        self.writes += usize::from(has_written || hands.has_begun());
        done.err().and_then(ends_with)
    }
}

/// By whoever watches, or by the clock.
async fn asked_to_stop(interrupt: impl Future<Output = ()>, all: Option<Duration>) -> End {
    let Some(all) = all else {
        interrupt.await;
        return End::Interrupted;
    };
    match timeout(all, interrupt).await {
        Ok(()) => End::Interrupted,
        Err(_) => End::Overdue,
    }
}

/// What has changed, or of which nobody knows, is looked at again.
fn ends_with(failed: Failed) -> Option<End> {
    match failed {
        Failed::Changed | Failed::Unknown(_) => None,
        Failed::Denied(access) => Some(End::Denied(access)),
        Failed::Rejected(words) => Some(End::Rejected(words)),
        Failed::Halfway(words) => Some(End::Failed(words)),
    }
}

/// Time without progress.
struct Patience {
    most: Duration,
    since: Instant,
    last: String,
}

impl Patience {
    fn new(most: Duration) -> Self {
        Self { most, since: Instant::now(), last: String::new() }
    }

    /// `words` are what it has come to: as long as they change there is progress.
    fn is_over(&mut self, words: &str) -> bool {
        if self.last != words {
            words.clone_into(&mut self.last);
            self.since = Instant::now();
        }
        self.is_spent()
    }

    /// A look that failed is no progress, whatever it failed with.
    fn is_spent(&self) -> bool {
        self.since.elapsed() >= self.most
    }
}
