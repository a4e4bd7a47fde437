//! The pages in docs/commands are made of what the program prints: a block that begins with ` ```console WORLD` and
//! `$ kubectl sts …` holds what that prints in this world. `UPDATE=1 cargo test --test it commands` rewrites them.

use std::env::consts::{ARCH, OS};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::api::{Answer, Api};
use crate::pvc::left_behind;
use crate::usage::help;
use crate::workstation::Workstation;
use crate::world::World;

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands")
}

/// Without a name: no cluster, and the files in examples/.
fn workstation(world: &str) -> Workstation {
    let at = match world {
        "" => Workstation::bare(),
        "healthy" => of(&World::healthy()),
        "crash-loop" => of(&World::healthy().with_a_crash_loop()),
        "two-sets" => of(&World::healthy().and("shop", "orders", 3).with_a_crash_loop()),
        "left-behind" => of(&left_behind()),
        other => panic!("there is no world {other}"),
    };
    for example in ["degraded.yaml", "healthy.yaml", "outage.yaml"] {
        let name = format!("examples/{example}");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&name);
        at.home.write(&name, &std::fs::read_to_string(path).unwrap());
    }
    at.counted()
}

/// Of `ledger` the server also says what a new image would make of it.
fn of(world: &World) -> Workstation {
    let mut answers = world.answers();
    let path = "/apis/apps/v1/namespaces/shop/statefulsets/ledger";
    let mut set = world.sets[0].clone();
    answers.insert(path.to_owned(), Answer::Text(200, set.to_string()));
    set["spec"]["template"]["spec"]["containers"][0]["image"] = "postgres:18".into();
    answers.insert(format!("{path} as patched"), Answer::Text(200, set.to_string()));
    Workstation::at(Api::start(answers, &[]))
}

/// What a terminal shows of a command, with its exit code where that is not 0.
fn shown(world: &str, words: &str) -> String {
    let ran = workstation(world).run(words);
    let mut text = String::new();
    for line in ran.stdout.lines().chain(ran.stderr.lines()) {
        // clap leaves blanks at the end of lines.
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    match ran.code() {
        Some(0) => {}
        code => write!(text, "$ echo $?\n{}\n", code.expect("no signal")).unwrap(),
    }
    text.replace(&format!("{OS}/{ARCH}"), "linux/x86_64")
}

/// A page with every block as it is printed now.
fn printed(page: &str) -> String {
    let mut lines = page.lines();
    let mut text = String::new();
    while let Some(line) = lines.next() {
        writeln!(text, "{line}").unwrap();
        let Some(world) = line.strip_prefix("```console") else { continue };
        let command = lines.next().unwrap_or_default();
        let words = command.strip_prefix("$ kubectl sts ").expect("a command of ours");
        write!(text, "{command}\n{}```\n", shown(world.trim(), words)).unwrap();
        lines.find(|line| *line == "```").expect("the block ends");
    }
    text
}

#[test]
fn each_page_shows_what_is_printed() {
    for page in std::fs::read_dir(pages()).unwrap() {
        let path = page.unwrap().path();
        let page = std::fs::read_to_string(&path).unwrap();
        let printed = printed(&page);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, printed).unwrap();
        } else {
            assert_eq!(page, printed, "{}", path.display());
        }
    }
}

#[test]
fn each_command_has_a_page_with_its_help() {
    let help = help("--help");
    let (_, commands) = help.split_once("Commands:\n").expect("commands");
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"check"), "{names:?}");
    for name in names {
        let page = std::fs::read_to_string(pages().join(format!("{name}.md"))).unwrap_or_default();
        assert!(page.contains(&format!("$ kubectl sts {name} --help\n")), "{name}");
    }
}
