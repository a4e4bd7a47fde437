//! A client of the cluster, as an application has one: it follows MOVED and ASK, and tries again for a second.

use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::future::join_all;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{ClientTlsConfig, Cmd, FromRedisValue, RedisResult, TlsCertificates};
use tokio::runtime::{Builder, Runtime};

use super::{Order, PASSWORD};

const CONNECT: Duration = Duration::from_secs(2);
const ANSWER: Duration = Duration::from_secs(5);
const RETRIES: u32 = 8;
const FIRST_WAIT_MS: u64 = 10;
const LONGEST_WAIT_MS: u64 = 200;
/// Questions that are under way together.
const TOGETHER: usize = 100;

pub struct Client {
    runtime: Runtime,
    connection: ClusterConnection,
}

impl Client {
    pub fn connect(order: &Order) -> Result<Self> {
        let scheme = if order.certificates.is_some() { "rediss" } else { "redis" };
        let seeds = order.seeds.iter().map(|seed| format!("{scheme}://{seed}"));
        let mut builder = ClusterClient::builder(seeds)
            .connection_timeout(CONNECT)
            .response_timeout(ANSWER)
            .retries(RETRIES)
            .min_retry_wait(FIRST_WAIT_MS)
            .max_retry_wait(LONGEST_WAIT_MS);
        if let Ok(password) = std::env::var(PASSWORD) {
            builder = builder.password(password);
        }
        if let Some(folder) = &order.certificates {
            let file = |name: &str| std::fs::read(folder.join(name)).context("no certificate");
            // One certificate for all members names none of them.
            builder = builder.danger_accept_invalid_hostnames(true).certs(TlsCertificates {
                client_tls: Some(ClientTlsConfig {
                    client_cert: file("tls.crt")?,
                    client_key: file("tls.key")?,
                }),
                root_cert: Some(file("ca.crt")?),
            });
        }
        let client = builder.build()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connection = runtime.block_on(client.get_async_connection())?;
        Ok(Self { runtime, connection })
    }

    pub fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        self.runtime.block_on(command.query_async(&mut self.connection))
    }

    /// The answers to many commands, in their order.
    pub fn ask_all<T: FromRedisValue>(&self, commands: &[Cmd]) -> Vec<RedisResult<T>> {
        let answers = commands.chunks(TOGETHER).map(|commands| {
            self.runtime.block_on(join_all(commands.iter().map(|command| {
                let mut connection = self.connection.clone();
                async move { command.query_async(&mut connection).await }
            })))
        });
        answers.flatten().collect()
    }
}
