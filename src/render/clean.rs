//! Text of a cluster made safe to print: the one place where escape sequences are taken out.

use std::fmt::Write;

/// Folds line breaks and tabs to one space each run, and writes every other control character and
/// every character that reorders text visibly: `\x1b[2J` on a screen says who put it there.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut follows_one = false;
    for letter in text.chars() {
        let is_break = matches!(letter, '\n' | '\r' | '\t');
        if is_break && !follows_one {
            cleaned.push(' ');
        }
        follows_one = is_break;
        if is_break {
        } else if !is_unsafe(letter) {
            cleaned.push(letter);
        } else if u32::from(letter) < 0x100 {
            let _ = write!(cleaned, "\\x{:02x}", u32::from(letter));
        } else {
            let _ = write!(cleaned, "\\u{{{:04x}}}", u32::from(letter));
        }
    }
    cleaned
}

/// C0, DEL and C1; marks, overrides and isolates of direction; line and paragraph separators.
pub(super) fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{clean, is_unsafe};

    #[test]
    fn what_a_terminal_would_obey_becomes_visible() {
        for (dirty, expected) in [
            ("plain -- ünïcödé", "plain -- ünïcödé"),
            ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
            ("a\u{7f}b\u{9b}31mc", "a\\x7fb\\x9b31mc"),
            ("user\u{202e}txt.exe\u{2069}", "user\\u{202e}txt.exe\\u{2069}"),
            ("one\r\ntwo\n\n\tthree", "one two three"),
        ] {
            assert_eq!(clean(dirty), expected);
        }
    }

    #[test]
    fn nothing_unsafe_is_left_and_cleaning_again_changes_nothing() {
        let every: String = (0..0x3000).filter_map(char::from_u32).collect();
        let cleaned = clean(&every);
        assert!(!cleaned.chars().any(is_unsafe));
        assert_eq!(clean(&cleaned), cleaned);
    }
}
