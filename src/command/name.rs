//! NAME, as kubectl takes it: `redis`, `sts/redis`, `statefulset.apps/redis`.

/// The name of a StatefulSet.
///
/// # Errors
/// One sentence, for another kind or a name that Kubernetes does not allow.
pub(super) fn parse(text: &str) -> Result<String, String> {
    const KINDS: [&str; 5] =
        ["sts", "statefulset", "statefulsets", "statefulset.apps", "statefulsets.apps"];
    let (kind, name) = text.split_once('/').unwrap_or(("sts", text));
    let kind = kind.strip_suffix(".v1.apps").unwrap_or(kind).to_ascii_lowercase();
    if !KINDS.contains(&kind.as_str()) {
        return Err(format!(
            "{kind} is not a StatefulSet: give a name, sts/NAME or statefulset.apps/NAME"
        ));
    }
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if name.is_empty() || name.len() > 253 || !name.chars().all(is_name) {
        return Err(
            "a StatefulSet's name has lower-case letters, digits, '-' and '.' only".to_owned()
        );
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_name_may_say_its_kind() {
        for text in ["redis-0", "sts/redis-0", "statefulsets/redis-0", "statefulset.apps/redis-0"] {
            assert_eq!(parse(text), Ok("redis-0".to_owned()), "{text}");
        }
        assert_eq!(parse("StatefulSet.v1.apps/redis-0"), Ok("redis-0".to_owned()));
        for text in ["pod/redis-0", "", "sts/", "Redis", "a/b/c", "x\u{1b}[2J"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
