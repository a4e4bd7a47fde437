//! What the server says beside its answers: its clock and its warnings.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use http::header::{DATE, WARNING};
use jiff::Timestamp;
use jiff::fmt::rfc2822;

#[derive(Debug, Default)]
pub(crate) struct Heard {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    warnings: Vec<String>,
    date: Option<Timestamp>,
}

impl Heard {
    pub fn listen(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(date_of);
        let warnings = headers.get_all(WARNING).iter().filter_map(|value| value.to_str().ok());
        let mut kept = self.kept();
        kept.date = kept.date.max(date);
        for text in warnings.flat_map(warnings_of) {
            if !kept.warnings.contains(&text) {
                kept.warnings.push(text);
            }
        }
    }

    pub fn warnings(&self) -> Vec<String> {
        self.kept().warnings.clone()
    }

    pub fn server_time(&self) -> Option<Timestamp> {
        self.kept().date
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn date_of(header: &str) -> Option<Timestamp> {
    rfc2822::parse(header).ok().map(|date| date.timestamp())
}

/// The texts of `299 agent "text" ["date"], …`; other codes are not the API server's.
fn warnings_of(header: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = header;
    while let Some((code, after)) = rest.trim_start_matches([' ', ',']).split_once(' ') {
        let Some((_agent, after)) = after.trim_start().split_once(' ') else { break };
        let Some((text, after)) = quoted(after.trim_start()) else { break };
        if code == "299" {
            texts.push(text);
        }
        // A date may follow.
        rest = quoted(after.trim_start()).map_or(after, |(_date, after)| after);
    }
    texts
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut out = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, &inner[at + 1..])),
            '\\' => out.push(chars.next()?.1),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_taken_out_of_the_header() {
        let cases: &[(&str, &[&str])] = &[
            (r#"299 - "policy/v1beta1 is deprecated""#, &["policy/v1beta1 is deprecated"]),
            (r#"299 - "say \"hi\"" "Mon, 23 Nov 2026 02:00:00 GMT""#, &[r#"say "hi""#]),
            (r#"299 - "one", 299 - "two""#, &["one", "two"]),
            (r#"299 - "one" "Mon, 23 Nov 2026 02:00:00 GMT", 299 - "two""#, &["one", "two"]),
            (r#"199 - "of a proxy", 299 - "two""#, &["two"]),
            ("299", &[]),
            (r#"299 - "unclosed"#, &[]),
            ("", &[]),
        ];
        for (header, texts) in cases {
            assert_eq!(warnings_of(header), *texts, "{header}");
        }
    }

    #[test]
    fn the_newest_date_is_kept() {
        let heard = Heard::default();
        for date in ["Mon, 23 Nov 2026 02:00:07 GMT", "Mon, 23 Nov 2026 02:00:05 GMT", "not a date"]
        {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, date.parse().unwrap());
            heard.listen(&headers);
        }
        assert_eq!(heard.server_time().unwrap().to_string(), "2026-11-23T02:00:07Z");
    }
}
