//! Two texts line by line, as `diff -u` shows them.

use similar::{ChangeTag, TextDiff};

use super::Look;
use super::screen::{self, Line, Tone};

/// Lines around a change.
const AROUND: usize = 3;

/// Empty where they do not differ.
pub fn difference([old_name, new_name]: &[&str; 2], old: &str, new: &str, look: Look) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for hunk in diff.unified_diff().context_radius(AROUND).iter_hunks() {
        if lines.is_empty() {
            lines.push(Line::plain(&format!("--- {old_name}")));
            lines.push(Line::plain(&format!("+++ {new_name}")));
        }
        lines.push(Line::plain(&hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let (sign, tone) = match change.tag() {
                ChangeTag::Equal => (' ', Tone::Plain),
                ChangeTag::Delete => ('-', Tone::Bad),
                ChangeTag::Insert => ('+', Tone::Good),
            };
            let text = change.value().trim_end_matches('\n');
            lines.push(Line::default().and(tone, &format!("{sign}{text}")));
        }
    }
    screen::print(&lines, look.colour)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn what_changed_with_what_is_around_it() {
        let lines = |image: &str| format!("a: 1\nb: 2\nc: 3\nimage: {image}\nd: 4\n");
        let names = ["1 redis-a", "2 redis-b"];
        let shown = difference(&names, &lines("redis:7.0"), &lines("redis:7.2"), Look::default());
        assert_snapshot!(shown, @r"
        --- 1 redis-a
        +++ 2 redis-b
        @@ -1,5 +1,5 @@
         a: 1
         b: 2
         c: 3
        -image: redis:7.0
        +image: redis:7.2
         d: 4
        ");
        let colour = Look { colour: true, ..Look::default() };
        let shown = difference(&names, "a\n", "b\n", colour);
        assert!(shown.contains("\u{1b}[31m-a\u{1b}[0m"), "{shown:?}");
        assert_eq!(difference(&names, "a\n", "a\n", colour), "");
    }
}
