//! Draining by a command or a request, over a model that runs nothing: once for each pod, and before its ordinal leaves.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::{pending, ready};
use std::time::Duration;

use secrecy::SecretString;

use crate::execute::{End, Limits, Observe, Outcome, execute};
use crate::model::example::{World, healthy, pod};
use crate::model::{KeyRef, Phase, Pod, Record, Seen, Snapshot, Unread, Why};
use crate::plan::scale::{By, Drain, Manner, Scale};
use crate::plan::{Next, Planner, Said, Tools, Wishes, plan};
use crate::reach::{Answer, Boxed, Post, Reach, ShellCommand, Stream};
use crate::writes::{Change, Failed, Nothing, Target, Writes};

const LIMITS: Limits = Limits { step: Duration::from_secs(5), all: None };

struct Site {
    world: RefCell<World>,
    record: RefCell<Record>,
    log: RefCell<Vec<String>>,
    answer: Cell<i32>,
    /// The run dies after this write.
    dies_after: Cell<Option<usize>>,
    is_held: Cell<bool>,
}

impl Site {
    fn new(replicas: u32) -> Self {
        Self {
            world: RefCell::new(healthy(replicas)),
            record: RefCell::new(Record::of(replicas)),
            log: RefCell::default(),
            answer: Cell::new(0),
            dies_after: Cell::default(),
            is_held: Cell::new(true),
        }
    }

    fn log(&self, words: String) {
        self.log.borrow_mut().push(words);
    }

    fn snapshot(&self) -> Snapshot {
        let mut now = self.world.borrow().snapshot();
        now.record = Some(self.record.borrow().clone());
        now
    }

    fn is_dead(&self) -> bool {
        self.dies_after.get().is_some_and(|at| self.log.borrow().len() >= at)
    }
}

impl Writes for Site {
    fn change<'a>(&'a self, _: &'a Target, changes: &'a [Change]) -> Boxed<'a, Result<(), Failed>> {
        let [Change { from: Some(from), to: Some(to), .. }] = changes else { panic!("one change") };
        self.log(format!("{from} -> {to}"));
        let mut world = self.world.borrow_mut();
        world.set.replicas = to.as_u64().and_then(|it| it.try_into().ok()).expect("few");
        let set = world.set.clone();
        world.pods = set.ordinals().map(|ordinal| pod(&set, ordinal)).collect();
        Box::pin(ready(Ok(())))
    }

    fn delete<'a>(&'a self, _: &'a Target) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(ready(Err(Failed::Changed)))
    }

    fn hold(&self) -> Boxed<'_, Result<(), Failed>> {
        let lost = || Failed::Rejected("another run has taken over".into());
        Box::pin(ready(if self.is_held.get() { Ok(()) } else { Err(lost()) }))
    }

    fn remember<'a>(&'a self, record: &'a Record) -> Boxed<'a, Result<(), Failed>> {
        self.log("remember".into());
        self.record.replace(record.clone());
        Box::pin(ready(Ok(())))
    }
}

impl Reach for Site {
    fn connect<'a>(&'a self, _: &'a Pod, _: u16) -> Boxed<'a, Seen<Box<dyn Stream>>> {
        Box::pin(ready(Err(Unread::not_asked("connect"))))
    }

    fn secret<'a>(&'a self, _: &'a str, _: &'a KeyRef) -> Boxed<'a, Seen<SecretString>> {
        Box::pin(ready(Err(Unread::not_asked("read a secret"))))
    }

    fn config_map<'a>(&'a self, _: &'a str, _: &'a KeyRef) -> Boxed<'a, Seen<String>> {
        Box::pin(ready(Err(Unread::not_asked("read a config map"))))
    }

    fn variable(&self, _: &str) -> Option<SecretString> {
        None
    }

    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    fn pause(&self, _: Duration) -> Boxed<'_, ()> {
        Box::pin(ready(()))
    }

    /// A code below zero never comes to an end.
    fn exec<'a>(
        &'a self,
        command: &'a ShellCommand,
        tell: &'a dyn Fn(&str),
    ) -> Boxed<'a, Seen<i32>> {
        self.log(format!("exec {} {} {}", command.pod, command.container, command.script));
        tell("moved 3 keys");
        match self.answer.get() {
            code @ 0.. => Box::pin(ready(Ok(code))),
            _ => Box::pin(async {
                self.is_held.set(false);
                pending().await
            }),
        }
    }

    fn post<'a>(&'a self, post: &'a Post) -> Boxed<'a, Seen<Answer>> {
        self.log(format!("post {}:{}{}", post.pod, post.port, post.path));
        let code = u16::try_from(self.answer.get()).expect("a code");
        let why = || Unread::new("POST", Why::Deadline);
        let answer = Answer { code, says: "ok".into() };
        Box::pin(ready(if code == 0 { Err(why()) } else { Ok(answer) }))
    }
}

struct Eyes<'a>(&'a Site);

impl Observe<Snapshot> for Eyes<'_> {
    fn observe(&mut self) -> Boxed<'_, Seen<Snapshot>> {
        if self.0.is_dead() { Box::pin(pending()) } else { Box::pin(ready(Ok(self.0.snapshot()))) }
    }
}

fn scale(to: u32, drain: Option<Drain>) -> Scale<'static> {
    Scale {
        uid: "set-uid".into(),
        from: 3,
        to,
        data: None,
        wishes: Wishes::default(),
        is_levelled: false,
        manner: Manner { drain, ..Manner::default() },
    }
}

fn drained(by: By, to: u32) -> Scale<'static> {
    scale(to, Some(Drain { by, patience: Duration::from_secs(300) }))
}

