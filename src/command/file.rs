//! Files that are named on the command line.

use std::path::Path;

use anyhow::{Context, Result};

/// `-`: stdin or stdout.
pub(super) fn is_standard_stream(path: &Path) -> bool {
    path == Path::new("-")
}

/// # Errors
/// When it could not be read.
pub(super) fn read(path: &Path) -> Result<String> {
    let text = if is_standard_stream(path) {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    text.with_context(|| format!("cannot read {}", path.display()))
}
