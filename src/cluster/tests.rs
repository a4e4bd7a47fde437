//! The connection through its whole stack, against a server on this machine.

mod login;
pub(super) mod scratch;
mod server;

use std::time::Duration;

use kube::api::PostParams;
use serde::Deserialize;
use serde_json::json;

use super::connect::connect_from;
use super::environment::Environment;
use super::{Connection, Listing, Options, Resource};
use crate::model::{Access, Seen, Unread, Version, Why};
use server::{Reply, Server, stalled, text};

const PODS: Resource<'static> =
    Resource { group: "", version: "v1", plural: "pods", singular: "pod" };
const SETS: Resource<'static> =
    Resource { group: "apps", version: "v1", plural: "statefulsets", singular: "statefulset" };

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Named {
    metadata: Metadata,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Metadata {
    name: String,
}

async fn connect(server: &Server, options: Options) -> Connection {
    let options = Options { server: Some(server.url.clone()), ..options };
    connect_from(&options, &Environment::default()).await.unwrap()
}

async fn pods(connection: &Connection) -> Seen<Vec<Named>> {
    connection.list(&Listing::new(PODS, Some("shop"))).await
}

/// The refusal, its words, and how often the server was asked.
async fn refusal(reply: impl Fn() -> Reply + Send + Sync + 'static) -> (Unread, String, usize) {
    let server = Server::start(move |_, _| reply()).await;
    let unread = pods(&connect(&server, Options::default()).await).await.unwrap_err();
    let words = unread.to_string().replace(&server.url["http://".len()..], "SERVER");
    (unread, words, server.asked().len())
}

#[tokio::test]
async fn a_list_is_asked_for_and_read() {
    let server = Server::start(|_, _| {
        let pod = |name| json!({ "metadata": { "name": name, "managedFields": [{ "x": 1 }] } });
        server::json(200, &json!({ "kind": "PodList", "items": [pod("a"), pod("b")] }))
    })
    .await;
    let connection = connect(&server, Options::default()).await;
    let listing = Listing {
        label_selector: Some("app in (a,b)".to_owned()),
        field_selector: Some("type=Warning".to_owned()),
        stale_ok: true,
        ..Listing::new(PODS, Some("shop"))
    };
    let listed: Vec<Named> = connection.list(&listing).await.unwrap();
    assert_eq!(listed.iter().map(|it| it.metadata.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);

    let asked = &server.asked()[0];
    assert_eq!(
        asked.target,
        "/api/v1/namespaces/shop/pods?&fieldSelector=type%3DWarning&labelSelector=app+in+%28a%2Cb%29\
         &resourceVersion=0&resourceVersionMatch=NotOlderThan"
    );
    assert_eq!(
        asked.header("user-agent"),
        Some(concat!("kubectl-sts/", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(asked.header("accept-encoding"), Some("gzip"));
    assert_eq!(asked.header("authorization"), None);
}

#[tokio::test]
async fn an_empty_list_may_be_null() {
    let server = Server::start(|_, _| server::json(200, &json!({ "items": null }))).await;
    assert_eq!(pods(&connect(&server, Options::default()).await).await, Ok(vec![]));
}

#[tokio::test]
async fn one_object_and_the_version_are_read() {
    let server = Server::start(|asked, _| match asked.target.as_str() {
        "/version" => {
            server::json(200, &json!({ "major": "1", "minor": "33+", "gitVersion": "v1.33.4-eks" }))
        }
        "/apis/apps/v1/namespaces/shop/statefulsets/db" => {
            server::json(200, &json!({ "metadata": { "name": "db" } }))
        }
        other => text(500, other, &[]),
    })
    .await;
    let connection = connect(&server, Options::default()).await;
    let set: Named = connection.get(SETS, Some("shop"), "db").await.unwrap();
    assert_eq!(set.metadata.name, "db");
    let version = connection.server_version().await.unwrap();
    assert_eq!(version, Version::new(1, 33, 4));

    let elsewhere = connection.get::<Named>(SETS, Some("shop"), "db/status").await.unwrap_err();
    assert_eq!(elsewhere.why, Why::Absent);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_server_that_asks_for_patience_is_asked_three_times() {
    for code in [429, 503] {
        let (_, words, asked) = refusal(move || text(code, "", &[("retry-after", "0")])).await;
        assert_eq!(asked, 3, "{words}");
    }
    let server = Server::start(|_, number| match number {
        0 => text(429, "", &[("retry-after", "0")]),
        _ => server::json(200, &json!({ "items": [] })),
    })
    .await;
    assert_eq!(pods(&connect(&server, Options::default()).await).await, Ok(vec![]));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn other_refusals_are_final() {
    for (code, retry_after) in [(500, "0"), (502, "0"), (504, "0"), (409, "0"), (503, "3600")] {
        let (_, words, asked) =
            refusal(move || text(code, "", &[("retry-after", retry_after)])).await;
        assert_eq!(asked, 1, "{words}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_three_times() {
    let (_, words, asked) = refusal(|| Reply::HangUp).await;
    assert_eq!(words, "cannot list pods: SERVER broke the connection off: try again");
    assert_eq!(asked, 3);
}

#[tokio::test]
async fn a_write_is_never_repeated() {
    for hang_up in [false, true] {
        let server = Server::start(move |_, _| {
            if hang_up { Reply::HangUp } else { text(503, "", &[("retry-after", "0")]) }
        })
        .await;
        let connection = connect(&server, Options::default()).await;
        let request = kube::core::Request::new("/api/v1/namespaces/shop/pods")
            .create(&PostParams::default(), b"{}".to_vec())
            .unwrap();
        assert!(connection.client().request::<serde_json::Value>(request).await.is_err());
        let methods: Vec<_> = server.asked().into_iter().map(|asked| asked.method).collect();
        assert_eq!(methods, ["POST"]);
    }
}

#[tokio::test]
async fn nobody_listening_is_said_in_one_sentence() {
    let server = Server::start(|_, _| Reply::Silence).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    drop(listener);
    let options =
        Options { server: Some(format!("http://u:hunter2@{place}")), ..Options::default() };
    let connection = connect_from(&options, &Environment::default()).await.unwrap();
    let words = pods(&connection).await.unwrap_err().to_string();
    assert_eq!(
        words,
        format!(
            "cannot list pods: {place} refuses the connection: is it up, and is this the right context?"
        )
    );
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_silent_server_meets_the_deadline() {
    let deadline = Some(Duration::from_millis(50));
    for reply in [|| Reply::Silence, || stalled(r#"{"items":["#)] {
        let server = Server::start(move |_, _| reply()).await;
        let connection =
            connect(&server, Options { request_timeout: deadline, ..Options::default() }).await;
        let unread = pods(&connection).await.unwrap_err();
        assert_eq!(unread, Unread::new("list pods", Why::Deadline));
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let status = |code: u16, reason: &str, message: &str| {
        json!({ "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message })
            .to_string()
    };
    let message = r#"pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "shop""#;
    let forbidden = status(403, "Forbidden", message);
    let (unread, words, _) = refusal(move || text(403, &forbidden, &[])).await;
    let access = Access {
        verb: "list".to_owned(),
        group: String::new(),
        resource: "pods".to_owned(),
        namespace: Some("shop".to_owned()),
    };
    assert_eq!(unread.why, Why::Forbidden(Some(access)));
    assert_eq!(words, "cannot list pods: forbidden");

    let absent = status(404, "NotFound", "pods not found");
    assert_eq!(refusal(move || text(404, &absent, &[])).await.0.why, Why::Absent);
    assert_eq!(refusal(|| text(404, "404 page not found", &[])).await.0.why, Why::Absent);

    let cases = [
        (
            401,
            status(401, "Unauthorized", "Unauthorized"),
            "the server does not accept these credentials (expired?): log in again",
        ),
        (
            410,
            status(410, "Expired", "too old resource version"),
            "it changed while it was read: try again",
        ),
        (
            500,
            status(500, "InternalError", "etcdserver: request timed out"),
            "the API server answers 500 Internal Server Error: etcdserver: request timed out",
        ),
        (
            403,
            "<html>blocked by corp</html>".to_owned(),
            "SERVER answers 403 Forbidden: is it an API server?",
        ),
        (302, String::new(), "SERVER answers 302 Found: is it an API server?"),
        (
            200,
            "<html>log in</html>".to_owned(),
            "SERVER does not answer in JSON: is it an API server?",
        ),
        (
            200,
            r#"{"items":[{"metadata":{"name":["hunter2"]}}]}"#.to_owned(),
            "SERVER answers with fields this version of kubectl-sts does not understand",
        ),
    ];
    for (code, body, sentence) in cases {
        let (_, words, asked) = refusal(move || text(code, &body, &[])).await;
        assert_eq!(words, format!("cannot list pods: {sentence}"));
        assert_eq!(asked, 1);
    }
}

#[tokio::test]
async fn warnings_are_kept_once_and_the_clock_is_the_servers() {
    let server = Server::start(|_, _| {
        let headers = [
            ("warning", r#"299 - "v1beta1 is deprecated""#),
            ("warning", r#"299 - "and so is that""#),
            ("date", "Mon, 23 Nov 2026 02:00:07 GMT"),
        ];
        text(200, r#"{"items":[]}"#, &headers)
    })
    .await;
    let connection = connect(&server, Options::default()).await;
    assert_eq!(connection.server_time(), None);
    for _ in 0..3 {
        assert_eq!(pods(&connection).await, Ok(vec![]));
    }
    assert_eq!(connection.warnings(), ["v1beta1 is deprecated", "and so is that"]);
    assert_eq!(connection.server_time().unwrap().to_string(), "2026-11-23T02:00:07Z");
}