fn by_command() -> By {
    By::Exec { script: "leave".into(), container: None }
}

/// Its end, and what was said.
async fn run(site: &Site, planner: &Scale<'_>) -> (Option<Outcome>, Vec<String>) {
    let shown = plan(&site.snapshot(), planner).expect("read");
    let (consents, mut eyes): (BTreeSet<_>, _) = (shown.consents(), Eyes(site));
    let said = RefCell::new(Vec::new());
    let say = |it: &Said| said.borrow_mut().push(format!("{}: {}", it.pod, it.line));
    let tools =
        Tools { writes: site, trial: &Nothing, reach: Some(site), tell: &|_| {}, say: &say };
    let running = execute(&consents, planner, &mut eyes, tools, LIMITS, pending(), |_| {});
    let outcome = tokio::time::timeout(Duration::from_millis(50), running).await.ok();
    (outcome, said.into_inner())
}

const WHOLE: [&str; 6] = [
    "exec redis-2 redis leave",
    "remember",
    "3 -> 2",
    "exec redis-1 redis leave",
    "remember",
    "2 -> 1",
];

#[tokio::test]
async fn each_pod_is_drained_before_its_ordinal_leaves() {
    let site = Site::new(3);
    let planner = drained(by_command(), 1);
    let shown = plan(&site.snapshot(), &planner).expect("read");
    let verbs: Vec<&str> = shown.steps.iter().map(|it| it.describe().verb).collect();
    assert_eq!(verbs, ["drain", "lower", "drain", "lower"]);
    let rights: Vec<String> =
        shown.rights().iter().map(|it| format!("{} {}", it.verb, it.resource)).collect();
    assert_eq!(rights, ["get pods/exec", "create pods/exec", "patch statefulsets"]);
    let (outcome, said) = run(&site, &planner).await;
    assert!(matches!(outcome.expect("it ends").end, End::Done));
    assert_eq!(*site.log.borrow(), WHOLE);
    assert_eq!(said, ["redis-2: moved 3 keys", "redis-1: moved 3 keys"]);
}

#[tokio::test]
async fn cut_off_anywhere_what_is_remembered_is_not_done_again() {
    for at in 1..=WHOLE.len() {
        let site = Site::new(3);
        let planner = drained(by_command(), 1);
        site.dies_after.set(Some(at));
        run(&site, &planner).await;
        site.dies_after.set(None);
        let (outcome, _) = run(&site, &planner).await;
        assert!(matches!(outcome.expect("it ends").end, End::Done), "{at}");
        assert_eq!(*site.log.borrow(), WHOLE, "{at}");
    }
}

#[tokio::test]
async fn one_that_was_cut_off_in_the_middle_is_run_again() {
    let site = Site::new(3);
    let planner = drained(by_command(), 2);
    site.answer.set(-1);
    let (outcome, _) = run(&site, &planner).await;
    let outcome = outcome.expect("the lease is looked after");
    assert!(matches!(&outcome.end, End::Failed(words) if words.contains("taken over")));
    assert_eq!(outcome.writes, 1, "it may have done something");
    site.answer.set(0);
    site.is_held.set(true);
    run(&site, &planner).await;
    assert_eq!(*site.log.borrow(), [WHOLE[0], WHOLE[0], WHOLE[1], WHOLE[2]]);
}

#[tokio::test]
async fn one_that_fails_stops_the_run_and_nothing_is_lowered() {
    let site = Site::new(3);
    site.answer.set(7);
    let (outcome, _) = run(&site, &drained(by_command(), 1)).await;
    let outcome = outcome.expect("it ends");
    assert!(matches!(&outcome.end, End::Failed(words) if words.ends_with("exited with code 7")));
    assert_eq!((outcome.writes, site.log.borrow().len()), (1, 1));
    let post = || By::Post { port: 8080, path: "/prepare".into() };
    for (code, expected) in [(503, "redis-2 answers 503"), (0, "no answer in time")] {
        let site = Site::new(3);
        site.answer.set(code);
        let (outcome, _) = run(&site, &drained(post(), 1)).await;
        let outcome = outcome.expect("it ends");
        assert!(matches!(&outcome.end, End::Failed(words) if words.contains(expected)));
        assert_eq!(*site.log.borrow(), ["post redis-2:8080/prepare"]);
    }
    let site = Site::new(3);
    site.answer.set(204);
    run(&site, &drained(post(), 2)).await;
    assert_eq!(*site.log.borrow(), ["post redis-2:8080/prepare", "remember", "3 -> 2"]);
}

#[tokio::test]
async fn a_pod_that_was_drained_and_stays_is_drained_again_later() {
    let site = Site::new(3);
    let planner = drained(by_command(), 2);
    site.dies_after.set(Some(2));
    run(&site, &planner).await;
    site.dies_after.set(None);
    assert_eq!(site.record.borrow().drained_pods.len(), 1);
    let (outcome, _) = run(&site, &scale(3, None)).await;
    assert!(matches!(outcome.expect("it ends").end, End::Done));
    assert_eq!(site.record.borrow().drained_pods.len(), 0);
    run(&site, &planner).await;
    assert_eq!(site.log.borrow()[3..], WHOLE[..3]);
}

#[test]
fn a_pod_that_does_not_run_is_waited_for() {
    let site = Site::new(3);
    for phase in [Some(Phase::Pending), None] {
        let mut now = site.world.borrow().clone();
        match phase {
            Some(phase) => now.pods[2].phase = phase,
            None => drop(now.pods.pop()),
        }
        let next = drained(by_command(), 2).next(&now.snapshot()).expect("read");
        assert!(matches!(next, Next::Wait(wait) if wait.object.name == "redis-2"));
    }
}
