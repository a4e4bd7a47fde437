//! How ordinals leave and join.

use std::time::Duration;

use crate::rules::Finding;

/// What is done around the replicas.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Before an ordinal leaves.
    pub drain: Option<Drain>,
    /// The claims of an ordinal go after it.
    pub deletes_claims: bool,
    /// What an earlier ordinal of that number left goes before one joins.
    pub is_fresh: bool,
    /// What is on the volumes may go with the claims.
    pub discards_data: bool,
}

/// How an ordinal of a database that is not known is made ready to leave.
#[derive(Clone, Debug)]
pub struct Drain {
    pub by: By,
    /// How long it may take.
    pub patience: Duration,
}

#[derive(Clone, Debug)]
pub enum By {
    /// For a shell in a container; of None in the first.
    Exec {
        script: String,
        container: Option<String>,
    },
    Post {
        port: u16,
        path: String,
    },
}

impl Manner {
    /// Whether a finding is what is asked for, or seen to.
    pub fn sees_to(&self, finding: &Finding) -> bool {
        match finding.rule {
            "scale-down-deletes-claims" => self.deletes_claims,
            "claim-left-behind" => self.is_fresh,
            _ => false,
        }
    }
}
