//! The text of `-l`: `app=web,tier!=db,zone in (a,b),!legacy`.

use std::str::FromStr;

use super::{Expression, Operator, Selector};

impl FromStr for Selector {
    type Err = String;

    /// # Errors
    /// One sentence that names the part that is not a requirement.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let match_expressions = parts(text)
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(expression)
            .collect::<Result<_, _>>()?;
        Ok(Self { match_expressions, ..Self::default() })
    }
}

/// Splits at commas outside parentheses.
fn parts(text: &str) -> Vec<&str> {
    let mut is_inside = false;
    text.split(|c| {
        is_inside = (is_inside || c == '(') && c != ')';
        c == ',' && !is_inside
    })
    .map(str::trim)
    .collect()
}

fn expression(part: &str) -> Result<Expression, String> {
    let refused =
        || format!("{part:?} is not a label requirement: write KEY=VALUE, KEY!=VALUE, KEY or !KEY");
    let (key, operator, values) = if let Some((key, value)) = part.split_once("!=") {
        (key, Operator::NotIn, vec![value])
    } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        (key, Operator::In, vec![value])
    } else if let Some(list) = part.strip_suffix(')') {
        let (head, list) = list.split_once('(').ok_or_else(refused)?;
        let values = list.split(',').collect();
        match head.trim().rsplit_once(char::is_whitespace) {
            Some((key, "in")) => (key, Operator::In, values),
            Some((key, "notin")) => (key, Operator::NotIn, values),
            _ => return Err(refused()),
        }
    } else if let Some(key) = part.strip_prefix('!') {
        (key, Operator::DoesNotExist, Vec::new())
    } else {
        (part, Operator::Exists, Vec::new())
    };
    let key = key.trim();
    let is_word =
        |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let values: Vec<String> = values.into_iter().map(|value| value.trim().to_owned()).collect();
    if key.is_empty() || !is_word(key) || !values.iter().all(|value| is_word(value)) {
        return Err(refused());
    }
    Ok(Expression { key: key.to_owned(), operator, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Labels;

    #[test]
    fn the_text_of_a_selector_is_read_as_kubectl_reads_it() {
        let labels = Labels::from([("app".into(), "web".into()), ("tier".into(), "db".into())]);
        for (text, matches) in [
            ("", true),
            ("app=web", true),
            ("app == web , tier!=cache", true),
            ("app=api", false),
            ("tier in (db, cache)", true),
            ("tier notin (db)", false),
            ("app,!legacy", true),
            ("!app", false),
            ("example.com/part=a", false),
        ] {
            let selector: Result<Selector, String> = text.parse();
            assert_eq!(selector.map(|s| s.matches(&labels)), Ok(matches), "{text}");
        }
        for text in ["=web", "a b", "app=we b", "tier within (a)", "x)", "app=(web"] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }
}
