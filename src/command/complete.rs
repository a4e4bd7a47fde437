//! What a shell offers on TAB, in the words of kubectl's protocol: a line a candidate, its value, a tab and what it is;
//! in the last line what the shell is to do with them. Whatever goes wrong, it offers less, and says nothing.

mod lookup;
mod offer;
mod walk;

use std::ffi::OsString;
use std::fmt::Write;
use std::time::Duration;

use tokio::time::timeout;

use super::program::Program;
use crate::render::clean;
use offer::{Candidate, DRAIN_NODE, Names, Offer, offer};
use walk::{Place, Wanted, place};

/// The first word when it is not a person who runs it.
pub(super) const WORD: &str = "__complete";
/// With a person waiting at a prompt, everything in all.
const DEADLINE: Duration = Duration::from_secs(2);
/// One request, so that there is time left for what is known without an answer.
const PATIENCE: Duration = Duration::from_millis(1500);

/// cobra's directives, which are added up.
const NO_SPACE: u8 = 2;
const NO_FILES: u8 = 4;
const KEEP_ORDER: u8 = 32;

/// `words` are those after the command's own name, the last of which is completed and may be empty.
pub(super) async fn run(program: &Program, words: &[OsString]) -> String {
    let root = program.command();
    let words: Vec<String> = words.iter().map(|it| it.to_string_lossy().into_owned()).collect();
    let place = place(&root, &words);
    match offer(&place) {
        Offer::Files => ":0\n".to_owned(),
        Offer::Known(candidates) => answer(&place, candidates, false),
        Offer::Names(names) => {
            let found = timeout(DEADLINE, lookup::look_up(&names, &place, PATIENCE)).await;
            let is_ordered = matches!(names, Names::Revisions(_));
            answer(&place, found.unwrap_or_default(), is_ordered)
        }
    }
}

fn answer(place: &Place<'_>, candidates: Vec<Candidate>, is_ordered: bool) -> String {
    let (before, begun) = split(place);
    let ending = if is_image(place) { "=" } else { "" };
    let candidates =
        candidates.into_iter().map(|it| Candidate { value: it.value + ending, ..it }).filter(
            |it| it.value.starts_with(begun) && is_word(&it.value) && !is_given(place, &it.value),
        );
    let mut text = String::new();
    let mut directive = NO_FILES + if is_ordered { KEEP_ORDER } else { 0 };
    for Candidate { value, about } in candidates {
        if value.ends_with('=') {
            directive |= NO_SPACE;
        }
        let about = clean(&about);
        let tab = if about.is_empty() { "" } else { "\t" };
        let _ = writeln!(text, "{before}{value}{tab}{about}");
    }
    text + &format!(":{directive}\n")
}

/// What of the word stays as it is, and what of it is completed: `sts/` and `red`, `orphan,` and `le`.
fn split<'a>(place: &Place<'a>) -> (&'a str, &'a str) {
    let begun = place.begun;
    let Wanted::Value(arg) = place.wanted else { return ("", begun) };
    let separator = match (arg.get_value_delimiter(), arg.get_id().as_str()) {
        (Some(delimiter), _) => delimiter,
        (None, "name" | "names") => '/',
        (None, "intent") if begun.starts_with(DRAIN_NODE) => '=',
        _ => return ("", begun),
    };
    begun.split_at(begun.rfind(separator).map_or(0, |at| at + 1))
}

/// `rollout image` takes more behind the name of a container.
fn is_image(place: &Place<'_>) -> bool {
    matches!(place.wanted, Wanted::Value(arg) if arg.get_id() == "images")
}

/// What would end the word, or the line of the protocol, is no candidate.
fn is_word(value: &str) -> bool {
    !value.is_empty() && !value.contains(char::is_whitespace) && clean(value) == value
}

/// No set is checked twice, and no container gets two images.
fn is_given(place: &Place<'_>, value: &str) -> bool {
    let Wanted::Value(arg) = place.wanted else { return false };
    let mut given = place.given.iter().filter(|(name, _)| arg.get_id() == *name);
    given.any(|(_, given)| {
        let name = given.rsplit_once('/').map_or(*given, |(_, name)| name);
        name == value || (value.ends_with('=') && given.starts_with(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(line: &str, candidates: &[(&str, &str)]) -> String {
        let root = Program::started_as(None).command();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let candidates = candidates.iter().map(|(value, about)| Candidate::new(*value, *about));
        answer(&place(&root, &words), candidates.collect(), false)
    }

    #[test]
    fn lines_are_those_of_the_protocol() {
        let sets = [("redis", "6/6 ready"), ("web", "")];
        assert_eq!(answered("check ", &sets), "redis\t6/6 ready\nweb\n:4\n");
        assert_eq!(answered("check re", &sets), "redis\t6/6 ready\n:4\n");
        assert_eq!(answered("check sts/w", &sets), "sts/web\n:4\n");
        assert_eq!(answered("check sts/redis ", &sets), "web\n:4\n");
        assert_eq!(answered("check none", &sets), ":4\n");
    }

    #[test]
    fn a_word_that_goes_on_gets_no_space() {
        let containers = [("redis", "redis:7.2"), ("exporter", "")];
        assert_eq!(answered("rollout image web r", &containers), "redis=\tredis:7.2\n:6\n");
        assert_eq!(answered("rollout image web redis=redis:7.4 ", &containers), "exporter=\n:6\n");
        assert_eq!(answered("rollout image web redis=r", &containers), ":4\n");
        assert_eq!(
            answered("check --for s", &[("scale=", "to"), ("rollout", "")]),
            "scale=\tto\n:6\n"
        );
    }

    #[test]
    fn only_the_last_of_several_values_is_completed() {
        let states = [("orphan", ""), ("left-behind", "")];
        assert_eq!(answered("pvc --state orphan,l", &states), "orphan,left-behind\n:4\n");
        let nodes = [("node-1", "Ready")];
        assert_eq!(answered("check --for drain-node=n", &nodes), "drain-node=node-1\tReady\n:4\n");
    }

    #[test]
    fn what_would_break_a_line_is_no_candidate() {
        let names =
            [("a\nb", "x"), ("c d", ""), ("\x1b[2J", ""), ("", ""), ("ok", "one\ttwo\nthree\x1b")];
        assert_eq!(answered("check ", &names), "ok\tone two three\\x1b\n:4\n");
    }
}
