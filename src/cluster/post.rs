//! A request over plain HTTP to a port of a pod, through the API server. It arrives on the pod's loopback.

use std::error::Error;
use std::pin::pin;

use futures_util::future::{Either, select};
use http::Request;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::connect::Connection;
use super::read::beginning;
use crate::model::{Seen, Unread, Why};
use crate::reach::{Answer, Post};

/// So much of an answer is read.
const SHOWN: usize = 1024;

impl Connection {
    pub(super) async fn post(&self, post: &Post) -> Seen<Answer> {
        let what = || format!("POST {} to {}:{}", post.path, post.pod, post.port);
        let asking = async {
            let stream = self.portforward(&post.namespace, &post.pod, post.port).await?;
            let answer = ask(post, stream).await;
            answer.map_err(|error| Unread::new(what(), Why::Unreachable(last(&error))))
        };
        match tokio::time::timeout(post.patience, asking).await {
            Ok(seen) => seen,
            Err(_) => Err(Unread::new(what(), Why::Deadline)),
        }
    }
}

async fn ask(
    post: &Post,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) -> Result<Answer, hyper::Error> {
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let asking = async {
        // The path was taken for one when it was read from the command line.
        let mut request = Request::new(String::new());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = post.path.parse().unwrap_or_default();
        let host = http::HeaderValue::from_str(&format!("{}:{}", post.pod, post.port));
        if let Ok(host) = host {
            request.headers_mut().insert(http::header::HOST, host);
        }
        let response = sender.send_request(request).await?;
        let code = response.status().as_u16();
        let mut bytes = beginning(response.into_body(), SHOWN).await;
        bytes.truncate(SHOWN);
        Ok(Answer { code, says: String::from_utf8_lossy(&bytes).trim().to_owned() })
    };
    match select(pin!(asking), pin!(connection)).await {
        Either::Left((answer, _)) => answer,
        Either::Right((ended, asking)) => {
            ended?;
            asking.await
        }
    }
}

/// The innermost cause says most.
fn last(error: &hyper::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    async fn answered(answer: &str) -> (String, Result<Answer, hyper::Error>) {
        let (near, mut far) = duplex(4096);
        let post = Post {
            namespace: "shop".into(),
            pod: "web-2".into(),
            port: 8080,
            path: "/prepare?now=1".into(),
            patience: Duration::from_secs(1),
        };
        let serving = async {
            let mut bytes = [0; 1024];
            let read = far.read(&mut bytes).await.unwrap();
            far.write_all(answer.as_bytes()).await.unwrap();
            drop(far);
            String::from_utf8_lossy(&bytes[..read]).into_owned()
        };
        futures_util::future::join(serving, ask(&post, near)).await
    }

    #[tokio::test]
    async fn what_is_asked_and_what_is_answered() {
        let (asked, answer) =
            answered("HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\nnot now\r\n").await;
        assert!(asked.starts_with("POST /prepare?now=1 HTTP/1.1\r\n"), "{asked}");
        assert!(asked.contains("host: web-2:8080\r\n"), "{asked}");
        assert_eq!(answer.unwrap(), Answer { code: 503, says: "not now".into() });
        let (_, answer) = answered("HTTP/1.0 204 No Content\r\n\r\n").await;
        assert_eq!(answer.unwrap(), Answer { code: 204, says: String::new() });
        assert!(answered("").await.1.is_err());
    }
}
