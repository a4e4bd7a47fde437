//! What a claim has and its template does not ask for: the controller takes any claim of the right name.

use crate::model::{Claim, ClaimTemplate};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    Class {
        is: String,
        wanted: String,
    },
    VolumeMode {
        is: String,
        wanted: String,
    },
    AccessModes {
        is: String,
        wanted: String,
    },
    /// Bytes. A larger claim was grown, as it should be.
    Smaller {
        is: u64,
        wanted: u64,
    },
}

impl Difference {
    /// The one that matters most.
    pub fn between(template: &ClaimTemplate, claim: &Claim) -> Option<Self> {
        match (&template.class, &claim.class) {
            (Some(wanted), Some(is)) if wanted != is => {
                return Some(Self::Class { is: is.clone(), wanted: wanted.clone() });
            }
            _ => {}
        }
        let (wanted, is) = (&template.volume_mode, &claim.volume_mode);
        if wanted != is {
            return Some(Self::VolumeMode { is: is.clone(), wanted: wanted.clone() });
        }
        let (wanted, is) = (sorted(&template.modes), sorted(&claim.modes));
        if wanted != is {
            return Some(Self::AccessModes { is, wanted });
        }
        let (wanted, is) = (template.request?, claim.request?);
        (is < wanted).then_some(Self::Smaller { is, wanted })
    }
}

fn sorted(modes: &[String]) -> String {
    let mut modes = modes.to_vec();
    modes.sort_unstable();
    modes.join(", ")
}
