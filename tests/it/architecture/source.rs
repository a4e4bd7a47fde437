//! Files of Rust as they lie in the repository.

use std::collections::BTreeSet;
use std::path::Path;

pub struct Source {
    /// From the root of the repository: `src/render/table.rs`.
    pub path: String,
    pub text: String,
    is_test: bool,
}

/// Every file of Rust below a directory of the repository.
pub fn below(dir: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    collect(root, &root.join(dir), &mut sources);
    assert!(!sources.is_empty(), "no source in {dir}");
    let tests: BTreeSet<String> = sources.iter().flat_map(test_modules).collect();
    for source in &mut sources {
        let stem = source.path.trim_end_matches(".rs");
        source.is_test = tests.iter().any(|test| {
            stem.strip_prefix(test.as_str()).is_some_and(|it| it.is_empty() || it.starts_with('/'))
        });
    }
    sources
}

fn collect(root: &Path, dir: &Path, sources: &mut Vec<Source>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(dir).expect("a directory").map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            let path = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            sources.push(Source { path, text, is_test: false });
        }
    }
}

/// The files, without `.rs`, that a `#[cfg(test)] mod name;` of this one names.
fn test_modules(source: &Source) -> Vec<String> {
    let dir = match source.path.as_str() {
        "src/lib.rs" | "src/main.rs" => "src",
        path => path.trim_end_matches(".rs"),
    };
    let lines: Vec<&str> = source.text.lines().collect();
    let marked = lines.windows(2).filter(|pair| pair[0].trim() == "#[cfg(test)]");
    marked
        .filter_map(|pair| pair[1].trim().strip_suffix(';')?.split("mod ").nth(1))
        .map(|name| format!("{dir}/{name}"))
        .collect()
}

impl Source {
    /// The top-level module of the library that it is part of.
    pub fn module(&self) -> Option<&str> {
        let path = self.path.strip_prefix("src/")?.strip_suffix(".rs")?;
        let module = path.split('/').next()?;
        (module != "lib" && module != "main").then_some(module)
    }

    /// It is compiled for tests only.
    pub fn is_test(&self) -> bool {
        self.is_test
    }

    /// Numbered lines without comments, up to the tests at the end of the file.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_end = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].ends_with('{');
        let end = lines.windows(2).position(is_end).unwrap_or(lines.len());
        let numbered = lines.into_iter().take(end).enumerate();
        numbered.map(|(index, line)| (index + 1, without_comment(line)))
    }
}

pub fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") { "" } else { line }
}
