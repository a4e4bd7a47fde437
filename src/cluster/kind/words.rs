//! What of a command line may be shown.

/// The words of a command line that cannot be a password: names of programs, names of flags, paths of
/// configuration, and the value of a flag that is a port. An element may be a whole shell script.
pub(super) fn showable<'a>(argv: impl Iterator<Item = &'a str>) -> Vec<String> {
    const VALUES_SHOWN: [&str; 3] = ["--port", "--tls-port", "--cluster-enabled"];
    let mut shown = Vec::new();
    let mut previous = "";
    let is_break =
        |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | '|' | '(' | ')' | '`');
    for word in argv.flat_map(|element| element.split(is_break)).filter(|word| !word.is_empty()) {
        let (flag, value) = word.split_once('=').unwrap_or((word, ""));
        let is_flag = flag.len() > 2 && flag.starts_with("--");
        let follows_other_flag = previous.starts_with('-') && !VALUES_SHOWN.contains(&previous);
        if VALUES_SHOWN.contains(&flag) && !value.is_empty() {
            shown.push(flag.to_owned());
            shown.push(value.to_owned());
        } else if is_flag {
            shown.push(flag.to_owned());
        } else if VALUES_SHOWN.contains(&previous)
            || (!follows_other_flag && is_program_or_path(word))
        {
            shown.push(word.to_owned());
        }
        previous = flag;
    }
    shown
}

fn is_program_or_path(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    let is_plain =
        word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_'));
    let is_configuration = name.rsplit_once('.').is_some_and(|(_, extension)| extension == "conf");
    let is_program = ["-server", "-sentinel", "-cli"].iter().any(|suffix| name.ends_with(suffix));
    is_plain && (is_configuration || is_program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_a_command_line_is_shown_but_ports_and_configuration() {
        for (argv, shown) in [
            (&["redis-server", "/conf/redis.conf"][..], &["redis-server", "/conf/redis.conf"][..]),
            (
                &[
                    "sh",
                    "-c",
                    "exec redis-server /conf/redis.conf --requirepass hunter2 --port 7000",
                ],
                &["redis-server", "/conf/redis.conf", "--requirepass", "--port", "7000"],
            ),
            (&["valkey-server", "--port=7000"], &["valkey-server", "--port", "7000"]),
            (&["redis-server", "--requirepass=s3cret.conf"], &["redis-server", "--requirepass"]),
            (&["redis-server", "--requirepass", "my-server"], &["redis-server", "--requirepass"]),
            (&["redis-cli", "-a", "pass-server"], &["redis-cli"]),
        ] {
            assert_eq!(showable(argv.iter().copied()), shown, "{argv:?}");
        }
    }
}
