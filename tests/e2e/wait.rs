//! Waiting for a condition, with a deadline: the only place that sleeps.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const PAUSE: Duration = Duration::from_millis(50);

/// Lets a span go by that is itself what a case is about.
#[expect(clippy::disallowed_methods, reason = "nothing is waited for")]
pub fn pass(span: Duration) {
    std::thread::sleep(span);
}

/// Asks again until there is an answer. The error says what was waited for, and why it was not so in the end.
pub fn until<T>(
    what: &str,
    patience: Duration,
    mut ask: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        let answer = ask();
        if let Ok(Some(answer)) = answer {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            let why = answer.err().map(|error| format!(": {error:#}")).unwrap_or_default();
            bail!("not within {} s: {what}{why}", patience.as_secs());
        }
        #[expect(clippy::disallowed_methods, reason = "the pause between two looks")]
        std::thread::sleep(PAUSE);
    }
}
