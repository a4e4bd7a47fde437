//! The right that is missing, from the words of a 403.

use crate::model::Access;

/// From `… cannot VERB resource "RESOURCE" in API group "GROUP" in the namespace "NAMESPACE"`, which names the right
/// that was looked for better than we can: with `--as` it is another one, and a port-forward takes `get` or `create`.
pub(in crate::cluster) fn denied(message: &str) -> Option<Access> {
    let (_, rest) = message.split_once(" cannot ")?;
    let (verb, rest) = rest.split_once(" resource \"")?;
    let (resource, rest) = rest.split_once('"')?;
    let (_, rest) = rest.split_once("in API group \"")?;
    let (group, rest) = rest.split_once('"')?;
    let namespace = rest
        .split_once("in the namespace \"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(namespace, _)| namespace.to_owned());
    Some(Access {
        verb: verb.to_owned(),
        group: group.to_owned(),
        resource: resource.to_owned(),
        namespace,
    })
}
