//! From a volume to its claim.

use anyhow::{Result, anyhow, bail};

use crate::cluster::kind::volume::PersistentVolume;
use crate::cluster::{Connection, Resource};
use crate::command::cannot;

const VOLUMES: Resource<'static> = Resource {
    group: "",
    version: "v1",
    plural: "persistentvolumes",
    singular: "persistentvolume",
};

/// Namespace and name of the claim that a volume is bound to.
///
/// # Errors
/// When there is no such volume, or nothing has claimed it.
pub(super) async fn claim_of(connection: &Connection, volume: &str) -> Result<(String, String)> {
    let read: PersistentVolume =
        connection.get(VOLUMES, None, volume).await.map_err(|unread| cannot(&unread))?;
    let volume = read.to_model();
    let Some(claim) = volume.claim else {
        bail!(
            "persistentvolume/{} is nobody's: it is {} and no claim is bound to it",
            volume.name,
            volume.phase
        );
    };
    if claim.name.is_empty() {
        return Err(anyhow!("persistentvolume/{} names no claim", volume.name));
    }
    Ok((claim.namespace, claim.name))
}
