//! Names like one that is not there.

/// So many at most.
const SHOWN: usize = 3;

/// `did you mean orders or orders-db?`, where one of them may have been meant.
pub(super) fn did_you_mean<'a>(
    wanted: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let near = nearest(wanted, names);
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

/// Those that may have been meant, the likeliest first: a third of the letters wrong at most, all of them in another
/// order, or the beginning of it.
fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let most = wanted.chars().count().div_ceil(3);
    let is_cut = |name: &str| wanted.len() >= 3 && name.starts_with(wanted);
    let is_mixed = |name: &str| sorted(name) == sorted(wanted);
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| (if is_cut(name) || is_mixed(name) { 1 } else { edits(wanted, name) }, name))
        .filter(|(edits, _)| *edits <= most)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(SHOWN);
    near.into_iter().map(|(_, name)| name).collect()
}

fn sorted(name: &str) -> Vec<char> {
    let mut letters: Vec<char> = name.chars().collect();
    letters.sort_unstable();
    letters
}

/// Letters to insert, to drop or to change to come from one to the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (done, letter) in from.chars().enumerate() {
        let mut diagonal = done;
        let mut left = done + 1;
        for (at, other) in to.iter().enumerate() {
            let above = row[at + 1];
            row[at] = left;
            left = (diagonal + usize::from(letter != *other)).min(above + 1).min(left + 1);
            diagonal = above;
        }
        row[to.len()] = left;
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        for (from, to, number) in [
            ("", "", 0),
            ("", "ab", 2),
            ("ab", "", 2),
            ("kitten", "sitting", 3),
            ("redis", "redis", 0),
            ("rdeis", "redis", 2),
            ("reids", "redis-cluster", 9),
        ] {
            assert_eq!(edits(from, to), number, "{from} {to}");
        }
    }

    #[test]
    fn what_was_meant_is_like_what_was_typed() {
        let names = ["ledger", "orders", "redis-cluster", "redis-sentinel", "web"];
        assert_eq!(nearest("ledgre", names), ["ledger"]);
        assert_eq!(nearest("order", names), ["orders"]);
        assert_eq!(nearest("redis", names), ["redis-cluster", "redis-sentinel"]);
        assert_eq!(nearest("redis-clutser", names), ["redis-cluster"]);
        assert_eq!(nearest("wbe", names), ["web"]);
        assert_eq!(nearest("nobody", names), [""; 0]);
    }
}
