//! What the writer says in the end.

use std::fmt::Write;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::faults::Faults;

/// Of many alike, the first ones tell.
const SHOWN: usize = 20;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Reads of what is about to be overwritten count, too.
    pub acknowledged: usize,
    /// The first of the errors that the client gave its caller.
    pub errors: Vec<ClientError>,
    pub error_count: usize,
    /// Errors that say that the keys of a command were on both sides of a move.
    pub split_count: usize,
    /// The first of what was acknowledged and is not there.
    pub lost: Vec<String>,
    pub lost_count: usize,
    /// What is there more often than it was sent: the client sends again when a connection breaks before the answer.
    pub repeated: Vec<String>,
    pub repeated_count: usize,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// The longest time in which nothing was acknowledged on any connection.
    pub longest_gap_ms: f64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClientError {
    /// Since the first write.
    pub at_ms: u64,
    pub words: String,
}

impl Report {
    pub fn with_faults(mut self, faults: Faults) -> Self {
        (self.lost_count, self.repeated_count) = (faults.lost.len(), faults.repeated.len());
        (self.lost, self.repeated) = (first(faults.lost), first(faults.repeated));
        self
    }

    pub fn with_errors(mut self, errors: Vec<ClientError>) -> Self {
        self.error_count = errors.len();
        self.split_count = errors.iter().filter(|it| it.words.starts_with("TryAgain")).count();
        self.errors = first(errors);
        self
    }

    /// Fails with all its words unless every write was answered, and is there once.
    pub fn is_clean(&self) -> Result<()> {
        let mut words = String::new();
        for ClientError { at_ms, words: error } in &self.errors {
            let _ = writeln!(words, "error after {at_ms} ms: {error}");
        }
        for lost in &self.lost {
            let _ = writeln!(words, "lost: {lost}");
        }
        for repeated in &self.repeated {
            let _ = writeln!(words, "repeated: {repeated}");
        }
        let (errors, lost, repeated) = (self.error_count, self.lost_count, self.repeated_count);
        ensure!(
            errors + lost + repeated == 0,
            "{} answered, {errors} failed, {lost} lost, {repeated} repeated:\n{words}",
            self.acknowledged
        );
        Ok(())
    }

    /// The same, where what moved the keys was killed: a slot of more keys than go at once stays on both sides until somebody
    /// goes on, and Redis answers nothing about several keys there.
    pub fn is_clean_but_for_what_was_split(&self) -> Result<()> {
        if self.error_count > self.split_count || self.lost_count + self.repeated_count > 0 {
            return self.is_clean();
        }
        Ok(())
    }
}

fn first<T>(mut all: Vec<T>) -> Vec<T> {
    all.truncate(SHOWN);
    all
}
