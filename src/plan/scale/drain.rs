//! The pod of an ordinal is made ready to leave by a command or a request of the caller: once for each pod and run.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::replicas::Replicas;
use super::{By, Drain, Manner, waiting};
use crate::model::{Access, Phase, Pod, Record, Seen, Snapshot, Unread, Value, Why};
use crate::plan::{Consent, Description, Hands, Next, Said, Step};
use crate::reach::{Boxed, Post, Reach, ShellCommand};
use crate::rules::Object;
use crate::writes::Failed;

/// How often the lease is looked after meanwhile.
const BEAT: Duration = Duration::from_secs(2);

/// None when it has been done.
pub(super) fn next(now: &Snapshot, ordinal: u32, manner: &Manner) -> Seen<Option<Next<Snapshot>>> {
    let Some(drain) = &manner.drain else { return Ok(None) };
    let found = now.pod(ordinal)?.filter(|pod| pod.deleting.is_none());
    let Some(pod) = found.filter(|pod| pod.phase == Phase::Running) else {
        let object = Object::pod(&now.set.pod_name(ordinal));
        return Ok(Some(Next::Wait(waiting(object, "until it runs, to be drained"))));
    };
    let is_done = now.record.as_ref().is_some_and(|it| it.drained_pods.contains(&pod.uid));
    Ok((!is_done).then(|| Next::Do(Box::new(DrainPod::new(now, ordinal, pod, drain, manner)))))
}

#[derive(Debug)]
struct DrainPod {
    ordinal: u32,
    deed: Deed,
    /// What is remembered when it is done.
    record: Record,
    /// What comes next: no server can try a drain, but it can try that.
    lower: Replicas,
}

#[derive(Debug)]
enum Deed {
    Exec(ShellCommand),
    Post(Post),
}

impl DrainPod {
    fn new(now: &Snapshot, ordinal: u32, pod: &Pod, drain: &Drain, manner: &Manner) -> Self {
        let (namespace, patience) = (pod.namespace.clone(), drain.patience);
        let deed = match &drain.by {
            By::Exec { script, container } => {
                let first = || pod.containers.first().map(|it| it.name.clone());
                let container = container.clone().or_else(first).unwrap_or_default();
                let (pod, script) = (pod.name.clone(), script.clone());
                Deed::Exec(ShellCommand { namespace, pod, container, script, patience })
            }
            By::Post { port, path } => {
                let (pod, path) = (pod.name.clone(), path.clone());
                Deed::Post(Post { namespace, pod, port: *port, path, patience })
            }
        };
        let mut record = now.record_or_new();
        record.drained_pods.insert(pod.uid.clone());
        Self { ordinal, deed, record, lower: Replicas::lowered(now, manner) }
    }
}

impl Deed {
    /// Its pod, and in which resource it is reached.
    fn place(&self) -> (&str, &str, &'static str) {
        match self {
            Self::Exec(command) => (&command.namespace, &command.pod, "pods/exec"),
            Self::Post(post) => (&post.namespace, &post.pod, "pods/portforward"),
        }
    }

    async fn run(&self, reach: &dyn Reach, hands: &Hands<'_>) -> Result<(), Failed> {
        match self {
            Self::Exec(command) => {
                let say = |line: &str| {
                    hands.say(&Said { pod: command.pod.clone(), line: line.to_owned() });
                };
                match reach.exec(command, &say).await.map_err(failed)? {
                    0 => Ok(()),
                    code => Err(Failed::Halfway(format!(
                        "the command in {} exited with code {code}",
                        command.pod
                    ))),
                }
            }
            Self::Post(post) => {
                let answer = reach.post(post).await.map_err(failed)?;
                if !answer.says.is_empty() {
                    hands.say(&Said { pod: post.pod.clone(), line: answer.says });
                }
                match answer.code {
                    200..300 => Ok(()),
                    code => Err(Failed::Halfway(format!(
                        "{} answers {code} to POST {}",
                        post.pod, post.path
                    ))),
                }
            }
        }
    }
}

