//! What the real controller has done, by its own events.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::case::Case;

pub fn newest_event(case: &Case) -> Result<u64> {
    let events = case.get(&["events"])?;
    let versions = events["items"].as_array().into_iter().flatten().map(version);
    Ok(versions.max().unwrap_or_default())
}

fn version(event: &Value) -> u64 {
    event["metadata"]["resourceVersion"].as_str().and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// What the controller has done to each set since then, in order, by its own events: `delete web-1`.
pub fn deeds(case: &Case, since: u64) -> Result<BTreeMap<String, Vec<String>>> {
    let events = case.get(&["events", "--field-selector", "involvedObject.kind=StatefulSet"])?;
    let mut events = events["items"].as_array().cloned().unwrap_or_default();
    events.sort_by_key(version);
    let mut deeds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in events.iter().filter(|event| version(event) > since) {
        let words: Vec<&str> = event["message"].as_str().unwrap_or_default().split(' ').collect();
        let verb = match event["reason"].as_str() {
            Some("SuccessfulCreate") => "create",
            Some("SuccessfulDelete") => "delete",
            _ => continue,
        };
        let pod = words.iter().skip_while(|word| **word != "Pod").nth(1).context("no pod")?;
        let set = event["involvedObject"]["name"].as_str().context("no set")?;
        deeds.entry(set.to_owned()).or_default().push(format!("{verb} {pod}"));
    }
    Ok(deeds)
}
