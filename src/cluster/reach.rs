//! Reaching the members of a database through the API server.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::ByteString;
use secrecy::SecretString;
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::connect::Connection;
use super::fetch::fetch;
use super::read::Resource;
use crate::model::{KeyRef, Pod, Seen, Unread, Why};
use crate::reach::{Answer, Boxed, Login, Occasion, Post, Reach, ShellCommand, Stream};

/// Connections that are being opened at once: each is a handshake for the API server and the kubelet.
const OPENING_AT_ONCE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(5);

/// Ports by port-forward, Secrets and `ConfigMap`s by the API.
pub struct Forwarded<'a> {
    connection: &'a Connection,
    login: Login,
    occasion: Occasion,
    opening: Semaphore,
}

#[derive(Deserialize)]
struct SecretData {
    #[serde(default)]
    data: BTreeMap<String, ByteString>,
}

#[derive(Deserialize)]
struct ConfigMapData {
    #[serde(default)]
    data: BTreeMap<String, String>,
}

impl<'a> Forwarded<'a> {
    pub fn new(connection: &'a Connection, login: Login, occasion: Occasion) -> Self {
        Self { connection, login, occasion, opening: Semaphore::new(OPENING_AT_ONCE) }
    }
}

impl Reach for Forwarded<'_> {
    fn connect<'a>(&'a self, pod: &'a Pod, port: u16) -> Boxed<'a, Seen<Box<dyn Stream>>> {
        Box::pin(async move {
            let _turn = self.opening.acquire().await;
            let open = self.connection.portforward(&pod.namespace, &pod.name, port);
            let stream = tokio::time::timeout(PATIENCE, open).await.map_err(|_| {
                Unread::new(format!("connect to {}:{port}", pod.name), Why::Deadline)
            })??;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }

    fn secret<'a>(&'a self, namespace: &'a str, key: &'a KeyRef) -> Boxed<'a, Seen<SecretString>> {
        Box::pin(async move {
            const SECRET: Resource<'_> =
                Resource { group: "", version: "v1", plural: "secrets", singular: "secret" };
            let secret: SecretData =
                self.connection.get(SECRET, Some(namespace), &key.object).await?;
            let bytes = secret.data.get(&key.key).ok_or_else(|| no_key("secret", key))?;
            let text = String::from_utf8(bytes.0.clone()).map_err(|_| no_key("secret", key))?;
            Ok(SecretString::from(text))
        })
    }

    fn config_map<'a>(&'a self, namespace: &'a str, key: &'a KeyRef) -> Boxed<'a, Seen<String>> {
        Box::pin(async move {
            const CONFIG_MAP: Resource<'_> =
                Resource { group: "", version: "v1", plural: "configmaps", singular: "configmap" };
            let mut map: ConfigMapData =
                self.connection.get(CONFIG_MAP, Some(namespace), &key.object).await?;
            map.data.remove(&key.key).ok_or_else(|| no_key("configmap", key))
        })
    }

    fn login(&self) -> Login {
        self.login.clone()
    }

    fn variable(&self, name: &str) -> Option<SecretString> {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
        Some(SecretString::from(value))
    }

    fn occasion(&self) -> Occasion {
        self.occasion
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn pause(&self, span: Duration) -> Boxed<'_, ()> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one pause between two readings of a database"
        )]
        Box::pin(tokio::time::sleep(span))
    }

    fn exec<'a>(
        &'a self,
        command: &'a ShellCommand,
        tell: &'a dyn Fn(&str),
    ) -> Boxed<'a, Seen<i32>> {
        Box::pin(self.connection.exec(command, tell))
    }

    fn fetch<'a>(&'a self, address: &'a http::Uri) -> Boxed<'a, Seen<Answer>> {
        Box::pin(fetch(address))
    }

    fn post<'a>(&'a self, post: &'a Post) -> Boxed<'a, Seen<Answer>> {
        Box::pin(self.connection.post(post))
    }
}

fn no_key(kind: &str, key: &KeyRef) -> Unread {
    Unread::new(format!("read key {} of {kind}/{}", key.key, key.object), Why::Absent)
}
