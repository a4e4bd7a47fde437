//! What the process was started with: a value, so that tests can give their own.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;

const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

#[derive(Default)]
pub(super) struct Environment {
    pub variables: HashMap<OsString, OsString>,
    pub home: Option<PathBuf>,
    /// Where a pod finds its token, its CA and its namespace.
    pub service_account: PathBuf,
    pub stdin_is_terminal: bool,
}

impl Environment {
    pub fn of_process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            home: std::env::home_dir(),
            service_account: PathBuf::from(SERVICE_ACCOUNT),
            stdin_is_terminal: std::io::stdin().is_terminal(),
        }
    }

    #[cfg(test)]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// None if it is unset or empty.
    pub fn raw(&self, name: &str) -> Option<&OsString> {
        self.variables.get(std::ffi::OsStr::new(name)).filter(|value| !value.is_empty())
    }

    /// The first of `names` that is set and not empty.
    pub fn text(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.raw(name)?.to_str())
    }
}
