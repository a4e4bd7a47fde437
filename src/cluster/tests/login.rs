//! Credentials on the wire, and how often a plugin is run for them.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::scratch::Scratch;
use super::server::{Server, json, text};
use super::{Environment, Options, connect, connect_from, pods};
use crate::cluster::Connection;

/// A kubeconfig whose user has a plugin, and the count of its runs.
struct Plugin {
    dir: Scratch,
}

impl Plugin {
    /// It issues `token-1`, `token-2`, …
    fn new(server: &Server, expires: Option<Timestamp>) -> Self {
        let dir = Scratch::new();
        let expires =
            expires.map(|end| format!(r#","expirationTimestamp":"{end}""#)).unwrap_or_default();
        let script = format!(
            r#"echo run >> "$RUNS"; n=$(grep -c run "$RUNS"); echo '{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"token":"token-'$n'"{expires}}}}}'"#
        );
        let kubeconfig = json!({
            "current-context": "c",
            "contexts": [{ "name": "c", "context": { "cluster": "c", "user": "u" } }],
            "clusters": [{ "name": "c", "cluster": { "server": server.url } }],
            "users": [{ "name": "u", "user": { "exec": {
                "apiVersion": "client.authentication.k8s.io/v1",
                "command": "sh",
                "args": ["-c", script],
                "env": [{ "name": "RUNS", "value": dir.path("runs") }],
                "interactiveMode": "Never",
            } } }],
        });
        dir.write("config", &kubeconfig.to_string());
        Self { dir }
    }

    async fn connect(&self) -> Connection {
        let options = Options { kubeconfig: Some(self.dir.path("config")), ..Options::default() };
        connect_from(&options, &Environment::default()).await.unwrap()
    }

    fn runs(&self) -> usize {
        std::fs::read_to_string(self.dir.path("runs")).unwrap_or_default().lines().count()
    }
}

fn in_an_hour() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(1)
}

fn tokens(server: &Server) -> Vec<String> {
    let token =
        |asked: &super::server::Asked| asked.header("authorization").unwrap_or("-").to_owned();
    server.asked().iter().map(token).collect()
}

#[tokio::test]
async fn a_plugin_runs_once_for_all_requests() {
    for expires in [None, Some(in_an_hour())] {
        let server = Server::start(|_, _| json(200, &json!({ "items": [] }))).await;
        let plugin = Plugin::new(&server, expires);
        let connection = plugin.connect().await;
        for _ in 0..3 {
            assert_eq!(pods(&connection).await, Ok(vec![]));
        }
        assert_eq!(plugin.runs(), 1);
        assert_eq!(tokens(&server), ["Bearer token-1"; 3]);
    }
}

#[tokio::test]
async fn a_credential_that_ends_is_renewed_before_the_request() {
    let server = Server::start(|_, _| json(200, &json!({ "items": [] }))).await;
    let plugin = Plugin::new(&server, Some(Timestamp::now()));
    let connection = plugin.connect().await;
    assert_eq!(pods(&connection).await, Ok(vec![]));
    assert_eq!(tokens(&server), ["Bearer token-2"]);
}

#[tokio::test]
async fn a_credential_that_was_revoked_is_renewed_once() {
    let server = Server::start(|_, number| match number {
        1 => text(401, "", &[]),
        _ => json(200, &json!({ "items": [] })),
    })
    .await;
    let plugin = Plugin::new(&server, Some(in_an_hour()));
    let connection = plugin.connect().await;
    for _ in 0..3 {
        assert_eq!(pods(&connection).await, Ok(vec![]));
    }
    assert_eq!(plugin.runs(), 2);
    assert_eq!(
        tokens(&server),
        ["Bearer token-1", "Bearer token-1", "Bearer token-2", "Bearer token-2"]
    );
}

#[tokio::test]
async fn a_credential_that_was_never_good_is_not_asked_for_again() {
    let server = Server::start(|_, _| text(401, "", &[])).await;
    let plugin = Plugin::new(&server, Some(in_an_hour()));
    let connection = plugin.connect().await;
    for _ in 0..3 {
        assert!(pods(&connection).await.is_err());
    }
    assert_eq!(plugin.runs(), 1);
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn flags_say_who_we_are() {
    let server = Server::start(|_, _| json(200, &json!({ "items": [] }))).await;
    let options = Options {
        token: Some("t".to_owned().into()),
        as_: Some("jane".to_owned()),
        as_groups: vec!["a".to_owned(), "b".to_owned()],
        as_uid: Some("42".to_owned()),
        ..Options::default()
    };
    let connection = connect(&server, options).await;
    assert_eq!(pods(&connection).await, Ok(vec![]));
    let asked = &server.asked()[0];
    assert_eq!(asked.header("authorization"), Some("Bearer t"));
    assert_eq!(asked.header("impersonate-user"), Some("jane"));
    assert_eq!(asked.header("impersonate-uid"), Some("42"));
    assert_eq!(asked.headers.get_all("impersonate-group").iter().count(), 2);
}

#[tokio::test]
async fn credentials_that_cannot_be_used_are_said_before_any_request() {
    let dir = Scratch::new();
    let garbage = dir.write("garbage", "garbage");
    let say = async |user: serde_json::Value| {
        let kubeconfig = json!({
            "current-context": "c",
            "contexts": [{ "name": "c", "context": { "cluster": "c", "user": "u" } }],
            "clusters": [{ "name": "c", "cluster": { "server": "https://127.0.0.1:1" } }],
            "users": [{ "name": "u", "user": user }],
        });
        let options = Options {
            kubeconfig: Some(dir.write("config", &kubeconfig.to_string())),
            ..Options::default()
        };
        let error = connect_from(&options, &Environment::default()).await.unwrap_err();
        dir.hide(&format!("{error:#}"))
    };
    insta::assert_snapshot!(say(json!({ "tokenFile": "none" })).await, @"DIR/none cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(say(json!({ "client-certificate": "none", "client-key": "none" })).await, @"DIR/none cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(say(json!({ "client-certificate": "garbage", "client-key": "garbage" })).await, @"the credential or certificate of this user cannot be used: identity PEM is missing a private key: the key must be PKCS8 or RSA/PKCS1");
    insta::assert_snapshot!(say(json!({ "client-certificate-data": "%", "client-key-data": "%" })).await, @"the credential or certificate of this user cannot be used: Invalid symbol 37, offset 0.");
    insta::assert_snapshot!(say(json!({ "auth-provider": { "name": "gcp" } })).await, @"kubectl has no auth-provider gcp any more: use its credential plugin");

    let say = async |options: Options| {
        let options = Options { server: Some("https://127.0.0.1:1".to_owned()), ..options };
        let error = connect_from(&options, &Environment::default()).await.unwrap_err();
        dir.hide(&format!("{error:#}"))
    };
    let authority = |path| Options { certificate_authority: Some(path), ..Options::default() };
    insta::assert_snapshot!(say(authority(garbage)).await, @"DIR/garbage holds no PEM certificate");
    insta::assert_snapshot!(say(authority(dir.path("none"))).await, @"the certificate authority DIR/none cannot be read: No such file or directory (os error 2)");
}
