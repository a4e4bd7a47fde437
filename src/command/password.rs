//! `--password-file`.

use std::path::Path;

use anyhow::{Result, bail};
use secrecy::SecretString;

use super::file;

/// The first line of a file.
pub(super) fn read(file: Option<&Path>) -> Result<Option<SecretString>> {
    let Some(path) = file else { return Ok(None) };
    let text = file::read(path)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!(
            "cannot use {}: its first line is empty, and it should be the password",
            path.display()
        );
    }
    Ok(Some(SecretString::from(line.to_owned())))
}
