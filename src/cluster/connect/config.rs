//! From a target to the configuration of `kube`.
//!
//! Built by hand: the loader of `kube` matches NO_PROXY against the proxy and fails on a trailing comma.

use anyhow::{Context as _, bail};
use http::Uri;
use http::header::{HeaderValue, USER_AGENT};
use k8s_openapi::ByteString;
use kube::Config;
use kube::config::Cluster;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};

use crate::cluster::environment::Environment;
use crate::cluster::kubeconfig::Target;
use crate::cluster::proxy::{self, Variables};

/// Also what the API server writes into managedFields.
const AGENT: &str = concat!("kubectl-sts/", env!("CARGO_PKG_VERSION"));

pub(super) fn of(target: &Target, env: &Environment) -> anyhow::Result<Config> {
    let Target { cluster, user, namespace, .. } = target;
    let server = server(target)?;
    let mut config = Config::new(server.clone());
    config.default_namespace.clone_from(namespace);
    config.root_cert = authority(cluster)?;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify == Some(true);
    config.tls_server_name.clone_from(&cluster.tls_server_name);
    config.disable_compression = cluster.disable_compression == Some(true);
    config.proxy_url = proxy::choose(cluster.proxy_url.as_deref(), Variables::of(env), &server)?;
    config.headers = vec![(USER_AGENT, HeaderValue::from_static(AGENT))];
    // It would hide the 429 of a disruption budget for minutes, and repeat writes.
    config.default_retry = false;
    config.auth_info = user.clone();
    // `kube` takes no line breaks in base64, Go does.
    if let Some(data) = &mut config.auth_info.client_certificate_data {
        data.retain(|c| !c.is_ascii_whitespace());
    }
    if let Some(data) = &config.auth_info.client_key_data {
        let data = data.expose_secret().replace(|c: char| c.is_ascii_whitespace(), "");
        config.auth_info.client_key_data = Some(SecretString::from(data));
    }
    Ok(config)
}

fn server(target: &Target) -> anyhow::Result<Uri> {
    let Target { cluster, user, .. } = target;
    let server = cluster.server.as_deref().unwrap_or_default();
    let tls = cluster.certificate_authority.is_some()
        || cluster.certificate_authority_data.is_some()
        || cluster.insecure_skip_tls_verify == Some(true)
        || user.client_certificate.is_some()
        || user.client_certificate_data.is_some();
    let server = match server.contains("://") {
        true => server.to_owned(),
        false if tls => format!("https://{server}"),
        false => format!("http://{server}"),
    };
    match server.parse::<Uri>() {
        Ok(uri) if uri.host().is_some() && matches!(uri.scheme_str(), Some("http" | "https")) => {
            Ok(uri)
        }
        // The value is not shown: it may hold a password.
        _ => bail!("the server of this cluster is not an http or https URL"),
    }
}

/// DER of each certificate; None for the authorities of this machine.
fn authority(cluster: &Cluster) -> anyhow::Result<Option<Vec<Vec<u8>>>> {
    let (pem, origin) = match (&cluster.certificate_authority_data, &cluster.certificate_authority)
    {
        (Some(data), _) => {
            let data = data.replace(|c: char| c.is_ascii_whitespace(), "");
            let ByteString(pem) = serde_json::from_value(data.into())
                .ok()
                .context("certificate-authority-data of this cluster is not base64")?;
            (pem, "certificate-authority-data of this cluster".to_owned())
        }
        (None, Some(path)) => {
            let pem = std::fs::read(path)
                .with_context(|| format!("the certificate authority {path} cannot be read"))?;
            (pem, path.clone())
        }
        (None, None) => return Ok(None),
    };
    let certificates: Result<Vec<Vec<u8>>, _> =
        CertificateDer::pem_slice_iter(&pem).map(|it| it.map(|der| der.to_vec())).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(Some(certificates)),
        _ => bail!("{origin} holds no PEM certificate"),
    }
}
