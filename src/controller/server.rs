//! What differs between versions of the server.

use crate::model::{Seen, Version};

/// How many pods a rolling update may take down at once (KEP-961).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateBudget {
    /// One, whatever `maxUnavailable` says, and broken pods of an older revision do not hold it up.
    One,
    /// As many as `maxUnavailable`; a pod of an older revision that is broken counts as one of them, so that it is
    /// never updated (kubernetes/kubernetes#137409).
    CountsBroken,
    /// As many as `maxUnavailable`; of a Parallel set, broken pods of an older revision go first.
    Full,
}

/// Of a version that was not read, what the newest does.
pub fn update_budget(version: &Seen<Version>) -> UpdateBudget {
    const SINCE: [(Version, UpdateBudget); 3] = [
        (Version::new(1, 37, 0), UpdateBudget::Full),
        (Version::new(1, 35, 4), UpdateBudget::One),
        (Version::new(1, 35, 0), UpdateBudget::CountsBroken),
    ];
    let Ok(version) = version else { return UpdateBudget::Full };
    SINCE.iter().find(|(since, _)| version >= since).map_or(UpdateBudget::One, |(_, it)| *it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Unread;

    #[test]
    fn the_budget_of_an_update_depends_on_the_version() {
        for (version, expected) in [
            (Version::new(1, 28, 9), UpdateBudget::One),
            (Version::new(1, 34, 2), UpdateBudget::One),
            (Version::new(1, 35, 0), UpdateBudget::CountsBroken),
            (Version::new(1, 35, 3), UpdateBudget::CountsBroken),
            (Version::new(1, 35, 4), UpdateBudget::One),
            (Version::new(1, 36, 2), UpdateBudget::One),
            (Version::new(1, 37, 0), UpdateBudget::Full),
            (Version::new(1, 38, 1), UpdateBudget::Full),
        ] {
            assert_eq!(update_budget(&Ok(version)), expected, "{version}");
        }
        let unread = Err(Unread::not_asked("read the version"));
        assert_eq!(update_budget(&unread), UpdateBudget::Full);
    }
}
