//! The kubeconfig files: where they are looked for, and how several become one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use kube::config::{Kubeconfig, KubeconfigError};

use crate::cluster::environment::Environment;

pub(super) struct Files {
    pub merged: Kubeconfig,
    looked_at: Vec<PathBuf>,
    found: bool,
}

/// # Errors
/// A file that was asked for by name and does not exist, or one that exists and cannot be read.
pub(super) fn load(explicit: Option<&Path>, env: &Environment) -> anyhow::Result<Files> {
    let looked_at: Vec<PathBuf> = match (explicit, env.raw("KUBECONFIG")) {
        (Some(path), _) => vec![path.to_path_buf()],
        (None, Some(list)) => {
            std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect()
        }
        (None, None) => env.home.iter().map(|home| home.join(".kube").join("config")).collect(),
    };
    let mut merged = Kubeconfig::default();
    let mut found = false;
    for path in &looked_at {
        let Some(mut file) = read(path, explicit.is_some())? else { continue };
        found = true;
        // For client-go an empty name is no name, so a later file may still give one.
        file.current_context = file.current_context.filter(|name| !name.is_empty());
        merged = merged.merge(file).with_context(|| {
            format!("{} does not fit the other kubeconfig files", path.display())
        })?;
    }
    Ok(Files { merged, looked_at, found })
}

fn read(path: &Path, must_exist: bool) -> anyhow::Result<Option<Kubeconfig>> {
    match Kubeconfig::read_from(path) {
        Ok(file) => Ok(Some(file)),
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == ErrorKind::NotFound => {
            if must_exist {
                bail!("the kubeconfig {} does not exist", path.display());
            }
            Ok(None)
        }
        Err(KubeconfigError::ReadConfig(error, _)) => {
            bail!("the kubeconfig {} cannot be read: {error}", path.display())
        }
        // The parser's own words quote the file, and with it a token.
        Err(KubeconfigError::Parse(error)) => match error.location() {
            Some(at) => bail!("{} is not a kubeconfig: look at line {}", path.display(), at.line()),
            None => bail!("{} is not a kubeconfig", path.display()),
        },
        Err(_) => bail!("{} is not a kubeconfig", path.display()),
    }
}

impl Files {
    /// Nothing in them can name a cluster.
    pub fn is_empty(&self) -> bool {
        self.merged.clusters.is_empty() && self.merged.contexts.is_empty()
    }

    pub fn nothing_found(&self) -> String {
        let advice = "set KUBECONFIG or pass --kubeconfig";
        match (self.looked_at.is_empty(), self.found) {
            (true, _) => format!("no kubeconfig: {advice}"),
            (false, true) => format!("the kubeconfig {} names no cluster: {advice}", self.paths()),
            (false, false) => format!("no kubeconfig found at {}: {advice}", self.paths()),
        }
    }

    pub fn paths(&self) -> String {
        let paths: Vec<String> =
            self.looked_at.iter().map(|path| path.display().to_string()).collect();
        paths.join(", ")
    }
}
