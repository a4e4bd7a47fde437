//! Two revisions side by side: by ourselves, or by the program that `kubectl diff` would ask.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::model::Revision;
use crate::ui::Exit;

/// As YAML, in the order of kubectl.
pub(super) struct Sides {
    old_name: String,
    new_name: String,
    pub old: String,
    pub new: String,
}

impl Sides {
    /// Without an older one everything is new.
    pub(super) fn new(
        old: Option<(&Revision, &Value)>,
        (revision, template): (&Revision, &Value),
    ) -> Result<Self> {
        let yaml =
            |value: &Value| serde_saphyr::to_string(value).context("cannot print it as YAML");
        let name = |of: &Revision| format!("{} {}", of.number, of.name);
        let (old_name, old) = match old {
            Some((of, template)) => (name(of), yaml(template)?),
            None => ("none before it is kept".to_owned(), String::new()),
        };
        Ok(Self { old_name, new_name: name(revision), old, new: yaml(template)? })
    }

    pub(super) fn names(&self) -> [&str; 2] {
        [&self.old_name, &self.new_name]
    }

    /// As kubectl runs it: with two directories behind its arguments, and its 1 says only that they differ.
    pub(super) fn show_with(&self, program: &[String]) -> Result<Exit> {
        let place = tempfile::tempdir().context("cannot make a directory for the two sides")?;
        let side = |name: &str, text: &str| -> Result<_> {
            let side = place.path().join(name);
            let written =
                fs::create_dir(&side).and_then(|()| fs::write(side.join("template"), text));
            written.with_context(|| format!("cannot write {}", side.display()))?;
            Ok(side)
        };
        let (old, new) = (side("BEFORE", &self.old)?, side("AFTER", &self.new)?);
        let (name, arguments) = program.split_first().context("KUBECTL_EXTERNAL_DIFF is empty")?;
        let status = Command::new(name)
            .args(arguments)
            .args([&old, &new])
            .status()
            .with_context(|| format!("cannot run {name} (KUBECTL_EXTERNAL_DIFF)"))?;
        ensure!(
            matches!(status.code(), Some(0 | 1)),
            "{name} (KUBECTL_EXTERNAL_DIFF) ended with {status}"
        );
        Ok(Exit::Ok)
    }
}

/// `KUBECTL_EXTERNAL_DIFF`, split at spaces; None where it is not set.
pub(super) fn external() -> Option<Vec<String>> {
    let words = std::env::var("KUBECTL_EXTERNAL_DIFF").ok()?;
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    (!words.is_empty()).then_some(words)
}
