//! Which volumes an ordinal has, by its pod and by the templates of its set.

use crate::model::{Pod, Set, VolumeSource};

/// Where a volume of a pod comes from, with the name that it has in the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// `volumeClaimTemplates`: a claim for each ordinal.
    Template(&'a str),
    /// A claim that the template of the pods names: the same for all.
    Direct(&'a str),
    /// A claim that goes with its pod.
    Ephemeral(&'a str),
    /// No claim at all: `emptyDir`, `hostPath`.
    Folder(&'a str, &'static str),
    /// No pod has it.
    Nobody,
}

/// One volume of one ordinal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    pub source: Source<'a>,
    /// Of the claim; None for a folder.
    pub claim: Option<String>,
}

/// What an ordinal has: the claims of the templates first, then what else its pod mounts. Configuration and tokens hold
/// no data and are left out.
pub fn held<'a>(set: &'a Set, ordinal: u32, pod: Option<&'a Pod>) -> Vec<Held<'a>> {
    let is_template = |name: &str| set.claim_templates.iter().any(|it| it.name == name);
    let mounted = |template: &str| match &pod?.volumes.iter().find(|it| it.name == template)?.source
    {
        VolumeSource::Claim(claim) => Some(claim.clone()),
        _ => None,
    };
    let templates = set.claim_templates.iter().map(|template| Held {
        source: Source::Template(&template.name),
        claim: mounted(&template.name).or_else(|| Some(set.claim_name(&template.name, ordinal))),
    });
    let others = pod.into_iter().flat_map(|pod| &pod.volumes);
    let others = others.filter(|volume| !is_template(&volume.name)).filter_map(|volume| {
        let name = volume.name.as_str();
        let of = |source, claim: Option<&String>| Some(Held { source, claim: claim.cloned() });
        match &volume.source {
            VolumeSource::Claim(claim) => of(Source::Direct(name), Some(claim)),
            VolumeSource::EphemeralClaim(claim) => of(Source::Ephemeral(name), Some(claim)),
            VolumeSource::EmptyDir => of(Source::Folder(name, "emptyDir"), None),
            VolumeSource::HostPath => of(Source::Folder(name, "hostPath"), None),
            VolumeSource::ConfigMap(_) | VolumeSource::Secret(_) | VolumeSource::Other => None,
        }
    });
    templates.chain(others).collect()
}

impl<'a> Source<'a> {
    /// The name of the template, or of the volume in the pod.
    pub const fn name(self) -> Option<&'a str> {
        match self {
            Self::Template(name)
            | Self::Direct(name)
            | Self::Ephemeral(name)
            | Self::Folder(name, _) => Some(name),
            Self::Nobody => None,
        }
    }

    pub const fn kind(self) -> Option<&'static str> {
        match self {
            Self::Template(_) => Some("template"),
            Self::Direct(_) => Some("direct"),
            Self::Ephemeral(_) => Some("ephemeral"),
            Self::Folder(..) => Some("folder"),
            Self::Nobody => None,
        }
    }
}
