//! What went wrong, in one sentence each: from the errors of `kube` and the answers of the server.

mod denial;
mod peer;
mod tls;

use std::error::Error;
use std::io;

use http::StatusCode;
use kube::client::AuthError;
use kube::config::LoadDataError;
use kube::core::Status;

use super::http::LoginFailed;
use crate::model::{Access, Why};
pub(super) use denial::denied;
pub(super) use peer::Peer;

/// For a request that failed.
pub(super) fn error(error: &kube::Error, asked: &Access, peer: &Peer) -> Why {
    match error {
        kube::Error::Api(answer) => status(answer, asked, peer),
        other => transport(other, peer),
    }
}

/// For an answer that is a refusal.
pub(super) fn status(status: &Status, asked: &Access, peer: &Peer) -> Why {
    // What is in between, a proxy or a login page, does not answer in the API's words.
    let of_the_api = !status.reason.is_empty() && status.reason != "Failed to parse error data";
    match status.code {
        401 => Why::Unreachable(
            "the server does not accept these credentials (expired?): log in again".to_owned(),
        ),
        403 if of_the_api => {
            Why::Forbidden(Some(denied(&status.message).unwrap_or_else(|| asked.clone())))
        }
        404 => Why::Absent,
        410 => Why::Unreachable("it changed while it was read: try again".to_owned()),
        504 if status.reason == "Timeout" => Why::Deadline,
        code => {
            let code = StatusCode::from_u16(code).map_or(code.to_string(), |code| code.to_string());
            let sentence = match (of_the_api, first_line(&status.message)) {
                (true, "") => format!("the API server answers {code}"),
                (true, message) => format!("the API server answers {code}: {message}"),
                (false, _) => format!("{peer} answers {code}: is it an API server?"),
            };
            Why::Unreachable(sentence)
        }
    }
}

/// For an answer that does not parse. Only names of fields are quoted: a value may be a secret's.
pub(super) fn answer(error: &serde_json::Error, peer: &Peer) -> Why {
    if !error.is_data() {
        return Why::Unreachable(format!("{peer} does not answer in JSON: is it an API server?"));
    }
    let words = error.to_string();
    let missing = words.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    Why::Unreachable(match missing {
        Some((field, _)) => {
            format!("{peer} answers without the field {field}: is it an API server?")
        }
        None => {
            format!("{peer} answers with fields this version of kubectl-sts does not understand")
        }
    })
}

/// For a request that got no answer.
pub(super) fn transport(error: &(dyn Error + 'static), peer: &Peer) -> Why {
    for cause in causes(error) {
        if let Some(login) = cause.downcast_ref::<LoginFailed>() {
            return Why::Unreachable(login.to_string());
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return Why::Unreachable(tls::sentence(tls, peer));
        }
        if cause.is::<AuthError>() {
            return Why::Unreachable(
                "the credential of this user cannot be read: log in again".to_owned(),
            );
        }
    }
    if causes(error).any(|cause| io_kind(cause) == Some(io::ErrorKind::TimedOut)) {
        return Why::Deadline;
    }
    let hop = peer.next_hop();
    let words: Vec<String> = causes(error).map(ToString::to_string).collect();
    let says = |text: &str| words.iter().any(|it| it.contains(text));
    // The innermost: what wraps it is `Other`.
    let kind = causes(error).filter_map(io_kind).last();
    Why::Unreachable(match (kind, &peer.proxy) {
        _ if says("dns error") => format!(
            "the name of {hop} cannot be resolved: check the address, the network and the VPN"
        ),
        (Some(io::ErrorKind::ConnectionRefused), _) => {
            format!("{hop} refuses the connection: is it up, and is this the right context?")
        }
        (Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable), _) => {
            format!("there is no way to {hop}: check the network and the VPN")
        }
        (_, Some(proxy)) if says("tunnel error") || says("SOCKS error") => format!(
            "the proxy {proxy} does not lead to {}: check proxy-url, HTTPS_PROXY and NO_PROXY",
            peer.server
        ),
        _ if broke_off(error) => format!("{hop} broke the connection off: try again"),
        _ => format!("the connection to {hop} failed: {}", last(&words)),
    })
}

/// Refused, or ended before an answer: the server has not seen the request, or not finished it.
pub(super) fn broke_off(error: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, UnexpectedEof,
    };
    causes(error).any(|cause| {
        let closed = cause
            .downcast_ref::<hyper::Error>()
            .is_some_and(|error| error.is_incomplete_message() || error.is_closed());
        closed
            || matches!(
                io_kind(cause),
                Some(
                    ConnectionRefused
                        | ConnectionReset
                        | ConnectionAborted
                        | BrokenPipe
                        | UnexpectedEof
                )
            )
    })
}

/// For a configuration `kube` cannot build a client from.
pub(super) fn configuration(error: &kube::Error) -> String {
    for cause in causes(error) {
        let unread =
            match (cause.downcast_ref::<LoadDataError>(), cause.downcast_ref::<AuthError>()) {
                (Some(LoadDataError::ReadFile(error, path)), _)
                | (_, Some(AuthError::ReadTokenFile(error, path))) => Some((error, path)),
                _ => None,
            };
        if let Some((error, path)) = unread {
            return format!("{} cannot be read: {error}", path.display());
        }
    }
    let words: Vec<String> = causes(error).map(ToString::to_string).collect();
    format!("the credential or certificate of this user cannot be used: {}", last(&words))
}

/// An error and what it came from. An `io::Error` skips what it wraps in `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &'a (dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    error.downcast_ref::<io::Error>().map(io::Error::kind)
}

fn last(words: &[String]) -> &str {
    words.last().map_or("no reason given", |words| first_line(words))
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
