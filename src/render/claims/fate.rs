//! What `kubectl scale` and `kubectl delete` would do to the claims of a set now.

use crate::model::{RetentionPolicy, Set};
use crate::render::value::plural;
use crate::report::{ClaimMap, Fate};

/// Of many sets each would say the same, and one claim has little to do with it.
pub(super) fn fates(map: &ClaimMap<'_>) -> Vec<String> {
    match map.sets.as_slice() {
        [of] if !(map.is_of_one || of.set.claim_templates.is_empty()) => {
            let scaled = (of.set.replicas > 0).then(|| when_scaled(of.when_scaled, of.set));
            scaled.into_iter().chain([when_deleted(of.when_deleted, of.set)]).collect()
        }
        _ => Vec::new(),
    }
}

fn when_scaled(fate: Fate, set: &Set) -> String {
    let replicas = set.replicas - 1;
    match fate.policy {
        RetentionPolicy::Retain => format!(
            "kubectl scale to {replicas} would leave {} behind (whenScaled: Retain).",
            plural(fate.claims, "claim")
        ),
        RetentionPolicy::Delete => format!(
            "kubectl scale to {replicas} would delete {}{} (whenScaled: Delete{}).",
            plural(fate.claims, "claim"),
            volumes(fate),
            reclaim(fate)
        ),
    }
}

fn when_deleted(fate: Fate, set: &Set) -> String {
    let name = &set.name;
    match fate.policy {
        RetentionPolicy::Retain => {
            format!(
                "kubectl delete statefulset {name} would keep every claim (whenDeleted: Retain)."
            )
        }
        RetentionPolicy::Delete => format!(
            "kubectl delete statefulset {name} would delete {}{} (whenDeleted: Delete{}).",
            plural(fate.claims, "claim"),
            volumes(fate),
            reclaim(fate)
        ),
    }
}

fn volumes(fate: Fate) -> String {
    match fate.volumes {
        None => "; whether that loses data is unknown".to_owned(),
        Some(0) => ", and keep their volumes (reclaim policy Retain)".to_owned(),
        Some(count) => format!(" and lose the data of {}", plural(count, "volume")),
    }
}

fn reclaim(fate: Fate) -> &'static str {
    match fate.volumes {
        None => "",
        Some(0) => ", reclaim policy Retain",
        Some(_) => ", reclaim policy Delete",
    }
}
