//! Lines on their way to a terminal: text is cleaned as it comes in, colour is added as it goes out.

use super::clean::clean;

/// How a word that is not fine is set off. Nothing is said by colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    #[default]
    Plain,
    Bad,
    Warn,
    Unknown,
    Good,
}

/// One line. There is no way to put text into it that is not cleaned.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Vec<Span>);

#[derive(Clone, Debug)]
struct Span {
    tone: Tone,
    text: String,
}

impl Line {
    pub(super) fn plain(text: &str) -> Self {
        Self::default().and(Tone::Plain, text)
    }

    pub(super) fn blank() -> Self {
        Self::default()
    }

    pub(super) fn and(mut self, tone: Tone, text: &str) -> Self {
        self.0.push(Span { tone, text: clean(text) });
        self
    }

    /// Columns that it takes.
    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|span| span.text.chars().count()).sum()
    }

    fn print(&self, colour: bool, into: &mut String) {
        let last = self.0.iter().rposition(|span| !span.text.trim_end().is_empty());
        for (index, span) in self.0.iter().enumerate().take(last.map_or(0, |last| last + 1)) {
            let text = if Some(index) == last { span.text.trim_end() } else { &span.text };
            match span.tone.code().filter(|_| colour) {
                Some(code) => {
                    into.extend(["\x1b[", code, "m", text, "\x1b[0m"]);
                }
                None => into.push_str(text),
            }
        }
        into.push('\n');
    }
}

impl Tone {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bad => Some("31"),
            Self::Warn => Some("33"),
            Self::Unknown => Some("35"),
            Self::Good => Some("32"),
        }
    }
}

pub(super) fn print(lines: &[Line], colour: bool) -> String {
    let mut text = String::new();
    for line in lines {
        line.print(colour, &mut text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Line, Tone, print};

    #[test]
    fn the_text_is_the_same_without_colour() {
        let line = Line::plain("it is ").and(Tone::Bad, "do\x1bwn").and(Tone::Plain, "  ");
        assert_eq!(print(std::slice::from_ref(&line), false), "it is do\\x1bwn\n");
        assert_eq!(print(&[line], true), "it is \x1b[31mdo\\x1bwn\x1b[0m\n");
    }
}
