//! What a credential plugin prints.

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

use super::Issued;

const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential {
    api_version: Option<String>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// The version a plugin is spoken to in; it has to answer in the same.
pub(super) fn version(asked: Option<&str>) -> anyhow::Result<&'static str> {
    match asked {
        Some(V1) => Ok(V1),
        Some(V1BETA1) => Ok(V1BETA1),
        Some(other) => bail!(
            "the credential plugin asks for {other:?}: {V1} and {V1BETA1} are known, so update the kubeconfig"
        ),
        None => bail!("the credential plugin of this user has no apiVersion: set it to {V1}"),
    }
}

/// JSON, or the YAML that client-go takes too.
pub(super) fn parse(output: &[u8], version: &str) -> anyhow::Result<Issued> {
    // The parser's own words quote the output, and with it the token.
    let Ok(answer) = serde_saphyr::from_slice::<ExecCredential>(output) else {
        bail!("its output is not an ExecCredential");
    };
    match answer.api_version.as_deref() {
        Some(answered) if answered == version => {}
        Some(answered) => bail!("it answers in {answered:?}, but was asked in {version}"),
        None => bail!("its output has no apiVersion"),
    }
    let status = answer.status.context("its output has no status")?;
    let token = status.token.filter(|token| !token.is_empty());
    let certificate = status.client_certificate_data.filter(|pem| !pem.is_empty());
    let key = status.client_key_data.filter(|pem| !pem.is_empty());
    let certificate = match (certificate, key) {
        (Some(certificate), Some(key)) => Some((certificate, SecretString::from(key))),
        (None, None) if token.is_none() => {
            bail!("its output has neither a token nor a certificate")
        }
        (None, None) => None,
        _ => bail!("its output has only one of certificate and key"),
    };
    let expires = match status.expiration_timestamp {
        Some(text) => {
            Some(text.parse::<Timestamp>().ok().context("its expirationTimestamp is not a time")?)
        }
        None => None,
    };
    Ok(Issued { token: token.map(SecretString::from), certificate, expires })
}
