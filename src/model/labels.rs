//! Labels and the selectors over them (apimachinery `LabelSelector` semantics).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub type Labels = BTreeMap<String, String>;

/// An empty selector matches everything, as in the API; a missing one is for the holder to treat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Selector {
    pub match_labels: Labels,
    pub match_expressions: Vec<Expression>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expression {
    pub key: String,
    pub operator: Operator,
    #[serde(default)]
    pub values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl Selector {
    pub fn matches(&self, labels: &Labels) -> bool {
        contains(labels, &self.match_labels)
            && self.match_expressions.iter().all(|e| e.matches(labels))
    }
}

/// Whether every wanted label is there with its value: the rule of a Service's selector.
pub(crate) fn contains(labels: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

impl Expression {
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In => value.is_some_and(|v| self.values.contains(v)),
            Operator::NotIn => value.is_none_or(|v| !self.values.contains(v)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    fn expression(key: &str, operator: Operator, values: &[&str]) -> Selector {
        let values = values.iter().map(|v| (*v).to_owned()).collect();
        Selector {
            match_expressions: vec![Expression { key: key.to_owned(), operator, values }],
            ..Selector::default()
        }
    }

    #[test]
    fn a_selector_matches_as_the_api_does() {
        let web = labels(&[("app", "web"), ("tier", "db")]);
        let by_label = |pairs| Selector { match_labels: labels(pairs), ..Selector::default() };
        assert!(Selector::default().matches(&web));
        assert!(by_label(&[("app", "web")]).matches(&web));
        assert!(!by_label(&[("app", "api")]).matches(&web));
        assert!(expression("tier", Operator::In, &["db", "cache"]).matches(&web));
        assert!(!expression("zone", Operator::In, &["a"]).matches(&web));
        assert!(expression("zone", Operator::NotIn, &["a"]).matches(&web));
        assert!(!expression("tier", Operator::NotIn, &["db"]).matches(&web));
        assert!(expression("tier", Operator::Exists, &[]).matches(&web));
        assert!(expression("zone", Operator::DoesNotExist, &[]).matches(&web));
    }
}
