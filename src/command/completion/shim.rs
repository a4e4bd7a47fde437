//! The program that kubectl runs on TAB: what is in it, what its file is called, and what marks it as a program.

use std::fs;
use std::io;
use std::path::Path;

#[cfg(unix)]
pub(super) const TEXT: &str = include_str!("../../../completions/kubectl_complete-sts");
#[cfg(windows)]
pub(super) const TEXT: &str = include_str!("../../../completions/kubectl_complete-sts.cmd");

/// Of the name of its file: Windows runs nothing without one.
#[cfg(unix)]
pub(super) const ENDING: &str = "";
#[cfg(windows)]
pub(super) const ENDING: &str = ".cmd";

/// What to type so that programs are found there.
#[cfg(unix)]
pub(super) fn added_to_path(dir: &Path) -> String {
    format!("export PATH=\"{}:$PATH\"", dir.display())
}
#[cfg(windows)]
pub(super) fn added_to_path(dir: &Path) -> String {
    format!("$env:Path = \"{};$env:Path\"", dir.display())
}

#[cfg(unix)]
pub(super) fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}
#[cfg(windows)]
pub(super) fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
pub(super) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    fs::metadata(path).is_ok_and(|it| it.permissions().mode() & 0o111 == 0o111)
}
#[cfg(windows)]
pub(super) fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|it| it.is_file())
}
