//! `metadata`, the same for every kind.

use serde::{Deserialize, Deserializer, Serialize};

use crate::model::{Labels, Owner, Timestamp};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Meta {
    pub name: String,
    pub namespace: String,
    pub uid: String,
    pub generation: i64,
    #[serde(deserialize_with = "or_default")]
    pub labels: Labels,
    pub creation_timestamp: Option<Timestamp>,
    pub deletion_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "or_default")]
    pub finalizers: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub owner_references: Vec<OwnerReference>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OwnerReference {
    pub kind: String,
    pub name: String,
    pub uid: String,
    pub controller: bool,
}

impl Meta {
    /// The owner with `controller: true`; there is at most one.
    pub fn controller(&self) -> Option<Owner> {
        self.owner_references.iter().find(|owner| owner.controller).map(OwnerReference::to_model)
    }

    pub fn owners(&self) -> Vec<Owner> {
        self.owner_references.iter().map(OwnerReference::to_model).collect()
    }
}

impl OwnerReference {
    fn to_model(&self) -> Owner {
        Owner { kind: self.kind.clone(), name: self.name.clone(), uid: self.uid.clone() }
    }
}

/// A list or map that is written as `null` is empty.
pub(in crate::cluster) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    input: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(input)?.unwrap_or_default())
}
