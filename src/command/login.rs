//! `--username` and `--password-file`.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use secrecy::SecretString;

use super::file;
use crate::reach::Login;

#[derive(Debug, Args)]
pub(super) struct LoginArgs {
    /// User of the database; default: the one without a name
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// File with the database's password, or -; default: what the pods name, then $REDISCLI_AUTH
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl LoginArgs {
    /// # Errors
    /// When the file cannot be read, or begins with an empty line.
    pub(super) fn read(&self) -> Result<Login> {
        let password = self.password_file.as_deref().map(password).transpose()?;
        Ok(Login { user: self.username.clone(), password })
    }

    /// As they were typed. A password from stdin is given anew.
    pub(super) fn flags(&self) -> [(&'static str, Option<String>); 2] {
        let file = self.password_file.as_ref().map(|it| it.display().to_string());
        let file = file.filter(|it| it != "-");
        [("--username", self.username.clone()), ("--password-file", file)]
    }
}

fn password(path: &Path) -> Result<SecretString> {
    let text = file::read(path)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!(
            "cannot use {}: its first line is empty, and it should be the password",
            path.display()
        );
    }
    Ok(SecretString::from(line.to_owned()))
}
