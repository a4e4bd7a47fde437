//! The API server's version.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Versions order as releases do; what a distribution adds is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

impl Version {
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// Reads `gitVersion`: `v1.36.2`, `v1.33.4+k3s1`, `v1.34.1-eks-113cf36`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.strip_prefix('v').unwrap_or(text).splitn(3, '.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?.parse().ok()?;
        let rest = numbers.next()?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        Some(Self { major, minor, patch: rest.get(..end)?.parse().ok()? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_of_distributions_are_versions() {
        for (text, expected) in [
            ("v1.36.2", Some(Version::new(1, 36, 2))),
            ("v1.33.4+k3s1", Some(Version::new(1, 33, 4))),
            ("v1.34.1-eks-113cf36", Some(Version::new(1, 34, 1))),
            ("1.37.0-beta.1", Some(Version::new(1, 37, 0))),
            ("v1.36", None),
            ("latest", None),
        ] {
            assert_eq!(Version::parse(text), expected, "{text}");
        }
        assert!(Version::new(1, 35, 4) > Version::new(1, 35, 3));
    }
}
