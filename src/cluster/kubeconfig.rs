//! Which cluster and which user: kubeconfig files, flags and the pod's service account, by client-go's rules.

mod files;
mod named;
mod overrides;
mod select;
mod service_account;

use kube::config::{AuthInfo, Cluster};

use super::connect::Options;
use super::environment::Environment;
pub use named::{Named, NamedContext, named};

/// One way into one cluster.
#[derive(Debug, Default)]
pub(super) struct Target {
    /// None without a kubeconfig.
    pub context: Option<String>,
    pub namespace: String,
    pub cluster: Cluster,
    pub user: AuthInfo,
}

pub(super) fn target(options: &Options, env: &Environment) -> anyhow::Result<Target> {
    let files = files::load(options.kubeconfig.as_deref(), env)?;
    let mut target = if files.is_empty() && options.server.is_none() {
        // A name that was asked for is not answered by the pod's own cluster.
        let named =
            options.context.is_some() || options.cluster.is_some() || options.user.is_some();
        match service_account::target(env) {
            Some(target) if !named => target,
            _ => anyhow::bail!(files.nothing_found()),
        }
    } else {
        let mut target = select::target(&files, options)?;
        if target.namespace.is_empty() {
            target.namespace = service_account::namespace(env).unwrap_or_else(|| "default".into());
        }
        target
    };
    overrides::apply(options, &mut target)?;
    Ok(target)
}

#[cfg(test)]
mod tests;
