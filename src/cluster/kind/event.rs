//! v1 Event.

use serde::{Deserialize, Serialize};

use super::meta::Meta;
use crate::model::{self, Timestamp};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Event {
    pub metadata: Meta,
    pub involved_object: InvolvedObject,
    pub reason: String,
    pub message: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub count: Option<u32>,
    pub first_timestamp: Option<Timestamp>,
    pub last_timestamp: Option<Timestamp>,
    pub event_time: Option<Timestamp>,
    pub series: Option<Series>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InvolvedObject {
    pub kind: String,
    pub name: String,
    pub uid: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Series {
    pub count: u32,
    pub last_observed_time: Option<Timestamp>,
}

impl Event {
    pub fn to_model(&self) -> model::Event {
        let series = self.series.as_ref();
        model::Event {
            namespace: self.metadata.namespace.clone(),
            object_kind: self.involved_object.kind.clone(),
            object_name: self.involved_object.name.clone(),
            object_uid: self.involved_object.uid.clone(),
            reason: self.reason.clone(),
            message: self.message.clone(),
            count: series.map(|s| s.count).or(self.count).unwrap_or(1),
            last: series
                .and_then(|s| s.last_observed_time)
                .or(self.last_timestamp)
                .or(self.event_time)
                .or(self.first_timestamp),
        }
    }
}
