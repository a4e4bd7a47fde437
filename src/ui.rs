//! The only module that knows a terminal: results to stdout, everything else to stderr.

mod fit;
mod out;
mod spinner;

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::ColorChoice;

use out::Out;
pub use spinner::Spinner;

use crate::execute::{End, Outcome};
use crate::render::{Look, clean};
use crate::report::Answer;

/// How the program ends. The codes are the same for every command and are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Healthy; done; nothing to do.
    Ok = 0,
    /// The answer is no: findings, a plan that is blocked, or one that nobody approved.
    No = 1,
    /// The question could not be answered, or only in part.
    Unanswered = 2,
    /// Stopped on the way, after the first write, and safe: run the same command again.
    Stopped = 3,
    /// Interrupted between two writes.
    Interrupted = 130,
}

const STDOUT: &str = "cannot write to stdout";

/// Where a command says things.
pub struct Ui {
    out: Out,
    err: RefCell<Box<dyn Write>>,
    colour: bool,
    error_colour: bool,
    shows_progress: bool,
    spinner: RefCell<std::rc::Weak<indicatif::ProgressBar>>,
}

impl Ui {
    /// On the standard streams, with what they and the environment say about colour.
    pub fn new(choice: ColorChoice) -> Self {
        let environment = Environment::read();
        let is_terminal = io::stdout().is_terminal();
        Self {
            out: Out::new(io::stdout(), is_terminal),
            err: RefCell::new(Box::new(io::stderr())),
            colour: environment.colours(choice, is_terminal),
            error_colour: environment.colours(choice, io::stderr().is_terminal()),
            shows_progress: io::stderr().is_terminal() && !environment.is_dumb,
            spinner: RefCell::default(),
        }
    }

    /// On streams of the caller, as if they were pipes.
    pub fn on(out: impl Write + 'static, err: impl Write + 'static) -> Self {
        Self {
            out: Out::new(out, false),
            err: RefCell::new(Box::new(err)),
            colour: false,
            error_colour: false,
            shows_progress: false,
            spinner: RefCell::default(),
        }
    }

    /// What stdout can show: a parameter of every renderer.
    pub fn look(&self) -> Look {
        Look { colour: self.colour, width: self.out.size().map(|(width, _)| width) }
    }

    /// Writes what was asked for, as it is: `render` has cleaned it.
    ///
    /// # Errors
    /// When it cannot be written; that nobody reads it is none.
    pub fn result(&self, text: &str) -> anyhow::Result<()> {
        self.around_spinner(|| self.out.write(text)).context(STDOUT)
    }

    /// Draws over what was drawn before; off a terminal it is a result like any other.
    ///
    /// # Errors
    /// As `result`.
    pub fn draw(&self, text: &str) -> anyhow::Result<()> {
        self.around_spinner(|| self.out.draw(text)).context(STDOUT)
    }

    /// Whether the reader of the results has gone away.
    pub fn is_unheard(&self) -> bool {
        self.out.is_unheard()
    }

    /// One line about what goes on, for whoever watches.
    pub fn status(&self, text: &str) {
        self.say(None, text);
    }

    pub fn warn(&self, text: &str) {
        self.say(Some(("warning", "33")), text);
    }

    pub fn hint(&self, text: &str) {
        self.say(Some(("hint", "36")), text);
    }

    /// The whole chain in one line.
    pub fn error(&self, error: &anyhow::Error) {
        self.say(Some(("error", "31")), &format!("{error:#}"));
    }

    /// What a person answers; None where there is nobody to ask.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub fn ask(&self, question: &str) -> io::Result<Option<String>> {
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Ok(None);
        }
        let _ = self.err.borrow_mut().write_all(clean(question).as_bytes());
        let _ = self.err.borrow_mut().flush();
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(Some(answer.trim().to_owned()))
    }

    /// A sign of life until it is dropped: after a moment, and only for a person.
    pub fn spinner(&self, words: &str) -> Spinner {
        let spinner = Spinner::start(words, self.shows_progress);
        *self.spinner.borrow_mut() = spinner.bar();
        spinner
    }

    /// Nobody is left to tell when stderr fails.
    fn say(&self, label: Option<(&str, &str)>, text: &str) {
        let text = clean(text);
        let line = match label {
            Some((word, code)) if self.error_colour => {
                format!("\x1b[{code}m{word}\x1b[0m: {text}\n")
            }
            Some((word, _)) => format!("{word}: {text}\n"),
            None => format!("{text}\n"),
        };
        self.around_spinner(|| {
            let _ = self.err.borrow_mut().write_all(line.as_bytes());
        });
    }

    fn around_spinner<T>(&self, write: impl FnOnce() -> T) -> T {
        let spinner = self.spinner.borrow().upgrade();
        match spinner {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

/// What the environment says about colour.
#[derive(Clone, Copy, Debug)]
struct Environment {
    /// `NO_COLOR` is there and not empty (no-color.org).
    no_color: bool,
    /// `TERM=dumb`.
    is_dumb: bool,
}

impl Environment {
    fn read() -> Self {
        Self {
            no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
            is_dumb: std::env::var_os("TERM").is_some_and(|value| value == "dumb"),
        }
    }

    /// A flag is stronger than the environment, which is stronger than what a stream is.
    fn colours(self, choice: ColorChoice, is_terminal: bool) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !self.no_color && !self.is_dumb,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Answer> for Exit {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Yes => Self::Ok,
            Answer::No => Self::No,
            Answer::Incomplete => Self::Unanswered,
        }
    }
}

/// Before the first write it is an answer like any other; after it, it is safe to go on.
impl From<&Outcome> for Exit {
    fn from(outcome: &Outcome) -> Self {
        match &outcome.end {
            End::Done => Self::Ok,
            End::Interrupted => Self::Interrupted,
            _ if outcome.writes > 0 => Self::Stopped,
            End::Unread(_) | End::Denied(_) => Self::Unanswered,
            End::Refused(_)
            | End::NotApproved(_)
            | End::Stuck(_)
            | End::Overdue
            | End::Rejected(_)
            | End::Failed(_) => Self::No,
        }
    }
}

#[cfg(test)]
mod tests;
