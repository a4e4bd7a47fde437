//! `completion install`: the program that kubectl runs on TAB, put where kubectl finds it. krew links one file only.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{called, shim};
use crate::command::program::Program;
use crate::ui::{Exit, Ui};

pub(super) fn install(dir: Option<&Path>, program: &Program, ui: &Ui) -> Result<Exit> {
    let name = program.completer() + shim::ENDING;
    let text = called(shim::TEXT, program);
    let path = folders();
    let home = std::env::home_dir();
    let candidates = match dir {
        Some(dir) => vec![dir.to_owned()],
        None => places(&found(program, &path), &path, home.as_deref()),
    };
    let written = write_first(&candidates, &name, &text)?;
    ui.result(&format!("{} is in place.\n", written.display()))?;
    advise(&written, &name, &path, ui);
    Ok(Exit::Ok)
}

/// What is still to be done for it to work.
fn advise(written: &Path, name: &str, path: &[PathBuf], ui: &Ui) {
    let first = path.iter().map(|folder| folder.join(name)).find(|it| it.is_file());
    let is_same = |it: &Path| fs::canonicalize(it).ok() == fs::canonicalize(written).ok();
    match first {
        None => {
            let dir = written.parent().unwrap_or(written);
            let (name, line) = (dir.display(), shim::added_to_path(dir));
            ui.hint(&format!("{name} is not on PATH, where kubectl looks for it: add it, {line}"));
        }
        Some(first) if !is_same(&first) => {
            ui.hint(&format!("kubectl finds {} before it: remove that one", first.display()));
        }
        Some(_) => {}
    }
    ui.hint("kubectl 1.26 or later runs it, once its own completion is switched on: kubectl completion --help");
}

fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
}

/// The folders of PATH through which the program was found, that of this run first. Not where a link leads: krew
/// keeps the file itself elsewhere.
fn found(program: &Program, path: &[PathBuf]) -> Vec<PathBuf> {
    let own = program.folder.iter().filter(|folder| path.contains(folder));
    let file = program.file.clone() + std::env::consts::EXE_SUFFIX;
    let others = path.iter().filter(|folder| folder.join(&file).is_file());
    own.chain(others).cloned().collect()
}

/// Where it may be put, the best first.
fn places(found: &[PathBuf], path: &[PathBuf], home: Option<&Path>) -> Vec<PathBuf> {
    let of_home = path.iter().filter(|folder| home.is_some_and(|home| folder.starts_with(home)));
    let last = home.map(|home| home.join(".local").join("bin"));
    found.iter().chain(of_home).cloned().chain(last).collect()
}

/// # Errors
/// When none of them can be written; with the reason of the first.
fn write_first(folders: &[PathBuf], name: &str, text: &str) -> Result<PathBuf> {
    let mut failed = None;
    for folder in folders {
        let path = folder.join(name);
        match write(&path, text) {
            Ok(()) => return Ok(path),
            Err(error) => failed = failed.or(Some((path, error))),
        }
    }
    match failed {
        Some((path, error)) => {
            Err(error).with_context(|| format!("cannot write {}", path.display()))
        }
        None => bail!("cannot find a folder for {name}: give one with --dir"),
    }
}

/// Whole or not at all: a shell may run it at any moment. What is so already stays as it is.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) && shim::is_executable(path) {
        return Ok(());
    }
    let Some(folder) = path.parent() else { return Err(ErrorKind::InvalidInput.into()) };
    fs::create_dir_all(folder)?;
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let written = fs::write(&new, text)
        .and_then(|()| shim::make_executable(&new))
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_beside_the_program_or_else_where_its_user_may_write() {
        let path = ["/usr/bin", "/home/me/.krew/bin", "/home/me/bin"].map(PathBuf::from);
        let home = Some(Path::new("/home/me"));
        let shown = |found: &[&str], path: &[PathBuf], home: Option<&Path>| {
            let found: Vec<PathBuf> = found.iter().map(PathBuf::from).collect();
            let places = places(&found, path, home);
            places.iter().map(|it| it.display().to_string()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            shown(&["/usr/bin"], &path, home),
            "/usr/bin /home/me/.krew/bin /home/me/bin /home/me/.local/bin"
        );
        assert_eq!(shown(&[], &path[..1], home), "/home/me/.local/bin");
        assert_eq!(shown(&[], &path, None), "");
    }
}
