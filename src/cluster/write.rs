//! Conditional writes: the object by its uid, the value that was seen, never tried twice.

use std::fmt::Write as _;

use ::http::request::Builder;
use ::http::{HeaderValue, Method, Request};
use kube::client::Body;
use kube::core::Status;
use serde_json::{Value, json};

use super::connect::Connection;
use super::explain;
use super::explain::denied;
use super::read::{collect, is_name, status_of};
use crate::model::{Access, Timestamp, Why};
use crate::reach::Boxed;
use crate::writes::{Change, Failed, Target, Writes};

const MANAGER: &str = "fieldManager=kubectl-sts";

/// Writes through one connection, under one name in the audit log.
pub struct Writer<'a> {
    connection: &'a Connection,
    /// The server goes through all of it, and keeps nothing.
    is_trial: bool,
    /// `Audit-ID` of every request of one run.
    operation: HeaderValue,
}

impl<'a> Writer<'a> {
    pub fn new(connection: &'a Connection) -> Self {
        Self { connection, is_trial: false, operation: operation() }
    }

    /// The same without effect.
    pub fn trial(&self) -> Self {
        Self { is_trial: true, operation: self.operation.clone(), ..*self }
    }

    async fn send(
        &self,
        method: Method,
        target: &Target,
        content: &'static str,
        body: Value,
    ) -> Result<(), Failed> {
        let verb = if method == Method::DELETE { "delete" } else { "patch" };
        let Some(path) = path(target) else { return Err(Failed::Changed) };
        // A delete takes its options from the body; that it is a trial shows in the address, for who reads the audit log.
        let query = match (verb, self.is_trial) {
            ("patch", true) => format!("?{MANAGER}&fieldValidation=Strict&dryRun=All"),
            ("patch", false) => format!("?{MANAGER}&fieldValidation=Strict"),
            (_, true) => "?dryRun=All".to_owned(),
            (_, false) => String::new(),
        };
        let request = Request::builder().method(method).uri(path + &query);
        self.write(request, content, &body, &target.access(verb)).await.map(drop)
    }

    /// Under the name of this run.
    pub(super) async fn write(
        &self,
        request: Builder,
        content: &'static str,
        body: &Value,
        access: &Access,
    ) -> Result<Value, Failed> {
        let request =
            request.header("content-type", content).header("audit-id", self.operation.clone());
        self.connection.write(request, body, access).await
    }

    pub(super) fn connection(&self) -> &Connection {
        self.connection
    }
}

impl Connection {
    /// Sends it once; the answer to it, where there is one.
    async fn write(
        &self,
        request: Builder,
        body: &Value,
        access: &Access,
    ) -> Result<Value, Failed> {
        let request = request
            .body(Body::from(body.to_string().into_bytes()))
            .map_err(|error| Failed::Rejected(error.to_string()))?;
        let sending = self.answer_to(request, access);
        match self.deadline {
            None => sending.await,
            Some(deadline) => match tokio::time::timeout(deadline, sending).await {
                Ok(answer) => answer,
                Err(_) => Err(Failed::Unknown("no answer in time".to_owned())),
            },
        }
    }

    async fn answer_to(&self, request: Request<Body>, access: &Access) -> Result<Value, Failed> {
        let unknown = |error: &kube::Error| {
            Failed::Unknown(explain::error(error, access, &self.peer).to_string())
        };
        let response = self.client.send(request).await.map_err(|it| unknown(&it))?;
        let code = response.status();
        let body = collect(response).await.map_err(|it| unknown(&it))?;
        if code.is_success() {
            Ok(serde_json::from_slice(&body).unwrap_or_default())
        } else {
            Err(refused(&status_of(code, &body), access))
        }
    }
}

impl Writes for Writer<'_> {
    fn change<'a>(
        &'a self,
        target: &'a Target,
        changes: &'a [Change],
    ) -> Boxed<'a, Result<(), Failed>> {
        let mut patch = vec![json!({ "op": "test", "path": "/metadata/uid", "value": target.uid })];
        let tests = changes.iter().filter_map(|it| Some((it.path, it.from.as_ref()?)));
        patch.extend(
            tests.map(|(path, value)| json!({ "op": "test", "path": path, "value": value })),
        );
        // `add` replaces what is there (RFC 6902, 4.1).
        let values = changes.iter().filter_map(|it| Some((it.path, it.to.as_ref()?)));
        patch.extend(
            values.map(|(path, value)| json!({ "op": "add", "path": path, "value": value })),
        );
        Box::pin(self.send(Method::PATCH, target, "application/json-patch+json", patch.into()))
    }

    fn delete<'a>(&'a self, target: &'a Target) -> Boxed<'a, Result<(), Failed>> {
        let mut options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": { "uid": target.uid },
        });
        if self.is_trial {
            options["dryRun"] = json!(["All"]);
        }
        Box::pin(self.send(Method::DELETE, target, "application/json", options))
    }
}

