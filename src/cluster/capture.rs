//! Captures: the inputs of one check in a file, to be checked again anywhere. Also takes what
//! `kubectl get sts,pods,pvc -o yaml` prints.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::inputs::Inputs;
use super::kept::Kept;
use crate::model::{Details, Seen, Timestamp, Unread};

const API_VERSION: &str = "kubectl-sts/v1";
const KIND: &str = "Capture";

/// What a file holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capture {
    pub api_version: String,
    pub kind: String,
    pub inputs: Inputs,
    /// None in a capture of an older version.
    pub details: Option<Kept>,
    /// Replies of the members, by `<namespace>/<set>`.
    #[serde(default)]
    pub replies: BTreeMap<String, Replies>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Replies {
    pub engine: String,
    /// The engine's own type.
    pub replies: Value,
}

impl Capture {
    pub fn new(
        mut inputs: Inputs,
        details: Option<&Details>,
        replies: BTreeMap<String, Replies>,
    ) -> Self {
        inputs.show_command_lines();
        let details = details.map(Kept::from);
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            inputs,
            details,
            replies,
        }
    }

    /// As YAML, without the fields of objects that say nothing.
    ///
    /// # Errors
    /// When a value cannot be written as YAML.
    pub fn write(&self) -> Result<String> {
        let mut value = serde_json::to_value(self).context("cannot write the capture")?;
        for list in value
            .get_mut("inputs")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flat_map(Map::values_mut)
        {
            list.as_array_mut().into_iter().flatten().for_each(prune);
        }
        serde_saphyr::to_string(&value).context("cannot write the capture")
    }

    /// Reads a capture, or a list of Kubernetes objects, as YAML or JSON.
    ///
    /// # Errors
    /// When it is neither; one sentence that says what to give.
    pub fn parse(text: &str) -> Result<Self> {
        let value: Value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).context("it is not valid JSON")?
        } else {
            serde_saphyr::from_str(text).context("it is not valid YAML")?
        };
        let word = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        match (word("apiVersion"), word("kind")) {
            (API_VERSION, KIND) => {
                serde_json::from_value(value).context("it is not a capture of this version")
            }
            (other, KIND) => bail!(
                "it is a capture of version {other:?}, and this version reads {API_VERSION:?}"
            ),
            (_, "List") => {
                let items =
                    value.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                Ok(Self::new(inputs_of(items)?, None, BTreeMap::new()))
            }
            (_, "StatefulSet") => {
                Ok(Self::new(inputs_of(std::slice::from_ref(&value))?, None, BTreeMap::new()))
            }
            _ => bail!(
                "it holds no StatefulSet: give a file that `kubectl sts check NAME --save FILE` wrote, or the output \
                 of `kubectl get sts,pods,pvc,svc,pdb -o yaml`"
            ),
        }
    }
}

/// Objects sorted by kind. A kind of which the list has none was perhaps not asked for: it counts as unread.
fn inputs_of(items: &[Value]) -> Result<Inputs> {
    Ok(Inputs {
        at: Timestamp::now(),
        stateful_sets: of_kind(items, "StatefulSet")?,
        pods: of_kind(items, "Pod")?,
        persistent_volume_claims: of_kind(items, "PersistentVolumeClaim")?,
        services: of_kind(items, "Service")?,
        pod_disruption_budgets: of_kind(items, "PodDisruptionBudget")?,
        events: of_kind(items, "Event")?,
        nodes: of_kind(items, "Node")?,
        storage_classes: of_kind(items, "StorageClass")?,
        controller_revisions: of_kind(items, "ControllerRevision")?,
        endpoint_slices: of_kind(items, "EndpointSlice")?,
        horizontal_pod_autoscalers: of_kind(items, "HorizontalPodAutoscaler")?,
        resource_quotas: of_kind(items, "ResourceQuota")?,
        persistent_volumes: of_kind(items, "PersistentVolume")?,
        volume_attachments: of_kind(items, "VolumeAttachment")?,
        version: Err(Unread::not_asked("find the server's version in the file")),
    })
}

fn of_kind<T: DeserializeOwned>(items: &[Value], kind: &str) -> Result<Seen<Vec<T>>> {
    let found = items
        .iter()
        .filter(|item| item.get("kind").and_then(Value::as_str) == Some(kind))
        .map(|item| T::deserialize(item).with_context(|| format!("cannot read a {kind}")))
        .collect::<Result<Vec<T>>>()?;
    Ok(if found.is_empty() {
        Err(Unread::not_asked(format!("find a {kind} in the file")))
    } else {
        Ok(found)
    })
}

/// Drops the fields of an object that say nothing. An empty map says something (`emptyDir: {}`).
fn prune(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(prune);
            fields.retain(|_, field| !says_nothing(field));
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
