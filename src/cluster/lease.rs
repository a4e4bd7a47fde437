//! One run at a time on one set: a Lease in its namespace, which our own runs heed. It goes with the set.

mod holder;
mod leased;
mod moment;
mod pause;
mod record;

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use ::http::Request;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::connect::Connection;
use super::read::Resource;
use super::write::Writer;
use crate::model::{Access, Record, Seen, Set, Timestamp, Why};
use crate::writes::Failed;

/// So long it is ours without being renewed.
const LASTS: Duration = Duration::from_secs(15);
/// How often somebody else's is looked at.
const PAUSE: Duration = Duration::from_millis(500);
const INTENT: &str = "kubectl-sts/intent";

pub use holder::Holder;
use holder::{holder, who};
pub use leased::Leased;
use moment::Moment;
pub use pause::{NotPaused, pause as pause_holder};
pub use record::unfinished;

/// Ours until it is dropped from the cluster, or not renewed in time.
pub struct Lease<'a> {
    writer: &'a Writer<'a>,
    path: String,
    namespace: String,
    name: String,
    access: Access,
    spec: RefCell<Value>,
    renewed: Cell<Moment>,
    /// Work that goes on in several places at once renews it in one.
    turn: Mutex<()>,
}

#[derive(Debug)]
pub enum NotTaken {
    /// Somebody is at work: it was renewed while we watched.
    Held(Holder),
    Failed(Failed),
    Unread(crate::model::Unread),
}

impl<'a> Lease<'a> {
    /// Takes it, or takes over one that nobody renews any more: that is waited for, and `tell` says whose it is. What the
    /// run before it remembers goes on.
    ///
    /// # Errors
    /// When somebody else is at work on the set, or it could not be written.
    pub async fn take(
        writer: &'a Writer<'a>,
        set: &Set,
        intent: &str,
        mut tell: impl FnMut(&Holder),
    ) -> Result<Self, NotTaken> {
        let lease = Self::of(writer, set, intent);
        let mut watched: Option<(Holder, Instant)> = None;
        loop {
            match lease.read().await.map_err(NotTaken::Unread)? {
                None => match lease.create().await {
                    Ok(()) => return Ok(lease),
                    Err(Failed::Changed) => {}
                    Err(failed) => return Err(NotTaken::Failed(failed)),
                },
                Some(found) if holder(&found).who.is_empty() => match lease.take_over(&found).await
                {
                    Ok(()) => return Ok(lease),
                    Err(Failed::Changed) => {}
                    Err(failed) => return Err(NotTaken::Failed(failed)),
                },
                Some(found) => {
                    let holder = holder(&found);
                    let since = match &watched {
                        Some((known, since)) if *known == holder => *since,
                        Some(_) => return Err(NotTaken::Held(holder)),
                        None => {
                            tell(&holder);
                            watched = Some((holder.clone(), Instant::now()));
                            Instant::now()
                        }
                    };
                    if since.elapsed() > holder.lasts {
                        match lease.take_over(&found).await {
                            Ok(()) => return Ok(lease),
                            Err(Failed::Changed) => watched = None,
                            Err(failed) => return Err(NotTaken::Failed(failed)),
                        }
                    } else {
                        pause().await;
                    }
                }
            }
        }
    }

