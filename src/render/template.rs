//! Sentences from the templates of findings: `{name}` is the evidence of that name, and
//! `{count:pod}` is a number with its noun, `1 pod` or `6 pods`.

use jiff::Timestamp;

use super::value::{plural, words};
use crate::model::Value;

enum Piece<'a> {
    Text(&'a str),
    Evidence { name: &'a str, noun: Option<&'a str> },
}

/// The names of evidence that a template asks for.
pub fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    pieces(template).filter_map(|piece| match piece {
        Piece::Evidence { name, .. } => Some(name),
        Piece::Text(_) => None,
    })
}

/// The sentence; evidence that is missing is a `?` in it.
pub fn fill(template: &str, evidence: &[(&'static str, Value)], now: Timestamp) -> String {
    pieces(template)
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Evidence { name, noun } => {
                let value = evidence.iter().find(|(field, _)| *field == name);
                match (value.map(|(_, value)| value), noun) {
                    (Some(Value::Count(count)), Some(noun)) => {
                        plural(usize::try_from(*count).unwrap_or(usize::MAX), noun)
                    }
                    (Some(value), _) => words(value, now),
                    (None, _) => "?".to_owned(),
                }
            }
        })
        .collect()
}

fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((inside, after)) = rest.strip_prefix('{').and_then(|r| r.split_once('}')) {
            rest = after;
            let (name, noun) = match inside.split_once(':') {
                Some((name, noun)) => (name, Some(noun)),
                None => (inside, None),
            };
            return Some(Piece::Evidence { name, noun });
        }
        // From the second letter on: a brace that nothing closes is text.
        let end =
            rest.char_indices().skip(1).find(|(_, c)| *c == '{').map_or(rest.len(), |(i, _)| i);
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_takes_its_evidence_and_never_panics() {
        let now = Timestamp::UNIX_EPOCH;
        let evidence = [("slots", Value::Count(5462)), ("one", Value::Count(1))];
        for (template, expected) in [
            ("its {slots} slots", "its 5,462 slots"),
            ("{one:replica} of {slots:slot}", "1 replica of 5,462 slots"),
            ("{gone} is gone", "? is gone"),
            ("an { open brace", "an { open brace"),
            ("{", "{"),
            ("ü{slots}ü", "ü5,462ü"),
            ("", ""),
        ] {
            assert_eq!(fill(template, &evidence, now), expected);
        }
    }

    #[test]
    fn placeholders_are_names_of_evidence() {
        let names: Vec<_> = placeholders("{a} and {b:pod}, {a}").collect();
        assert_eq!(names, ["a", "b", "a"]);
    }
}
