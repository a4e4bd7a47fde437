//! Where data is at stake the name of the set is typed, or given with `--yes`.

use anyhow::{Result, bail};

use crate::ui::Ui;

pub(super) fn is_confirmed(yes: bool, confirm: Option<&str>, set: &str, ui: &Ui) -> Result<bool> {
    if yes {
        return match confirm {
            Some(name) if name == set => Ok(true),
            Some(name) => bail!(
                "--confirm names {name}, and the claims are those of {set}: nothing was deleted"
            ),
            None => bail!("--yes takes --confirm {set} with it when claims are deleted"),
        };
    }
    let question = format!("Type the name of the set to delete these claims of {set}: ");
    match ui.ask(&question)? {
        Some(answer) if answer == set => Ok(true),
        Some(_) => {
            ui.status("That is not its name: nothing was deleted.");
            Ok(false)
        }
        None => {
            ui.hint(&format!("nobody was asked: give --yes --confirm {set} to delete them"));
            Ok(false)
        }
    }
}
