//! Reads: straight from the answer's bytes into slim types of ours.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use ::http::{Request, Response, StatusCode};
use http_body::Body as _;
use kube::api::{GetParams, ListParams};
use kube::client::Body;
use kube::core::Status;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::connect::Connection;
use super::explain;
use super::retry::{self, Failure};
use crate::model::{Access, Seen, Unread, Why};

/// One kind of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource<'a> {
    /// Empty for the core group.
    pub group: &'a str,
    pub version: &'a str,
    /// As in the path: `statefulsets`.
    pub plural: &'a str,
    /// As in an object's name: `statefulset`.
    pub singular: &'a str,
}

impl Resource<'static> {
    pub const SETS: Self =
        Self { group: "apps", version: "v1", plural: "statefulsets", singular: "statefulset" };
}

/// What to list.
#[derive(Clone, Debug)]
pub struct Listing<'a> {
    pub of: Resource<'a>,
    /// None for all namespaces, and for kinds that have none.
    pub namespace: Option<&'a str>,
    pub field_selector: Option<String>,
    pub label_selector: Option<String>,
    /// At most so many; the rest is not read.
    pub limit: Option<u32>,
    /// An answer from the server's cache, which may be some seconds old, is good enough.
    pub stale_ok: bool,
}

impl<'a> Listing<'a> {
    /// All of them.
    pub fn new(of: Resource<'a>, namespace: Option<&'a str>) -> Self {
        Self {
            of,
            namespace,
            field_selector: None,
            label_selector: None,
            limit: None,
            stale_ok: false,
        }
    }
}

#[derive(Deserialize)]
struct Items<T> {
    /// Go writes an empty list as null.
    items: Option<Vec<T>>,
}

impl Connection {
    /// T is read from each item of the list.
    pub async fn list<T: DeserializeOwned>(&self, listing: &Listing<'_>) -> Seen<Vec<T>> {
        let Listing { of, namespace, field_selector, label_selector, limit, stale_ok } = listing;
        let mut params = ListParams {
            field_selector: field_selector.clone(),
            label_selector: label_selector.clone(),
            limit: *limit,
            ..ListParams::default()
        };
        if *stale_ok {
            params = params.match_any();
        }
        let asked =
            Asked { what: format!("list {}", of.plural), access: of.access("list", *namespace) };
        let request = kube::core::Request::new(of.path(*namespace)).list(&params);
        let list: Items<T> = self.read(request, &asked).await?;
        Ok(list.items.unwrap_or_default())
    }

