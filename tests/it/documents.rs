//! What the documents name is there.

use std::path::Path;

const DOCUMENTS: [&str; 10] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/engines.md",
    "docs/runbooks.md",
    "docs/json.md",
    "docs/reliability.md",
    "docs/rbac/scale.yaml",
    "docs/rbac/rollout.yaml",
];
const FOLDERS: [&str; 6] = ["src/", "tests/", "docs/", "examples/", "krew/", ".github/"];

/// Paths below the folders above, wherever they stand; not patterns and what stands for a name.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-/*".contains(c);
    text.split(move |c| !is_part(c)).map(|word| word.trim_end_matches(['.', '/'])).filter(|word| {
        FOLDERS.iter().any(|folder| word.starts_with(folder))
            && !word.contains('*')
            && !word.contains("NAME")
    })
}

#[test]
fn paths_are_found_in_text() {
    let text =
        "see `src/a.rs`, docs/b.md. tests/c: docs/*.json (src/engine/NAME.rs) x/src/d and krew/.";
    assert_eq!(paths(text).collect::<Vec<_>>(), ["src/a.rs", "docs/b.md", "tests/c"]);
}

#[test]
fn files_that_documents_name_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        let gone = paths(&text).filter(|path| !root.join(path).exists());
        missing.extend(gone.map(|path| format!("{document}: {path}")));
    }
    assert_eq!(missing, [""; 0]);
}
