//! One run at a time on one set: a Lease in its namespace, which our own runs heed. It goes with the set.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use ::http::Request;
use serde_json::{Value, json};

use super::write::Writer;
use crate::model::{Access, Seen, Set, Timestamp, Why};
use crate::reach::Boxed;
use crate::writes::{Change, Failed, Target, Writes};

/// So long it is ours without being renewed.
const LASTS: Duration = Duration::from_secs(15);
/// How often somebody else's is looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// Whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// `ann@desk/2f1a`.
    pub who: String,
    /// What is being done: `scale=3`.
    pub intent: String,
    renewed: String,
    lasts: Duration,
}

/// Ours until it is dropped from the cluster, or not renewed in time.
pub struct Lease<'a> {
    writer: &'a Writer<'a>,
    path: String,
    name: String,
    access: Access,
    spec: RefCell<Value>,
    renewed: Cell<Moment>,
}

#[derive(Debug)]
pub enum NotTaken {
    /// Somebody is at work: it was renewed while we watched.
    Held(Holder),
    Failed(Failed),
    Unread(crate::model::Unread),
}

/// By two clocks: one that never goes back, and one that goes on while the machine or the process sleeps.
#[derive(Clone, Copy, Debug)]
struct Moment(Instant, Timestamp);

impl Moment {
    fn now() -> Self {
        Self(Instant::now(), Timestamp::now())
    }

    fn age(self) -> Duration {
        let by_wall = Timestamp::now().duration_since(self.1);
        self.0.elapsed().max(Duration::try_from(by_wall).unwrap_or_default())
    }
}

impl<'a> Lease<'a> {
    /// Takes it, or takes over one that nobody renews any more: that is waited for, and `tell` says whose it is.
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
        let name = format!("kubectl-sts-{}", set.name);
        let owner = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "name": set.name, "uid": set.uid,
        });
        let spec = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {
                "name": name, "namespace": set.namespace, "ownerReferences": [owner],
                "annotations": { "kubectl-sts/intent": intent },
            },
            "spec": { "holderIdentity": who(), "leaseDurationSeconds": LASTS.as_secs() },
        });
        Self {
            writer,
            path: format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", set.namespace),
            name,
            access: rights(&set.namespace, "update"),
            spec: RefCell::new(spec),
            renewed: Cell::new(Moment::now()),
        }
    }

    async fn read(&self) -> Seen<Option<Value>> {
        let asked = super::read::Asked {
            what: format!("get lease/{}", self.name),
            access: Access { verb: "get".to_owned(), ..self.access.clone() },
        };
        let request = Request::get(format!("{}/{}", self.path, self.name)).body(Vec::new());
        let request = request.map_err(kube::core::request::Error::BuildRequest);
        match self.writer.connection().read::<Value>(request, &asked).await {
            Ok(found) => Ok(Some(found)),
            Err(unread) if unread.why == Why::Absent => Ok(None),
            Err(unread) => Err(unread),
        }
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
        let transitions = found["spec"]["leaseTransitions"].as_u64().unwrap_or_default();
        body["spec"]["leaseTransitions"] = (transitions + 1).into();
        self.put(body).await
    }

    /// Renews it where a third of its time is over. After it has run out it is ours only if nobody took it.
    ///
    /// # Errors
    /// When somebody else has it, or it could not be renewed before it ran out.
    pub async fn hold(&self) -> Result<(), Failed> {
        let age = self.renewed.get().age();
        if age < LASTS / 3 {
            return Ok(());
        }
        match self.put(self.renewed_now(false)).await {
            Ok(()) => Ok(()),
            Err(Failed::Changed) => {
                Err(Failed::Rejected("another run has taken over the lease of this set".to_owned()))
            }
            Err(Failed::Unknown(_)) if age < LASTS => Ok(()),
            Err(failed) => Err(failed),
        }
    }

    /// Gives it back. One that somebody else has by now is left alone.
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

/// Writes only while the lease is ours: before each it is renewed, or found to be another's.
pub struct Leased<'a>(pub &'a Lease<'a>);

impl Writes for Leased<'_> {
    fn change<'a>(
        &'a self,
        target: &'a Target,
        change: &'a Change,
    ) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            self.0.hold().await?;
            self.0.writer.change(target, change).await
        })
    }

    fn delete<'a>(&'a self, target: &'a Target) -> Boxed<'a, Result<(), Failed>> {
        Box::pin(async move {
            self.0.hold().await?;
            self.0.writer.delete(target).await
        })
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

fn holder(lease: &Value) -> Holder {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let spec = &lease["spec"];
    Holder {
        who: text(&spec["holderIdentity"]),
        intent: text(&lease["metadata"]["annotations"]["kubectl-sts/intent"]),
        renewed: text(&spec["renewTime"]),
        lasts: Duration::from_secs(spec["leaseDurationSeconds"].as_u64().unwrap_or_default()),
    }
}

/// Who we are, and no other run.
fn who() -> String {
    let name = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    let host = if host.is_empty() { "somewhere" } else { host };
    format!("{name}@{host}/{}-{:x}", std::process::id(), Timestamp::now().as_millisecond())
}

#[expect(clippy::disallowed_methods, reason = "between two looks at somebody else's lease")]
async fn pause() {
    tokio::time::sleep(PAUSE).await;
}
