//! Stdout: where results go, and what its terminal can show.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};

use super::fit::fit;

pub(super) struct Out {
    stream: RefCell<Box<dyn Write>>,
    is_terminal: bool,
    is_unheard: Cell<bool>,
    has_drawn: Cell<bool>,
}

impl Out {
    pub(super) fn new(stream: impl Write + 'static, is_terminal: bool) -> Self {
        Self {
            stream: RefCell::new(Box::new(stream)),
            is_terminal,
            is_unheard: Cell::new(false),
            has_drawn: Cell::new(false),
        }
    }

    /// Columns and lines of the terminal as it is now; None where it is not one.
    pub(super) fn size(&self) -> Option<(usize, usize)> {
        let size = terminal_size::terminal_size().filter(|_| self.is_terminal)?;
        Some((usize::from(size.0.0), usize::from(size.1.0)))
    }

    pub(super) fn is_unheard(&self) -> bool {
        self.is_unheard.get()
    }

    /// A reader that has gone away is not an error, as for `kubectl get | head`.
    pub(super) fn write(&self, text: &str) -> io::Result<()> {
        let mut stream = self.stream.borrow_mut();
        match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_unheard.set(true);
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// Draws over what was drawn before, all at once (synchronised output where the terminal knows it).
    pub(super) fn draw(&self, text: &str) -> io::Result<()> {
        let Some((width, height)) = self.size() else { return self.write(text) };
        // What stood on the screen before goes up, not away.
        let mut all = "\n".repeat(if self.has_drawn.replace(true) { 0 } else { height });
        all.push_str("\x1b[?2026h\x1b[H");
        for line in fit(text, width, height.saturating_sub(1)) {
            let _ = writeln!(all, "{line}\x1b[K");
        }
        all.push_str("\x1b[J\x1b[?2026l");
        self.write(&all)
    }
}