/// It may have begun, whatever is not known of it.
fn failed(unread: Unread) -> Failed {
    match unread.why {
        Why::Forbidden(Some(access)) => Failed::Denied(access),
        Why::Absent => Failed::Changed,
        _ => Failed::Halfway(unread.to_string()),
    }
}

impl Step<Snapshot> for DrainPod {
    fn describe(&self) -> Description {
        let (_, pod, _) = self.deed.place();
        let seconds = |patience: Duration| {
            Value::Seconds(i64::try_from(patience.as_secs()).unwrap_or(i64::MAX))
        };
        match &self.deed {
            Deed::Exec(command) => Description::new(
                "drain",
                Object::pod(pod),
                "runs `{command}` in container {container}, for {patience} at most",
            )
            .with("command", command.script.as_str())
            .with("container", command.container.as_str())
            .with("patience", seconds(command.patience)),
            Deed::Post(post) => Description::new(
                "drain",
                Object::pod(pod),
                "POST to :{port}{path}, which has to answer 2xx within {patience}",
            )
            .with("path", post.path.as_str())
            .with("port", post.port.to_string())
            .with("patience", seconds(post.patience)),
        }
    }

    fn consent(&self) -> Consent {
        Consent::Leave(self.ordinal)
    }

    fn rights(&self) -> Vec<Access> {
        let (namespace, _, resource) = self.deed.place();
        Access::to_stream(resource, namespace)
    }

    fn forecast(&self, now: &mut Snapshot) {
        now.record = Some(self.record.clone());
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            if hands.is_trial() {
                return self.lower.act(hands).await;
            }
            hands.writes().hold().await?;
            let reach = hands.reach()?;
            held(hands, reach, self.deed.run(reach, hands)).await?;
            hands.writes().remember(&self.record).await
        })
    }
}

/// Keeps the lease while something takes its time.
async fn held(
    hands: &Hands<'_>,
    reach: &dyn Reach,
    work: impl Future<Output = Result<(), Failed>>,
) -> Result<(), Failed> {
    let mut work = pin!(work);
    loop {
        match select(work.as_mut(), reach.pause(BEAT)).await {
            Either::Left((done, _)) => return done,
            Either::Right(((), _)) => hands.writes().hold().await.map_err(|failed| {
                Failed::Halfway(format!("what it began in the pod was left alone: {failed}"))
            })?,
        }
    }
}

/// A pod that was drained and stays, because somebody changed their mind: it is drained again before it leaves.
pub(super) fn stays(now: &Snapshot) -> Seen<Option<Next<Snapshot>>> {
    let Some(record) = now.record.as_ref().filter(|it| !it.drained_pods.is_empty()) else {
        return Ok(None);
    };
    let ordinals = now.set.ordinals();
    let is_kept =
        |pod: &Pod| now.set.ordinal_of(&pod.name).is_some_and(|it| ordinals.contains(&it));
    let mut pods = now.pods()?.iter();
    let found = pods.find(|pod| record.drained_pods.contains(&pod.uid) && is_kept(pod));
    Ok(found.map(|pod| {
        let mut record = record.clone();
        record.drained_pods.remove(&pod.uid);
        Next::Do(Box::new(Stays { pod: pod.name.clone(), record }))
    }))
}

#[derive(Debug)]
struct Stays {
    pod: String,
    record: Record,
}

impl Step<Snapshot> for Stays {
    fn describe(&self) -> Description {
        let says = "it was drained and stays: what that did is not undone, and it is drained again before it leaves";
        Description::new("keep", Object::pod(&self.pod), says)
    }

    fn consent(&self) -> Consent {
        Consent::Arrange
    }

    fn forecast(&self, now: &mut Snapshot) {
        now.record = Some(self.record.clone());
    }

    fn act<'a>(&'a self, hands: &'a Hands<'_>) -> Boxed<'a, Result<(), Failed>> {
        hands.writes().remember(&self.record)
    }
}
