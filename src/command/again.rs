//! The command that goes on with a run.

use std::time::Duration;

use super::login::LoginArgs;
use super::operation::{RunArgs, STEP_TIMEOUT};

/// What all that run a plan on a set take, as it was typed.
pub(super) fn words(run: &RunArgs, login: &LoginArgs) -> Vec<String> {
    let seconds = |time: Duration| format!("{}s", time.as_secs());
    let values = [
        (
            "--step-timeout",
            Some(seconds(run.step_timeout)).filter(|_| run.step_timeout != STEP_TIMEOUT),
        ),
        ("--timeout", run.timeout.map(seconds)),
    ];
    let allowed = run.allow.iter().map(|rule| ("--allow", Some(rule.clone())));
    let given = login.flags().into_iter().chain(values).chain(allowed);
    given.filter_map(|(flag, value)| Some([flag.to_owned(), value?])).flatten().collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        run: RunArgs,
        #[command(flatten)]
        login: LoginArgs,
    }

    fn again(line: &str) -> String {
        let line = Line::parse_from(std::iter::once("sts").chain(line.split_whitespace()));
        words(&line.run, &line.login).join(" ")
    }

    #[test]
    fn what_was_given_is_given_again_but_for_the_consent() {
        assert_eq!(again("--yes --password-file -"), "");
        assert_eq!(
            again(
                "--step-timeout=30m --timeout=2h --allow one --allow two -y --password-file pw --username ops"
            ),
            "--username ops --password-file pw --step-timeout 1800s --timeout 7200s --allow one --allow two"
        );
    }
}
