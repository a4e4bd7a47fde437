//! When a read is tried again. A write never is.

use std::time::Duration;

const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// For a server that asks for patience when there is no deadline.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How a read failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The connection was refused, or broke before an answer.
    NoAnswer,
    /// 429 or 503 with `Retry-After`.
    Later(Duration),
    /// Trying again would give the same.
    Final,
}

/// How long to wait before the next try; None to give up.
/// A pause that would outlast the deadline is not begun: the answer at hand says more than a timeout.
pub(super) fn pause(failure: Failure, tries: u32, left: Option<Duration>) -> Option<Duration> {
    if tries >= TRIES {
        return None;
    }
    let pause = match failure {
        Failure::NoAnswer => FIRST_PAUSE * 3u32.pow(tries.saturating_sub(1)),
        Failure::Later(asked) => asked,
        Failure::Final => return None,
    };
    (pause < left.unwrap_or(LONGEST_PAUSE)).then_some(pause)
}

/// The seconds form of `Retry-After`, the only one the API server sends.
pub(super) fn retry_after(status: http::StatusCode, headers: &http::HeaderMap) -> Failure {
    use http::StatusCode;
    let asks = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let seconds =
        headers.get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    match seconds {
        Some(seconds) if asks => Failure::Later(Duration::from_secs(seconds)),
        _ => Failure::Final,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_few_and_stay_within_the_deadline() {
        let s = Duration::from_secs;
        let ms = Duration::from_millis;
        assert_eq!(pause(Failure::NoAnswer, 1, Some(s(30))), Some(ms(100)));
        assert_eq!(pause(Failure::NoAnswer, 2, Some(s(30))), Some(ms(300)));
        assert_eq!(pause(Failure::NoAnswer, 3, Some(s(30))), None);
        assert_eq!(pause(Failure::NoAnswer, 2, Some(ms(200))), None);
        assert_eq!(pause(Failure::Later(s(1)), 1, Some(s(30))), Some(s(1)));
        assert_eq!(pause(Failure::Later(s(1)), 3, Some(s(30))), None);
        assert_eq!(pause(Failure::Later(s(60)), 1, Some(s(30))), None);
        assert_eq!(pause(Failure::Later(s(5)), 1, None), Some(s(5)));
        assert_eq!(pause(Failure::Later(s(3600)), 1, None), None);
        assert_eq!(pause(Failure::Final, 1, None), None);
    }
}
