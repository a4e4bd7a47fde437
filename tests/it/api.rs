//! An API server that answers each path with what it was given and keeps what it was asked. It knows no Kubernetes.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// The one moment at which everything is asked, so that ages do not change.
pub const DATE: &str = "Mon, 23 Nov 2026 02:00:00 GMT";

#[derive(Clone, Debug)]
pub enum Answer {
    /// A status code and a body.
    Text(u16, String),
    /// It takes the request and never answers.
    Silence,
    /// It closes the connection instead.
    HangUp,
}

impl Answer {
    pub fn list(items: &[Value]) -> Self {
        let list = json!({ "kind": "List", "apiVersion": "v1", "metadata": {}, "items": items });
        Self::Text(200, list.to_string())
    }

    /// What `kubectl get` prints, as the server sends it.
    pub fn table(rows: &[&[&str]]) -> Self {
        let rows: Vec<Value> = rows.iter().map(|cells| json!({ "cells": cells })).collect();
        let table = json!({ "kind": "Table", "apiVersion": "meta.k8s.io/v1", "rows": rows });
        Self::Text(200, table.to_string())
    }

    /// A refusal in the API's own words.
    pub fn refusal(code: u16, reason: &str, message: &str) -> Self {
        let status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "code": code, "reason": reason, "message": message,
        });
        Self::Text(code, status.to_string())
    }
}

/// Answers by path, or by `PATH as table` for who asks for one; what has none is not found.
pub type Answers = HashMap<String, Answer>;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub user_agent: String,
    pub authorization: String,
    pub accept: String,
}

pub struct Api {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// The server ends with it.
    _stop: oneshot::Sender<Infallible>,
}

impl Api {
    /// Every answer carries these texts as `Warning` headers.
    pub fn start(answers: Answers, warnings: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
        listener.set_nonblocking(true).expect("a socket for tokio");
        let address = listener.local_addr().expect("a bound socket");
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let play = Arc::new(Play {
            answers,
            warnings: warnings.iter().map(|text| format!("299 - \"{text}\"")).collect(),
            asked: asked.clone(),
        });
        let (stop, stopped) = oneshot::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = accept(listener, play) => {}
                }
            });
        });
        Self { address, asked, _stop: stop }
    }

    /// Host and port.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test panicked in here").clone()
    }
}

/// What is played back, and where it is noted.
struct Play {
    answers: Answers,
    warnings: Vec<String>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

async fn accept(listener: TcpListener, play: Arc<Play>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a socket for tokio");
    while let Ok((stream, _)) = listener.accept().await {
        let play = play.clone();
        let service = service_fn(move |request| {
            let answer = play.note(&request);
            let play = play.clone();
            async move { play.response(answer).await }
        });
        let connection = hyper::server::conn::http1::Builder::new();
        tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
    }
}

impl Play {
    fn note(&self, request: &Request<Incoming>) -> Answer {
        let header = |name| {
            let value = request.headers().get(name);
            value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let path = request.uri().path();
        let table = header("accept").contains("as=Table").then(|| format!("{path} as table"));
        let answer = table.and_then(|key| self.answers.get(&key));
        let answer = answer.or_else(|| self.answers.get(path)).cloned().unwrap_or_else(|| {
            Answer::refusal(404, "NotFound", "the server could not find the requested resource")
        });
        self.asked.lock().expect("no test panicked in here").push(Asked {
            method: request.method().to_string(),
            target: request.uri().to_string(),
            user_agent: header("user-agent"),
            authorization: header("authorization"),
            accept: header("accept"),
        });
        answer
    }

    async fn response(&self, answer: Answer) -> io::Result<Response<String>> {
        let (code, text) = match answer {
            Answer::Text(code, text) => (code, text),
            Answer::Silence => pending().await,
            Answer::HangUp => return Err(io::Error::other("told to hang up")),
        };
        let mut response = Response::builder()
            .status(code)
            .header("content-type", "application/json")
            .header("date", DATE);
        for warning in &self.warnings {
            response = response.header("warning", warning);
        }
        Ok(response.body(text).expect("headers of ours"))
    }
}
