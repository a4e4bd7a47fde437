//! Flags over what the kubeconfig says.

use std::path::Path;

use anyhow::{Context as _, bail};
use secrecy::{ExposeSecret, SecretString};

use super::Target;
use crate::cluster::connect::Options;
use kube::config::{AuthInfo, Cluster};

pub(super) fn apply(options: &Options, target: &mut Target) -> anyhow::Result<()> {
    if let Some(namespace) = &options.namespace {
        target.namespace.clone_from(namespace);
    }
    drop_empty(&mut target.cluster, &mut target.user);
    apply_to_cluster(options, &mut target.cluster)?;
    apply_to_user(options, &mut target.user)?;
    check(target)
}

fn apply_to_cluster(options: &Options, cluster: &mut Cluster) -> anyhow::Result<()> {
    if let Some(server) = &options.server {
        cluster.server = Some(server.clone());
    }
    // Another server is not the one whose name the kubeconfig gives.
    if options.server.is_some() || options.tls_server_name.is_some() {
        cluster.tls_server_name.clone_from(&options.tls_server_name);
    }
    if options.insecure_skip_tls_verify || options.certificate_authority.is_some() {
        cluster.insecure_skip_tls_verify = Some(options.insecure_skip_tls_verify);
        cluster.certificate_authority =
            options.certificate_authority.as_deref().map(text).transpose()?;
        cluster.certificate_authority_data = None;
    }
    Ok(())
}

fn apply_to_user(options: &Options, user: &mut AuthInfo) -> anyhow::Result<()> {
    if let Some(token) = &options.token {
        user.token = Some(token.clone());
        user.token_file = None;
        user.username = None;
        user.password = None;
        user.auth_provider = None;
    }
    if let Some(path) = &options.client_certificate {
        user.client_certificate = Some(text(path)?);
        user.client_certificate_data = None;
    }
    if let Some(path) = &options.client_key {
        user.client_key = Some(text(path)?);
        user.client_key_data = None;
    }
    if options.as_.is_some() {
        user.impersonate.clone_from(&options.as_);
    }
    if !options.as_groups.is_empty() {
        user.impersonate_groups = Some(options.as_groups.clone());
    }
    if options.as_uid.is_some() {
        user.impersonate_uid.clone_from(&options.as_uid);
    }
    // As in client-go: who is known already is not asked to log in.
    let known = user.token.is_some()
        || user.token_file.is_some()
        || user.username.is_some()
        || user.client_certificate.is_some()
        || user.client_certificate_data.is_some();
    if known {
        user.exec = None;
    }
    Ok(())
}

fn check(target: &Target) -> anyhow::Result<()> {
    let Target { cluster, user, namespace, .. } = target;
    // It becomes part of a path.
    if !namespace.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-') {
        bail!("{namespace:?} is not the name of a namespace");
    }
    if let Some(provider) = user.auth_provider.as_ref().filter(|it| it.name != "oidc") {
        bail!("kubectl has no auth-provider {} any more: use its credential plugin", provider.name);
    }
    if cluster.server.is_none() {
        let context = target.context.as_deref().unwrap_or_default();
        bail!("the cluster of context {context:?} has no server: set it, or pass --server");
    }
    let has_authority =
        cluster.certificate_authority.is_some() || cluster.certificate_authority_data.is_some();
    if has_authority && cluster.insecure_skip_tls_verify == Some(true) {
        bail!("a certificate authority and insecure-skip-tls-verify exclude each other");
    }
    let certificate = user.client_certificate.is_some() || user.client_certificate_data.is_some();
    let key = user.client_key.is_some() || user.client_key_data.is_some();
    if certificate != key {
        bail!("a client certificate and its key go together: only one of the two is set");
    }
    let uid_or_groups = user.impersonate_uid.is_some()
        || user.impersonate_groups.as_ref().is_some_and(|groups| !groups.is_empty());
    if user.impersonate.is_none() && uid_or_groups {
        bail!("--as-group and --as-uid need --as");
    }
    Ok(())
}

/// In a kubeconfig an empty value is an absent one; `kube` would send it.
fn drop_empty(cluster: &mut Cluster, user: &mut AuthInfo) {
    let texts = [
        &mut cluster.server,
        &mut cluster.certificate_authority,
        &mut cluster.certificate_authority_data,
        &mut cluster.proxy_url,
        &mut cluster.tls_server_name,
        &mut user.username,
        &mut user.token_file,
        &mut user.client_certificate,
        &mut user.client_certificate_data,
        &mut user.client_key,
        &mut user.impersonate,
        &mut user.impersonate_uid,
    ];
    for text in texts {
        text.take_if(|text| text.is_empty());
    }
    for secret in [&mut user.password, &mut user.token, &mut user.client_key_data] {
        secret.take_if(|secret| secret.expose_secret().is_empty());
    }
    // client-go sends a user without a password, `kube` sends neither.
    if user.username.is_some() && user.password.is_none() {
        user.password = Some(SecretString::from(String::new()));
    }
}

fn text(path: impl AsRef<Path>) -> anyhow::Result<String> {
    let path = path.as_ref();
    let text = path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(text.to_owned())
}
