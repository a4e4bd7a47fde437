//! The cluster a pod runs in.

use kube::config::{AuthInfo, Cluster};

use super::Target;
use crate::cluster::environment::Environment;

/// None outside a pod.
pub(super) fn target(env: &Environment) -> Option<Target> {
    let (host, port) = server(env)?;
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let path = |name: &str| env.service_account.join(name).to_string_lossy().into_owned();
    Some(Target {
        context: None,
        namespace: namespace(env).unwrap_or_else(|| "default".into()),
        cluster: Cluster {
            server: Some(format!("https://{host}:{port}")),
            certificate_authority: Some(path("ca.crt")),
            ..Cluster::default()
        },
        user: AuthInfo { token_file: Some(path("token")), ..AuthInfo::default() },
    })
}

/// The pod's own namespace; None outside a pod.
pub(super) fn namespace(env: &Environment) -> Option<String> {
    server(env)?;
    if let Some(namespace) = env.text(&["POD_NAMESPACE"]) {
        return Some(namespace.to_owned());
    }
    let namespace = std::fs::read_to_string(env.service_account.join("namespace")).ok()?;
    Some(namespace.trim().to_owned()).filter(|namespace| !namespace.is_empty())
}

fn server(env: &Environment) -> Option<(&str, &str)> {
    let host = env.text(&["KUBERNETES_SERVICE_HOST"])?;
    let port = env.text(&["KUBERNETES_SERVICE_PORT"])?;
    env.service_account.join("token").is_file().then_some((host, port))
}