    fn of(writer: &'a Writer<'a>, set: &Set, intent: &str) -> Self {
        let name = name(&set.name);
        let owner = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "name": set.name, "uid": set.uid,
        });
        let record = record::text(&Record::of(set.replicas));
        let spec = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {
                "name": name, "namespace": set.namespace, "ownerReferences": [owner],
                "annotations": { INTENT: intent, record::ANNOTATION: record },
            },
            "spec": { "holderIdentity": who(), "leaseDurationSeconds": LASTS.as_secs() },
        });
        Self {
            writer,
            path: format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", set.namespace),
            namespace: set.namespace.clone(),
            name,
            access: rights(&set.namespace, "update"),
            spec: RefCell::new(spec),
            renewed: Cell::new(Moment::now()),
            turn: Mutex::new(()),
        }
    }

    async fn read(&self) -> Seen<Option<Value>> {
        find(self.writer.connection(), &self.namespace, &self.name).await
    }

    async fn create(&self) -> Result<(), Failed> {
        let body = self.renewed_now(true);
        let access = Access { verb: "create".to_owned(), ..self.access.clone() };
        self.send(Request::post(&self.path), body, &access).await
    }

    /// Only if it is still what was seen, by its version.
    async fn take_over(&self, found: &Value) -> Result<(), Failed> {
        let mut body = self.renewed_now(true);
        body["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"].clone();
        if let Some(kept) = record::of(found) {
            // Who wanted the run before to stop wanted that of it, not of this one.
            let kept = Record { paused_by: None, ..kept };
            body["metadata"]["annotations"][record::ANNOTATION] = record::text(&kept).into();
        }
        let transitions = found["spec"]["leaseTransitions"].as_u64().unwrap_or_default();
        body["spec"]["leaseTransitions"] = (transitions + 1).into();
        self.put(body).await
    }

    /// Renews it where a third of its time is over. After it has run out it is ours only if nobody took it.
    ///
    /// # Errors
    /// When somebody else has it, or it could not be renewed before it ran out.
    pub async fn hold(&self) -> Result<(), Failed> {
        let _turn = self.turn.lock().await;
        let age = self.renewed.get().age();
        if age < LASTS / 3 {
            return Ok(());
        }
        let renewing = self.update(|_| {});
        let left = LASTS.saturating_sub(age);
        let renewed = if left.is_zero() {
            renewing.await
        } else {
            // A server that does not answer is not waited for beyond that: others may take it then.
            let late = || Failed::Unknown("the lease of this set could not be renewed".to_owned());
            timeout(left, renewing).await.unwrap_or_else(|_| Err(late()))
        };
        match renewed {
            Ok(()) => Ok(()),
            Err(Failed::Changed) => {
                Err(Failed::Rejected("another run has taken over the lease of this set".to_owned()))
            }
            Err(Failed::Unknown(_)) if self.renewed.get().age() < LASTS => Ok(()),
            Err(failed) => Err(failed),
        }
    }

    /// What this run and those before it remember.
    pub fn record(&self) -> Option<Record> {
        record::of(&self.spec.borrow())
    }

    /// # Errors
    /// When it could not be written, or the lease is another's.
    async fn remember(&self, record: &Record) -> Result<(), Failed> {
        let _turn = self.turn.lock().await;
        self.update(|body| {
            let paused_by = record::of(body).and_then(|it| it.paused_by);
            let record = Record { paused_by, ..record.clone() };
            body["metadata"]["annotations"][record::ANNOTATION] = record::text(&record).into();
        })
        .await
    }

    /// Somebody else may have written that we are to stop: what it is by then is what is changed, as long as it is ours.
    async fn update(&self, change: impl Fn(&mut Value)) -> Result<(), Failed> {
        let changed = || {
            let mut body = self.renewed_now(false);
            change(&mut body);
            body
        };
        match self.put(changed()).await {
            Err(Failed::Changed) if self.is_still_ours().await => self.put(changed()).await,
            done => done,
        }
    }

    async fn is_still_ours(&self) -> bool {
        let Ok(Some(found)) = self.read().await else { return false };
        let is_ours =
            found["spec"]["holderIdentity"] == self.spec.borrow()["spec"]["holderIdentity"];
        if is_ours {
            *self.spec.borrow_mut() = found;
        }
        is_ours
    }

    /// Gives it back with what it remembers: whoever comes next goes on at once.
    pub async fn leave(self) {
        // One that stays as it is runs out by itself.
        let _ = self.update(|body| body["spec"]["holderIdentity"] = Value::Null).await;
    }

    /// Gives it back, and nothing is left to remember. One that somebody else has by now is left alone.
    pub async fn release(self) {
        let version = self.spec.borrow()["metadata"]["resourceVersion"].clone();
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": { "resourceVersion": version },
        });
        let access = Access { verb: "delete".to_owned(), ..self.access.clone() };
        let request = Request::delete(format!("{}/{}", self.path, self.name));
        // One that stays runs out by itself.
        let _ = self.writer.write(request, "application/json", &options, &access).await;
    }

    fn renewed_now(&self, is_new: bool) -> Value {
        let mut body = self.spec.borrow().clone();
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        if is_new {
            body["spec"]["acquireTime"] = now.clone().into();
        }
        body["spec"]["renewTime"] = now.into();
        body
    }

    async fn put(&self, body: Value) -> Result<(), Failed> {
        self.send(Request::put(format!("{}/{}", self.path, self.name)), body, &self.access).await
    }

    /// The moment counts from before the request: it is never taken for younger than it is.
    async fn send(
        &self,
        request: ::http::request::Builder,
        body: Value,
        access: &Access,
    ) -> Result<(), Failed> {
        let began = Moment::now();
        let written = self.writer.write(request, "application/json", &body, access).await?;
        *self.spec.borrow_mut() = written;
        self.renewed.set(began);
        Ok(())
    }
}

/// Its name, by that of the set.
fn name(set: &str) -> String {
    format!("kubectl-sts-{set}")
}

/// None where there is none by that name.
async fn find(connection: &Connection, namespace: &str, name: &str) -> Seen<Option<Value>> {
    const LEASE: Resource<'_> = Resource {
        group: "coordination.k8s.io",
        version: "v1",
        plural: "leases",
        singular: "lease",
    };
    match connection.get(LEASE, Some(namespace), name).await {
        Ok(found) => Ok(Some(found)),
        Err(unread) if unread.why == Why::Absent => Ok(None),
        Err(unread) => Err(unread),
    }
}

/// What taking, renewing and giving back needs.
pub fn lease_rights(namespace: &str) -> Vec<Access> {
    ["get", "create", "update", "delete"].map(|verb| rights(namespace, verb)).to_vec()
}

fn rights(namespace: &str, verb: &str) -> Access {
    Access {
        verb: verb.to_owned(),
        group: "coordination.k8s.io".to_owned(),
        resource: "leases".to_owned(),
        namespace: Some(namespace.to_owned()),
    }
}

#[expect(clippy::disallowed_methods, reason = "between two looks at somebody else's lease")]
async fn pause() {
    tokio::time::sleep(PAUSE).await;
}
