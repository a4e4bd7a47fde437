//! What a run says while it goes on: a line for each thing that happens, and what it is at now where somebody watches.

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::Instant;

use crate::execute::Told;
use crate::model::Timestamp;
use crate::plan::{Progress, Said};
use crate::render::plan as words;
use crate::ui::{Spinner, Ui};

pub(super) struct Live<'a> {
    ui: &'a Ui,
    /// One JSON object a line.
    is_json: bool,
    now: Timestamp,
    spinner: Spinner,
    /// What happens is told once, not at every look.
    last: RefCell<String>,
    long: RefCell<Option<Long>>,
}

/// Long work, over all its slices.
struct Long {
    unit: &'static str,
    total: u64,
    said: Instant,
}

/// Of long work a line is said so often, for a log that somebody reads.
const EVERY: Duration = Duration::from_secs(30);

impl<'a> Live<'a> {
    pub(super) fn new(ui: &'a Ui, is_json: bool, now: Timestamp) -> Self {
        let spinner = ui.spinner("");
        Self { ui, is_json, now, spinner, last: RefCell::default(), long: RefCell::default() }
    }

    pub(super) fn tell<N>(&self, told: &Told<'_, N>) {
        let words = words::told(told, self.now);
        if *self.last.borrow() == words {
            return;
        }
        self.long.replace(None);
        self.spinner.say(&words);
        self.line(&if self.is_json {
            words::told_json(told, self.now).unwrap_or_default()
        } else {
            words.clone() + "\n"
        });
        self.last.replace(words);
    }

    pub(super) fn say(&self, said: &Said) {
        self.line(&if self.is_json {
            words::said_json(said).unwrap_or_default()
        } else {
            words::said(said) + "\n"
        });
    }

    /// Each slice of long work counts from its own beginning.
    pub(super) fn progress(&self, progress: &Progress) {
        let left = progress.total.saturating_sub(progress.done);
        let mut long = self.long.borrow_mut();
        let long = match &mut *long {
            Some(long) if long.unit == progress.unit && long.total >= left => long,
            other => other.insert(Long {
                unit: progress.unit,
                total: progress.total,
                said: Instant::now(),
            }),
        };
        let done = long.total - left;
        self.spinner.measure(done, long.total, long.unit);
        if long.said.elapsed() >= EVERY {
            long.said = Instant::now();
            self.line(&if self.is_json {
                words::progress_json(done, long.total, long.unit).unwrap_or_default()
            } else {
                words::progress(done, long.total, long.unit) + "\n"
            });
        }
    }

    fn line(&self, line: &str) {
        // A reader that has gone away ends the run by itself.
        let _ = self.ui.result(line);
    }
}
