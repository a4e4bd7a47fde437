//! Text that others put into the cluster, and readers that go away.

use crate::workstation::Workstation;
use crate::world::{World, event};

const NASTY: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}gone\r\nERROR forged";

fn nasty() -> World {
    let mut world = World::healthy().with_a_crash_loop();
    world.events.push(event("BackOff", NASTY));
    world.pods[1]["status"]["containerStatuses"][0]["state"]["waiting"]["message"] = NASTY.into();
    world.pods[1]["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] =
        "CreateContainerConfigError".into();
    world
}

#[test]
fn an_escape_sequence_never_reaches_the_terminal() {
    let at = Workstation::of(&nasty());
    for words in ["check ledger", "check -A", "check ledger -o wide", "check ledger -o yaml"] {
        let ran = at.run(words);
        assert_eq!(ran.code(), Some(1), "{ran}");
        assert!(ran.stdout.contains("owned"), "it is shown: {ran}");
        let raw: Vec<char> = ran.to_string().chars().filter(|c| is_obeyed(*c)).collect();
        assert!(raw.is_empty(), "{words}: {raw:?} in {ran}");
        assert!(!ran.stdout.lines().any(|line| line.starts_with("ERROR forged")), "{ran}");
    }
}

/// By a terminal; a line break is ours.
fn is_obeyed(letter: char) -> bool {
    letter.is_control() && letter != '\n' || letter == '\u{202e}'
}

#[test]
fn a_name_that_is_asked_for_is_not_trusted_either() {
    let ran = Workstation::of(&World::healthy()).run("check \u{1b}[2Jx --context \u{1b}[2J");
    assert_eq!(ran.code(), Some(2), "{ran}");
    let ran = Workstation::of(&World::healthy()).run("check ledger --context \u{1b}[2J");
    assert_eq!(ran.code(), Some(2), "{ran}");
    assert!(!ran.to_string().contains('\u{1b}'), "{ran}");
}

#[test]
fn a_reader_that_has_gone_changes_nothing() {
    for (world, code) in [(World::healthy(), 0), (World::healthy().with_a_crash_loop(), 1)] {
        let at = Workstation::of(&world);
        for words in ["check ledger", "check ledger -o json", "check ledger --save -"] {
            let ran = at.run_into_closed_pipe(words);
            assert_eq!((ran.code(), ran.stderr.as_str()), (Some(code), ""), "{words}");
        }
    }
    for words in ["--help", "check --help", "--version"] {
        let ran = Workstation::bare().run_into_closed_pipe(words);
        assert_eq!((ran.code(), ran.stderr.as_str()), (Some(0), ""), "{words}");
    }
}
