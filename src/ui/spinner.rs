//! A spinner on stderr that fast commands never show.

use std::rc::{Rc, Weak};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::render::clean;

const WAITING: &str = "{spinner} {wide_msg} {elapsed}";
const MEASURED: &str = "{spinner} {wide_msg} {bar:12} {human_pos}/{human_len} UNIT, {eta} left";

/// A line that is too long for the terminal is cut off.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// jj's choice: what ends sooner does not flicker.
const DELAY: Duration = Duration::from_millis(250);
const TICK: Duration = Duration::from_millis(100);

pub struct Spinner {
    bar: Rc<ProgressBar>,
    /// Dropped first, which ends the thread.
    stop: Option<Sender<()>>,
    drawing: Option<JoinHandle<()>>,
}

impl Spinner {
    pub(super) fn start(words: &str, is_shown: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
            .with_style(ProgressStyle::default_spinner())
            .with_message(clean(words));
        let (stop, stopped) = mpsc::channel::<()>();
        let drawn = bar.clone();
        let draw = move || {
            let mut pause = DELAY;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                if pause == DELAY {
                    drawn.set_draw_target(ProgressDrawTarget::stderr());
                    pause = TICK;
                }
                drawn.tick();
            }
        };
        // Without a thread to draw it there is no spinner, and the command goes on.
        let drawing = is_shown.then(|| thread::Builder::new().spawn(draw)).and_then(Result::ok);
        Self { bar: Rc::new(bar), stop: Some(stop), drawing }
    }

    /// Says what goes on now, and counts from here how long it takes.
    pub fn say(&self, words: &str) {
        self.bar.set_style(style(WAITING));
        self.bar.set_message(clean(words));
        self.bar.reset_elapsed();
    }

    /// Says how much of it is done.
    pub fn measure(&self, done: u64, total: u64, unit: &str) {
        if self.bar.length() != Some(total) {
            self.bar.set_length(total);
            self.bar.reset_eta();
        }
        self.bar.set_style(style(&MEASURED.replace("UNIT", unit)));
        self.bar.set_position(done);
    }

    pub(super) fn bar(&self) -> Weak<ProgressBar> {
        Rc::downgrade(&self.bar)
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(drawing) = self.drawing.take() {
            let _ = drawing.join();
        }
        self.bar.finish_and_clear();
    }
}
