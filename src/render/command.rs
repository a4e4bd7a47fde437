//! Commands to paste: complete with the cluster and namespace in force, and quoted for a shell.

use std::sync::OnceLock;

/// A process goes by one name, which it learns when it starts.
static NAME: OnceLock<String> = OnceLock::new();

/// From now on every command of ours is printed with this in place of `kubectl sts`.
pub fn go_by(name: String) {
    let _ = NAME.set(name);
}

/// `kubectl sts`, or what it is installed as.
pub fn name() -> &'static str {
    NAME.get().map_or("kubectl sts", String::as_str)
}

/// Adds `--context` and `-n` to a kubectl command that does not name them itself.
pub(super) fn in_force(argv: &[String], context: Option<&str>, namespace: &str) -> Vec<String> {
    let mut argv = argv.to_vec();
    if argv.first().map(String::as_str) != Some("kubectl") {
        return argv;
    }
    if argv.get(1).is_some_and(|word| word == "sts") {
        argv.splice(..2, name().split(' ').map(str::to_owned));
    }
    let end = argv.iter().position(|word| word == "--").unwrap_or(argv.len());
    let has = |flags: &[&str]| {
        argv[..end].iter().any(|word| {
            flags.iter().any(|flag| {
                word.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
            })
        })
    };
    let mut flags = Vec::new();
    if let Some(context) = context.filter(|_| !has(&["--context"])) {
        flags.extend(["--context".to_owned(), context.to_owned()]);
    }
    if !has(&["-n", "--namespace", "-A", "--all-namespaces"]) {
        flags.extend(["-n".to_owned(), namespace.to_owned()]);
    }
    argv.splice(end..end, flags);
    argv
}

/// One line that a POSIX shell reads as these words.
pub(super) fn quote(argv: &[String]) -> String {
    argv.iter().map(|word| quote_word(word)).collect::<Vec<_>>().join(" ")
}

fn quote_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    // zsh takes `=word` for the path of a program.
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paste(words: &[&str], context: Option<&str>) -> String {
        let argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        quote(&in_force(&argv, context, "shop"))
    }

    #[test]
    fn flags_in_force_come_before_the_words_of_a_container() {
        let context = Some("prod-eu");
        assert_eq!(
            paste(&["kubectl", "sts", "repair", "redis"], context),
            "kubectl sts repair redis --context prod-eu -n shop"
        );
        assert_eq!(
            paste(&["kubectl", "exec", "redis-0", "--", "sh", "-c", "echo $HOME -n x"], None),
            "kubectl exec redis-0 -n shop -- sh -c 'echo $HOME -n x'"
        );
        assert_eq!(
            paste(&["kubectl", "get", "pods", "--namespace=other"], context),
            "kubectl get pods --namespace=other --context prod-eu"
        );
        assert_eq!(paste(&["redis-cli", "ping"], context), "redis-cli ping");
    }

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(
            paste(&["echo", "", "it's", "a;b", "~", "x=1"], None),
            r"echo '' 'it'\''s' 'a;b' '~' x=1"
        );
        assert_eq!(
            paste(&["kubectl"], Some("arn:aws:eks/x y")),
            "kubectl --context 'arn:aws:eks/x y' -n shop"
        );
    }
}