/// None for a name that would be another path.
fn path(target: &Target) -> Option<String> {
    if !is_name(&target.name) {
        return None;
    }
    let (group, plural) = target.resource();
    let mut path =
        if group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{group}/v1") };
    if !target.namespace.is_empty() {
        let _ = write!(path, "/namespaces/{}", target.namespace);
    }
    let _ = write!(path, "/{}/{}", plural, target.name);
    Some(path)
}

/// A JSON Patch `test` that failed is a 422 without causes; a real refusal of a value names them.
fn refused(status: &Status, access: &Access) -> Failed {
    let has_causes = status.details.as_ref().is_some_and(|details| !details.causes.is_empty());
    match status.code {
        404 | 409 => Failed::Changed,
        422 if !has_causes => Failed::Changed,
        401 => Failed::Rejected(
            "the server does not accept these credentials (expired?): log in again".to_owned(),
        ),
        403 => match denied(&status.message) {
            Some(access) => Failed::Denied(access),
            None if status.message.is_empty() => Failed::Denied(access.clone()),
            None => Failed::Rejected(status.message.clone()),
        },
        code if code >= 500 => {
            Failed::Unknown(format!("the API server answers {code}: {}", status.message))
        }
        429 => Failed::Unknown("the API server asks for patience".to_owned()),
        code => Failed::Rejected(format!("the API server answers {code}: {}", status.message)),
    }
}

/// One of a kind, and told to be ours by whoever reads the audit log.
fn operation() -> HeaderValue {
    let id = format!("kubectl-sts-{}-{:x}", std::process::id(), Timestamp::now().as_nanosecond());
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("kubectl-sts"))
}

impl Connection {
    /// Whether RBAC gives a right, as the server says it (`SelfSubjectAccessReview`).
    ///
    /// # Errors
    /// When it could not be asked.
    pub async fn may(&self, access: &Access) -> Result<bool, Why> {
        let (resource, subresource) =
            access.resource.split_once('/').unwrap_or((&access.resource, ""));
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": {
                "namespace": access.namespace, "verb": access.verb, "group": access.group,
                "resource": resource, "subresource": subresource,
            } },
        });
        let request = Request::post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
            .header("content-type", "application/json")
            .body(review.to_string().into_bytes())
            .map_err(kube::core::request::Error::BuildRequest);
        let asked = super::read::Asked {
            what: format!("ask whether {} {} is allowed", access.verb, access.resource),
            access: access.clone(),
        };
        let answer: Value = self.read(request, &asked).await.map_err(|unread| unread.why)?;
        Ok(answer["status"]["allowed"] == true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, message: &str, causes: usize) -> Status {
        let details = (causes > 0).then(|| {
            json!({ "causes": vec![json!({ "reason": "FieldValueInvalid", "message": "x", "field": "y" }); causes] })
        });
        serde_json::from_value(json!({
            "status": "Failure", "code": code, "reason": "x", "message": message, "details": details,
        }))
        .unwrap()
    }

    #[test]
    fn refusals_are_told_apart_by_what_to_do_about_them() {
        let access = Access {
            verb: "delete".into(),
            group: String::new(),
            resource: "persistentvolumeclaims".into(),
            namespace: Some("shop".into()),
        };
        let of = |code, message: &str, causes| refused(&status(code, message, causes), &access);
        assert_eq!(of(404, "not found", 0), Failed::Changed);
        assert_eq!(of(409, "the UID in the precondition does not match", 0), Failed::Changed);
        assert_eq!(of(422, "the server rejected our request", 0), Failed::Changed);
        assert!(matches!(of(422, "is invalid", 1), Failed::Rejected(_)));
        let rbac = r#"pvc "x" is forbidden: User "eve" cannot delete resource "persistentvolumeclaims" in API group "" in the namespace "shop""#;
        assert_eq!(of(403, rbac, 0), Failed::Denied(access.clone()));
        let webhook =
            r#"admission webhook "guard.example.com" denied the request: not on a Friday"#;
        assert_eq!(of(403, webhook, 0), Failed::Rejected(webhook.into()));
        assert!(matches!(of(500, "etcdserver: request timed out", 0), Failed::Unknown(_)));
    }
}
