//! `--list-rules`: what check looks for.

use anyhow::Result;

use crate::cli::Output;
use crate::engine::ENGINES;
use crate::render;
use crate::rules::{self, Section};
use crate::ui::Ui;

pub(super) fn list(output: Output, ui: &Ui) -> Result<String> {
    match output {
        Output::Table | Output::Wide => Ok(render::catalogue(&sections(), ui.look())),
        Output::Json => render::catalogue_json(&sections()),
        Output::Yaml => render::catalogue_yaml(&sections()),
    }
}

fn sections() -> Vec<Section> {
    let mut sections = rules::catalogue();
    sections.extend(ENGINES.iter().map(|engine| engine.catalogue()));
    sections
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine;
    use crate::model::example::now;

    #[test]
    fn the_page_in_docs_is_what_the_rules_are() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");
        let examples = [rules::tests::examples(), engine::redis::examples()].concat();
        let page = render::catalogue_page(&sections(), &examples, now());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &page).expect("docs/ can be written");
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == page, "run UPDATE=1 cargo test --lib docs, and look at the difference");
    }

    #[test]
    fn no_two_rules_share_a_name() {
        let sections = sections();
        let ids: Vec<&str> = sections.iter().flat_map(|it| &it.rules).map(|rule| rule.id).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }
}
