//! A small HTTP server under the whole client: it says what it is told and counts what it is asked.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use http::{HeaderMap, Method, Request, Response};
use http_body::{Body, Frame};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub method: Method,
    pub target: String,
    pub headers: HeaderMap,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

pub(super) enum Reply {
    Answer(Response<Text>),
    /// It takes the request and never answers.
    Silence,
    /// It closes the connection instead of an answer.
    HangUp,
}

/// A body that ends, or one that stops in the middle.
pub(super) struct Text {
    bytes: Option<Bytes>,
    ends: bool,
}

pub(super) struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// `reply` gets the request and its number, from 0.
    pub async fn start(reply: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = asked.clone();
        let reply = Arc::new(reply);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, reply) = (log.clone(), reply.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let asked = Asked {
                        method: request.method().clone(),
                        target: request.uri().to_string(),
                        headers: request.headers().clone(),
                    };
                    let number = {
                        let mut log = log.lock().unwrap();
                        log.push(asked.clone());
                        log.len() - 1
                    };
                    let reply = reply(&asked, number);
                    async move {
                        match reply {
                            Reply::Answer(response) => Ok(response),
                            Reply::Silence => pending().await,
                            Reply::HangUp => Err(io::Error::other("told to hang up")),
                        }
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { url, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

pub(super) fn json(code: u16, body: &Value) -> Reply {
    text(code, &body.to_string(), &[])
}

pub(super) fn text(code: u16, body: &str, headers: &[(&str, &str)]) -> Reply {
    answer(code, body, headers, true)
}

/// An answer that stops in its middle.
pub(super) fn stalled(body: &str) -> Reply {
    answer(200, body, &[], false)
}

fn answer(code: u16, body: &str, headers: &[(&str, &str)], ends: bool) -> Reply {
    let mut response = Response::builder().status(code);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    let bytes = Some(Bytes::copy_from_slice(body.as_bytes()));
    Reply::Answer(response.body(Text { bytes, ends }).unwrap())
}

impl Body for Text {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.bytes.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if self.ends => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}
