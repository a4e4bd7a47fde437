//! Text cut to a screen, so that drawing over it leaves nothing behind.

/// At most `height` lines of at most `width` columns; what does not fit is counted.
pub(super) fn fit(text: &str, width: usize, height: usize) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= height {
        return lines.iter().map(|line| cut(line, width)).collect();
    }
    let shown = height.saturating_sub(1);
    let more = format!("… {} more lines", lines.len() - shown);
    let mut fitted: Vec<String> = lines.iter().take(shown).map(|line| cut(line, width)).collect();
    fitted.push(cut(&more, width));
    fitted
}

/// Escape sequences of colour take no room.
fn cut(line: &str, width: usize) -> String {
    let mut room = width;
    let mut kept = String::new();
    let mut letters = line.chars().peekable();
    let mut is_coloured = false;
    while let Some(letter) = letters.next() {
        if letter == '\x1b' {
            kept.push(letter);
            for part in letters.by_ref() {
                kept.push(part);
                if part == 'm' {
                    break;
                }
            }
            is_coloured = !kept.ends_with("\x1b[0m");
        } else if room > 1 || (room == 1 && letters.peek().is_none()) {
            kept.push(letter);
            room -= 1;
        } else {
            kept.push('…');
            break;
        }
    }
    if is_coloured {
        kept.push_str("\x1b[0m");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_to_the_screen() {
        assert_eq!(fit("abc\nabcdef", 4, 2), ["abc", "abc…"]);
        assert_eq!(fit("abcd", 4, 1), ["abcd"]);
        assert_eq!(fit("a\nb\nc\nd", 20, 3), ["a", "b", "… 2 more lines"]);
        assert_eq!(fit("", 4, 2), [""; 0]);
    }

    #[test]
    fn colour_takes_no_room_and_ends_with_the_line() {
        assert_eq!(cut("\x1b[31mbad\x1b[0m x", 5), "\x1b[31mbad\x1b[0m x");
        assert_eq!(cut("\x1b[31mterrible\x1b[0m", 4), "\x1b[31mter…\x1b[0m");
    }
}
