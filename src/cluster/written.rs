//! What was read as a file holds it: the value itself, or a map that says why there is none.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Seen, Unread};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written<T> {
    Read(T),
    Unread { unread: Unread },
}

pub(super) fn serialize<S: Serializer, T: Serialize>(
    seen: &Seen<T>,
    output: S,
) -> Result<S::Ok, S::Error> {
    match seen {
        Ok(value) => value.serialize(output),
        Err(unread) => Written::<T>::Unread { unread: unread.clone() }.serialize(output),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    input: D,
) -> Result<Seen<T>, D::Error> {
    Ok(match Written::deserialize(input)? {
        Written::Read(value) => Ok(value),
        Written::Unread { unread } => Err(unread),
    })
}
