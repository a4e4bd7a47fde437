//! What the lease of a set remembers.

use ::http::Request;
use serde_json::Value;

use crate::cluster::connect::Connection;
use crate::cluster::read::Asked;
use crate::model::{Access, Record, Seen, Why};

pub(super) const ANNOTATION: &str = "kubectl-sts/record";

pub(super) fn text(record: &Record) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

pub(super) fn of(lease: &Value) -> Option<Record> {
    let text = lease["metadata"]["annotations"][ANNOTATION].as_str()?;
    serde_json::from_str(text).ok()
}

/// What a run on this set left to remember that did not come to its end; None where none did.
///
/// # Errors
/// When the lease could not be read.
pub async fn unfinished(connection: &Connection, set: &str) -> Seen<Option<Record>> {
    let namespace = connection.namespace();
    let asked = Asked {
        what: format!("get lease/kubectl-sts-{set}"),
        access: Access {
            verb: "get".to_owned(),
            group: "coordination.k8s.io".to_owned(),
            resource: "leases".to_owned(),
            namespace: Some(namespace.to_owned()),
        },
    };
    let path =
        format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/kubectl-sts-{set}");
    let request = Request::get(path).body(Vec::new());
    let request = request.map_err(kube::core::request::Error::BuildRequest);
    match connection.read::<Value>(request, &asked).await {
        Ok(lease) => Ok(of(&lease)),
        Err(unread) if unread.why == Why::Absent => Ok(None),
        Err(unread) => Err(unread),
    }
}
