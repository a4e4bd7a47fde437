//! `kubectl-sts man`: a page a command, for whoever packages it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::program::Program;
use crate::ui::{Exit, Ui};

/// Write the manual pages of all commands
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct ManArgs {
    /// Folder to write them into
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

pub(super) fn run(args: &ManArgs, program: &Program, ui: &Ui) -> Result<Exit> {
    let dir = &args.dir;
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let root = program.command();
    let mut pages = 0;
    let mut commands = vec![&root];
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().filter(|it| !it.is_hide_set()));
        write(command, dir)?;
        pages += 1;
    }
    ui.status(&format!("{pages} pages written to {}", dir.display()));
    Ok(Exit::Ok)
}

fn write(command: &Command, dir: &Path) -> Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = dir.join(format!("{name}.1"));
    let page = page(command).context("cannot make a page")?;
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))
}

/// As `clap_mangen` makes them, but for examples: they keep their lines.
fn page(command: &Command) -> std::io::Result<Vec<u8>> {
    let source = concat!("kubectl-sts ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(source);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.get_subcommands().any(|it| !it.is_hide_set()) {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(examples) = command.get_after_help() {
        let examples = examples.to_string();
        let mut roff = Roff::new();
        roff.control("SH", ["EXAMPLES"]).control("nf", []);
        for line in examples.lines().filter(|line| *line != "Examples:") {
            roff.text([roman(line)]);
        }
        roff.control("fi", []);
        roff.to_writer(&mut page)?;
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_flags_and_its_examples() {
        let root = Program::started_as(None).command();
        let page = page(root.find_subcommand("check").expect("a command")).expect("a page");
        let page = String::from_utf8(page).expect("text");
        for words in [
            ".TH kubectl-sts-check 1",
            "kubectl\\-sts\\-check \\- Check the health of StatefulSets, ordinal by ordinal",
            ".SH SYNOPSIS\n\\fBkubectl sts check\\fR",
            "\\fB\\-\\-fail\\-on\\fR",
            ".SH CLUSTER",
            ".SH EXAMPLES\n.nf\n  kubectl sts check redis\\-cluster",
        ] {
            assert!(page.contains(words), "{words} in {page}");
        }
    }
}
