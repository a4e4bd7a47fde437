//! A cluster as it is, looked at long afterwards: what has to last for minutes need not be waited for.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use crate::case::Case;

/// What `kubectl get` prints of these kinds, with everything that has happened put into the past, in a file for
/// `--from`.
pub fn long_after(case: &Case, kinds: &str) -> Result<PathBuf> {
    let file = case.cluster.files.join(format!("{}-later.json", case.namespace));
    let mut seen = case.get(&[kinds])?;
    age(&mut seen);
    std::fs::write(&file, seen.to_string())?;
    Ok(file)
}

fn age(value: &mut Value) {
    const TIMES: [&str; 3] = ["creationTimestamp", "deletionTimestamp", "lastTransitionTime"];
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| {
            if TIMES.contains(&name.as_str()) {
                *value = json!("2026-01-01T00:00:00Z");
            } else {
                age(value);
            }
        }),
        Value::Array(items) => items.iter_mut().for_each(age),
        _ => {}
    }
}
