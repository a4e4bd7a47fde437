//! Hash slots as ranges: `0-5460`.

use std::fmt;

/// Slots of a cluster (Redis `CLUSTER_SLOTS`).
pub const SLOTS: u16 = 16384;

/// Slots in ascending ranges that neither touch nor overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slots(Vec<(u16, u16)>);

impl Slots {
    pub fn count(&self) -> usize {
        self.0.iter().map(|(first, last)| usize::from(last - first) + 1).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn lowest(&self) -> Option<u16> {
        self.0.first().map(|(first, _)| *first)
    }

    pub fn iter(&self) -> impl Iterator<Item = u16> {
        self.0.iter().flat_map(|(first, last)| *first..=*last)
    }

    pub fn has(&self, slot: u16) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&slot))
    }

    /// First and last of every range.
    pub fn bounds(&self) -> &[(u16, u16)] {
        &self.0
    }

    /// Every range in words.
    pub fn ranges(&self) -> Vec<String> {
        self.0.iter().map(|range| words(*range)).collect()
    }

    /// A range as Redis writes it: `5` or `0-5460`. None when it is not one.
    pub fn parse_range(text: &str) -> Option<(u16, u16)> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (slot(first)?, slot(last)?);
        (first <= last).then_some((first, last))
    }
}

/// A slot number in range, digits only.
pub fn slot(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok().filter(|slot| *slot < SLOTS) } else { None }
}

impl FromIterator<(u16, u16)> for Slots {
    fn from_iter<I: IntoIterator<Item = (u16, u16)>>(ranges: I) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().collect();
        ranges.sort_unstable();
        let mut joined: Vec<(u16, u16)> = Vec::new();
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => {
                    before.1 = before.1.max(last);
                }
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }
}

impl FromIterator<u16> for Slots {
    fn from_iter<I: IntoIterator<Item = u16>>(slots: I) -> Self {
        slots.into_iter().map(|slot| (slot, slot)).collect()
    }
}

/// At most three ranges, and how many more there are.
impl fmt::Display for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self.0.iter().take(3).map(|range| words(*range)).collect();
        f.write_str(&shown.join(","))?;
        match self.0.len().saturating_sub(3) {
            0 => Ok(()),
            more => write!(f, "…(+{more})"),
        }
    }
}

fn words((first, last): (u16, u16)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_become_ranges() {
        let slots: Slots = [5_u16, 1, 2, 3, 9, 11, 13, 3].into_iter().collect();
        assert_eq!(slots.ranges(), ["1-3", "5", "9", "11", "13"]);
        assert_eq!(slots.to_string(), "1-3,5,9…(+2)");
        assert_eq!(slots.count(), 7);
        assert_eq!(slots.iter().last(), Some(13));
        let all: Slots = [(0, 16383)].into_iter().collect();
        assert_eq!(all.count(), usize::from(SLOTS));
    }

    #[test]
    fn a_range_stays_inside_the_cluster() {
        for (text, expected) in [
            ("0-5460", Some((0, 5460))),
            ("16383", Some((16383, 16383))),
            ("16384", None),
            ("5-4", None),
            ("+5", None),
            ("", None),
            ("1-2-3", None),
        ] {
            assert_eq!(Slots::parse_range(text), expected, "{text}");
        }
    }
}