    /// T is read from the object.
    pub async fn get<T: DeserializeOwned>(
        &self,
        of: Resource<'_>,
        namespace: Option<&str>,
        name: &str,
    ) -> Seen<T> {
        let asked = Asked {
            what: format!("get {}/{name}", of.singular),
            access: of.access("get", namespace),
        };
        if !is_name(name) {
            return Err(asked.unread(Why::Absent));
        }
        let request = kube::core::Request::new(of.path(namespace)).get(name, &GetParams::default());
        self.read(request, &asked).await
    }

    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        request: Result<Request<Vec<u8>>, kube::core::request::Error>,
        asked: &Asked,
    ) -> Seen<T> {
        let body = self.body(request, asked).await?;
        serde_json::from_slice(&body)
            .map_err(|error| asked.unread(explain::answer(&error, &self.peer)))
    }

    /// The bytes of the answer, under the deadline of one request.
    pub(super) async fn body(
        &self,
        request: Result<Request<Vec<u8>>, kube::core::request::Error>,
        asked: &Asked,
    ) -> Seen<Vec<u8>> {
        match request {
            Ok(request) => self.within(&asked.what, self.fetch(&request, asked)).await,
            Err(error) => Err(asked.unread(explain::transport(&error, &self.peer))),
        }
    }

    /// Runs it under the deadline of one request.
    pub(super) async fn within<T>(
        &self,
        what: &str,
        work: impl Future<Output = Seen<T>>,
    ) -> Seen<T> {
        let Some(deadline) = self.deadline else { return work.await };
        match tokio::time::timeout(deadline, work).await {
            Ok(seen) => seen,
            Err(_) => Err(Unread::new(what, Why::Deadline)),
        }
    }

    async fn fetch(&self, request: &Request<Vec<u8>>, asked: &Asked) -> Seen<Vec<u8>> {
        let start = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let (failure, why) = match self.fetch_once(request, asked).await {
                Ok(body) => return Ok(body),
                Err(failed) => failed,
            };
            let left = self.deadline.map(|deadline| deadline.saturating_sub(start.elapsed()));
            match retry::pause(failure, tries, left) {
                Some(pause) => wait(pause).await,
                None => return Err(asked.unread(why)),
            }
        }
    }

    async fn fetch_once(
        &self,
        request: &Request<Vec<u8>>,
        asked: &Asked,
    ) -> Result<Vec<u8>, (Failure, Why)> {
        let failed = |error: &kube::Error, failure| {
            (failure, explain::error(error, &asked.access, &self.peer))
        };
        let request = request.clone().map(Body::from);
        let response = match self.client.send(request).await {
            Ok(response) => response,
            Err(error) if explain::broke_off(&error) => {
                return Err(failed(&error, Failure::NoAnswer));
            }
            Err(error) => return Err(failed(&error, Failure::Final)),
        };
        let status = response.status();
        let failure = retry::retry_after(status, response.headers());
        let body = collect(response).await.map_err(|error| failed(&error, Failure::Final))?;
        if status.is_success() {
            return Ok(body);
        }
        Err((failure, explain::status(&status_of(status, &body), &asked.access, &self.peer)))
    }
}

/// Anything else would be another path, and its object another answer.
pub(super) fn is_name(text: &str) -> bool {
    !(text.is_empty() || text.contains(['/', '?', '#', '%']) || text.starts_with('.'))
}

impl Resource<'_> {
    pub(super) fn path(&self, namespace: Option<&str>) -> String {
        let Self { group, version, plural, .. } = self;
        let root = if group.is_empty() { "/api".to_owned() } else { format!("/apis/{group}") };
        match namespace {
            Some(namespace) => format!("{root}/{version}/namespaces/{namespace}/{plural}"),
            None => format!("{root}/{version}/{plural}"),
        }
    }

    pub(super) fn access(&self, verb: &str, namespace: Option<&str>) -> Access {
        Access {
            verb: verb.to_owned(),
            group: self.group.to_owned(),
            resource: self.plural.to_owned(),
            namespace: namespace.map(str::to_owned),
        }
    }
}

/// One question: in words, and as a right.
pub(super) struct Asked {
    pub what: String,
    pub access: Access,
}

impl Asked {
    pub fn unread(&self, why: Why) -> Unread {
        Unread::new(self.what.clone(), why)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "between two tries of one read; the server or the deadline bounds it"
)]
async fn wait(pause: Duration) {
    tokio::time::sleep(pause).await;
}

/// One growing buffer, and each frame dropped as soon as it is in it.
pub(super) async fn collect(response: Response<Body>) -> Result<Vec<u8>, kube::Error> {
    let mut body = response.into_body();
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Some(data) = frame?.data_ref() {
            bytes.extend_from_slice(data);
        }
    }
    Ok(bytes)
}

/// How a body begins. One that breaks off has said what it has.
pub(super) async fn beginning<B>(body: B, most: usize) -> Vec<u8>
where
    B: http_body::Body<Data: AsRef<[u8]>>,
{
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while bytes.len() < most
        && let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await
    {
        let Ok(frame) = frame else { break };
        bytes.extend_from_slice(frame.data_ref().map(AsRef::as_ref).unwrap_or_default());
    }
    bytes
}

/// The server's own Status, or one made of what something else in between says.
pub(super) fn status_of(code: StatusCode, body: &[u8]) -> Status {
    match serde_json::from_slice::<Status>(body) {
        Ok(status) if !status.reason.is_empty() || !status.message.is_empty() => {
            status.with_code(code.as_u16())
        }
        _ => Status::failure("", "").with_code(code.as_u16()),
    }
}
