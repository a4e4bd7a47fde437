//! `--allow`: rules that may be broken.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use crate::engine::ENGINES;
use crate::plan::{ALLOWABLE, KEY_TOO_LARGE, Mending, NOT_PROMOTED, TARGET_MEMORY, Transfer};
use crate::render;
use crate::rules::{self, Finding};

fn known() -> BTreeSet<&'static str> {
    let sections = rules::catalogue().into_iter().chain(ENGINES.iter().map(|it| it.catalogue()));
    sections
        .flat_map(|it| it.rules)
        .map(|rule| rule.id)
        .chain(ALLOWABLE.iter().map(|(id, _)| *id))
        .collect()
}

#[derive(Clone, Debug, Default)]
pub(super) struct Allowed(BTreeSet<String>);

impl Allowed {
    /// # Errors
    /// When there is no such rule.
    pub(super) fn new(wanted: &[String]) -> Result<Self> {
        let known = known();
        let unknown = wanted.iter().find(|rule| !known.contains(rule.as_str()));
        ensure!(
            unknown.is_none(),
            "there is no rule {}: {} check --list-rules has them, and beside those there are {}",
            unknown.map(String::as_str).unwrap_or_default(),
            render::name(),
            ALLOWABLE.map(|(id, _)| id).join(", ")
        );
        Ok(Self(wanted.iter().cloned().collect()))
    }

    /// What to give to do it all the same; None where something is refused whatever is given.
    pub(super) fn hint(refused: &[Finding]) -> Option<String> {
        let known = known();
        let rules: BTreeSet<&str> = refused.iter().map(|it| it.rule).collect();
        let flags: Option<Vec<String>> = rules
            .iter()
            .map(|rule| known.contains(rule).then(|| format!(" --allow {rule}")))
            .collect();
        flags
            .map(|flags| format!("to do it all the same, where you know better:{}", flags.concat()))
    }

    /// As fast and by the way that suits best, with what is allowed of it.
    pub(super) fn transfer(&self) -> Transfer {
        Transfer {
            is_any_size: self.has(KEY_TOO_LARGE),
            is_any_room: self.has(TARGET_MEMORY),
            ..Transfer::default()
        }
    }

    pub(super) fn mending(&self) -> Mending {
        Mending { transfer: self.transfer(), takes_over: self.has(NOT_PROMOTED) }
    }

    pub(super) fn has(&self, rule: &str) -> bool {
        self.0.contains(rule)
    }
}
