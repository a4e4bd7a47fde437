//! Why two ends of TLS do not agree.

use rustls::{AlertDescription, CertificateError, Error};

use super::Peer;

/// How many names of a certificate are told.
const SHOWN: usize = 4;

pub(super) fn sentence(error: &Error, peer: &Peer) -> String {
    match error {
        Error::InvalidCertificate(error) => certificate(error, peer),
        Error::AlertReceived(
            AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRequired
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA,
        ) => {
            format!(
                "{peer} does not accept the client certificate of this user (expired?): log in again"
            )
        }
        Error::InvalidMessage(_) => format!("{peer} does not speak TLS: is its address http://?"),
        other => format!("TLS with {peer} failed: {other}"),
    }
}

fn certificate(error: &CertificateError, peer: &Peer) -> String {
    match error {
        CertificateError::UnknownIssuer => format!(
            "the certificate of {peer} is signed by an unknown authority: check certificate-authority of this \
             cluster, and whether another server answers at its address"
        ),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names: Vec<&str> = presented.iter().take(SHOWN).map(|name| bare(name)).collect();
            let more = if presented.len() > SHOWN { ", …" } else { "" };
            format!(
                "the certificate of {peer} is not for {} but for {}{more}: pass --tls-server-name, or correct the server",
                expected.to_str(),
                if names.is_empty() { "no name".to_owned() } else { names.join(", ") }
            )
        }
        CertificateError::NotValidForName => format!(
            "the certificate of {peer} is not for this name: pass --tls-server-name, or correct the server"
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!(
                "the certificate of {peer} has expired: renew it, or check the clock of this machine"
            )
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the certificate of {peer} is not valid yet: check the clock of this machine")
        }
        other => format!("the certificate of {peer} cannot be trusted: {other}"),
    }
}

/// rustls gives names as `DnsName("a")`.
fn bare(name: &str) -> &str {
    match name.split_once("(\"") {
        Some((_, rest)) => rest.trim_end_matches("\")"),
        None => name.split_once('(').map_or(name, |(_, rest)| rest.trim_end_matches(')')),
    }
}
