//! When what was acknowledged, how long it took, and what failed.

use std::time::{Duration, Instant};

use redis::RedisResult;

use super::report::{ClientError, Report};

pub struct Log {
    began: Instant,
    answers: Vec<Answer>,
    errors: Vec<ClientError>,
}

struct Answer {
    at: Instant,
    took: Duration,
}

impl Log {
    pub fn new(began: Instant) -> Self {
        Self { began, answers: Vec::new(), errors: Vec::new() }
    }

    /// The answer, or None where the caller of a client would see an error.
    pub fn note<T>(&mut self, ask: impl FnOnce() -> RedisResult<T>) -> Option<T> {
        let sent = Instant::now();
        match ask() {
            Ok(answer) => {
                self.answers.push(Answer { at: Instant::now(), took: sent.elapsed() });
                Some(answer)
            }
            Err(error) => {
                let at_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.errors.push(ClientError { at_ms, words: error.to_string() });
                None
            }
        }
    }

    /// Of what was answered since then; of all errors.
    pub fn report(logs: Vec<Self>, since: Instant, ended: Instant) -> Report {
        let (mut took, mut times, mut errors) = (Vec::new(), vec![since, ended], Vec::new());
        for log in logs {
            let answers = log.answers.iter().filter(|answer| answer.at >= since);
            took.extend(answers.clone().map(|answer| answer.took));
            times.extend(answers.map(|answer| answer.at));
            errors.extend(log.errors);
        }
        took.sort_unstable();
        times.sort_unstable();
        errors.sort_by_key(|error| error.at_ms);
        let gaps = times.windows(2).map(|pair| pair[1].duration_since(pair[0]));
        let report = Report {
            acknowledged: took.len(),
            errors: Vec::new(),
            error_count: 0,
            split_count: 0,
            lost: Vec::new(),
            lost_count: 0,
            repeated: Vec::new(),
            repeated_count: 0,
            p50_ms: ms(part(&took, 50)),
            p99_ms: ms(part(&took, 99)),
            max_ms: ms(part(&took, 100)),
            longest_gap_ms: ms(gaps.max().unwrap_or_default()),
        };
        report.with_errors(errors)
    }
}

/// What so many of a hundred do not exceed.
fn part(sorted: &[Duration], percent: usize) -> Duration {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or_default()
}

/// To a tenth.
fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}
