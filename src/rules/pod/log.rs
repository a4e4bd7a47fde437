//! What a container wrote before it ended.

use crate::model::{Container, Pod, Snapshot};

/// A line that is longer tells no more.
const LONGEST: usize = 200;

/// Words of a line that says why; the last line may be no more than a goodbye or the end of a stack trace.
const TELLING: [&str; 12] = [
    "error",
    "fatal",
    "panic",
    "exception",
    "sorry",
    "cannot",
    "can't",
    "failed",
    "denied",
    "invalid",
    "refused",
    "not found",
];

/// Its last lines, if they were read and say anything.
pub(super) fn of<'a>(now: &'a Snapshot, pod: &Pod, container: &Container) -> Option<&'a [String]> {
    let log = now.details.logs.get(&(pod.uid.clone(), container.name.clone()))?;
    let lines = log.as_deref().ok()?;
    lines.iter().any(|line| is_said(line)).then_some(lines)
}

/// The last line that tells why, or else the last that tells anything.
pub(super) fn last_words(log: &[String]) -> String {
    let said = || log.iter().rev().filter(|line| is_said(line));
    let line = said().find(|line| tells(line)).or_else(|| said().next());
    let line = line.map(|line| line.trim()).unwrap_or_default();
    let cut = line.char_indices().nth(LONGEST).map(|(at, _)| at);
    cut.map_or_else(|| line.to_owned(), |at| format!("{}…", &line[..at]))
}

fn is_said(line: &str) -> bool {
    line.chars().any(char::is_alphanumeric)
}

fn tells(line: &str) -> bool {
    let line = line.to_lowercase();
    TELLING.iter().any(|words| line.contains(words))
}

#[cfg(test)]
mod tests {
    use super::last_words;

    #[test]
    fn the_last_words_are_those_that_tell_why() {
        for (log, expected) in [
            (&["starting", "bye", ""][..], "bye"),
            (&["  Fatal error: no disk ", "at main.c:7", "---"], "Fatal error: no disk"),
            (&["error: first", "Cannot open /data", "exit"], "Cannot open /data"),
            (&[], ""),
        ] {
            let log: Vec<String> = log.iter().map(|line| (*line).to_owned()).collect();
            assert_eq!(last_words(&log), expected);
        }
        let long = last_words(&["ü".repeat(300)]);
        assert_eq!(long.chars().count(), 201);
    }
}
