//! The text of `--for`.

use anyhow::{Result, bail};

use crate::model::{Intent, Snapshot};

/// # Errors
/// One sentence that says what to write.
pub(super) fn parse(text: &str) -> std::result::Result<Intent, String> {
    match text.split_once('=') {
        Some(("scale", number)) => match number.parse() {
            Ok(replicas) => Ok(Intent::Scale { replicas }),
            Err(_) => Err(format!("{number:?} is not a number of replicas: write scale=3")),
        },
        Some(("drain-node", node)) if !node.is_empty() => {
            Ok(Intent::DrainNode { node: node.to_owned() })
        }
        None if text == "rollout" => Ok(Intent::Rollout),
        _ => Err("write scale=N, rollout, or drain-node=NODE".to_owned()),
    }
}

/// # Errors
/// When the nodes were read and it is not among them.
pub(super) fn node_is_there(node: &str, snapshots: &[Snapshot]) -> Result<()> {
    let nodes = snapshots.first().and_then(|now| now.shared.nodes.as_ref().ok());
    match nodes {
        Some(nodes) if nodes.iter().all(|known| known.name != node) => bail!(
            "cannot check for drain-node={node}: there is no such node; list them with kubectl get nodes"
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_one_of_three() {
        assert_eq!(parse("scale=3"), Ok(Intent::Scale { replicas: 3 }));
        assert_eq!(parse("rollout"), Ok(Intent::Rollout));
        assert_eq!(parse("drain-node=node-1"), Ok(Intent::DrainNode { node: "node-1".into() }));
        for text in ["", "scale", "scale=", "scale=-1", "scale=x", "drain-node=", "restart"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
