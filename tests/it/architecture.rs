//! The source held to its own rules: which module may use which, what belongs in one module only, how long a file is.

mod paths;
pub mod source;

use std::collections::{BTreeMap, BTreeSet};

use paths::top_level_modules;
use source::{Source, below};

/// Words of code that one module has to itself, or that stand nowhere.
const BELONGS: [(&str, Option<&str>); 15] = [
    ("kube::", Some("cluster")),
    ("k8s_openapi::", Some("cluster")),
    ("redis::aio", Some("engine")),
    ("comfy_table::", Some("render")),
    ("indicatif::", Some("ui")),
    ("terminal_size::", Some("ui")),
    ("io::stdout(", Some("ui")),
    ("io::stderr(", Some("ui")),
    ("print!(", None),
    ("println!(", None),
    ("eprint!(", None),
    ("eprintln!(", None),
    ("process::exit", None),
    // What decides is told what time it is.
    ("Timestamp::now(", Some("cluster")),
    ("SystemTime::now(", None),
];
const MOST_LINES: usize = 320;

/// Module to the modules it may use, as the table in src/lib.rs has it; None is all.
type Table = BTreeMap<String, Option<BTreeSet<String>>>;

fn table(lib: &str) -> Table {
    let names = |cell: &str| {
        let between = cell.split('`').skip(1).step_by(2);
        between.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let rows = lib.lines().filter_map(|line| line.strip_prefix("//! | `"));
    rows.filter_map(|row| {
        let (module, rest) = row.split_once("` |")?;
        let cell = rest.trim().strip_suffix('|')?.trim();
        let may_use = match cell {
            "all" => None,
            "nothing" => Some(BTreeSet::new()),
            cell => Some(names(cell)),
        };
        Some((module.to_owned(), may_use))
    })
    .collect()
}

#[test]
fn the_table_is_read() {
    let read = table(
        "//! | module | may use |\n//! |---|---|\n//! | `a` | nothing |\n//! | `b` | `a` (why), `c` |\n//! | `d` | all |\n",
    );
    let names = |names: &[&str]| Some(names.iter().map(|it| (*it).to_owned()).collect());
    let expected = [
        ("a".to_owned(), names(&[])),
        ("b".to_owned(), names(&["a", "c"])),
        ("d".to_owned(), None),
    ];
    assert_eq!(read, Table::from(expected));
}

#[test]
fn modules_use_what_the_table_allows() {
    let sources = below("src");
    let lib = sources.iter().find(|source| source.path == "src/lib.rs").expect("a library");
    let table = table(&lib.text);
    let modules: BTreeSet<&str> = sources.iter().filter_map(Source::module).collect();
    let rows: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    assert_eq!(rows, modules, "a row of the table in src/lib.rs for each module");

    let mut breaches = BTreeSet::new();
    for source in &sources {
        let Some(module) = source.module() else { continue };
        let Some(Some(allowed)) = table.get(module) else { continue };
        for used in top_level_modules(source) {
            if used != module && modules.contains(used.as_str()) && !allowed.contains(&used) {
                breaches.insert(format!("{}: {module} may not use {used}", source.path));
            }
        }
    }
    assert_eq!(breaches, BTreeSet::new());
}

#[test]
fn what_belongs_to_one_module_stays_there() {
    let mut breaches = Vec::new();
    for source in below("src").iter().filter(|source| !source.is_test()) {
        for (number, line) in source.code() {
            for (words, owner) in BELONGS {
                if stands_in(words, line) && (owner.is_none() || source.module() != owner) {
                    breaches.push(format!("{}:{number}: {words}", source.path));
                }
            }
        }
    }
    assert_eq!(breaches, [""; 0]);
}

/// As words of their own: `kube::` does not stand in `crate::kube::`, nor `print!(` in `eprint!(`.
fn stands_in(words: &str, line: &str) -> bool {
    let is_whole = |at: usize| {
        let before = line[..at].chars().next_back();
        !before
            .is_some_and(|c| c.is_alphanumeric() || c == '_' || (c == ':' && !words.contains('(')))
    };
    line.match_indices(words).any(|(at, _)| is_whole(at))
}

#[test]
fn words_stand_alone() {
    assert!(stands_in("kube::", "    let x: kube::Client;"));
    assert!(!stands_in("kube::", "use crate::kube::x;") && !stands_in("kube::", "mykube::x"));
    assert!(stands_in("print!(", "print!(\"\")") && !stands_in("print!(", "eprint!(\"\")"));
    assert!(stands_in("io::stdout(", "std::io::stdout()"));
}

#[test]
fn nothing_panics_on_purpose() {
    let mut panics = Vec::new();
    for source in below("src").iter().filter(|source| !source.is_test()) {
        for (number, line) in source.code() {
            let words = [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!("];
            if words.iter().any(|words| line.contains(words)) {
                panics.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert_eq!(panics, [""; 0]);
}

#[test]
fn files_are_short() {
    let files: Vec<(String, usize)> = ["src", "tests"]
        .into_iter()
        .flat_map(below)
        .map(|source| (source.path, source.text.lines().count()))
        .collect();
    let long: Vec<_> = files.iter().filter(|(_, lines)| *lines > MOST_LINES).collect();
    assert!(long.is_empty(), "to be cut: {long:?}");
}
