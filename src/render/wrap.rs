//! Sentences within the width of a terminal.

/// Breaks at spaces of `text` so that it fits behind `head`, which begins in column `start`; further
/// lines are indented. A word that is longer than a line stays whole.
pub(super) fn wrap(
    head: &str,
    text: &str,
    start: usize,
    indent: usize,
    width: Option<usize>,
) -> Vec<String> {
    let Some(width) = width else { return vec![format!("{head}{text}")] };
    let mut lines = vec![head.to_owned()];
    let mut column = start + head.chars().count();
    let mut is_first_word = true;
    for word in text.split(' ') {
        let length = word.chars().count();
        let gap = usize::from(!is_first_word);
        if column + gap + length > width && column > indent {
            lines.push(format!("{:indent$}{word}", ""));
            column = indent + length;
        } else if let Some(line) = lines.last_mut() {
            line.extend([&" "[..gap], word]);
            column += gap + length;
        }
        is_first_word = false;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn only_a_terminal_breaks_sentences() {
        let text = "belongs to ordinal 6, beyond replicas";
        assert_eq!(wrap("  pvc/x   ", text, 0, 4, None).len(), 1);
        assert_eq!(
            wrap("  pvc/x   ", text, 0, 4, Some(24)),
            ["  pvc/x   belongs to", "    ordinal 6, beyond", "    replicas"]
        );
        assert_eq!(wrap("", "averylongword b", 0, 2, Some(5)), ["averylongword", "  b"]);
    }
}
